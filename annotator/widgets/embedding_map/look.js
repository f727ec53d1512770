// How points and tethers look now: from the chosen colouring and selection to drawing order.

import { colouring } from "./colourings.js";
import { FADED, OTHER, PLAIN } from "./colours.js";

const LIT = 128; // added to the weight of what is picked out: it lies in front of everything else

/** Everything that drawing needs besides the cameras; made anew when a choice changes. */
export function makeLook(shared, theme) {
  const { map, choices, selection, measures, mixture } = shared;
  const coloured = colouring(map, choices, theme, measures, mixture);
  const shown = { all: map.pairs.count, top: Math.min(choices.top, map.pairs.count), none: 0 }[choices.links];
  return {
    theme,
    legend: coloured.legend,
    points: pointLook(map.n, coloured, selection, theme),
    links: linkLook(shown, coloured.links, selection, map.pairs),
  };
}

/** Tethers fade with their number; where images are picked out, those of other pairs all but go. */
function linkLook(shown, links, selection, { first, second }) {
  const alpha = Math.max(0.12, Math.min(0.75, 9 / Math.sqrt(Math.max(1, shown))));
  const lit = selection.active
    ? (p) => selection.inside[first[p]] + selection.inside[second[p]] > 0
    : null;
  return { ...links, shown, lit, width: shown > 2000 ? 0.7 : 1.1, alpha };
}

/**
 * palette: 3 bytes per code; order: positions of the images, what lies in front last; ends: where
 * in it the layers end: {faded, plain, strong}, the first empty unless images are picked out.
 */
function pointLook(n, { codes: own, weight, palette: colours, dense }, selection, theme) {
  const palette = new Uint8Array(3 * 256);
  colours.forEach((colour, code) => palette.set(colour, 3 * code));
  for (const code of [OTHER, PLAIN, FADED]) palette.set(theme.pointRgb, 3 * code);
  if (selection.active) palette.set(theme.accentRgb, 3 * PLAIN);
  const codes = own.slice();
  const depth = weight.slice();
  for (let i = 0; selection.active && i < n; i++) {
    if (selection.inside[i]) depth[i] += LIT;
    else [codes[i], depth[i]] = [FADED, 0];
  }
  const { order, start } = sortedByDepth(depth);
  const base = selection.active ? LIT : 0;
  const ends = { faded: start[base], plain: start[base + 1], strong: n };
  return { codes, palette, order, ends, dense, lit: selection.active };
}

/** A counting sort; `start[d]` is where the images of depth `d` begin. */
function sortedByDepth(depth) {
  const start = new Uint32Array(257);
  for (const d of depth) start[d + 1]++;
  for (let d = 0; d < 256; d++) start[d + 1] += start[d];
  const fill = start.slice();
  const order = new Uint32Array(depth.length);
  for (let i = 0; i < depth.length; i++) order[fill[depth[i]]++] = i;
  return { order, start };
}

/** The colour of image `i`, as CSS. */
export function colourOf({ codes, palette }, i) {
  const at = 3 * codes[i];
  return `rgb(${palette[at]} ${palette[at + 1]} ${palette[at + 2]})`;
}
