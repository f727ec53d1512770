// Puts the two maps together: data, choices, selection, keys, and the hooks that tests wait for.

import { Card } from "./card.js";
import { NothingToShow, buildPairs, loadMap, loadMeta, pairsOf } from "./data.js";
import { cosine, number } from "./dom.js";
import { Inspector } from "./inspector.js";
import { drawLegend } from "./legend.js";
import { middleOf } from "./links.js";
import { makeLook } from "./look.js";
import { Overlay } from "./overlay.js";
import { Panel } from "./panel.js";
import { Pictures } from "./pictures.js";
import { onThemeChange, readTheme } from "./theme.js";

const CLOSE_UP = 6; // zoom of "Zoom to it", unless the two images are too far apart

export async function mount(root) {
  try {
    const map = await loadMap();
    new Explorer(root, map).start();
  } catch (error) {
    showProblem(root, error);
  }
}

function showProblem(root, error) {
  const problem = error instanceof NothingToShow
    ? error.problem
    : { what: "The maps could not be loaded.", hint: String(error.message), command: "" };
  const empty = root.querySelector(".emap-empty");
  empty.querySelector("h2").textContent = problem.what;
  empty.querySelector("p").textContent = problem.hint;
  empty.querySelector("code").textContent = problem.command;
  empty.querySelector("pre").hidden = !problem.command;
  empty.hidden = false;
  root.dataset.state = "empty";
  window.__map = { done: true, n: 0, problem: problem.what };
}

class Explorer {
  constructor(root, map) {
    this.root = root;
    this.started = performance.now();
    const marked = { pair: -1, image: -1, hovered: -1, hoveredPair: -1, panel: null };
    const choices = { colour: "gap", links: "all", top: 50, pictures: "auto" };
    this.shared = { map, marked, choices, look: null, pictures: null };
    this.shared.pictures = new Pictures(() => this.repaintMarks());
  }

  start() {
    const { root, shared } = this;
    root.querySelector(".emap-bar").hidden = root.querySelector(".emap-body").hidden = false;
    root.dataset.state = "ready";
    this.startChoices();
    this.restyle(false);
    const events = {
      hover: (panel, hit) => this.hover(panel, hit),
      pick: (panel, hit) => this.pick(hit),
      moved: () => this.moved(),
      review: () => this.review(),
    };
    this.panels = [...root.querySelectorAll(".emap-panel")].map(
      (node) => new Panel(node, node.dataset.role, shared, events),
    );
    this.overlay = new Overlay(root.querySelector(".emap-overlay"), this.panels, shared);
    this.card = new Card(root.querySelector(".emap-card"), shared);
    this.inspector = new Inspector(root.querySelector(".emap-side"), shared, {
      select: (p) => this.select(p, { fly: true }),
      step: (by) => this.step(by),
      zoom: () => this.zoomToSelected(),
      clear: () => this.clear(),
      hoverPair: (p) => this.hoverPair(p),
    });
    this.nameSpaces();
    this.listen();
    this.resize();
    this.openFromAddress();
    this.expose();
  }

  /** All tethers of a small run; of a large one the widest, which can still be told apart. */
  startChoices() {
    const { choices, map } = this.shared;
    const slider = this.root.querySelector(".emap-top");
    slider.max = Math.max(1, Math.min(1000, map.pairs.count));
    slider.value = choices.top = Math.min(100, slider.max);
    choices.links = map.pairs.count > 200 ? "top" : "all";
    this.root.querySelector(`[name="emap-links"][value="${choices.links}"]`).checked = true;
    this.root.querySelector(".emap-top-n").textContent = choices.top;
    slider.hidden = choices.links !== "top";
  }

  nameSpaces() {
    const { meta, pairs, n } = this.shared.map;
    for (const panel of this.panels) {
      const { name, spec } = meta.spaces[panel.role];
      const label = panel.root.querySelector(".emap-title span");
      label.textContent = name;
      label.title = spec;
      panel.root.setAttribute("aria-label", `${panel.role} map, ${name}: ${number(n)} images. ` +
        "Arrows pan, plus and minus zoom, N and P go through the pairs, Enter opens one in Review.");
    }
    const lede = this.root.querySelector(".emap-lede");
    const thresholds = meta.thresholds;
    lede.textContent = pairs.count && thresholds
      ? `${number(meta.n_pairs)} pairs that the blind encoder takes for one (cosine over ${thresholds.blind_min}) ` +
        `and the reference encoder tells apart (under ${thresholds.reference_max}).`
      : "Every image, in the space of each encoder.";
  }

  listen() {
    for (const control of this.root.querySelectorAll(".emap-choice")) {
      control.addEventListener("input", (event) => this.choose(control.dataset.control, event.target));
    }
    this.watcher = new ResizeObserver(() => this.root.isConnected ? this.resize() : this.leave());
    this.watcher.observe(this.root.querySelector(".emap-stage"));
    onThemeChange(() => this.restyle());
    this.onKey = (event) => this.root.isConnected ? this.key(event) : this.leave();
    document.addEventListener("keydown", this.onKey);
    document.addEventListener("visibilitychange", () => document.hidden || this.refresh());
  }

  leave() {
    this.watcher.disconnect();
    document.removeEventListener("keydown", this.onKey);
  }

  choose(control, input) {
    const { choices } = this.shared;
    if (input.type === "range") {
      choices.top = Number(input.value);
      this.root.querySelector(".emap-top-n").textContent = input.value;
    } else {
      choices[control] = input.value;
    }
    this.root.querySelector(".emap-top").hidden = choices.links !== "top";
    this.restyle();
  }

  /** New colours or choices: everything is drawn again. */
  restyle(paint = true) {
    const { shared } = this;
    shared.look = makeLook(shared.map, shared.choices, readTheme(this.root, shared.map.meta.states));
    drawLegend(this.root.querySelector(".emap-legend"), shared.map, shared.choices, shared.look.theme);
    if (!paint) return;
    this.panels.forEach((panel) => panel.invalidate());
    this.overlay.invalidate();
    this.inspector.show();
  }

  resize() {
    const above = this.root.querySelector(".emap-stage").getBoundingClientRect().top + scrollY;
    this.root.style.setProperty("--above", `${Math.round(above)}px`);
    this.panels.forEach((panel) => panel.resize());
    this.overlay.resize();
  }

  moved() {
    this.card?.point(null, -1);
    this.overlay?.invalidate();
  }

  repaintMarks() {
    this.marksFrame ||= requestAnimationFrame(() => {
      this.marksFrame = 0;
      this.panels.forEach((panel) => panel.chosen?.length && panel.paintMarks());
      this.overlay.invalidate();
    });
  }

  hover(panel, { image, pair }) {
    const { marked } = this.shared;
    panel.root.classList.toggle("pointing", image >= 0 || pair >= 0);
    this.card.point(panel, image);
    if (marked.hovered === image && marked.hoveredPair === pair) return;
    Object.assign(marked, { hovered: image, hoveredPair: pair, panel });
    this.overlay.invalidate();
  }

  hoverPair(pair) {
    this.shared.marked.hoveredPair = pair;
    this.overlay.invalidate();
  }

  /** A tether selects its pair, an image its only pair or itself, bare ground nothing. */
  pick({ image, pair }) {
    if (pair >= 0) return this.select(pair);
    if (image < 0) return this.clear();
    const own = pairsOf(this.shared.map.pairs, image);
    return this.select(own.length === 1 ? own[0] : -1, { image });
  }

  select(pair, { image = -1, fly = false, quiet = false } = {}) {
    const { map, marked } = this.shared;
    const keepImage = image < 0 && pair >= 0 && marked.image >= 0 && pairsOf(map.pairs, marked.image).includes(pair);
    marked.pair = pair;
    marked.image = keepImage ? marked.image : pairsOf(map.pairs, Math.max(0, image)).length === 1 ? -1 : image;
    this.inspector.show();
    this.overlay.invalidate();
    if (!quiet) this.remember(pair);
    if (pair < 0) return;
    this.root.querySelector(".emap-live").textContent =
      `Pair ${pair + 1}: blind cosine ${cosine(map.pairs.blind[pair])}, reference cosine ` +
      `${cosine(map.pairs.reference[pair])}, ${map.meta.states[map.pairs.state[pair]]}`;
    const ends = [map.pairs.first[pair], map.pairs.second[pair]];
    for (const panel of this.panels) {
      if (fly && !ends.every((i) => panel.sees(i))) panel.frameImages(...ends);
    }
  }

  clear() {
    this.select(-1);
  }

  step(by) {
    const { count } = this.shared.map.pairs;
    if (!count) return;
    const { pair } = this.shared.marked;
    this.shared.marked.image = -1;
    this.select(pair < 0 ? (by > 0 ? 0 : count - 1) : (pair + by + count) % count, { fly: true });
  }

  zoomToSelected() {
    const { map, marked } = this.shared;
    if (marked.pair < 0) return;
    for (const panel of this.panels) {
      panel.frameImages(map.pairs.first[marked.pair], map.pairs.second[marked.pair], CLOSE_UP);
    }
  }

  review() {
    const { map, marked } = this.shared;
    if (marked.pair >= 0) location.assign("/?pair=" + map.pairs.id[marked.pair]);
  }

  key(event) {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.composedPath()[0];
    const typing = target instanceof Element && target.matches("textarea, select, input:not([type=radio], [type=range])");
    if (typing) return;
    const action = { n: () => this.step(1), p: () => this.step(-1), Escape: () => this.clear() }[
      event.key.length === 1 ? event.key.toLowerCase() : event.key
    ];
    if (action) action();
    else if (event.key === "Enter" && target === document.body) this.review();
  }

  /** The address names the selected pair, so that it can be shared or come back to. */
  remember(pair) {
    const address = new URL(location);
    if (pair >= 0) address.searchParams.set("pair", this.shared.map.pairs.id[pair]);
    else address.searchParams.delete("pair");
    history.replaceState(history.state, "", address);
  }

  openFromAddress() {
    const { pairs } = this.shared.map;
    const given = new URLSearchParams(location.search).get("pair");
    const asked = pairs.rankOf.get(Number(given));
    if (asked !== undefined) return this.select(asked, { fly: true, quiet: true });
    this.select(pairs.count ? 0 : -1, { quiet: given === null });
    if (given !== null) this.root.querySelector(".emap-lede").prepend(`There is no pair “${given.slice(0, 20)}” on these maps. `);
  }

  /** Decisions made meanwhile in Review; new layouts ask for a whole new page. */
  async refresh() {
    const { map } = this.shared;
    const meta = await loadMeta().catch(() => null);
    if (!meta) return;
    if (meta.digest !== map.meta.digest) return location.reload();
    const selected = map.pairs.id[this.shared.marked.pair];
    Object.assign(map, { meta, pairs: buildPairs(meta.pairs, map.n) });
    this.shared.marked.pair = map.pairs.rankOf.get(selected) ?? -1;
    this.restyle();
  }

  expose() {
    const { map, marked } = this.shared;
    const panel = (role) => this.panels.find((one) => one.role === role);
    const client = (one, [x, y]) => {
      const box = one.root.getBoundingClientRect();
      return { x: box.left + one.root.clientLeft + x, y: box.top + one.root.clientTop + y };
    };
    const index = (id) => map.ids.indexOf(id);
    window.__map = {
      done: true,
      n: map.n,
      drawMs: performance.now() - this.started,
      get pairs() { return map.pairs.count; },
      get hovered() { return marked.hovered < 0 ? null : map.ids[marked.hovered]; },
      get image() { return marked.image < 0 ? null : map.ids[marked.image]; },
      get selected() { return marked.pair < 0 ? null : map.pairs.id[marked.pair]; },
      get pictures() { return document.querySelector(".emap") ? panel("blind").chosen.length : 0; },
      zoom: (role) => panel(role).camera.zoom,
      centre: (role) => [panel(role).camera.x, panel(role).camera.y],
      at: (role, id) => client(panel(role), panel(role).at(index(id))),
      middle: (role, pairId) => {
        const p = map.pairs.rankOf.get(pairId);
        return client(panel(role), middleOf(...panel(role).at(map.pairs.first[p]), ...panel(role).at(map.pairs.second[p])));
      },
      select: (pairId) => this.select(map.pairs.rankOf.get(pairId) ?? -1, { fly: true }),
    };
  }
}
