// Draws the encoders against each other and opens the page with the two of a cell.

import { ask, hear } from "../embedding_map/bus.js";
import { describeMap } from "../embedding_map/data.js";
import { h, number, plural } from "../embedding_map/dom.js";
import { onThemeChange } from "../embedding_map/theme.js";
import { gradient, ramp, rampStep } from "../joint_histogram/colours.js";
import { runJob } from "../joint_histogram/jobs.js";
import { PAPER, chosenEncoders, rememberThresholds, thresholdsInAddress } from "../joint_histogram/thresholds.js";

/** Waits until the view is shown for the first time. */
export function mount(root) {
  const watcher = new ResizeObserver(() => {
    if (!root.clientWidth) return;
    watcher.disconnect();
    new Matrix(root).start();
  });
  watcher.observe(root);
}

class Matrix {
  constructor(root) {
    Object.assign(this, { root, asked: 0, found: null });
  }

  part(selector) {
    return this.root.querySelector(selector);
  }

  start() {
    const given = thresholdsInAddress();
    this.thresholds = { blind: given.blind ?? null, reference: given.reference ?? null };
    for (const [role, name] of [["blind", "em_blind_min"], ["reference", "em_reference_max"]]) {
      this.part(`[name=${name}]`).addEventListener("change", (event) => this.typed(role, event.target));
    }
    this.part(".em-count").addEventListener("click", () => this.count());
    hear("thresholds", (detail) => this.follow(detail));
    hear("reload", () => this.root.isConnected && this.load());
    onThemeChange(() => this.found && this.draw());
    this.load();
  }

  typed(role, input) {
    const value = input.valueAsNumber;
    if (Number.isNaN(value) || value < -1 || value > 1) return this.showThresholds();
    rememberThresholds({ ...this.thresholds, [role]: value });
  }

  /** The histogram's rectangle or our own fields moved. */
  follow({ blind, reference }) {
    if (blind === this.thresholds.blind && reference === this.thresholds.reference) return;
    this.thresholds = { blind, reference };
    this.load();
  }

  async load() {
    const turn = ++this.asked;
    try {
      await this.fillIn();
      const { blind, reference } = this.thresholds;
      const found = await ask(`/api/compare/matrix?${new URLSearchParams({ blind_min: blind, reference_max: reference })}`);
      if (turn !== this.asked) return;
      this.found = found;
      this.draw();
    } catch (error) {
      if (turn === this.asked) this.fail(error);
    }
  }

  /** What the address does not say is as in the current mining run. */
  async fillIn() {
    const meta = await describeMap().catch(() => null);
    const run = meta?.thresholds;
    this.thresholds.blind ??= run?.blind_min ?? PAPER.blind;
    this.thresholds.reference ??= run?.reference_max ?? PAPER.reference;
    const given = chosenEncoders();
    this.chosen = { blind: given.blind ?? meta?.spaces?.blind.slug, reference: given.reference ?? meta?.spaces?.reference.slug };
  }

  fail(error) {
    this.root.dataset.state = "empty";
    this.part(".em-lede").textContent = error.message;
    window.__matrix = { done: true, problem: error.message };
  }

  showThresholds() {
    this.part("[name=em_blind_min]").value = this.thresholds.blind;
    this.part("[name=em_reference_max]").value = this.thresholds.reference;
  }

  draw() {
    const { encoders, cells } = this.found;
    const { blind, reference } = this.thresholds;
    this.root.dataset.state = "ready";
    this.showThresholds();
    const { incomplete = [] } = this.found;
    const waiting = incomplete.length ? ` Not every image is embedded yet with ${incomplete.join(", ")}.` : "";
    this.part(".em-lede").textContent =
      `Pairs with a cosine over ${blind} to the row’s encoder and under ${reference} to the column’s. A cell opens Explore with its two encoders.${waiting}`;
    const known = cells.filter(({ n_pairs: n }) => n !== null);
    this.most = known.reduce((most, { n_pairs: n }) => Math.max(most, n), 1);
    this.part(".em-scroll").hidden = this.part(".em-foot").hidden = encoders.length < 2;
    const byRoles = new Map(cells.map((cell) => [`${cell.blind} ${cell.reference}`, cell]));
    this.part(".em-table").replaceChildren(this.head(encoders), this.body(encoders, byRoles));
    const unknown = cells.length - known.length;
    this.part(".em-count").hidden = !unknown;
    this.part(".em-count").textContent = `Count ${unknown === 1 ? "it" : plural(unknown, "unknown cell")}`;
    this.drawLegend();
    this.drawMore(encoders, known);
    this.expose();
  }

  head(encoders) {
    return h(
      "thead", {},
      h("tr", {}, h("td", { rowspan: 2 }), h("td", { rowspan: 2 }), h("th", { class: "em-axis reference", colspan: encoders.length, scope: "colgroup" }, "reference: tells them apart")),
      h("tr", {}, ...encoders.map(({ name, spec }) => h("th", { class: "em-column", scope: "col", title: spec ?? name }, h("span", {}, name)))),
    );
  }

  body(encoders, byRoles) {
    const rows = encoders.map((blind, k) => h(
      "tr", {},
      k ? null : h("th", { class: "em-axis blind", rowspan: encoders.length, scope: "rowgroup" }, h("span", {}, "blind: merges them")),
      h("th", { class: "em-row", scope: "row", title: blind.spec ?? blind.name }, h("span", {}, blind.name)),
      ...encoders.map((reference) => this.cell(blind, reference, byRoles.get(`${blind.slug} ${reference.slug}`))),
    ));
    return h("tbody", {}, ...rows);
  }

  cell(blind, reference, found) {
    if (blind.slug === reference.slug) return h("td", { class: "em-self", "aria-label": "the same encoder" }, "–");
    const here = this.isChosen(blind.slug, reference.slug);
    const query = new URLSearchParams({ blind: blind.slug, reference: reference.slug, blind_min: this.thresholds.blind, reference_max: this.thresholds.reference });
    const n = found?.n_pairs ?? null;
    const link = h(
      "a",
      {
        href: `/explore?${query}`,
        class: n === null ? "unknown" : "counted",
        "aria-current": here ? "true" : null,
        title: `${blind.name} blind, ${reference.name} reference`,
        style: n === null ? {} : this.paint(n),
      },
      h("b", {}, n === null ? "?" : number(n)),
      h("small", {}, n === null ? "not counted" : n === 1 ? "pair" : "pairs"),
    );
    return h("td", { "data-blind": blind.slug, "data-reference": reference.slug }, link);
  }

  isChosen(blind, reference) {
    return this.chosen.blind === blind && this.chosen.reference === reference;
  }

  paint(n) {
    const dark = document.body.classList.contains("dark");
    const [r, g, b] = ramp(dark)[n ? rampStep(n, this.most) : 0];
    const light = 0.2126 * r + 0.7152 * g + 0.0722 * b > 140;
    return n ? { background: `rgb(${r} ${g} ${b})`, color: light ? "#10131c" : "#ffffff" } : {};
  }

  drawLegend() {
    const dark = document.body.classList.contains("dark");
    this.part(".em-legend").replaceChildren(
      h("span", { class: "em-ramp" }, "1", h("i", { style: { background: gradient(dark) } }), plural(this.most, "pair")),
    );
  }

  /** With two encoders: what the two directions say, and how to get a third. */
  drawMore(encoders, known) {
    const more = this.part(".em-more");
    more.hidden = encoders.length > 2;
    if (more.hidden) return;
    const lines = {
      0: "No encoder has seen the images yet.",
      1: "One encoder has seen the images; a comparison takes two.",
    };
    more.querySelector("h3").textContent = encoders.length < 2 ? lines[encoders.length] : "Two encoders, two directions";
    more.querySelector("p").textContent = `${encoders.length === 2 && known.length === 2 ? this.sayBoth(encoders, known) : ""} Embed with another encoder and every pair of encoders gets its cell:`.trim();
    const [where] = this.found.command?.match(/--workspace ('[^']*'|\S+)/) ?? [""];
    more.querySelector("code").textContent = `mmvp embed --role blind --blind hf:google/siglip2-base-patch16-224 ${where}`.trim();
  }

  sayBoth(encoders, known) {
    const nameOf = new Map(encoders.map(({ slug, name }) => [slug, name]));
    const [more, less] = [...known].sort((a, b) => b.n_pairs - a.n_pairs);
    const [a, b] = [nameOf.get(more.blind), nameOf.get(more.reference)];
    if (more.n_pairs === less.n_pairs) return `Each merges ${plural(more.n_pairs, "pair")} that the other tells apart.`;
    return `${a} merges ${plural(more.n_pairs, "pair")} that ${b} tells apart; the other way round it is ${number(less.n_pairs)}.`;
  }

  async count() {
    const job = await runJob(
      "matrix", { blind_min: this.thresholds.blind, reference_max: this.thresholds.reference },
      { box: this.part(".em-job"), button: this.part(".em-count") },
    );
    if (job) this.load();
  }

  expose() {
    const self = this;
    window.__matrix = {
      done: true,
      get thresholds() { return self.thresholds; },
      cells: this.found.cells,
    };
  }
}
