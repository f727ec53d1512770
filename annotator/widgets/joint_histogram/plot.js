// Draws the histogram: cells, axes, marginals, what is sampled, and lines of known thresholds.

import { ramp, rampStep } from "./colours.js";

const TICK = "11px system-ui, 'DejaVu Sans', sans-serif";
const LABEL = "600 12px system-ui, 'DejaVu Sans', sans-serif";

export class Plot {
  constructor(canvas, histogram) {
    Object.assign(this, { canvas, histogram, closeUp: null, lines: [], cursor: null });
    this.cells = document.createElement("canvas");
    this.marginals = this.sumMarginals();
  }

  /** Takes the stage's size; false while it is not shown. */
  resize() {
    const { clientWidth: width, clientHeight: height } = this.canvas.parentElement;
    if (!width || !height) return false;
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    Object.assign(this, { width, height, ratio, small: width < 520 });
    this.box = { left: this.small ? 46 : 60, top: this.small ? 34 : 54, right: width - (this.small ? 34 : 58), bottom: height - 46 };
    return true;
  }

  /** Which cosines are shown: where there are pairs, with a margin, up to 1; or what is near the corner. */
  frame() {
    const { histogram: h } = this;
    const [low, , left, right] = h.span ?? [0, h.blind.n - 1, 0, h.reference.n - 1];
    const pad = (edges, from, to) => {
      const margin = Math.max(1, Math.round((to - from + 1) * 0.03));
      return [edges.at(Math.max(0, from - margin)), edges.at(Math.min(edges.n, to + 1 + margin))];
    };
    this.x = pad(h.reference, left, Math.max(right, left + 4));
    this.y = pad(h.blind, low, h.blind.n - 1);
    if (this.closeUp !== null) this.y[0] = Math.max(this.y[0], this.closeUp);
  }

  px(reference) {
    return this.box.left + ((reference - this.x[0]) / (this.x[1] - this.x[0])) * (this.box.right - this.box.left);
  }

  py(blind) {
    return this.box.bottom - ((blind - this.y[0]) / (this.y[1] - this.y[0])) * (this.box.bottom - this.box.top);
  }

  /** Cosines at a place on the canvas. */
  valuesAt(x, y) {
    const { left, right, top, bottom } = this.box;
    return {
      reference: this.x[0] + ((x - left) / (right - left)) * (this.x[1] - this.x[0]),
      blind: this.y[0] + ((bottom - y) / (bottom - top)) * (this.y[1] - this.y[0]),
    };
  }

  cellAt(x, y) {
    const { left, right, top, bottom } = this.box;
    if (x < left || x > right || y < top || y > bottom) return null;
    const { reference, blind } = this.valuesAt(x, y);
    return { row: this.histogram.blind.bin(blind), column: this.histogram.reference.bin(reference) };
  }

  restyle(theme) {
    this.theme = theme;
    const { counts, most, blind, reference } = this.histogram;
    const colours = ramp(theme.dark);
    this.cells.width = reference.n;
    this.cells.height = blind.n;
    const context = this.cells.getContext("2d");
    const image = context.createImageData(reference.n, blind.n);
    for (let row = 0; row < blind.n; row++) {
      for (let column = 0; column < reference.n; column++) {
        const count = counts[row * reference.n + column];
        if (!count) continue;
        // The picture's first row is the highest blind cosine.
        const to = ((blind.n - 1 - row) * reference.n + column) * 4;
        const [r, g, b] = colours[rampStep(count, most)];
        image.data[to] = r;
        image.data[to + 1] = g;
        image.data[to + 2] = b;
        image.data[to + 3] = 255;
      }
    }
    context.putImageData(image, 0, 0);
  }

  sumMarginals() {
    const { counts, blind, reference } = this.histogram;
    const rows = new Float64Array(blind.n);
    const columns = new Float64Array(reference.n);
    counts.forEach((count, cell) => {
      rows[Math.floor(cell / reference.n)] += count;
      columns[cell % reference.n] += count;
    });
    return { rows, columns };
  }

  draw(rectangle) {
    if (!this.width) return;
    const context = this.canvas.getContext("2d");
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    this.frame();
    this.drawAxes(context);
    this.within(context, () => {
      this.drawCells(context);
      this.drawSampled(context);
      this.lines.forEach((line) => this.drawLine(context, line));
      this.drawRectangle(context, rectangle);
      this.drawCursor(context);
    });
    this.drawMarginals(context, rectangle);
    this.drawNotes(context, rectangle);
  }

  within(context, draw) {
    const { left, top, right, bottom } = this.box;
    context.save();
    context.beginPath();
    context.rect(left, top, right - left, bottom - top);
    context.clip();
    draw();
    context.restore();
  }

  drawCells(context) {
    const { blind, reference } = this.histogram;
    const [x0, x1] = [this.px(reference.at(0)), this.px(reference.at(reference.n))];
    const [y0, y1] = [this.py(blind.at(blind.n)), this.py(blind.at(0))];
    // Cells smaller than a pixel are mixed, so that none is left out.
    context.imageSmoothingEnabled = Math.min((x1 - x0) / reference.n, (y1 - y0) / blind.n) * this.ratio < 1;
    context.imageSmoothingQuality = "high";
    context.drawImage(this.cells, x0, y0, x1 - x0, y1 - y0);
  }

  /** Hatched: there the counts are estimates from a sample. */
  drawSampled(context) {
    const { left, right, bottom, top } = this.box;
    const edge = this.py(this.histogram.blind.at(this.histogram.exactFrom));
    if (edge >= bottom) return;
    const from = Math.max(top, edge);
    context.save();
    context.beginPath();
    context.rect(left, from, right - left, bottom - from);
    context.clip();
    context.strokeStyle = this.theme.ink;
    context.globalAlpha = 0.13;
    context.lineWidth = 1;
    context.beginPath();
    for (let x = left - (bottom - from); x < right; x += 9) {
      context.moveTo(x, bottom);
      context.lineTo(x + (bottom - from), from);
    }
    context.stroke();
    context.restore();
    this.stroke(context, [[left, edge], [right, edge]], this.theme.muted, 1, [1, 3]);
  }

  stroke(context, points, colour, width, dash = []) {
    context.save();
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.setLineDash(dash);
    context.beginPath();
    points.forEach(([x, y], k) => (k ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.stroke();
    context.restore();
  }

  /** Known thresholds as the outline of their corner. */
  drawLine(context, { blind, reference, dash }) {
    const [x, y] = [Math.round(this.px(reference)) + 0.5, Math.round(this.py(blind)) + 0.5];
    this.stroke(context, [[this.box.left, y], [x, y], [x, this.box.top]], this.theme.ground, 3);
    this.stroke(context, [[this.box.left, y], [x, y], [x, this.box.top]], this.theme.ink, 1.25, dash);
  }

  drawRectangle(context, { blind, reference }) {
    const { left, top } = this.box;
    const [x, y] = [this.px(reference), this.py(blind)];
    context.fillStyle = this.theme.blind;
    context.globalAlpha = this.theme.dark ? 0.16 : 0.1;
    context.fillRect(left, top, x - left, y - top);
    context.globalAlpha = 1;
    this.stroke(context, [[left, y], [x, y], [x, top]], this.theme.ground, 5);
    this.stroke(context, [[left, y], [x, y], [x, top]], this.theme.blind, 2.25);
    if (x - left < 110 || y - top < 26) return;
    context.font = LABEL;
    context.textAlign = "left";
    this.note(context, "blind pairs", left + 9, top + 14, this.theme.blind);
  }

  drawCursor(context) {
    if (!this.cursor) return;
    const { blind, reference } = this.histogram;
    const { row, column } = this.cursor;
    const [x, y] = [this.px(reference.at(column)), this.py(blind.at(row + 1))];
    const [width, height] = [this.px(reference.at(column + 1)) - x, this.py(blind.at(row)) - y];
    context.strokeStyle = this.theme.ink;
    context.lineWidth = 1.5;
    context.strokeRect(x - 1.5, y - 1.5, width + 3, height + 3);
  }

  drawAxes(context) {
    const { left, top, right, bottom } = this.box;
    context.fillStyle = this.theme.ground;
    context.fillRect(left, top, right - left, bottom - top);
    context.font = TICK;
    context.fillStyle = this.theme.muted;
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const value of ticks(this.x, (right - left) / 76)) {
      const x = Math.round(this.px(value)) + 0.5;
      this.stroke(context, [[x, top], [x, bottom + 4]], this.theme.line, 1);
      context.fillText(short(value), x, bottom + 8);
    }
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const value of ticks(this.y, (bottom - top) / 56)) {
      const y = Math.round(this.py(value)) + 0.5;
      this.stroke(context, [[left - 4, y], [right, y]], this.theme.line, 1);
      context.fillText(short(value), left - 8, y);
    }
    context.strokeStyle = this.theme.lineStrong;
    context.strokeRect(left + 0.5, top + 0.5, right - left - 1, bottom - top - 1);
    this.drawTitles(context);
  }

  drawTitles(context) {
    const { left, top, right, bottom } = this.box;
    const { spaces } = this.histogram.meta;
    const named = (role) => (!this.small && spaces?.[role]?.name ? `, ${spaces[role].name}` : "");
    context.font = LABEL;
    context.textAlign = "center";
    context.textBaseline = "alphabetic";
    context.fillStyle = this.theme.reference;
    context.fillText(`reference cosine${named("reference")}`, (left + right) / 2, this.height - 8, right - left);
    context.save();
    context.translate(13, (top + bottom) / 2);
    context.rotate(-Math.PI / 2);
    context.fillStyle = this.theme.blind;
    context.fillText(`blind cosine${named("blind")}`, 0, 0, bottom - top);
    context.restore();
  }

  /** How the pairs spread along each axis, by the logarithm of their number; inside is coloured. */
  drawMarginals(context, { blind: blindMin, reference: referenceMax }) {
    const { blind, reference } = this.histogram;
    const { left, top, right, bottom } = this.box;
    const { rows, columns } = this.marginals;
    const scale = (values) => Math.log1p(values.reduce((a, b) => Math.max(a, b), 1));
    const room = this.small ? 24 : 40;
    const bar = (x, y, width, height, strong, colour) => {
      context.fillStyle = strong ? colour : this.theme.faint;
      context.globalAlpha = strong ? 0.85 : 0.45;
      context.fillRect(x, y, width, height);
    };
    const mostColumn = scale(columns);
    columns.forEach((n, k) => {
      const [x0, x1] = [this.px(reference.at(k)), this.px(reference.at(k + 1))];
      if (!n || x0 < left - 0.5 || x1 > right + 0.5) return;
      const height = (Math.log1p(n) / mostColumn) * room;
      bar(x0, top - 4 - height, Math.max(0.6, x1 - x0 - 0.4), height, reference.at(k + 1) <= referenceMax, this.theme.reference);
    });
    const mostRow = scale(rows);
    rows.forEach((n, k) => {
      const [y0, y1] = [this.py(blind.at(k + 1)), this.py(blind.at(k))];
      if (!n || y0 < top - 0.5 || y1 > bottom + 0.5) return;
      bar(right + 4, y0, (Math.log1p(n) / mostRow) * room, Math.max(0.6, y1 - y0 - 0.4), blind.at(k) >= blindMin, this.theme.blind);
    });
    context.globalAlpha = 1;
  }

  drawNotes(context, rectangle) {
    const { left, right, top, bottom } = this.box;
    context.font = TICK;
    const edge = this.py(this.histogram.blind.at(this.histogram.exactFrom));
    if (edge < bottom - 8 && edge > top + 8) {
      context.textAlign = "right";
      this.note(context, `all counted above ${this.histogram.blind.at(this.histogram.exactFrom)}`, right - 8, edge - 9);
      if (bottom - edge > 26) this.note(context, "sampled below", right - 8, edge + 10);
    }
    for (const { blind, reference, name } of this.lines) {
      const [x, y] = [this.px(reference), this.py(blind)];
      const near = Math.abs(blind - rectangle.blind) < 1e-6 && Math.abs(reference - rectangle.reference) < 1e-6;
      if (near || x > right || x < left || y < top || y > bottom) continue;
      context.textAlign = x > right - 90 ? "right" : "left";
      this.note(context, name, x > right - 90 ? x - 6 : x + 6, y - 8);
    }
  }

  /** A word on the plot that stays readable over any cell. */
  note(context, text, x, y, colour = this.theme.ink) {
    context.textBaseline = "middle";
    context.lineWidth = 4;
    context.lineJoin = "round";
    context.strokeStyle = this.theme.ground;
    context.strokeText(text, x, y);
    context.fillStyle = colour;
    context.fillText(text, x, y);
  }
}

/** Round values inside a range, about `wanted` of them. */
export function ticks([low, high], wanted) {
  const rough = (high - low) / Math.max(2, wanted);
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((k) => k * unit).find((one) => one >= rough);
  const values = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9; k++) values.push(Number((k * step).toFixed(6)));
  return values;
}

const short = (value) => String(value).replace("-", "−");
