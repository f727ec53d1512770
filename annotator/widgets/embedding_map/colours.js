// Colours that people with any colour vision can tell apart, for light and dark ground.

// Lightness falls (light) or rises (dark) along the gap ramp: the widest gap stands out the most.
const GAP_LIGHT = ["#f0b64b", "#e5722f", "#b3305f", "#56186e"];
const GAP_DARK = ["#6b3fa0", "#c43c78", "#f5803e", "#fce38a"];
const LABELS_LIGHT = [
  "#4477aa", "#cc6677", "#117733", "#c9a227", "#44aac9", "#aa4499", "#882255", "#7a8b2b", "#5b4fb0",
];
const LABELS_DARK = [
  "#77aadd", "#ee8866", "#44bb99", "#eedd88", "#99ddff", "#ffaabb", "#bbcc33", "#c99be8", "#e0b088",
];
export const STEPS = 24; // of the gap ramp

export function rgb(hex) {
  const value = parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

export const css = ([r, g, b]) => `rgb(${r} ${g} ${b})`;

/** STEPS colours from the smallest gap to the widest. */
export function gapRamp(dark) {
  const stops = (dark ? GAP_DARK : GAP_LIGHT).map(rgb);
  return Array.from({ length: STEPS }, (_, step) => {
    const place = (step / (STEPS - 1)) * (stops.length - 1);
    const below = Math.min(stops.length - 2, Math.floor(place));
    const t = place - below;
    return stops[below].map((value, c) => Math.round(value + (stops[below + 1][c] - value) * t));
  });
}

export const labelColours = (dark) => (dark ? LABELS_DARK : LABELS_LIGHT).map(rgb);

/** Which step of the ramp a gap falls on, between the smallest and the widest gap shown. */
export function gapStep(gap, [low, high]) {
  if (high <= low) return STEPS - 1;
  return Math.max(0, Math.min(STEPS - 1, Math.floor(((gap - low) / (high - low)) * STEPS)));
}

/** Smallest and widest gap of all pairs (they come widest first). */
export function gapRange(pairs) {
  return pairs.count ? [pairs.gap[pairs.count - 1], pairs.gap[0]] : [0, 1];
}

/** The colour of a state for the page; for a canvas it is in the theme. */
export const stateColour = (state) => `var(--state-${state})`;

const PRIORITY = ["complete", "accepted", "unreviewed", "skipped", "rejected"];

/** The state that speaks for an image with several pairs: the one furthest along. */
export function imageState(states, pairs, members) {
  let best = PRIORITY.length;
  for (const p of members) best = Math.min(best, PRIORITY.indexOf(states[pairs.state[p]]));
  return PRIORITY[best];
}
