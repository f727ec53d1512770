// Paints one heat map: colours that get lighter with heat, so that they are told apart by any eye.

const STOPS = [[42, 10, 74], [112, 28, 122], [196, 60, 110], [245, 128, 62], [252, 227, 138]];
const FINE = 112; // the grid is interpolated to so many points a side before it is coloured

/** Red, green, blue and the cover (0 to 1) of a heat between 0 and 1. */
export function colourOf(heat) {
  const t = Math.max(0, Math.min(1, heat));
  const place = t * (STOPS.length - 1);
  const below = Math.min(STOPS.length - 2, Math.floor(place));
  const rgb = STOPS[below].map((value, c) => value + (STOPS[below + 1][c] - value) * (place - below));
  return [...rgb, Math.min(1, 0.05 + 1.05 * t ** 0.8)];
}

export function gradient() {
  const steps = Array.from({ length: 12 }, (_, k) => colourOf(k / 11));
  return `linear-gradient(90deg, ${steps.map(([r, g, b, a]) => `rgb(${r} ${g} ${b} / ${a})`).join(", ")})`;
}

/** The value at (u, v) of the grid, both 0 to 1, between the middles of the patches. */
function between(grid, u, v) {
  const rows = grid.length;
  const columns = grid[0].length;
  const x = Math.max(0, Math.min(columns - 1, u * columns - 0.5));
  const y = Math.max(0, Math.min(rows - 1, v * rows - 0.5));
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [right, bottom] = [Math.min(columns - 1, left + 1), Math.min(rows - 1, top + 1)];
  const upper = grid[top][left] + (grid[top][right] - grid[top][left]) * (x - left);
  const lower = grid[bottom][left] + (grid[bottom][right] - grid[bottom][left]) * (x - left);
  return upper + (lower - upper) * (y - top);
}

function coloured(grid, most) {
  const side = new OffscreenCanvas(FINE, FINE);
  const context = side.getContext("2d");
  const image = context.createImageData(FINE, FINE);
  for (let k = 0; k < FINE * FINE; k++) {
    const value = between(grid, ((k % FINE) + 0.5) / FINE, (Math.floor(k / FINE) + 0.5) / FINE);
    const [r, g, b, cover] = colourOf(most > 0 ? value / most : 0);
    image.data.set([r, g, b, 255 * cover], 4 * k);
  }
  context.putImageData(image, 0, 0);
  return side;
}

/** Fills `canvas`, which lies over the whole picture; what the model does not see is veiled. */
export function paintHeat(canvas, { grid, crop, most, strength, veil }) {
  const { width, height } = canvas;
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, width, height);
  const [left, top, wide, high] = [crop[0] * width, crop[1] * height, crop[2] * width, crop[3] * height];
  context.globalAlpha = 1;
  context.fillStyle = veil;
  context.fillRect(0, 0, width, height);
  context.clearRect(left, top, wide, high);
  context.globalAlpha = strength;
  context.imageSmoothingQuality = "high";
  context.drawImage(coloured(grid, most), left, top, wide, high);
}
