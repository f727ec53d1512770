// The mixture lens: a slider from the blind to the reference encoder, and what it does to the pairs.

import { hear, putInAddress, say } from "../embedding_map/bus.js";
import { cosine, h, number, plural } from "../embedding_map/dom.js";
import { settle } from "../explore_search/settling.js";
import { Curve } from "./curve.js";
import { Resolved, loadCurves, loadPair } from "./data.js";

const REMEMBER_MS = 200;

/** Loads nothing before it is seen, or the map asks for its colours. */
export function mount(root) {
  const lens = new Lens(root);
  settle("mixture-lens", "mixture");
  const watcher = new ResizeObserver(() => root.clientWidth && lens.need());
  watcher.observe(root);
  window.__mixture = lens.hooks();
}

class Lens {
  constructor(root) {
    const given = new URLSearchParams(location.search).get("share");
    const share = given === null || given === "" ? NaN : Number(given);
    Object.assign(this, { root, found: null, asked: null, pair: null, resolved: null, blindMin: null, turn: 0 });
    Object.assign(this, { mixing: "addition", criterion: "ranked", share: share >= 0 && share <= 1 ? share : 0.5 });
    this.slider = this.part(".mix-share input");
    this.slider.addEventListener("input", () => this.move(this.slider.valueAsNumber));
    this.curve = new Curve(this.part(".mix-curve"), (to) => this.move(to));
    for (const control of root.querySelectorAll(".mix-choice")) {
      control.addEventListener("change", ({ target }) => target.type === "radio" && this.choose(control.dataset.control, target.value));
    }
    this.part("[name=mix_blind_min]").addEventListener("change", ({ target }) => this.typed(target.valueAsNumber));
    this.part(".mix-colour").addEventListener("click", () => say("colour", { colour: "resolved" }));
    hear("selected", ({ pairId }) => this.open(pairId));
    hear("mixture-wanted", () => this.need(true));
    hear("reload", () => root.isConnected && this.asked && this.load());
  }

  part(selector) {
    return this.root.querySelector(selector);
  }

  /** bits: also at which shares each pair is resolved. */
  async need(bits = false) {
    this.asked ??= this.load();
    await this.asked;
    if (!bits || !this.found) return this.tell();
    this.wantsBits = true;
    return this.loadBits();
  }

  async load() {
    const turn = ++this.turn;
    try {
      const found = await loadCurves(this.blindMin);
      if (turn !== this.turn) return;
      if (found.problem) return this.fail(found.problem);
      Object.assign(this, { found, problem: null, resolved: null });
    } catch (error) {
      if (turn === this.turn) this.fail({ what: error.message, hint: "", command: "" });
      return;
    }
    this.root.dataset.state = "ready";
    this.part(".mix-body").hidden = false;
    this.part(".mix-empty").hidden = true;
    this.part("[name=mix_blind_min]").value = this.found.blind_min;
    this.open(window.__map?.selected ?? null);
    this.draw();
    if (this.wantsBits) this.loadBits();
  }

  fail({ what, hint, command }) {
    this.found = null;
    this.problem = { what, hint, command };
    this.root.dataset.state = "empty";
    this.part(".mix-body").hidden = true;
    const empty = this.part(".mix-empty");
    empty.hidden = false;
    empty.querySelector("h3").textContent = what;
    empty.querySelector("p").textContent = hint;
    empty.querySelector("code").textContent = command;
    empty.querySelector("pre").hidden = !command;
    this.tell();
  }

  async loadBits() {
    const { turn } = this;
    try {
      this.resolved ??= await Resolved.load(this.found, this.blindMin);
    } catch (error) {
      this.problem = { what: error.message, hint: "", command: "" };
    }
    if (turn === this.turn) this.tell();
  }

  /** Which of the shares that were worked out the slider stands on. */
  get place() {
    return Math.round(this.share * (this.found.shares.length - 1));
  }

  move(share) {
    this.share = Math.round(share * 100) / 100;
    clearTimeout(this.remembering);
    this.remembering = setTimeout(() => putInAddress({ share: this.share }), REMEMBER_MS);
    this.show();
  }

  choose(control, value) {
    this[control] = value;
    this.draw();
  }

  typed(value) {
    if (Number.isNaN(value) || value < -1 || value > 1) {
      this.part("[name=mix_blind_min]").value = this.found.blind_min;
      return;
    }
    this.blindMin = value;
    this.asked = this.load();
  }

  async open(pairId) {
    this.pairId = pairId;
    if (!this.found) return;
    if (this.pair?.pair_id === pairId) return;
    this.pair = null;
    const pair = pairId === null ? null : await loadPair(pairId).catch(() => null);
    if (this.pairId !== pairId) return;
    this.pair = pair?.mixed ? pair : null;
    this.show();
  }

  draw() {
    const { shares, curves, n_pairs: n } = this.found;
    const parts = (criterion) => curves[this.mixing][criterion].n_resolved.map((count) => count / n);
    const other = this.criterion === "ranked" ? "fixed" : "ranked";
    this.curve.draw(shares, parts(this.criterion), parts(other));
    this.part(".mix-words").textContent = this.words();
    this.show();
  }

  words() {
    const { n_above: above, n_background: n, n_any_pairs: any, blind_min: threshold, n_left_out: out, n_over: over } = this.found;
    const rank = above === over
      ? `As many exceed ${threshold} in the blind space.`
      : `Only ${number(over)} exceed ${threshold} in the blind space: too few to rank by.`;
    const how = this.mixing === "addition"
      ? "Blind vectors plus reference vectors, turned to lie nearest to them: A-MoF without training."
      : "Both vectors side by side: the cosine moves on a straight line from one to the other.";
    const when = this.criterion === "ranked"
      ? `Resolved: no longer among the ${number(above)} of ${number(n)} ${n < any ? "drawn " : ""}pairs of any two images that are most alike in the mixture. ${rank}`
      : `Resolved: a mixed cosine of ${threshold} or less. Any mixture lowers all cosines, so this is soon reached.`;
    const left = out ? ` ${plural(out, "pair")} without vectors left out.` : "";
    return `${how} ${when} Dashed: ${this.criterion === "ranked" ? "by threshold" : "by rank"}.${left}`;
  }

  show() {
    if (!this.found) return;
    const { place, share } = this;
    const { curves, n_pairs: n } = this.found;
    const { limits, n_resolved: counts } = curves[this.mixing][this.criterion];
    this.slider.value = share;
    this.slider.setAttribute("aria-valuetext", `reference share ${share.toFixed(2)}, alpha ${(1 - share).toFixed(2)}`);
    this.part(".mix-share output").replaceChildren(share.toFixed(2), " ", h("small", {}, `α = ${(1 - share).toFixed(2)}`));
    const percent = `${((100 * counts[place]) / n).toFixed(1)} %`;
    this.part(".mix-count").replaceChildren(
      h("b", {}, number(counts[place])), ` of ${plural(n, "pair")} resolved, `, h("b", {}, percent));
    this.curve.mark(share, counts[place] / n, `${percent} of the pairs are resolved at a reference share of ${share.toFixed(2)}`);
    this.showPair(limits[place] ?? -1);
    this.tell();
  }

  showPair(limit) {
    const { pair } = this;
    this.part(".mix-track").hidden = this.part(".mix-marks").hidden = !pair;
    const [value, chip] = [this.part(".mix-now b"), this.part(".mix-now em")];
    chip.hidden = !pair;
    if (!pair) {
      value.textContent = this.pairId === null ? "none is open" : "…";
      return;
    }
    const mixed = pair.mixed[this.mixing][this.place];
    const resolved = mixed <= limit;
    value.textContent = cosine(mixed);
    chip.textContent = resolved ? "resolved" : "still merged";
    chip.classList.toggle("resolved", resolved);
    this.placeMarks(pair, mixed, limit);
  }

  /** Both ends, the mixture and the limit on one line from 0 (or the lowest of them) to 1. */
  placeMarks({ blind_cosine: blind, reference_cosine: reference }, mixed, limit) {
    const least = Math.min(0, blind, reference, mixed);
    const left = (at) => `${(100 * (Math.max(least, at) - least)) / (1 - least)}%`;
    for (const [name, at] of Object.entries({ blind, reference, mixed, limit })) {
      this.part(`.mix-track .${name}`).style.left = left(at);
    }
    const told = { reference: `reference ${cosine(reference)}`, blind: `blind ${cosine(blind)}` };
    for (const role of ["reference", "blind"]) this.part(`.mix-marks .${role}`).textContent = told[role];
    this.part(".mix-track").setAttribute("aria-label", `Mixed cosine ${cosine(mixed)} between ${told.blind} and ${told.reference}; resolved at ${cosine(limit)} or less`);
  }

  /** To the maps: which pairs this mixture resolves. */
  tell() {
    const { resolved, problem } = this;
    if (!resolved && !problem) return;
    const [place, mixing, criterion] = [resolved ? this.place : 0, this.mixing, this.criterion];
    say("mixture", { problem, of: resolved ? (id) => resolved.at(id, place, mixing, criterion) : null });
  }

  hooks() {
    const lens = this;
    return {
      get done() { return lens.found !== null || Boolean(lens.problem); },
      get share() { return lens.share; },
      get pair() { return lens.found && lens.pair && lens.pair.pair_id; },
      get mixed() { return lens.pair?.mixed[lens.mixing][lens.place]; },
      get limit() { return lens.found.curves[lens.mixing][lens.criterion].limits[lens.place]; },
      get nResolved() { return lens.found.curves[lens.mixing][lens.criterion].n_resolved[lens.place]; },
      get blindMin() { return lens.found?.blind_min; },
    };
  }
}
