// The Why view: opens, asks for the pair that is shown, waits while it is computed, draws it.

import { fetchJson } from "../explore_search/asking.js";
import { settle } from "../explore_search/settling.js";
import { gradient } from "./heat.js";
import { currentPair, onPair } from "./place.js";
import { Picture } from "./picture.js";

const ROLES = ["blind", "reference"];
const IMAGES = ["first", "second"];
const SOON_MS = 150;
const LATER_MS = 400;
const LEAST_TOP = 0.3; // in units of what is usual: heat below is not stretched over all colours
const VERDICTS = {
  reference: (spot) => `At the mark the reference sees a change that the blind encoder ${spot.blind < 0.1 ? "does not see" : "sees much less of"}: ` +
    `${times(spot.reference)} against ${times(spot.blind)} of what is usual between unrelated pictures.`,
  both: () => "Both encoders see patches change; no place stands out for the reference alone.",
  blind: () => "Only the blind encoder’s patches differ; the reference tells the two apart as a whole.",
  neither: () => "Every patch finds a good match in the other picture, for both encoders: what tells the two apart is no single place.",
};
const TOLD = {
  common: "Heat is how badly a patch’s best match in the other picture fits (1 − cosine), as a share of what is usual between unrelated " +
    "pictures of this workspace; so the two rows can be compared. What only moved finds its match at the new place.",
  own: "Heat is how badly a patch’s best match in the other picture fits (1 − cosine), from 0 to each encoder’s own maximum for these two; " +
    "so the rows show where, and cannot be compared in how much.",
};
const times = (value) => value.toFixed(2);

export function mount(root) {
  if (root.dataset.mounted) return;
  root.dataset.mounted = "why";
  const view = new WhyView(root);
  window.__why = view.hooks();
}

class WhyView {
  constructor(root) {
    this.root = root;
    this.panel = root.querySelector(".why-panel");
    this.line = root.querySelector(".why-line");
    this.answer = null;
    this.asked = "";
    this.told = "";
    this.waiting = null;
    this.pictures = {};
    for (const role of ROLES) {
      this.pictures[role] = {};
      for (const name of IMAGES) {
        const figure = root.querySelector(`[data-role=${role}] [data-image=${name}]`);
        this.pictures[role][name] = new Picture(figure, { over: (_, patch) => this.over(role, name, patch) });
      }
    }
    root.querySelector(".why-ramp i").style.background = gradient();
    this.listen();
    if (root.dataset.page === "explore") settle("why-view", "why");
  }

  listen() {
    const { root } = this;
    const opener = () => document.querySelector(".why-open");
    // a view that Gradio has drawn again leaves its predecessor behind, which must not toggle back
    document.addEventListener("click", (event) => { if (root.isConnected && opener()?.contains(event.target)) this.toggle(); });
    root.querySelector(".why-close").addEventListener("click", () => this.close());
    root.querySelector(".why-enlarge").addEventListener("click", () => this.enlarge());
    for (const input of root.querySelectorAll(".why-scale input, .why-strength input")) {
      input.addEventListener("input", () => this.paint());
    }
    // At the window: before the page's own Esc, and never the key of a field or an open sheet.
    window.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.panel.hidden || event.defaultPrevented || window.__keys?.typing(event)) return;
      if (document.querySelector("dialog[open], #reasons:not([hidden])")) return;
      event.preventDefault();
      event.stopPropagation();
      if (root.classList.contains("large")) this.enlarge(); else this.close();
    }, true);
    new ResizeObserver(() => { if (!this.panel.hidden) this.paint(true); }).observe(root.querySelector(".why-rows"));
    onPair(root.dataset.page, () => this.follow());
  }

  toggle() {
    if (this.panel.hidden) this.open(); else this.close();
  }

  open() {
    this.panel.hidden = false;
    this.root.dataset.state = "open";
    document.querySelector(".why-open")?.setAttribute("aria-expanded", "true");
    this.follow();
  }

  close() {
    this.panel.hidden = true;
    this.root.dataset.state = "closed";
    this.root.classList.remove("large");
    document.querySelector(".why-open")?.setAttribute("aria-expanded", "false");
    this.forget();
  }

  enlarge() {
    const large = this.root.classList.toggle("large");
    this.root.querySelector(".why-enlarge").setAttribute("aria-pressed", String(large));
  }

  /** Whatever is still being computed for another pair is not waited for any more. */
  forget() {
    this.waiting?.abort();
    this.waiting = null;
    this.asked = "";
  }

  /** Shows the pair that the page shows; nothing is asked while the view is closed. */
  follow() {
    if (this.panel.hidden) return;
    const query = currentPair(this.root.dataset.page);
    if (query === this.asked) return;
    this.forget();
    this.answer = null;
    this.blank();
    if (!query) return void this.say("Select a pair to see where the encoders see it differ.");
    this.asked = query;
    this.waiting = new AbortController();
    this.ask(query, this.waiting.signal);
  }

  blank() {
    for (const role of ROLES) {
      for (const name of IMAGES) Object.assign(this.pictures[role][name], { heat: null });
      this.note(role, "");
    }
    this.over("blind", "first", null);
    this.paint();
  }

  async ask(query, signal) {
    this.say("Asking…");
    for (let wait = SOON_MS; ; wait = LATER_MS) {
      const answer = await fetchJson("/api/why?" + query, { signal });
      if (signal.aborted) return;
      this.receive(answer);
      if (answer.state !== "working") return;
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (signal.aborted) return;
    }
  }

  receive(answer) {
    this.answer = answer;
    if (answer.problem) return void this.say(answer.problem);
    for (const role of ROLES) this.fill(role, answer[role], answer.images);
    const { verdict } = answer;
    if (answer.state === "working") this.say("Looking for what changes…");
    else this.say(verdict ? VERDICTS[verdict.kind](verdict.spot) : "The two encoders cannot be compared here; the reason stands below.");
    this.paint(true);
    this.showSpot(verdict?.kind === "reference" ? verdict.spot : null);
    return undefined;
  }

  fill(role, maps, images) {
    const row = this.root.querySelector(`.why-row[data-role=${role}]`);
    row.querySelector(".why-name span").textContent = maps.name;
    row.querySelector(".why-name span").title = maps.spec;
    row.querySelector(".why-name small").textContent = maps.grid
      ? `on average ${times(maps.mean / maps.usual)}, at most ${times(maps.max / maps.usual)} of usual`
      : "";
    for (const name of IMAGES) {
      const picture = this.pictures[role][name];
      if (picture.about?.url !== images[name].url || !picture.heat) picture.show(images[name], name === "first" ? "First" : "Second");
      if (maps.grid) picture.warm(maps[name], maps["crop_" + name], maps["match_" + name]);
    }
    if (maps.reason) this.note(role, maps.reason);
    else if (maps.state === "working") this.note(role, maps.step[0].toUpperCase() + maps.step.slice(1) + "…", maps);
    else this.note(role, "");
  }

  note(role, text, { done = 0, total = 0 } = {}) {
    const note = this.root.querySelector(`.why-row[data-role=${role}] .why-note`);
    note.hidden = !text;
    note.querySelector("p").textContent = text;
    const bar = note.querySelector("progress");
    bar.hidden = !total;
    if (total) Object.assign(bar, { max: total, value: done });
  }

  say(text) {
    this.root.querySelector(".why-verdict").textContent = text;
  }

  get scale() {
    return this.root.querySelector(".why-scale input:checked").value;
  }

  /** The mismatch that is as hot as it gets, for one row. */
  top(role) {
    const maps = this.answer?.[role];
    if (!maps?.grid) return 1;
    if (this.scale === "own") return maps.max;
    return this.commonTop() * maps.usual;
  }

  commonTop() {
    const known = ROLES.map((role) => this.answer?.[role]).filter((maps) => maps?.grid);
    return Math.max(LEAST_TOP, ...known.map((maps) => maps.max / maps.usual));
  }

  paint(fit = false) {
    const strength = Number(this.root.querySelector(".why-strength input").value);
    for (const role of ROLES) {
      for (const name of IMAGES) {
        if (fit) this.pictures[role][name].fit();
        this.pictures[role][name].paint(this.top(role), strength);
      }
    }
    const common = this.scale === "common";
    const top = this.commonTop();
    this.tell();
    this.root.querySelector(".why-high").textContent = common ? `${times(top)} of usual` : "the most of this encoder";
    const tick = this.root.querySelector(".why-ramp u");
    tick.hidden = !common || top <= 1;
    tick.style.left = `${100 / top}%`;
    tick.title = "as between unrelated pictures";
  }

  /** The reference's patches, and the same place in the blind encoder's row. */
  showSpot(spot) {
    for (const role of ROLES) {
      for (const name of IMAGES) {
        const picture = this.pictures[role][name];
        picture.markBox("spot", spot?.image === name && picture.heat ? spot.box : null);
      }
    }
  }

  /** Boxes around the patch under the pointer and around its best match in the other picture. */
  over(role, name, patch) {
    for (const each of ROLES) IMAGES.forEach((one) => this.pictures[each][one].mark("box", null));
    this.line.toggleAttribute("hidden", true);
    const maps = this.answer?.[role];
    if (!patch || !maps?.grid) return this.tell("");
    const other = this.pictures[role][name === "first" ? "second" : "first"];
    const at = this.pictures[role][name].heat.match[patch.row][patch.column];
    const columns = other.shape[1];
    this.pictures[role][name].mark("box", patch);
    other.mark("box", { row: Math.floor(at / columns), column: at % columns });
    this.connect(this.pictures[role][name].box, other.box);
    const mismatch = maps[name][patch.row][patch.column];
    return this.tell(`${role}: the best match of this patch has cosine ${(1 - mismatch).toFixed(3).replace("-", "−")}; ` +
      `its mismatch is ${times(mismatch / maps.usual)} of what is usual between unrelated pictures.`);
  }

  /** About the patch under the pointer, or else what the colours mean. */
  tell(text = this.told) {
    this.told = text;
    this.root.querySelector(".why-told").textContent = text || TOLD[this.scale];
  }

  connect(from, to) {
    const around = this.line.parentElement.getBoundingClientRect();
    const [a, b] = [from, to].map((box) => box.getBoundingClientRect());
    const line = this.line.querySelector("line");
    const place = { x1: a.left + a.width / 2 - around.left, y1: a.top + a.height / 2 - around.top, x2: b.left + b.width / 2 - around.left, y2: b.top + b.height / 2 - around.top };
    for (const [key, value] of Object.entries(place)) line.setAttribute(key, value);
    this.line.toggleAttribute("hidden", false);
  }

  hooks() {
    const view = this;
    return {
      toggle: () => view.toggle(),
      get open() { return !view.panel.hidden; },
      get asked() { return view.asked; },
      get state() { return view.answer ? view.answer.problem ? "problem" : view.answer.state : "none"; },
      get answer() { return view.answer; },
      rect: (role, name) => view.pictures[role][name].frame.getBoundingClientRect().toJSON(),
    };
  }
}
