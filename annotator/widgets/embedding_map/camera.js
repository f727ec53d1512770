// Where one map looks: layout coordinates (-1 to 1, y up) to CSS pixels of its panel, and back.

const MARGIN = 0.88; // share of the panel that the whole map fills
const MAX_ZOOM = 200;
const FLIGHT_MS = 420;

export const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const ease = (t) => (t < 0.5 ? 4 * t * t * t : 1 - (-2 * t + 2) ** 3 / 2);

export class Camera {
  /** home: {x, y, width, height} of what the whole map shows, in layout units. */
  constructor(home, changed) {
    Object.assign(this, { home, changed });
    this.width = this.height = 1;
    this.x = home.x;
    this.y = home.y;
    this.zoom = 1;
    this.flight = 0;
  }

  /** Pixels per layout unit. */
  get scale() {
    const { width, height } = this.home;
    return Math.min(this.width / width, this.height / height) * MARGIN * this.zoom;
  }

  /** The whole map is another box now; what is in view stays in view relative to it. */
  rehome(home) {
    this.x += home.x - this.home.x;
    this.y += home.y - this.home.y;
    this.home = home;
    this.changed();
  }

  resize(width, height) {
    this.width = width;
    this.height = height;
  }

  toScreen(x, y) {
    const scale = this.scale;
    return [(x - this.x) * scale + this.width / 2, (this.y - y) * scale + this.height / 2];
  }

  toLayout(px, py) {
    const scale = this.scale;
    return [(px - this.width / 2) / scale + this.x, this.y - (py - this.height / 2) / scale];
  }

  sees(x, y, margin = 12) {
    const [px, py] = this.toScreen(x, y);
    return px > margin && py > margin && px < this.width - margin && py < this.height - margin;
  }

  pan(dx, dy) {
    this.land();
    this.x = clamp(this.x - dx / this.scale, -1.2, 1.2);
    this.y = clamp(this.y + dy / this.scale, -1.2, 1.2);
    this.changed();
  }

  /** Zooms so that the layout point under (px, py) stays where it is. */
  zoomAt(px, py, factor) {
    this.land();
    const [x, y] = this.toLayout(px, py);
    this.zoom = clamp(this.zoom * factor, 0.6, MAX_ZOOM);
    const [nx, ny] = this.toLayout(px, py);
    this.x += x - nx;
    this.y += y - ny;
    this.changed();
  }

  fit() {
    this.flyTo(this.home.x, this.home.y, 1);
  }

  /** Brings the box between two points into view, keeping the zoom if it fits. */
  frame(ax, ay, bx, by, zoom = this.zoom) {
    const span = Math.max(Math.abs(ax - bx), Math.abs(ay - by), 1e-3);
    const widest = (0.62 * Math.min(this.width, this.height)) / (span * (this.scale / this.zoom));
    this.flyTo((ax + bx) / 2, (ay + by) / 2, clamp(Math.min(zoom, widest), 0.6, MAX_ZOOM));
  }

  flyTo(x, y, zoom) {
    this.land();
    const from = { x: this.x, y: this.y, zoom: this.zoom };
    const start = performance.now();
    const step = (now) => {
      const t = still() ? 1 : clamp((now - start) / FLIGHT_MS, 0, 1);
      const e = ease(t);
      this.zoom = from.zoom * (zoom / from.zoom) ** e;
      this.x = from.x + (x - from.x) * e;
      this.y = from.y + (y - from.y) * e;
      this.flight = t < 1 ? requestAnimationFrame(step) : 0;
      this.changed();
    };
    this.flight = requestAnimationFrame(step);
  }

  land() {
    cancelAnimationFrame(this.flight);
    this.flight = 0;
  }
}

/** The box around all points, never narrower than `least`. */
export function boundsOf(xy, least = 0.05) {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let k = 0; k < xy.length; k += 2) {
    left = Math.min(left, xy[k]);
    right = Math.max(right, xy[k]);
    bottom = Math.min(bottom, xy[k + 1]);
    top = Math.max(top, xy[k + 1]);
  }
  const size = (length) => Math.max(length, least);
  return { x: (left + right) / 2, y: (bottom + top) / 2, width: size(right - left), height: size(top - bottom) };
}

export function clamp(value, low, high) {
  return Math.max(low, Math.min(high, value));
}
