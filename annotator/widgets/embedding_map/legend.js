// Says what the colours mean, with numbers; a category is switched on and off by its entry.

import { css } from "./colours.js";
import { cosine, h, number, plural } from "./dom.js";
import { missing } from "./missing.js";

/** actions: {toggle(code), solo(code), reload()}. */
export function drawLegend(root, shared, actions) {
  const { legend } = shared.look;
  const held = root.contains(document.activeElement) ? document.activeElement.dataset.code : null;
  const parts = [];
  if (legend?.kind === "ramp") parts.push(ramp(legend));
  if (legend?.kind === "missing") parts.push(missing(legend.problem, "job" in legend ? legend.job : "compare", `${legend.name}: loading…`));
  if (legend?.kind === "categories") parts.push(...categories(legend, shared, actions));
  root.replaceChildren(...parts);
  root.hidden = !parts.length;
  if (held) root.querySelector(`[data-code="${held}"]`)?.focus();
}

function categories(legend, { map, selection }, actions) {
  if (!legend.items.length) return [h("span", {}, legend.of === "images" ? "No image has one." : "There are no pairs.")];
  const inside = selection.active ? countInside(legend, map, selection) : null;
  return legend.items.map((item) => swatch(item, legend.hidden.has(item.code), inside, actions));
}

/** A button for each category: click to hide or show it, twice (or Shift+Enter) for it alone. */
function swatch({ code, name, count, colour, fixed }, hidden, inside, actions) {
  const told = inside ? `${number(inside.get(code) ?? 0)} / ${number(count)}` : number(count);
  const content = [h("i", { style: { background: colour } }), name, h("small", {}, told)];
  if (fixed) return h("span", { class: "emap-swatch" }, ...content);
  return h("button", {
    type: "button",
    class: "emap-swatch",
    "data-code": code,
    "aria-pressed": String(!hidden),
    title: "Click: hide or show. Double-click or Shift+Enter: this one alone.",
    onclick: (event) => (event.shiftKey ? actions.solo(code) : actions.toggle(code)),
    ondblclick: () => actions.solo(code),
  }, ...content);
}

/** How many pairs or images of each category are picked out. */
function countInside({ of, codes, rare }, { pairs, n }, { inside }) {
  const found = new Map();
  const add = (code) => found.set(code, (found.get(code) ?? 0) + 1);
  if (of === "pairs") {
    codes.forEach((code, p) => inside[pairs.first[p]] + inside[pairs.second[p]] && add(code));
  } else {
    for (let i = 0; i < n; i++) if (inside[i]) add(rare(codes[i]) ? 254 : codes[i]);
  }
  return found;
}

function ramp({ name, about, low, high, colours, unknown }) {
  const gradient = `linear-gradient(90deg, ${colours.map(css).join(", ")})`;
  return h(
    "span", { class: "emap-ramp", title: about },
    h("b", {}, name), cosine(low), h("i", { style: { background: gradient } }), cosine(high),
    unknown ? h("small", {}, `${number(unknown)} unknown`) : null,
  );
}

/** How much is on the maps, in words. */
export function countsText({ meta, pairs }) {
  const words = [plural(meta.n_images, "image")];
  if (meta.n_unmapped) words.push(`${number(meta.n_unmapped)} not on the maps yet`);
  words.push(pairs.count ? plural(pairs.count, "pair") : "no candidate pairs yet");
  const left = meta.n_pairs_on_map - pairs.count;
  if (left > 0) words.push(`${number(left)} narrower gaps not drawn`);
  return words.join(" · ");
}
