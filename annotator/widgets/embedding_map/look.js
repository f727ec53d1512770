// How points and tethers look now: from the chosen colouring to palettes and drawing order.

import { css, gapRamp, gapRange, gapStep, imageState, labelColours, rgb } from "./colours.js";
import { pairsOf } from "./data.js";

const OTHER_LABEL = 254;

/** Everything that drawing needs besides the cameras; made anew when a choice changes. */
export function makeLook(map, choices, theme) {
  const points = choices.colour === "label" ? byLabel(map, theme) : byPairs(map, choices, theme);
  const shown = { all: map.pairs.count, top: Math.min(choices.top, map.pairs.count), none: 0 };
  return { theme, points, links: linkLook(map, choices, theme, shown[choices.links]) };
}

function linkLook({ pairs }, choices, theme, shown) {
  const byState = choices.colour === "state";
  const palette = byState ? theme.states : gapRamp(theme.dark).map(css);
  const range = gapRange(pairs);
  const bucketOf = new Uint8Array(pairs.count);
  for (let p = 0; p < pairs.count; p++) {
    bucketOf[p] = byState ? pairs.state[p] : gapStep(pairs.gap[p], range);
  }
  const alpha = Math.max(0.12, Math.min(0.75, 9 / Math.sqrt(Math.max(1, shown))));
  return { shown, bucketOf, palette, width: shown > 2000 ? 0.7 : 1.1, alpha };
}

/** Images in pairs stand out, in the colour of their widest gap or furthest state. */
function byPairs(map, { colour }, theme) {
  const { pairs, meta, n } = map;
  const plainCode = 255;
  const palette = colour === "state" ? theme.states.map(rgb) : gapRamp(theme.dark);
  const colours = new Uint8Array(n).fill(plainCode);
  const range = gapRange(pairs);
  const strong = [];
  for (let p = pairs.count - 1; p >= 0; p--) strong.push(pairs.first[p], pairs.second[p]);
  for (const i of strong) {
    if (colour === "gap") colours[i] = gapStep(pairs.gap[pairsOf(pairs, i)[0]], range);
    if (colour === "state") {
      colours[i] = meta.states.indexOf(imageState(meta.states, pairs, pairsOf(pairs, i)));
    }
  }
  palette[plainCode] = theme.pointRgb;
  return withOrder(n, colours, palette, colour === "none" ? [] : strong);
}

function byLabel({ labels, n }, theme) {
  const palette = labelColours(theme.dark);
  palette[OTHER_LABEL] = palette[255] = theme.pointRgb;
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  return { colours: labels, palette, order, nPlain: n };
}

/** Plain images first, then the strong ones, each once, the last in the list on top. */
function withOrder(n, colours, palette, strong) {
  const place = new Map();
  strong.forEach((i) => {
    place.delete(i);
    place.set(i, true);
  });
  const order = new Uint32Array(n);
  let k = 0;
  for (let i = 0; i < n; i++) if (!place.has(i)) order[k++] = i;
  const nPlain = k;
  for (const i of place.keys()) order[k++] = i;
  return { colours, palette, order, nPlain };
}
