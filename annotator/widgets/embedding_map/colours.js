// Colours that people with any colour vision can tell apart, for light and dark ground.

// Lightness falls (light) or rises (dark) along the gap ramp: the widest gap stands out the most.
const GAP_LIGHT = ["#f0b64b", "#e5722f", "#b3305f", "#56186e"];
const GAP_DARK = ["#6b3fa0", "#c43c78", "#f5803e", "#fce38a"];
// Viridis and cividis, without the end that would vanish into the ground.
const VIRIDIS_DARK = ["#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725"];
const VIRIDIS_LIGHT = ["#b5de2b", "#6ece58", "#35b779", "#1f9e89", "#26828e", "#31688e", "#3e4989", "#440154"];
const CIVIDIS_DARK = ["#1f3b6e", "#4c556c", "#696c74", "#878478", "#a69d75", "#c7b76b", "#fdea45"];
const CIVIDIS_LIGHT = ["#d9c55c", "#b9a96f", "#989078", "#7a7a77", "#5f636e", "#3f4d6b", "#00224e"];
// Okabe and Ito's eight and a brown; yellow is darkened where the ground is white, black lightened
// where it is dark.
const OKABE_ITO_LIGHT = [
  "#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#a89c00", "#000000", "#7b5a3c",
];
const OKABE_ITO_DARK = [
  "#3d9ad6", "#e69f00", "#20bd90", "#f0762a", "#dd94bb", "#7cc8f2", "#f0e442", "#f2f2f2", "#b08a68",
];
export const STEPS = 24; // of every ramp
export const PLAIN = 255; // no colour of its own
export const OTHER = 254; // a value too rare for a colour
export const FADED = 253; // not picked out

export function rgb(hex) {
  const value = parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

export const css = ([r, g, b]) => `rgb(${r} ${g} ${b})`;

/** STEPS colours through the given stops. */
function ramp(hexes) {
  const stops = hexes.map(rgb);
  return Array.from({ length: STEPS }, (_, step) => {
    const place = (step / (STEPS - 1)) * (stops.length - 1);
    const below = Math.min(stops.length - 2, Math.floor(place));
    const t = place - below;
    return stops[below].map((value, c) => Math.round(value + (stops[below + 1][c] - value) * t));
  });
}

/** From the smallest gap to the widest. */
export const gapRamp = (dark) => ramp(dark ? GAP_DARK : GAP_LIGHT);

/** From the least to the most of a measure; high values stand out from the ground. */
export function measureRamp(measure, dark) {
  if (measure === "overlap") return ramp(dark ? CIVIDIS_DARK : CIVIDIS_LIGHT);
  return ramp(dark ? VIRIDIS_DARK : VIRIDIS_LIGHT);
}

export const categoryColours = (dark) => (dark ? OKABE_ITO_DARK : OKABE_ITO_LIGHT).map(rgb);

/** Which step of a ramp a value falls on, between the least and the most shown. */
export function stepOf(value, [low, high]) {
  if (high <= low) return STEPS - 1;
  return Math.max(0, Math.min(STEPS - 1, Math.floor(((value - low) / (high - low)) * STEPS)));
}

/** Smallest and widest gap of all pairs (they come widest first). */
export function gapRange(pairs) {
  return pairs.count ? [pairs.gap[pairs.count - 1], pairs.gap[0]] : [0, 1];
}

/** The colour of a state for the page; for a canvas it is in the theme. */
export const stateColour = (state) => `var(--state-${state})`;
