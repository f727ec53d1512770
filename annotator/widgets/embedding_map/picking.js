// Images picked out on both maps: drawn around, found by another widget, a region, a kept selection.

import { say } from "./bus.js";
import { positionsOf } from "./data.js";
import { number, plural } from "./dom.js";

const CLOSE_UP = 6; // zoom at which what is flown to is shown, unless it needs more room

export class Picking {
  /** page: {shared, panels, focused, picked, regions, restyle(), say()}. */
  constructor(page) {
    Object.assign(this, { page, quiet: false });
  }

  /** images: positions. how: "new", "add" or "remove". */
  pickOut(images, how = "new", { label = "", source = "selection", rank = 0 } = {}) {
    const { page } = this;
    const { selection, measures, map } = page.shared;
    const foreign = selection.active && selection.source !== "selection";
    selection.apply(images, how, { label, source });
    if (foreign && how === "new" && source === "selection") this.tellOthers();
    say("picked", { imageIds: Array.from(selection.images(), (i) => map.ids[i]) });
    if (selection.active) measures.need();
    page.picked.changed();
    page.regions.mark(rank);
    page.restyle();
    const { touching, inside } = page.picked.counts;
    page.say(selection.active
      ? `${plural(selection.count, "image")} selected; ${plural(touching, "pair")} touch them, ${number(inside)} lie wholly inside`
      : "No image is selected");
  }

  clear() {
    this.pickOut([]);
  }

  /** Whoever lit images up learns that they are no longer. */
  tellOthers() {
    this.quiet = true;
    say("images", { imageIds: [], source: "", label: "" });
    this.quiet = false;
  }

  inView() {
    this.pickOut(this.page.focused.inView(), this.page.shared.tool.how);
  }

  /** What another widget found; nothing clears. */
  show({ imageIds = [], source = "", label = "" }) {
    if (this.quiet) return;
    this.quiet = true; // it knows already
    this.pickOut(this.positions(imageIds), "new", { label, source: source || "elsewhere" });
    this.quiet = false;
  }

  load({ name, image_ids: ids }) {
    const images = this.positions(ids);
    this.pickOut(images, "new", { label: name });
    this.flyTo(images);
  }

  region({ rank, all_ids: ids }) {
    const images = this.positions(ids);
    this.pickOut(images, "new", { label: `Region ${rank}`, source: "region", rank });
    this.flyTo(images);
  }

  flyTo(images) {
    if (images.length) this.page.panels.forEach((panel) => panel.frameImages(images, CLOSE_UP));
  }

  positions(ids) {
    return positionsOf(this.page.shared.map, ids);
  }
}
