// Thumbnails on the map: which of the visible images get one, and a bounded store of loaded tiles.

import { thumbnailUrl } from "./data.js";

const TILE = 144; // device pixels of a stored square tile
const KEPT = 600;
const AT_ONCE = 6;

/** Keeps the tiles used last; loads what the current view asks for, nothing else. */
export class Pictures {
  constructor(loaded) {
    this.loaded = loaded;
    this.tiles = new Map();
    this.wanted = new Map();
    this.loading = new Set();
    this.missing = new Set();
  }

  get(id) {
    const tile = this.tiles.get(id);
    if (!tile) return null;
    this.tiles.delete(id);
    this.tiles.set(id, tile);
    return tile;
  }

  /** Replaces what `who` waits for: what has left the view meanwhile is not fetched. */
  want(who, ids) {
    this.wanted.set(who, ids.filter((id) => this.lacks(id)));
    this.pump();
  }

  lacks(id) {
    return !this.tiles.has(id) && !this.loading.has(id) && !this.missing.has(id);
  }

  pump() {
    while (this.loading.size < AT_ONCE) {
      const id = this.next();
      if (id === undefined) return;
      this.load(id);
    }
  }

  /** What is selected first, then the maps in turn. */
  next() {
    const queues = [...this.wanted.values()].sort((a, b) => a.length - b.length);
    for (const queue of queues) {
      while (queue.length) {
        const id = queue.shift();
        if (this.lacks(id)) return id;
      }
    }
    return undefined;
  }

  async load(id) {
    this.loading.add(id);
    try {
      this.keep(id, await squareTile(thumbnailUrl(id)));
      this.loaded();
    } catch {
      this.missing.add(id);
    } finally {
      this.loading.delete(id);
      this.pump();
    }
  }

  keep(id, tile) {
    this.tiles.set(id, tile);
    for (const [oldest, bitmap] of this.tiles) {
      if (this.tiles.size <= KEPT) break;
      this.tiles.delete(oldest);
      bitmap.close();
    }
  }
}

async function squareTile(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  const side = Math.min(image.naturalWidth, image.naturalHeight);
  const [x, y] = [(image.naturalWidth - side) / 2, (image.naturalHeight - side) / 2];
  const size = { resizeWidth: TILE, resizeHeight: TILE, resizeQuality: "medium" };
  return createImageBitmap(image, x, y, side, side, size);
}

/** Side of a picture in CSS pixels for so many visible images; 0 where dots say more. */
export function pictureSide(mode, visible, n) {
  if (mode === "never" || visible === 0) return 0;
  if (mode === "always") return visible > 400 ? 36 : growing(visible);
  return visible <= Math.min(450, Math.max(40, n / 3)) ? growing(visible) : 0;
}

const growing = (visible) => Math.round(Math.max(36, Math.min(88, 300 / Math.sqrt(visible) + 22)));

/** Images of `order` to draw as pictures, none covering another: [{index, x, y}], last ones first. */
export function choosePictures(camera, xy, order, side) {
  const step = side + 4;
  const columns = Math.ceil(camera.width / step) + 3;
  const taken = new Map();
  const chosen = [];
  for (let k = order.length - 1; k >= 0; k--) {
    const i = order[k];
    const [x, y] = camera.toScreen(xy[2 * i], xy[2 * i + 1]);
    if (x < -side || y < -side || x > camera.width + side || y > camera.height + side) continue;
    const cell = (Math.floor(y / step) + 1) * columns + Math.floor(x / step) + 1;
    if (crowded(taken, cell, columns, x, y, step)) continue;
    taken.set(cell, [x, y]);
    chosen.push({ index: i, x, y });
  }
  return chosen;
}

function crowded(taken, cell, columns, x, y, step) {
  for (let row = -columns; row <= columns; row += columns) {
    for (let column = -1; column <= 1; column++) {
      const other = taken.get(cell + row + column);
      if (other && Math.abs(other[0] - x) < step && Math.abs(other[1] - y) < step) return true;
    }
  }
  return false;
}

/** One picture with rounded corners and a rim in `colour`, centred on (x, y). */
export function drawPicture(context, tile, x, y, side, colour, rim = 2) {
  const [left, top] = [x - side / 2, y - side / 2];
  context.beginPath();
  context.roundRect(left - rim, top - rim, side + 2 * rim, side + 2 * rim, 6 + rim);
  context.fillStyle = colour;
  context.fill();
  if (!tile) return;
  context.save();
  context.beginPath();
  context.roundRect(left, top, side, side, 6);
  context.clip();
  context.drawImage(tile, left, top, side, side);
  context.restore();
}
