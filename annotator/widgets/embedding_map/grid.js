// Finds the nearest image: points sorted into square cells once, so that a look-up reads a few.

import { clamp } from "./camera.js";

export class Grid {
  constructor(xy) {
    this.xy = xy;
    const n = xy.length / 2;
    this.side = clamp(Math.round(Math.sqrt(n / 3)), 4, 256);
    this.start = new Uint32Array(this.side * this.side + 1);
    this.order = new Uint32Array(n);
    const cells = new Uint32Array(n);
    for (let i = 0; i < n; i++) {
      cells[i] = this.cell(xy[2 * i + 1]) * this.side + this.cell(xy[2 * i]);
      this.start[cells[i] + 1]++;
    }
    for (let c = 0; c < this.side * this.side; c++) this.start[c + 1] += this.start[c];
    const fill = this.start.slice();
    for (let i = 0; i < n; i++) this.order[fill[cells[i]]++] = i;
  }

  cell(value) {
    return clamp(Math.floor(((value + 1) / 2) * this.side), 0, this.side - 1);
  }

  /** Index of the nearest point within `reach` layout units of (x, y), and its distance. */
  nearest(x, y, reach) {
    let best = -1;
    let least = reach * reach;
    const [left, right] = [this.cell(x - reach), this.cell(x + reach)];
    for (let row = this.cell(y - reach); row <= this.cell(y + reach); row++) {
      const base = row * this.side;
      for (let k = this.start[base + left]; k < this.start[base + right + 1]; k++) {
        const i = this.order[k];
        const dx = this.xy[2 * i] - x;
        const dy = this.xy[2 * i + 1] - y;
        const distance = dx * dx + dy * dy;
        if (distance <= least) [best, least] = [i, distance];
      }
    }
    return { index: best, distance: Math.sqrt(least) };
  }
}
