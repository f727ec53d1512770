// The regions that the blind encoder collapses the most: a strip of pictures each, and its numbers.

import { ask, withChoices } from "./bus.js";
import { cosine, h, plural, thumbnail } from "./dom.js";
import { asProblem, notThere } from "./measures.js";
import { missing } from "./missing.js";

const PICTURES = 6;

export class Regions {
  /** pick(region) lights a region up and flies there. */
  constructor(root, pick) {
    Object.assign(this, { root, pick, asked: false, found: [] });
  }

  /** Fetches the list when it is looked at for the first time. */
  need() {
    if (this.asked) return;
    this.asked = true;
    this.root.replaceChildren(missing(null, "compare", "Looking for collapsed regions…"));
    this.load();
  }

  /** The data changed: asked for again if it has been looked at. */
  forget() {
    const looked = this.asked;
    this.asked = false;
    if (looked) this.need();
  }

  async load() {
    try {
      const answer = await ask(withChoices("/api/compare/regions"));
      if (answer.problem) return this.fail(asProblem(answer));
      this.found = answer.regions ?? answer;
      return this.show();
    } catch (error) {
      return this.fail(notThere(error, "Which regions collapse is not known yet."));
    }
  }

  fail(problem) {
    this.root.replaceChildren(missing(problem, "compare", ""));
  }

  show() {
    if (!this.found.length) {
      return this.root.replaceChildren(h("p", { class: "emap-hint" }, "No region stands out: the encoders agree on who lies close to whom."));
    }
    const list = h("ol", { class: "emap-regions" }, ...this.found.map((region) => h("li", {}, this.row(region))));
    return this.root.replaceChildren(
      h("p", { class: "emap-hint" }, "Images that lie together for the blind encoder and apart for the reference, the most collapsed first."), list);
  }

  row(region) {
    const { rank, image_ids: ids, n_images: n } = region;
    const fact = (word, value, role) => h("span", {}, word, h("b", { class: role }, cosine(value)));
    return h("button", { type: "button", "data-rank": rank, onclick: () => this.choose(region) },
      h("span", { class: "head" }, h("strong", {}, `Region ${rank}`), h("small", {}, plural(n, "image")), fact("collapse", region.collapse)),
      h("span", { class: "strip" }, ...ids.slice(0, PICTURES).map((id) => thumbnail(id, true))),
      h("span", { class: "facts" },
        fact("blind", region.mean_blind_cosine, "blind"), fact("reference", region.mean_reference_cosine, "reference"),
        fact("shared", region.overlap)));
  }

  choose(region) {
    this.mark(region.rank);
    this.pick(region);
  }

  mark(rank) {
    for (const button of this.root.querySelectorAll("[data-rank]")) {
      button.toggleAttribute("aria-current", Number(button.dataset.rank) === rank);
    }
  }
}
