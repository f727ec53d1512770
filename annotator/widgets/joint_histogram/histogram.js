// Puts the joint histogram together: data, rectangle, examples, mining, and the hooks tests wait for.

import { hear } from "../embedding_map/bus.js";
import { h, number } from "../embedding_map/dom.js";
import { onThemeChange } from "../embedding_map/theme.js";
import { gradient } from "./colours.js";
import { loadHistogram } from "./data.js";
import { CellCard, Examples, countText, pick } from "./examples.js";
import { Handles } from "./handles.js";
import { runJob } from "./jobs.js";
import { Plot } from "./plot.js";
import { showProblem } from "./problem.js";
import { PAPER, chosenEncoders, rememberThresholds, thresholdsInAddress } from "./thresholds.js";

/** Waits until the view is shown for the first time: most visits never open it. */
export function mount(root) {
  const watcher = new ResizeObserver(() => {
    if (!root.clientWidth) return;
    watcher.disconnect();
    open(root);
  });
  watcher.observe(root);
}

async function open(root) {
  try {
    new Explorer(root, await loadHistogram()).start();
  } catch (error) {
    showProblem(root, error, () => open(root));
  }
}

class Explorer {
  constructor(root, histogram) {
    Object.assign(this, { root, histogram, order: "corner", frame: 0 });
    this.run = histogram.meta.thresholds ?? null; // of the current mining run
    const first = this.firstThresholds();
    this.row = histogram.blind.nearest(first.blind);
    this.column = histogram.reference.nearest(first.reference);
  }

  part(selector) {
    return this.root.querySelector(selector);
  }

  /** As the address says, else those of the current run, else the paper's. */
  firstThresholds() {
    const given = thresholdsInAddress();
    return {
      blind: given.blind ?? this.run?.blind_min ?? PAPER.blind,
      reference: given.reference ?? this.run?.reference_max ?? PAPER.reference,
    };
  }

  get thresholds() {
    return { blind: this.histogram.blind.at(this.row), reference: this.histogram.reference.at(this.column) };
  }

  start() {
    const { root, histogram } = this;
    root.dataset.state = "ready";
    this.part(".jh-bar").hidden = this.part(".jh-body").hidden = false;
    this.part(".jh-empty").hidden = true;
    this.plot = new Plot(this.part(".jh-canvas"), histogram);
    this.examples = new Examples(this.part(".jh-list"), histogram);
    this.card = new CellCard(this.part(".jh-card"), histogram);
    this.handles = new Handles(
      this.part(".jh-stage"), this.plot,
      () => ({ row: this.row, column: this.column }),
      (place) => this.move(place),
    );
    this.describe();
    this.startInputs();
    this.listen();
    this.restyle();
    this.resize();
    this.expose();
  }

  describe() {
    const { meta, blind, exactFrom } = this.histogram;
    this.part(".jh-lede").textContent =
      `All ${number(meta.n_pairs)} pairs of images by what each encoder says. Top left: alike to the blind encoder, ` +
      "different to the reference one.";
    const sampled = exactFrom > 0 && meta.n_sampled > 0 && meta.n_sampled < meta.n_pairs;
    this.part(".jh-what").textContent = sampled
      ? `Every pair with a blind cosine above ${blind.at(exactFrom)} is counted. The hatched part below is scaled up from ${number(meta.n_sampled)} pairs drawn at random.`
      : "Every pair is counted; nothing is sampled.";
    if (meta.stale) this.sayStale(meta);
  }

  /** The counts are of other images than there are now. */
  sayStale({ stale, command }) {
    const button = h("button", { type: "button", class: "jh-again", title: command ?? null }, "Count again");
    const box = h("span", { class: "jh-job" }, h("progress", { max: 1, hidden: true }), h("p", { role: "status" }));
    button.addEventListener("click", async () => {
      if (await runJob("compare", chosenEncoders(), { box, button })) location.reload();
    });
    this.part(".jh-what").append(" ", h("strong", {}, stale), " ", button, box);
  }

  startInputs() {
    for (const [name, edges] of [["blind_min", this.histogram.blind], ["reference_max", this.histogram.reference]]) {
      const input = this.part(`[name=${name}]`);
      Object.assign(input, { min: edges.at(0), max: edges.at(edges.n), step: edges.step });
      input.addEventListener("change", () => this.typed(name, edges, input));
    }
    this.part(".jh-mine .jh-go").addEventListener("click", () => this.mine());
  }

  showPresets() {
    const preset = (name, { blind, reference }) =>
      h("button", { type: "button", onclick: () => this.goTo(blind, reference), title: `blind over ${blind}, reference under ${reference}` }, name);
    const presets = [preset("Paper’s", PAPER)];
    if (this.run) presets.unshift(preset("Current run’s", { blind: this.run.blind_min, reference: this.run.reference_max }));
    this.part(".jh-presets").replaceChildren(...presets);
  }

  typed(name, edges, input) {
    const value = input.valueAsNumber;
    const place = { row: this.row, column: this.column };
    if (!Number.isNaN(value)) place[name === "blind_min" ? "row" : "column"] = edges.nearest(value);
    this.move(place);
  }

  goTo(blind, reference) {
    this.move({ row: this.histogram.blind.nearest(blind), column: this.histogram.reference.nearest(reference) });
  }

  listen() {
    const stage = this.part(".jh-stage");
    new ResizeObserver(() => this.resize()).observe(stage);
    onThemeChange(() => this.restyle());
    for (const control of this.root.querySelectorAll(".jh-choice")) {
      control.addEventListener("input", (event) => this.choose(control.dataset.control, event.target.value));
    }
    this.part("[name=jh-paper]").addEventListener("input", () => this.restyle());
    const canvas = this.part(".jh-canvas");
    canvas.addEventListener("pointermove", (event) => this.hover(event));
    canvas.addEventListener("pointerleave", () => this.unhover());
    canvas.addEventListener("click", (event) => this.clickCell(event));
    hear("reload", () => this.root.isConnected && this.reload());
  }

  choose(control, value) {
    if (control === "order") this.order = value;
    // The part above the threshold takes a quarter of the height, and stays as it is while that moves.
    else this.plot.closeUp = value === "corner" ? 1 - 4 * Math.max(0.02, 1 - this.thresholds.blind) : null;
    this.draw();
  }

  /** New thresholds: everything that depends on them follows at once, the address a little later. */
  move({ row, column }) {
    if (row !== this.row || column !== this.column) {
      Object.assign(this, { row, column });
      clearTimeout(this.remembering);
      this.remembering = setTimeout(() => rememberThresholds(this.thresholds), 150);
    }
    this.count();
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  count() {
    const { histogram, row, column } = this;
    const n = Math.round(histogram.inside(row, column));
    const exact = histogram.isExact(row);
    const { blind, reference } = this.thresholds;
    this.part(".jh-number b").textContent = (exact ? "" : "≈ ") + number(n);
    const badge = this.part(".jh-badge");
    const spread = Math.round(histogram.uncertainty(row, column));
    badge.textContent = exact ? "exact" : `± ${number(spread)}, estimated`;
    badge.title = exact ? "Every such pair was counted" : "One standard error; the blind threshold is in the sampled part";
    badge.classList.toggle("estimated", !exact);
    this.part(".jh-words").textContent = `${n === 1 ? "pair" : "pairs"} with blind cosine over ${blind} and reference cosine under ${reference}`;
    this.part("[name=blind_min]").value = blind;
    this.part("[name=reference_max]").value = reference;
    const pressed = this.part(".jh-mine .jh-go");
    if (!pressed.dataset.busy) pressed.disabled = n === 0;
  }

  draw() {
    if (!this.plot.width) return;
    this.plot.draw(this.thresholds);
    this.handles.update();
    this.examples.show(this.row, this.column, this.order);
  }

  restyle() {
    const styles = getComputedStyle(this.root);
    const names = { ground: "--jh-ground", ink: "--studio-ink", muted: "--studio-muted", faint: "--studio-faint", line: "--studio-line", lineStrong: "--studio-line-strong", blind: "--studio-blind", reference: "--studio-reference" };
    const theme = { dark: document.body.classList.contains("dark") };
    for (const [key, name] of Object.entries(names)) theme[key] = styles.getPropertyValue(name).trim();
    this.plot.lines = [];
    if (this.run) this.plot.lines.push({ name: "current run", blind: this.run.blind_min, reference: this.run.reference_max, dash: [] });
    if (this.part("[name=jh-paper]").checked) this.plot.lines.push({ name: "paper", ...PAPER, dash: [5, 4] });
    this.plot.restyle(theme);
    this.showPresets();
    this.drawLegend(theme);
    this.count();
    this.draw();
  }

  drawLegend({ dark }) {
    const { most, exactFrom } = this.histogram;
    const parts = [
      h("span", { class: "jh-ramp", title: "Pairs in a cell; colours follow the logarithm" }, "1", h("i", { style: { background: gradient(dark) } }), `${number(Math.round(most))} pairs in a cell`),
      h("span", { class: "jh-key" }, h("i", { class: "inside" }), "inside the thresholds"),
    ];
    if (exactFrom > 0) parts.push(h("span", { class: "jh-key" }, h("i", { class: "hatched" }), "sampled"));
    this.part(".jh-legend").replaceChildren(...parts);
  }

  resize() {
    const above = this.part(".jh-stage").getBoundingClientRect().top + scrollY;
    this.root.style.setProperty("--above", `${Math.round(above)}px`);
    if (this.plot.resize()) this.draw();
  }

  cellUnder(event) {
    const box = this.part(".jh-stage").getBoundingClientRect();
    const at = { x: event.clientX - box.left, y: event.clientY - box.top };
    const cell = this.plot.cellAt(at.x, at.y);
    return cell && this.histogram.counts[this.histogram.cell(cell.row, cell.column)] ? { ...cell, ...at } : null;
  }

  hover(event) {
    const cell = this.cellUnder(event);
    const canvas = this.part(".jh-canvas");
    canvas.style.cursor = cell && this.histogram.first[this.histogram.cell(cell.row, cell.column)] ? "pointer" : "";
    if (!cell) return this.unhover();
    this.card.show(cell, cell.x, cell.y);
    if (this.plot.cursor?.row === cell.row && this.plot.cursor?.column === cell.column) return;
    this.plot.cursor = cell;
    this.plot.draw(this.thresholds);
  }

  unhover() {
    this.card.hide();
    if (!this.plot.cursor) return;
    this.plot.cursor = null;
    this.plot.draw(this.thresholds);
  }

  clickCell(event) {
    const cell = this.cellUnder(event);
    const example = cell && this.histogram.example(cell.row, cell.column);
    if (example?.first) pick(example);
  }

  async mine() {
    const button = this.part(".jh-mine .jh-go");
    const value = (name) => this.part(`.jh-mine [name=${name}]`);
    const { blind, reference } = this.thresholds;
    const { spaces } = this.histogram.meta;
    const given = chosenEncoders();
    button.dataset.busy = "yes";
    const job = await runJob("mine", {
      blind: spaces?.blind?.slug ?? given.blind,
      reference: spaces?.reference?.slug ?? given.reference,
      blind_min: blind,
      reference_max: reference,
      limit: value("limit").valueAsNumber || null,
      max_per_image: value("max_per_image").valueAsNumber || 0,
      keep_near_duplicates: value("keep_near_duplicates").checked,
      one_per_group: value("one_per_group").checked,
    }, { box: this.part(".jh-mine .jh-job"), button });
    delete button.dataset.busy;
    if (!job) return;
    this.run = { blind_min: blind, reference_max: reference };
    this.restyle();
  }

  /** A job finished: another run's thresholds, or other counts. */
  async reload() {
    const found = await loadHistogram().catch(() => null);
    if (!found) return;
    this.run = found.meta.thresholds ?? this.run;
    if (found.meta.digest !== this.histogram.meta.digest) return location.reload();
    this.restyle();
  }

  expose() {
    const { histogram } = this;
    const client = (x, y) => {
      const box = this.part(".jh-stage").getBoundingClientRect();
      return { x: box.left + x, y: box.top + y };
    };
    const self = this;
    window.__histogram = {
      done: true,
      get thresholds() { return self.thresholds; },
      get count() { return histogram.inside(self.row, self.column); },
      get exact() { return histogram.isExact(self.row); },
      get examples() { return self.examples.found; },
      countAt: (blind, reference) => histogram.inside(histogram.blind.nearest(blind), histogram.reference.nearest(reference)),
      goTo: (blind, reference) => this.goTo(blind, reference),
      place: (blind, reference) => client(this.plot.px(reference), this.plot.py(blind)),
      countText: (row, count) => countText(histogram, row, count),
    };
  }
}
