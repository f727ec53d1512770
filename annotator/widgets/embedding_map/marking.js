// The pair or image that is marked: by the pointer, the keys, the address, or another widget.

import { ask, putInAddress, say, withChoices } from "./bus.js";
import { pairsOf, positionsOf } from "./data.js";
import { cosine } from "./dom.js";
import { markedImages } from "./marked.js";

const CLOSE_UP = 6; // zoom of "Zoom to it", unless the two images are too far apart
const FIELDS = "textarea, select, input:not([type=radio], [type=range])";

export class Marking {
  /** page: {root, shared, panels, overlay, card, inspector, tabs, say()}. */
  constructor(page) {
    this.page = page;
  }

  hover(panel, { image, pair }) {
    const { marked } = this.page.shared;
    panel.root.classList.toggle("pointing", image >= 0 || pair >= 0);
    this.page.card.point(panel, image);
    if (marked.hovered === image && marked.hoveredPair === pair) return;
    Object.assign(marked, { hovered: image, hoveredPair: pair, panel });
    this.page.overlay.invalidate();
  }

  hoverPair(pair) {
    this.page.shared.marked.hoveredPair = pair;
    this.page.overlay.invalidate();
  }

  /** A tether selects its pair, an image its only pair or itself, bare ground nothing. */
  pick({ image, pair }) {
    if (pair >= 0) return this.select(pair);
    if (image < 0) return this.clear();
    return say("image", { imageId: this.page.shared.map.ids[image] });
  }

  /** An image picked on a map, among search results or neighbours: marked, in view, with its neighbours. */
  showImage(imageId) {
    const { map } = this.page.shared;
    const [image] = positionsOf(map, [imageId]);
    if (image === undefined) return;
    const own = pairsOf(map.pairs, image);
    this.select(own.length === 1 ? own[0] : -1, { image });
    this.reveal(true);
    putInAddress({ image: imageId });
    if (this.page.root.querySelector("[data-slot=neighbors]").children.length) this.page.tabs.show("neighbors");
  }

  select(pair, { image = -1, fly = false, quiet = false } = {}) {
    const { map, marked } = this.page.shared;
    const keepImage = image < 0 && pair >= 0 && marked.image >= 0 && pairsOf(map.pairs, marked.image).includes(pair);
    marked.pair = pair;
    marked.two = null;
    say("selected", { pairId: pair >= 0 ? map.pairs.id[pair] : null });
    if (!keepImage) marked.image = image >= 0 && pairsOf(map.pairs, image).length === 1 ? -1 : image;
    this.page.inspector.show();
    this.page.overlay.invalidate();
    if (!quiet) putInAddress({ pair: pair >= 0 ? map.pairs.id[pair] : null, image: null });
    if (pair < 0) return;
    this.page.say(`Pair ${pair + 1}: blind cosine ${cosine(map.pairs.blind[pair])}, reference cosine ` +
      `${cosine(map.pairs.reference[pair])}, ${map.meta.states[map.pairs.state[pair]]}`);
    this.reveal(fly);
  }

  selectId(pairId) {
    this.select(this.page.shared.map.pairs.rankOf.get(pairId) ?? -1, { fly: true });
  }

  /** Two images from elsewhere; their candidate pair if they are one. */
  async pickTwo(first, second) {
    const { map, marked } = this.page.shared;
    const images = positionsOf(map, [first, second]);
    if (images.length < 2) return this.page.say("One of the two images is not on these maps");
    const own = [...pairsOf(map.pairs, images[0])].find((p) => pairsOf(map.pairs, images[1]).includes(p));
    if (own !== undefined) return this.select(own, { fly: true });
    this.select(-1);
    const two = { images, blind: NaN, reference: NaN };
    marked.two = two;
    this.page.inspector.show();
    this.reveal(true);
    const path = withChoices("/api/images/cosines", undefined, { first, second });
    Object.assign(two, await ask(path).catch((error) => ({ problem: error.message })));
    return marked.two === two && this.page.inspector.show();
  }

  reveal(fly) {
    const ends = markedImages(this.page.shared);
    for (const panel of this.page.panels) {
      if (fly && !ends.every((i) => panel.sees(i))) panel.frameImages(ends);
    }
    this.page.overlay.invalidate();
  }

  clear() {
    this.select(-1);
  }

  step(by) {
    const { map, marked } = this.page.shared;
    const { count } = map.pairs;
    if (!count) return;
    const { pair } = marked;
    marked.image = -1;
    this.select(pair < 0 ? (by > 0 ? 0 : count - 1) : (pair + by + count) % count, { fly: true });
  }

  zoomIn() {
    const images = markedImages(this.page.shared);
    if (images.length) this.page.panels.forEach((panel) => panel.frameImages(images, CLOSE_UP));
  }

  review() {
    const { map, marked } = this.page.shared;
    if (marked.pair >= 0) location.assign("/?pair=" + map.pairs.id[marked.pair]);
  }

  key(event) {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.composedPath()[0];
    if (target instanceof Element && target.matches(FIELDS)) return;
    if (!this.page.root.getClientRects().length) return; // another view is shown
    const action = { n: () => this.step(1), p: () => this.step(-1), Escape: () => this.clear() }[
      event.key.length === 1 ? event.key.toLowerCase() : event.key
    ];
    if (action) action();
    else if (event.key === "Enter" && target === document.body) this.review();
  }

  openFromAddress() {
    const { map } = this.page.shared;
    const { pairs } = map;
    const given = new URLSearchParams(location.search);
    const [pair, image] = [given.get("pair"), given.get("image")];
    const asked = pairs.rankOf.get(Number(pair));
    if (asked !== undefined) return this.select(asked, { fly: true, quiet: true });
    const [position] = pair === null && image !== null ? positionsOf(map, [Number(image)]) : [];
    if (position !== undefined) return this.pick({ image: position, pair: -1 });
    this.select(pairs.count ? 0 : -1, { quiet: pair === null });
    const told = pair === null ? "" : `There is no pair “${pair.slice(0, 20)}” on these maps. `;
    this.page.root.querySelector(".emap-told").textContent = told;
    return undefined;
  }
}
