// The density ramp: one hue to the next with even steps of lightness, so that it also reads in grey.

// As RAMP in annotator/figures/style.py, for light ground: the most pairs are the darkest.
const LIGHT = ["#d3e8e4", "#8cc5c4", "#4597b4", "#3a609f", "#37327a", "#1d1238"];
const DARK = ["#2a2750", "#3c4489", "#39749f", "#3fa6a6", "#86d3b0", "#f0f9d8"];
const STEPS = 256;

function rgb(hex) {
  const value = parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

export function ramp(dark) {
  const stops = (dark ? DARK : LIGHT).map(rgb);
  return Array.from({ length: STEPS }, (_, step) => {
    const place = (step / (STEPS - 1)) * (stops.length - 1);
    const below = Math.min(stops.length - 2, Math.floor(place));
    return stops[below].map((value, c) => Math.round(value + (stops[below + 1][c] - value) * (place - below)));
  });
}

export const gradient = (dark) => `linear-gradient(90deg, ${(dark ? DARK : LIGHT).join(", ")})`;

/** Which step of the ramp a count falls on; counts are compared by their logarithm. */
export function rampStep(count, most) {
  if (most <= 1) return STEPS - 1;
  const share = Math.log(Math.max(1, count)) / Math.log(most);
  return Math.max(0, Math.min(STEPS - 1, Math.round(share * (STEPS - 1))));
}
