// The layer over both maps: what is selected or hovered, and the thread that joins the two maps.

import { pairsOf } from "./data.js";
import { number } from "./dom.js";
import { markedImages } from "./marked.js";
import { trace } from "./links.js";
import { drawPicture } from "./pictures.js";

export class Overlay {
  constructor(canvas, panels, shared) {
    Object.assign(this, { canvas, panels, shared });
    this.frame = 0;
  }

  resize() {
    const stage = this.canvas.parentElement;
    this.ratio = Math.min(2, window.devicePixelRatio || 1);
    this.width = stage.clientWidth;
    this.height = stage.clientHeight;
    this.canvas.width = Math.round(this.width * this.ratio);
    this.canvas.height = Math.round(this.height * this.ratio);
    this.invalidate();
  }

  invalidate() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.paint();
    });
  }

  paint() {
    const { map, marked } = this.shared;
    const context = this.canvas.getContext("2d");
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    const images = [...markedImages(this.shared)];
    if (marked.image >= 0 && !images.includes(marked.image)) images.push(marked.image);
    images.forEach((i) => this.thread(context, i, 0.55));
    if (marked.hovered >= 0) this.thread(context, marked.hovered, 0.9);
    for (const panel of this.panels) this.within(context, panel, () => this.paintPanel(context, panel));
    const wanted = [...images, ...(marked.hovered >= 0 ? [marked.hovered] : [])];
    this.shared.pictures.want("overlay", wanted.map((i) => map.ids[i]));
  }

  /** Draws with the origin and the clip of one panel. */
  within(context, panel, draw) {
    context.save();
    context.translate(panel.root.offsetLeft + panel.root.clientLeft, panel.root.offsetTop + panel.root.clientTop);
    context.beginPath();
    context.rect(0, 0, panel.camera.width, panel.camera.height);
    context.clip();
    draw();
    context.restore();
  }

  /** The dashed line from where an image is in one map to where it is in the other. */
  thread(context, i, alpha) {
    const ends = this.panels.map((panel) => {
      const [x, y] = panel.at(i);
      const inside = x > 0 && y > 0 && x < panel.camera.width && y < panel.camera.height;
      return { inside, x: x + panel.root.offsetLeft, y: y + panel.root.offsetTop };
    });
    if (!ends.every((end) => end.inside)) return;
    context.beginPath();
    trace(context, ends[0].x, ends[0].y, ends[1].x, ends[1].y);
    context.strokeStyle = this.shared.look.theme.accent;
    context.globalAlpha = alpha;
    context.lineWidth = 1.25;
    context.setLineDash([2, 5]);
    context.lineCap = "round";
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  paintPanel(context, panel) {
    const { map, marked, look } = this.shared;
    const { accent, ink } = look.theme;
    if (marked.hoveredPair >= 0) this.tether(context, panel, marked.hoveredPair, ink, 2.2);
    if (marked.hovered >= 0) {
      for (const p of pairsOf(map.pairs, marked.hovered)) this.tether(context, panel, p, ink, 1.6);
    }
    const two = markedImages(this.shared);
    if (two.length) {
      this.line(context, panel, ...two, accent, 2.6);
      this.pin(context, panel, ...two);
    } else if (marked.image >= 0) {
      for (const p of pairsOf(map.pairs, marked.image)) this.tether(context, panel, p, accent, 1.8);
      this.pinOne(context, panel, marked.image, 64, accent);
    }
    this.drawing(context, panel);
    if (marked.hovered < 0) return;
    this.ring(context, ...panel.at(marked.hovered), ink);
    const elsewhere = panel !== marked.panel && marked.hovered !== marked.image;
    if (elsewhere && !this.isSelected(marked.hovered)) this.pinOne(context, panel, marked.hovered, 52, ink);
  }

  isSelected(i) {
    return markedImages(this.shared).includes(i);
  }

  tether(context, panel, p, colour, width) {
    const { pairs } = this.shared.map;
    this.line(context, panel, pairs.first[p], pairs.second[p], colour, width);
  }

  /** The lasso or box being drawn on this panel, and how many images it holds so far. */
  drawing(context, panel) {
    const { drawing, look } = this.shared;
    if (drawing?.panel !== panel || drawing.corners.length < 2) return;
    const { accent, ground } = look.theme;
    const corners = drawing.corners.map(([x, y]) => panel.camera.toScreen(x, y));
    context.beginPath();
    corners.forEach(([x, y], k) => (k ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.closePath();
    context.fillStyle = accent;
    context.globalAlpha = 0.12;
    context.fill();
    context.globalAlpha = 1;
    context.lineWidth = 1.6;
    context.lineJoin = "round";
    context.strokeStyle = accent;
    context.setLineDash(drawing.how === "remove" ? [3, 4] : []);
    context.stroke();
    context.setLineDash([]);
    const [x, y] = drawing.last;
    const text = `${{ new: "", add: "+", remove: "−" }[drawing.how]}${number(drawing.count ?? 0)}`;
    context.font = "600 12px system-ui, sans-serif";
    const width = context.measureText(text).width + 14;
    const left = Math.min(x + 12, panel.camera.width - width - 4);
    context.beginPath();
    context.roundRect(left, Math.max(4, y - 30), width, 22, 11);
    context.fillStyle = accent;
    context.fill();
    context.fillStyle = ground;
    context.fillText(text, left + 7, Math.max(4, y - 30) + 15.5);
  }

  line(context, panel, i, j, colour, width) {
    const { look } = this.shared;
    context.beginPath();
    trace(context, ...panel.at(i), ...panel.at(j));
    context.lineCap = "round";
    context.strokeStyle = look.theme.ground;
    context.lineWidth = width + 3;
    context.globalAlpha = 0.75;
    context.stroke();
    context.globalAlpha = 1;
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }

  ring(context, x, y, colour) {
    context.beginPath();
    context.arc(x, y, 7, 0, 2 * Math.PI);
    context.strokeStyle = this.shared.look.theme.ground;
    context.lineWidth = 5;
    context.stroke();
    context.strokeStyle = colour;
    context.lineWidth = 2.5;
    context.stroke();
  }

  /** The two pictures of the selected pair beside their points, never over each other. */
  pin(context, panel, i, j) {
    const side = panel.camera.width < 420 ? 52 : 76;
    const { accent } = this.shared.look.theme;
    const ends = [panel.at(i), panel.at(j)];
    ends.forEach(([x, y]) => this.ring(context, x, y, accent));
    const apart = Math.max(Math.abs(ends[0][0] - ends[1][0]), Math.abs(ends[0][1] - ends[1][1]));
    const places = ends.map(([x, y]) => [x, y - side / 2 - 14]);
    if (apart < side + 12) {
      const middle = (ends[0][0] + ends[1][0]) / 2;
      const top = Math.min(ends[0][1], ends[1][1]) - side / 2 - 16;
      const way = ends[0][0] <= ends[1][0] ? 1 : -1;
      places[0] = [middle - (way * (side + 8)) / 2, top];
      places[1] = [middle + (way * (side + 8)) / 2, top];
    }
    const shift = this.shiftInside(panel, places, side, apart < side + 12);
    [i, j].forEach((image, k) => this.picture(context, image, shift(places[k]), side, accent));
  }

  pinOne(context, panel, i, side, colour) {
    const [x, y] = panel.at(i);
    this.ring(context, x, y, colour);
    const place = [x, y - side / 2 - 14];
    this.picture(context, i, this.shiftInside(panel, [place], side, true)(place), side, colour);
  }

  /** Moves pictures that would be cut off by the panel's edge; `together` moves all alike. */
  shiftInside({ camera }, places, side, together) {
    const margin = side / 2 + 6;
    const push = (value, most) => Math.max(margin - value, 0) + Math.min(most - margin - value, 0);
    const pushes = places.map(([x, y]) => [push(x, camera.width), push(y, camera.height)]);
    const widest = (axis) => pushes.reduce((a, b) => (Math.abs(b[axis]) > Math.abs(a[axis]) ? b : a))[axis];
    const gone = ([x, y]) => x < -margin || y < -margin * 2 || x > camera.width + margin || y > camera.height + margin * 2;
    return (place) => {
      if (gone(place)) return place;
      const [dx, dy] = together ? [widest(0), widest(1)] : pushes[places.indexOf(place)];
      return [place[0] + dx, place[1] + dy];
    };
  }

  picture(context, i, [x, y], side, colour) {
    const tile = this.shared.pictures.get(this.shared.map.ids[i]);
    if (!tile) return;
    context.shadowColor = "#00000059";
    context.shadowBlur = 10;
    context.shadowOffsetY = 2;
    drawPicture(context, null, x, y, side, colour, 2.5);
    context.shadowColor = "transparent";
    drawPicture(context, tile, x, y, side, colour, 2.5);
  }
}
