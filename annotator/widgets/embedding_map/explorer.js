// Puts the two maps together: data, choices, what is marked and picked out, and the other widgets.

import { hear, say } from "./bus.js";
import { Card } from "./card.js";
import { buildPairs, loadMeta, positionsOf } from "./data.js";
import { plural } from "./dom.js";
import { DrawingTool } from "./drawing.js";
import { expose } from "./hooks.js";
import { Inspector } from "./inspector.js";
import { countsText, drawLegend } from "./legend.js";
import { makeLook } from "./look.js";
import { MEASURES, Measures } from "./measures.js";
import { nothingMarked } from "./marked.js";
import { Marking } from "./marking.js";
import { Morph } from "./morph.js";
import { Overlay } from "./overlay.js";
import { Panel } from "./panel.js";
import { PickedBar } from "./picked.js";
import { Picking } from "./picking.js";
import { Pictures } from "./pictures.js";
import { Regions } from "./regions.js";
import { Selection } from "./selection.js";
import { Tabs } from "./tabs.js";
import { onThemeChange, readTheme } from "./theme.js";
import { fillColours, wireToolbar } from "./toolbar.js";

export class Explorer {
  constructor(root, map) {
    this.root = root;
    this.started = performance.now();
    this.shared = {
      map,
      marked: nothingMarked(),
      choices: { colour: "gap", links: "all", top: 50, pictures: "auto", hidden: {} },
      tool: { shape: "move", how: "new" },
      selection: new Selection(map.n),
      measures: null,
      mixture: null,
      drawing: null,
      look: null,
      pictures: new Pictures(() => this.repaintMarks()),
    };
    this.shared.measures = this.newMeasures();
  }

  start() {
    const { root, shared } = this;
    const side = root.querySelector(".emap-side");
    wireToolbar(root, shared, {
      selectInView: () => this.picking.inView(),
      restyle: () => this.restyle(),
      colour: (value) => this.colour(value),
    });
    this.marking = new Marking(this);
    this.picking = new Picking(this);
    this.picked = new PickedBar(root.querySelector(".emap-picked"), shared, {
      clear: () => this.picking.clear(),
      load: (saved) => this.picking.load(saved),
    });
    this.restyle(false);
    this.panels = [...root.querySelectorAll(".emap-panel")].map(
      (node) => new Panel(node, node.dataset.role, shared, this.events()),
    );
    this.focused = this.panels[0];
    this.overlay = new Overlay(root.querySelector(".emap-overlay"), this.panels, shared);
    this.tool = new DrawingTool(shared, this.overlay, (images, how, { corners }) => {
      this.drawn = corners;
      this.picking.pickOut(images, how);
    });
    this.morph = new Morph(root.querySelector(".emap-morph"), this.panels[0], shared);
    this.card = new Card(root.querySelector(".emap-card"), shared);
    this.inspector = new Inspector(side, shared, {
      select: (p) => this.marking.select(p, { fly: true }),
      step: (by) => this.marking.step(by),
      zoom: () => this.marking.zoomIn(),
      clear: () => this.marking.clear(),
      hoverPair: (p) => this.marking.hoverPair(p),
    });
    this.regions = new Regions(side.querySelector("#emap-list-regions"), (region) => this.picking.region(region));
    this.tabs = new Tabs(side, (name) => name === "regions" && this.regions.need());
    this.nameSpaces();
    this.listen();
    this.picked.show();
    this.resize();
    this.marking.openFromAddress();
    expose(this);
  }

  events() {
    return {
      hover: (panel, hit) => this.marking.hover(panel, hit),
      pick: (panel, hit) => this.marking.pick(hit),
      draw: (...given) => this.tool.handle(...given),
      focus: (panel) => (this.focused = panel),
      moved: () => this.moved(),
      review: () => this.marking.review(),
    };
  }

  newMeasures() {
    return new Measures(this.shared.map, () => {
      this.restyle();
      this.picked.show();
    });
  }

  nameSpaces() {
    for (const panel of this.panels) {
      const { name, spec } = this.shared.map.meta.spaces[panel.role];
      const title = panel.root.querySelector(".emap-title span");
      title.textContent = name;
      title.title = spec;
      panel.root.setAttribute("aria-label", `Map of the ${panel.role} encoder ${name}, ${plural(this.shared.map.n, "image")}`);
    }
  }

  listen() {
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    const here = (act) => (detail) => (this.root.isConnected ? act(detail) : this.leave());
    this.watcher = new ResizeObserver(here(() => this.resize()));
    this.watcher.observe(this.root.querySelector(".emap-stage"));
    onThemeChange(() => this.restyle());
    document.addEventListener("keydown", here((event) => this.marking.key(event)), { signal });
    document.addEventListener("visibilitychange", here(() => document.hidden || this.refresh()), { signal });
    hear("images", here((detail) => this.picking.show(detail)), signal);
    hear("image", here(({ imageId }) => this.marking.showImage(imageId)), signal);
    hear("pair", here(({ pairId }) => this.marking.selectId(pairId)), signal);
    hear("mixture", here((detail) => this.mix(detail)), signal);
    hear("colour", here(({ colour }) => this.chooseColour(colour)), signal);
    hear("pick", here(({ first, second }) => this.marking.pickTwo(first, second)), signal);
  }

  leave() {
    this.watcher.disconnect();
    this.leaving.abort();
    this.tool.leave();
  }

  say(words) {
    this.root.querySelector(".emap-live").textContent = words;
  }

  // ---- how things look ----

  colour(value) {
    this.shared.choices.colour = value;
    if (value in MEASURES) this.shared.measures.need();
    if (value === "resolved") say("mixture-wanted");
    this.restyle();
  }

  /** Another widget wants a colouring; the toolbar follows. */
  chooseColour(value) {
    this.root.querySelector(".emap-colour select").value = value;
    this.colour(value);
  }

  /** The lens says which pairs its mixture resolves; drawn at most once a frame. */
  mix(mixture) {
    this.shared.mixture = mixture;
    if (this.shared.choices.colour !== "resolved") return;
    this.mixFrame ||= requestAnimationFrame(() => {
      this.mixFrame = 0;
      this.restyle();
    });
  }

  /** New colours or choices: everything is drawn again. */
  restyle(paint = true) {
    const { shared } = this;
    shared.look = makeLook(shared, readTheme(this.root, shared.map.meta.states));
    drawLegend(this.root.querySelector(".emap-legend"), shared, {
      toggle: (code) => this.hide((hidden) => (hidden.delete(code) || hidden.add(code))),
      solo: (code) => this.solo(code),
    });
    this.root.querySelector(".emap-counts").textContent = countsText(shared.map);
    if (!paint) return;
    this.panels.forEach((panel) => panel.invalidate());
    this.overlay.invalidate();
    this.inspector.show();
  }

  hide(change) {
    const { hidden, colour } = this.shared.choices;
    change((hidden[colour] ??= new Set()));
    this.restyle();
  }

  /** Only this category; all of them again if it was the only one. */
  solo(code) {
    const others = this.shared.look.legend.items.filter((item) => !item.fixed && item.code !== code);
    this.hide((hidden) => {
      const alone = !hidden.has(code) && others.every((item) => hidden.has(item.code));
      hidden.clear();
      if (!alone) others.forEach((item) => hidden.add(item.code));
    });
  }

  resize() {
    const stage = this.root.querySelector(".emap-stage").getBoundingClientRect();
    if (!stage.width) return; // another view is shown
    this.root.style.setProperty("--above", `${Math.round(stage.top + scrollY)}px`);
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
      this.panels.forEach((panel) => panel.chosen.length && panel.paintMarks());
      this.overlay.invalidate();
    });
  }

  // ---- other data ----

  /** New data where the old ones are: what is marked and picked out stays, as far as it is there. */
  take(map) {
    const { shared } = this;
    const before = shared.map;
    const kept = Array.from(shared.selection.images(), (i) => before.ids[i]);
    const { label, source } = shared.selection;
    const pairId = before.pairs.id[shared.marked.pair];
    Object.assign(shared, { map, marked: nothingMarked(), selection: new Selection(map.n) });
    shared.selection.apply(positionsOf(map, kept), "new", { label, source });
    shared.measures = this.newMeasures();
    if (shared.choices.colour in MEASURES || shared.selection.active) shared.measures.need();
    fillColours(this.root, shared);
    this.restyle(false);
    for (const panel of this.panels) panel.take(map.spaces[panel.role]);
    this.morph.reset();
    this.nameSpaces();
    this.regions.forget();
    this.picked.show();
    this.panels.forEach((panel) => panel.invalidate());
    this.marking.select(map.pairs.rankOf.get(pairId) ?? -1, { quiet: true });
    expose(this);
  }

  /** Decisions made meanwhile in Review; other layouts are fetched anew. */
  async refresh() {
    const { map, marked } = this.shared;
    const meta = await loadMeta({ fresh: true }).catch(() => null);
    if (!meta) return;
    if (meta.digest !== map.meta.digest) return say("reload");
    const selected = map.pairs.id[marked.pair];
    Object.assign(map, { meta, pairs: buildPairs(meta.pairs, map.n) });
    marked.pair = map.pairs.rankOf.get(selected) ?? -1;
    this.restyle();
    this.picked.show();
  }
}
