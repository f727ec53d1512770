// One picture with its heat: it knows where on it a patch lies, and which patch lies under a point.

import { paintHeat } from "./heat.js";

const node = (tag, name) => Object.assign(document.createElement(tag), { className: name });

export class Picture {
  /** on: {over(picture, patch or null)}; patch = {row, column}. */
  constructor(figure, on) {
    this.figure = figure;
    this.frame = node("div", "why-picture");
    this.image = Object.assign(new Image(), { alt: "", draggable: false, decoding: "async" });
    this.canvas = node("canvas", "why-heat");
    this.box = node("i", "why-box");
    this.spot = node("i", "why-spot");
    this.box.hidden = this.spot.hidden = true;
    this.frame.append(this.image, this.canvas, this.spot, this.box);
    figure.append(this.frame);
    this.frame.addEventListener("pointermove", (event) => on.over(this, this.patchAt(event)));
    this.frame.addEventListener("pointerdown", (event) => on.over(this, this.patchAt(event)));
    this.frame.addEventListener("pointerleave", () => on.over(this, null));
  }

  /** The picture itself; its heat comes when it is computed. */
  show(about, name) {
    this.about = about;
    this.heat = null;
    this.box.hidden = this.spot.hidden = true;
    if (this.image.getAttribute("src") !== about.url) this.image.src = about.url;
    this.image.alt = `${name} image: ${about.file_name}`;
    this.frame.title = about.file_name;
    this.fit();
  }

  /** grid: rows of mismatches; crop: left, top, width, height in fractions; match: places in the other grid. */
  warm(grid, crop, match) {
    this.heat = { grid, crop, match };
  }

  fit() {
    const { clientWidth: wide, clientHeight: high } = this.figure;
    if (!this.about || !wide || !high) return;
    const scale = Math.min(wide / this.about.width, high / this.about.height);
    const [width, height] = [Math.round(this.about.width * scale), Math.round(this.about.height * scale)];
    Object.assign(this.frame.style, { width: `${width}px`, height: `${height}px` });
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    Object.assign(this.canvas, { width: Math.max(1, width * ratio), height: Math.max(1, height * ratio) });
  }

  paint(most, strength) {
    this.frame.style.setProperty("--heat", this.heat ? strength : 0);
    const context = this.canvas.getContext("2d");
    if (!this.heat) return context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const veil = getComputedStyle(this.frame).getPropertyValue("--why-veil");
    return paintHeat(this.canvas, { ...this.heat, most, strength, veil });
  }

  get shape() {
    return [this.heat.grid.length, this.heat.grid[0].length];
  }

  patchAt(event) {
    if (!this.heat) return null;
    const around = this.frame.getBoundingClientRect();
    const [left, top, wide, high] = this.heat.crop;
    const [rows, columns] = this.shape;
    const column = Math.floor((((event.clientX - around.left) / around.width - left) / wide) * columns);
    const row = Math.floor((((event.clientY - around.top) / around.height - top) / high) * rows);
    return row >= 0 && column >= 0 && row < rows && column < columns ? { row, column } : null;
  }

  /** Lays a mark over a patch. */
  mark(which, patch) {
    if (!patch || !this.heat) return this.markBox(which, null);
    const [left, top, wide, high] = this.heat.crop;
    const [rows, columns] = this.shape;
    const [width, height] = [wide / columns, high / rows];
    return this.markBox(which, [left + width * patch.column, top + height * patch.row, width, height]);
  }

  /** Lays a mark over a box in fractions of the picture, as far as it is on it. */
  markBox(which, box) {
    const mark = this[which];
    mark.hidden = !box;
    if (!box) return;
    const inside = (value) => Math.max(0, Math.min(1, value));
    const [left, top] = [inside(box[0]), inside(box[1])];
    const percent = (value) => `${100 * value}%`;
    Object.assign(mark.style, {
      left: percent(left),
      top: percent(top),
      width: percent(inside(box[0] + box[2]) - left),
      height: percent(inside(box[1] + box[3]) - top),
    });
  }
}
