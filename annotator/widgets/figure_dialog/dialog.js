// Asks the server for the figure, shows it as it will be, and saves it as SVG, PNG or HTML.

import { ask, hear } from "../embedding_map/bus.js";
import { chosenEncoders, thresholdsInAddress } from "../joint_histogram/thresholds.js";

const CSS_DPI = 96;
const TITLES = { map: "Figure of the two maps", histogram: "Figure of the joint histogram" };
const FIRST_SIZE = { map: "180 95 mm", histogram: "120 95 mm" };
const WAIT_MS = 250;

let script = null;

/** Plotly itself, 1.5 MB, only once somebody wants a figure. */
function loadPlotly(version) {
  script ??= new Promise((done, failed) => {
    const node = document.createElement("script");
    node.src = `/vendor/plotly-${version}.min.js`;
    node.onload = () => done(window.Plotly);
    node.onerror = () => {
      script = null;
      failed(new Error("The script that draws figures could not be loaded."));
    };
    document.head.append(node);
  });
  return script;
}

export function mount(root, version) {
  const dialog = new FigureDialog(root, version);
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-figure]");
    if (button) dialog.open(button.dataset.figure);
  });
  hear("picked", ({ imageIds }) => (dialog.imageIds = imageIds));
}

class FigureDialog {
  constructor(root, version) {
    Object.assign(this, { root, version, kind: "map", imageIds: [], turn: 0, timer: 0 });
    this.form = root.querySelector("form");
    this.plot = root.querySelector(".fd-plot");
    root.querySelector(".fd-close").addEventListener("click", () => root.close());
    root.addEventListener("click", (event) => event.target === root && root.close());
    // The page's own keys rest while the dialog is open.
    root.addEventListener("keydown", (event) => event.stopPropagation());
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("input", (event) => this.changed(event.target));
    for (const button of root.querySelectorAll("[data-format]")) {
      button.addEventListener("click", () => this.save(button.dataset.format, button));
    }
    window.__figure = { done: false };
  }

  field(name) {
    return this.form.elements[name];
  }

  open(kind) {
    this.kind = kind;
    this.root.querySelector("h2").textContent = TITLES[kind];
    this.root.querySelector(".fd-map").hidden = kind !== "map";
    this.pairId = Number(new URLSearchParams(location.search).get("pair")) || null;
    const chosen = document.querySelector(".emap-colour select")?.value;
    const known = [...this.field("colour").options].map(({ value }) => value);
    if (known.includes(chosen)) this.field("colour").value = chosen;
    this.sayExactly();
    this.field("preset").value = FIRST_SIZE[kind];
    this.applyPreset();
    this.root.showModal();
    this.draw();
  }

  /** What would be pointed out; the choice is not offered when nothing is. */
  sayExactly() {
    const tick = this.root.querySelector(".fd-tick");
    const parts = [];
    if (this.pairId) parts.push("the selected pair");
    if (this.imageIds.length) parts.push(`${this.imageIds.length.toLocaleString("en-US")} selected images`);
    tick.hidden = !parts.length;
    tick.querySelector("span").textContent = `point out ${parts.join(" and ")}`;
  }

  applyPreset() {
    const [width, height, unit] = this.field("preset").value.split(" ");
    if (!unit) return;
    Object.entries({ width, height, unit }).forEach(([name, value]) => (this.field(name).value = value));
  }

  changed(field) {
    if (field.name === "preset") this.applyPreset();
    if (["width", "height", "unit"].includes(field.name)) this.field("preset").value = "own";
    if (field.name === "dpi") return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.draw(), WAIT_MS);
  }

  wish() {
    const number = (name) => (Number.isNaN(this.field(name).valueAsNumber) ? null : this.field(name).valueAsNumber);
    const pointed = this.field("selection").checked && this.kind === "map";
    const { blind, reference } = thresholdsInAddress();
    return {
      ...chosenEncoders(),
      layout: new URLSearchParams(location.search).get("layout"),
      colour: this.field("colour").value,
      tethers: number("tethers") ?? 0,
      image_ids: pointed ? [...this.imageIds] : [],
      pair_id: pointed ? this.pairId : null,
      blind_min: blind,
      reference_max: reference,
      width: number("width") ?? 0,
      height: number("height") ?? 0,
      unit: this.field("unit").value,
      points: number("points"),
    };
  }

  address(ending) {
    return `/api/figures/${this.kind}.${ending}`;
  }

  async draw() {
    const turn = ++this.turn;
    window.__figure = { done: false };
    this.root.querySelector(".fd-preview").setAttribute("aria-busy", "true");
    this.say("Drawing…");
    try {
      const [plotly, figure] = await Promise.all([loadPlotly(this.version), ask(this.address("json"), { method: "POST", body: this.wish() })]);
      if (turn !== this.turn) return;
      await plotly.newPlot(this.plot, figure.data, figure.layout, { staticPlot: true });
      this.fit(figure.layout);
      this.say("");
      this.figure = figure;
      window.__figure = { done: true, kind: this.kind, traces: figure.data.length, width: figure.layout.width, height: figure.layout.height };
    } catch (error) {
      if (turn !== this.turn) return;
      this.say("");
      this.fail(error);
      window.__figure = { done: true, problem: error.message };
    }
    this.root.querySelector(".fd-preview").setAttribute("aria-busy", "false");
  }

  /** The whole figure in the room there is, in its own proportions. */
  fit({ width, height }) {
    const box = this.root.querySelector(".fd-preview");
    const page = this.root.querySelector(".fd-page");
    const share = Math.min(1.6, (box.clientWidth - 32) / width, (box.clientHeight - 32) / height);
    this.plot.style.transform = `scale(${share})`;
    Object.assign(page.style, { width: `${width * share}px`, height: `${height * share}px` });
  }

  say(text) {
    this.root.querySelector(".fd-state").textContent = text;
    const problem = this.root.querySelector(".fd-problem");
    problem.hidden = true;
    problem.textContent = "";
  }

  fail(error) {
    const problem = this.root.querySelector(".fd-problem");
    problem.textContent = error.message;
    problem.hidden = false;
  }

  async save(format, button) {
    button.disabled = true;
    try {
      if (format === "html") await this.savePage();
      else await this.savePicture(format);
    } catch (error) {
      this.fail(error);
    } finally {
      button.disabled = false;
    }
  }

  async savePicture(format) {
    const plotly = await loadPlotly(this.version);
    const { width, height } = this.figure.layout;
    const dense = format === "png" && this.field("unit").value !== "px";
    const scale = dense ? this.field("dpi").valueAsNumber / CSS_DPI : 1;
    await plotly.downloadImage(this.plot, { format, width, height, scale, filename: `mmvp-${this.kind}` });
  }

  async savePage() {
    const response = await fetch(this.address("html"), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(this.wish()),
    });
    if (!response.ok) throw new Error((await response.json().catch(() => ({}))).message ?? "The page could not be made.");
    const address = URL.createObjectURL(await response.blob());
    const link = Object.assign(document.createElement("a"), { href: address, download: `mmvp-${this.kind}.html` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }
}
