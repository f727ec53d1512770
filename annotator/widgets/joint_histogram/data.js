// Fetches the counts and answers questions about them without the server.

import { ask, withChoices } from "../embedding_map/bus.js";
import { NothingToShow } from "../embedding_map/data.js";

const ARRAYS = { uint32: Uint32Array, float32: Float32Array, float64: Float64Array };
const AS_GOOD_AS = 1e-9; // edges are sums of steps

/** All counts; asked again once if they were counted anew between the two answers. */
export async function loadHistogram(retry = true) {
  const meta = await ask(withChoices("/api/compare/histogram.json"));
  if (meta.problem) {
    const problem = typeof meta.problem === "string" ? { what: meta.problem, hint: meta.hint, command: meta.command } : meta.problem;
    throw new NothingToShow({ canCompute: true, ...problem });
  }
  const response = await fetch(withChoices("/api/compare/histogram.bin", undefined, { v: meta.digest }));
  if (!response.ok && retry) return loadHistogram(false);
  if (!response.ok) throw new Error(`The counts could not be read (${response.status}).`);
  const buffer = await response.arrayBuffer();
  const arrays = {};
  for (const { name, dtype, offset, length } of meta.arrays) arrays[name] = new ARRAYS[dtype](buffer, offset, length);
  return new Histogram(meta, arrays);
}

/** Edges of bins: `n` bins of one width from `start` on, so `n + 1` edges. */
export class Edges {
  constructor({ start, step, n }) {
    Object.assign(this, { start, step, n });
    // As many decimals as the edges have.
    this.digits = [2, 3, 4].find((digits) => Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) < AS_GOOD_AS) ?? 5;
  }

  /** As a decimal number that people write, not as a sum of steps. */
  at(index) {
    return Number((this.start + index * this.step).toFixed(6));
  }

  nearest(value) {
    return Math.max(0, Math.min(this.n, Math.round((value - this.start) / this.step)));
  }

  bin(value) {
    return Math.max(0, Math.min(this.n - 1, Math.floor((value - this.start) / this.step + AS_GOOD_AS)));
  }

  text(index) {
    return this.at(index).toFixed(this.digits).replace("-", "−");
  }
}

export class Histogram {
  constructor(meta, { counts, example_first: first, example_second: second }) {
    Object.assign(this, { meta, counts, first, second });
    this.blind = new Edges(meta.blind_edges);
    this.reference = new Edges(meta.reference_edges);
    this.scale = Math.max(1, meta.sample_scale ?? 1);
    // Counts are exact from this blind edge on.
    const floor = meta.exact_above ?? -1;
    this.exactFrom = Math.max(0, Math.ceil((floor - this.blind.start) / this.blind.step - AS_GOOD_AS));
    this.sums = cumulated(counts, this.blind.n, this.reference.n);
    this.span = this.findSpan();
    this.most = counts.reduce((a, b) => Math.max(a, b), 1);
  }

  cell(row, column) {
    return row * this.reference.n + column;
  }

  /** Pairs with a blind cosine over edge `row` and a reference cosine under edge `column`. */
  inside(row, column) {
    return this.sums[row * (this.reference.n + 1) + column];
  }

  isExact(row) {
    return row >= this.exactFrom;
  }

  /** One standard error of the number of pairs inside; 0 where they were all counted. */
  uncertainty(row, column) {
    if (this.isExact(row)) return 0;
    const sampled = this.inside(row, column) - this.inside(this.exactFrom, column);
    return Math.sqrt(Math.max(0, sampled) * this.scale);
  }

  /** Bins that hold pairs: [first row, last row, first column, last column]; null if none does. */
  findSpan() {
    const { blind, reference, counts } = this;
    let [low, high, left, right] = [blind.n, -1, reference.n, -1];
    for (let row = 0; row < blind.n; row++) {
      for (let column = 0; column < reference.n; column++) {
        if (!counts[this.cell(row, column)]) continue;
        [low, high] = [Math.min(low, row), row];
        [left, right] = [Math.min(left, column), Math.max(right, column)];
      }
    }
    return high < 0 ? null : [low, high, left, right];
  }

  /** Example pairs inside, nearest to the corner or with the widest gap first. */
  examples(row, column, order, most) {
    const { blind, reference, first } = this;
    const best = []; // sorted, at most `most` long
    for (let b = row; b < blind.n; b++) {
      for (let r = 0; r < column; r++) {
        const cell = this.cell(b, r);
        if (!first[cell]) continue;
        const key = order === "gap"
          ? r * reference.step - b * blind.step
          : Math.hypot((b - row) * blind.step, (column - 1 - r) * reference.step);
        if (best.length === most && key >= best[most - 1].key) continue;
        let place = best.length;
        while (place > 0 && best[place - 1].key > key) place--;
        best.splice(place, 0, { b, r, key });
        best.length = Math.min(best.length, most);
      }
    }
    return best.map(({ b, r }) => this.example(b, r));
  }

  example(b, r) {
    const cell = this.cell(b, r);
    return { row: b, column: r, first: this.first[cell], second: this.second[cell], count: this.counts[cell] };
  }
}

/** sums[row][column] = pairs in rows >= row and columns < column. */
function cumulated(counts, rows, columns) {
  const width = columns + 1;
  const sums = new Float64Array((rows + 1) * width);
  for (let row = rows - 1; row >= 0; row--) {
    let along = 0;
    for (let column = 0; column < columns; column++) {
      along += counts[row * columns + column];
      sums[row * width + column + 1] = sums[(row + 1) * width + column + 1] + along;
    }
  }
  return sums;
}
