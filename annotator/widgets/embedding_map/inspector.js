// The panel beside the maps: the selected pair or image, and the pairs to go on with.

import { css, gapRamp, gapRange, stateColour, stepOf } from "./colours.js";
import { imageDetails, pairsOf } from "./data.js";
import { cosine, h, number, plural, thumbnail } from "./dom.js";

const LISTED = 100;

export class Inspector {
  /** actions: {select(pair position), step(±1), zoom(), clear(), hoverPair(position or -1)}. */
  constructor(root, shared, actions) {
    Object.assign(this, { root, shared, actions });
    this.top = root.querySelector(".emap-detail");
    this.title = root.querySelector("[role=tab][data-tab=pairs]");
    this.list = root.querySelector(".emap-list");
  }

  /** Shows what is marked now; the list is made again only if its content changed. */
  show() {
    const { marked, map } = this.shared;
    if (marked.pair >= 0) this.top.replaceChildren(...this.pair(marked.pair));
    else if (marked.two) this.top.replaceChildren(...this.two(marked.two));
    else if (marked.image >= 0) this.top.replaceChildren(...this.image(marked.image));
    else this.top.replaceChildren(...this.nothing());
    const of = marked.image >= 0 ? pairsOf(map.pairs, marked.image) : null;
    this.fill(of);
  }

  nothing() {
    if (this.shared.map.pairs.count) {
      return [
        h("h3", {}, "Nothing selected"),
        h("p", {}, "Pick a tether or an image on a map, or a pair below. The images of a pair often lie close together " +
          "on the blind map and further apart on the reference map. Not always: a map of so many images in " +
          "two dimensions can only approximate."),
      ];
    }
    return [
      h("h3", {}, "No candidate pairs yet"),
      h("p", {}, "Pairs that the blind encoder takes for one and the reference encoder tells apart " +
        "appear here once they are mined:"),
      h("pre", {}, h("code", {}, "mmvp mine")),
    ];
  }

  pair(p) {
    const { map, look } = this.shared;
    const { pairs, meta } = map;
    const state = meta.states[pairs.state[p]];
    const pattern = pairs.pattern[p] >= 0 ? meta.patterns[pairs.pattern[p]] : "";
    return [
      h("header", {},
        h("h3", {}, `Pair ${number(p + 1)} of ${number(pairs.count)}`),
        h("button", { type: "button", class: "emap-icon", "aria-label": "Previous pair", "aria-keyshortcuts": "P", title: "Previous pair (P)", onclick: () => this.actions.step(-1) }, "‹"),
        h("button", { type: "button", class: "emap-icon", "aria-label": "Next pair", "aria-keyshortcuts": "N", title: "Next pair (N)", onclick: () => this.actions.step(1) }, "›"),
        this.clearButton()),
      h("div", { class: "emap-two" }, this.figure(pairs.first[p]), this.figure(pairs.second[p])),
      this.scale(pairs.blind[p], pairs.reference[p], look.theme),
      h("p", { class: "emap-state" },
        h("span", { class: "emap-chip", style: { "--chip": stateColour(state) } }, state),
        pattern && h("span", { class: "emap-pattern" }, pattern)),
      h("div", { class: "emap-buttons" },
        h("a", { class: "emap-review", "aria-keyshortcuts": "Enter", href: "/?pair=" + pairs.id[p] }, "Review this pair"),
        h("button", { type: "button", onclick: () => this.actions.zoom() }, "Zoom to it")),
    ];
  }

  figure(i) {
    const { map } = this.shared;
    const caption = h("figcaption", {}, " ");
    imageDetails(map.ids[i]).then((image) => {
      caption.textContent = image.caption || image.file_name;
      caption.title = image.file_name;
    }, () => {});
    return h("figure", {}, h("div", {}, thumbnail(map.ids[i])), caption);
  }

  /** Two images that are no candidate pair; their cosines come a moment later. */
  two({ images, blind, reference, problem }) {
    const { look } = this.shared;
    const known = Number.isFinite(blind) && Number.isFinite(reference);
    return [
      h("header", {}, h("h3", {}, "Two images, no candidate pair"), this.clearButton()),
      h("div", { class: "emap-two" }, ...images.map((i) => this.figure(i))),
      known ? this.scale(blind, reference, look.theme) : h("p", { role: "status" }, problem ?? "Looking up their cosines…"),
      h("div", { class: "emap-buttons" }, h("button", { type: "button", onclick: () => this.actions.zoom() }, "Zoom to them")),
    ];
  }

  clearButton() {
    return h("button", { type: "button", class: "emap-icon", "aria-label": "Clear what is marked", "aria-keyshortcuts": "Escape", title: "Clear (Esc)", onclick: () => this.actions.clear() }, "×");
  }

  /** Both cosines on one line from 0 (or the lower one) to 1, the gap as the bar between them. */
  scale(blind, reference, theme) {
    const { pairs, meta } = this.shared.map;
    const least = Math.min(0, blind, reference);
    const place = (value) => `${(100 * (value - least)) / (1 - least)}%`;
    const gap = blind - reference;
    const [left, right] = [Math.min(blind, reference), Math.max(blind, reference)];
    const colour = css(gapRamp(theme.dark)[stepOf(gap, gapRange(pairs))]);
    const ticks = meta.thresholds
      ? [meta.thresholds.blind_min, meta.thresholds.reference_max].map((value) =>
        h("i", { class: "tick", style: { left: place(value) }, title: `threshold ${value}` }))
      : [];
    const label = `Blind cosine ${cosine(blind)}, reference cosine ${cosine(reference)}, gap ${cosine(gap)}`;
    return h("div", { class: "emap-scale" },
      h("dl", {},
        h("div", { class: "reference" }, h("dt", {}, "reference"), h("dd", {}, cosine(reference))),
        h("div", { class: "gap" }, h("dt", {}, "gap"), h("dd", {}, cosine(gap))),
        h("div", { class: "blind" }, h("dt", {}, "blind"), h("dd", {}, cosine(blind)))),
      h("div", { class: "track", role: "img", "aria-label": label },
        ...ticks,
        h("b", { style: { left: place(left), right: `calc(100% - ${place(right)})`, background: colour } }),
        h("u", { class: "reference", style: { left: place(reference) } }),
        h("u", { class: "blind", style: { left: place(blind) } })),
      h("div", { class: "ends", "aria-hidden": "true" }, h("span", {}, cosine(least).replace(/[.,]?0+$/, "")), h("span", {}, "1")));
  }

  image(i) {
    const { map } = this.shared;
    const facts = h("p", {}, " ");
    imageDetails(map.ids[i]).then((image) => {
      facts.textContent = [image.caption, image.label, image.file_name].filter(Boolean).join(" · ");
    }, () => {});
    const n = pairsOf(map.pairs, i).length;
    return [
      h("header", {},
        h("h3", {}, n ? `In ${plural(n, "pair")}` : "In no candidate pair"),
        this.clearButton()),
      h("figure", { class: "emap-single" }, h("div", {}, thumbnail(map.ids[i]))),
      facts,
    ];
  }

  /** Rows of pairs: those of one image, or the widest gaps. */
  fill(positions) {
    const { map, marked, look } = this.shared;
    const shown = positions ? [...positions] : this.around(marked.pair);
    const key = shown.join() + look.theme.dark + map.pairs.state.join("");
    if (key !== this.filled) {
      this.filled = key;
      this.title.textContent = positions ? "Its pairs" : "Widest gaps";
      const rows = shown.map((p) => this.row(p));
      this.list.replaceChildren(...(rows.length ? rows : [h("li", { class: "emap-hint" }, "No pairs here.")]));
    }
    for (const button of this.list.querySelectorAll("button")) {
      const current = Number(button.dataset.pair) === marked.pair;
      button.toggleAttribute("aria-current", current);
      if (current) this.reveal(button);
    }
  }

  /** A page of the ranking that holds pair `p`. */
  around(p) {
    const start = Math.floor(Math.max(0, p) / LISTED) * LISTED;
    const end = Math.min(this.shared.map.pairs.count, start + LISTED);
    return Array.from({ length: end - start }, (_, k) => start + k);
  }

  /** Scrolls the list, never the page; to the middle, for the list shrinks as pictures load. */
  reveal(button) {
    const { offsetTop: top, offsetHeight: height } = button.parentElement;
    const { scrollTop, clientHeight } = this.list;
    const visible = top >= scrollTop && top + 2 * height <= scrollTop + clientHeight;
    if (!visible) this.list.scrollTop = top - (clientHeight - height) / 2;
  }

  row(p) {
    const { map, look } = this.shared;
    const { pairs, meta } = map;
    const state = meta.states[pairs.state[p]];
    const widest = pairs.gap[0] || 1;
    const colour = css(gapRamp(look.theme.dark)[stepOf(pairs.gap[p], gapRange(pairs))]);
    return h("li", {}, h("button", {
      type: "button",
      "data-pair": p,
      onclick: () => this.actions.select(p),
      onpointerenter: () => this.actions.hoverPair(p),
      onpointerleave: () => this.actions.hoverPair(-1),
    },
    h("span", { class: "n" }, number(p + 1)),
    thumbnail(map.ids[pairs.first[p]], true), thumbnail(map.ids[pairs.second[p]], true),
    h("span", { class: "bar" }, h("i", { style: { width: `${(100 * pairs.gap[p]) / widest}%`, background: colour } })),
    h("span", { class: "gap" }, cosine(pairs.gap[p])),
    h("span", { class: "dot", style: { background: stateColour(state) }, title: state })));
  }
}
