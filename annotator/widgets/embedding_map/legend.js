// Says what the colours mean: the gap ramp, the states or the labels.

import { css, gapRamp, gapRange, labelColours, stateColour } from "./colours.js";
import { cosine, h, number, plural } from "./dom.js";

export function drawLegend(root, map, choices, theme) {
  const parts = [];
  const { pairs, meta } = map;
  const ofStates = choices.colour === "state";
  if (ofStates) parts.push(...states(map));
  if (choices.colour === "label") parts.push(...labels(meta, theme));
  if (pairs.count && !ofStates && (choices.links !== "none" || choices.colour === "gap")) {
    parts.push(ramp(pairs, theme));
  }
  root.replaceChildren(...parts, counts(map));
}

function swatch(colour, name, count) {
  return h(
    "span", { class: "emap-swatch" },
    h("i", { style: { background: colour } }), name, h("small", {}, number(count)),
  );
}

function states({ pairs, meta }) {
  const found = new Array(meta.states.length).fill(0);
  pairs.state.forEach((state) => found[state]++);
  return meta.states
    .map((state, code) => found[code] && swatch(stateColour(state), state, found[code]))
    .filter(Boolean);
}

function labels(meta, theme) {
  if (!meta.labels.length) return [h("span", {}, "No image has a label.")];
  const colours = labelColours(theme.dark).map(css);
  const named = meta.labels.map(({ name, count }, code) => swatch(colours[code], name, count));
  const rest = meta.n_images - meta.labels.reduce((sum, { count }) => sum + count, 0);
  return rest ? [...named, swatch(theme.point, "other", rest)] : named;
}

function ramp(pairs, theme) {
  const [low, high] = gapRange(pairs);
  const gradient = `linear-gradient(90deg, ${gapRamp(theme.dark).map(css).join(", ")})`;
  return h(
    "span", { class: "emap-ramp", title: "Blind cosine minus reference cosine" },
    "gap ", cosine(low), h("i", { style: { background: gradient } }), cosine(high),
  );
}

function counts({ meta, pairs }) {
  const words = [plural(meta.n_images, "image")];
  if (meta.n_unmapped) words.push(`${number(meta.n_unmapped)} not on the maps yet`);
  const left = meta.n_pairs_on_map - pairs.count;
  if (left > 0) words.push(`${number(left)} narrower gaps not drawn`);
  return h("span", { class: "emap-counts" }, words.join(" · "));
}
