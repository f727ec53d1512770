// One map on the page: its canvases, its camera, and what the pointer and the keys do to it.

import { Camera, boundsOf } from "./camera.js";
import { css } from "./colours.js";
import { Grid } from "./grid.js";
import { drawLinks, linkAt } from "./links.js";
import { choosePictures, drawPicture, pictureSide } from "./pictures.js";
import { dotRadius, drawPoints } from "./points.js";

const POINT_REACH = 12; // CSS pixels around the pointer
const LINK_REACH = 5;
const PAN_STEP = 60;
const ZOOM_STEP = 1.5;

export class Panel {
  /** shared: {map, look, choices, pictures}; events: {hover, pick, moved, review}. */
  constructor(root, role, shared, events) {
    Object.assign(this, { root, role, shared, events });
    this.xy = shared.map.spaces[role];
    this.grid = new Grid(this.xy);
    this.points = root.querySelector(".emap-points");
    this.marks = root.querySelector(".emap-marks");
    this.camera = new Camera(boundsOf(this.xy), () => this.invalidate());
    this.visible = 0;
    this.frame = 0;
    this.listen();
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.root;
    if (!width || !height) return;
    this.ratio = Math.min(2, window.devicePixelRatio || 1);
    this.camera.resize(width, height);
    for (const canvas of [this.points, this.marks]) {
      canvas.width = Math.round(width * this.ratio);
      canvas.height = Math.round(height * this.ratio);
    }
    this.paint();
  }

  invalidate() {
    this.frame ||= requestAnimationFrame(() => this.paint());
  }

  paint() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!this.ratio) return;
    this.root.classList.toggle("whole", this.camera.zoom <= 1); // then a finger scrolls the page
    const { map, look } = this.shared;
    const room = Math.min(1, Math.sqrt(Math.min(this.camera.width, this.camera.height) / 520));
    const radius = dotRadius(map.n, this.camera.zoom) * room;
    const faint = look.points.nPlain < map.n ? 0.42 : 0.8;
    this.visible = drawPoints(this.points.getContext("2d"), this.camera, this.ratio, this.xy, {
      ...look.points,
      ground: look.theme.groundRgb,
      plain: { radius, alpha: map.n > 20000 ? faint * 0.8 : faint },
      strong: { radius: Math.max(radius * 1.25, 1.6), alpha: 0.95 },
    });
    this.paintMarks();
    this.events.moved();
  }

  paintMarks() {
    const { map, look } = this.shared;
    const context = this.marks.getContext("2d");
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.camera.width, this.camera.height);
    this.paintPictures(context);
    drawLinks(context, this.camera, this.xy, map.pairs, look.links);
  }

  paintPictures(context) {
    const { map, look, choices, pictures } = this.shared;
    const side = pictureSide(choices.pictures, this.visible, map.n);
    this.chosen = side ? choosePictures(this.camera, this.xy, look.points.order, side) : [];
    for (const { index, x, y } of this.chosen) {
      const tile = pictures.get(map.ids[index]);
      const rim = css(look.points.palette[look.points.colours[index]]);
      if (tile) drawPicture(context, tile, x, y, side, rim, 1.5);
    }
    pictures.want(this.role, this.chosen.map(({ index }) => map.ids[index]));
  }

  /** Where image `i` is, in CSS pixels of this panel. */
  at(i) {
    return this.camera.toScreen(this.xy[2 * i], this.xy[2 * i + 1]);
  }

  sees(i) {
    return this.camera.sees(this.xy[2 * i], this.xy[2 * i + 1]);
  }

  frameImages(i, j, zoom) {
    this.camera.frame(this.xy[2 * i], this.xy[2 * i + 1], this.xy[2 * j], this.xy[2 * j + 1], zoom);
  }

  /** What lies under (px, py): {image} or {pair}, -1 where nothing does. */
  hit(px, py) {
    const { map, look } = this.shared;
    const [x, y] = this.camera.toLayout(px, py);
    const near = this.grid.nearest(x, y, POINT_REACH / this.camera.scale);
    const distance = near.index < 0 ? Infinity : near.distance * this.camera.scale;
    if (distance > 4) {
      const pair = linkAt(this.camera, this.xy, map.pairs, look.links.shown, px, py, LINK_REACH);
      if (pair >= 0) return { image: -1, pair };
    }
    return { image: near.index, pair: -1 };
  }

  listen() {
    const pointers = new Map();
    let travelled = 0;
    const place = (event) => {
      const box = this.root.getBoundingClientRect();
      return [event.clientX - box.left - this.root.clientLeft, event.clientY - box.top - this.root.clientTop];
    };
    this.root.addEventListener("wheel", (event) => {
      event.preventDefault();
      const step = event.deltaY * (event.deltaMode === 1 ? 18 : 1);
      this.camera.zoomAt(...place(event), Math.exp(-Math.max(-240, Math.min(240, step)) * 0.0022));
    }, { passive: false });
    this.root.addEventListener("pointerdown", (event) => {
      if (event.target.closest("button") || event.button > 0) return;
      pointers.set(event.pointerId, place(event));
      if (pointers.size === 1) travelled = 0;
      this.root.setPointerCapture(event.pointerId);
    });
    this.root.addEventListener("pointermove", (event) => {
      const now = place(event);
      const before = pointers.get(event.pointerId);
      if (!before) {
        if (event.target.closest("button")) return this.events.hover(this, { image: -1, pair: -1 });
        return this.events.hover(this, this.hit(...now));
      }
      travelled += Math.hypot(now[0] - before[0], now[1] - before[1]);
      const scrolling = event.pointerType === "touch" && this.camera.zoom <= 1;
      this.drag(pointers, event.pointerId, now, travelled > 4 && !scrolling);
      pointers.set(event.pointerId, now);
    });
    const release = (event) => {
      const pressed = pointers.delete(event.pointerId);
      this.root.classList.toggle("dragging", false);
      if (pressed && travelled <= 4 && event.type === "pointerup" && pointers.size === 0) {
        this.events.pick(this, this.hit(...place(event)));
      }
    };
    this.root.addEventListener("pointerup", release);
    this.root.addEventListener("pointercancel", release);
    this.root.addEventListener("pointerleave", () => this.events.hover(this, { image: -1, pair: -1 }));
    this.root.addEventListener("dblclick", (event) => this.camera.zoomAt(...place(event), 2.5));
    this.root.addEventListener("keydown", (event) => this.key(event));
    for (const button of this.root.querySelectorAll("[data-zoom]")) {
      button.addEventListener("click", () => this.zoom(button.dataset.zoom));
    }
  }

  /** One pointer pans, two zoom about their middle. */
  drag(pointers, id, now, moved) {
    const before = pointers.get(id);
    if (pointers.size === 2) {
      const [other] = [...pointers].filter(([key]) => key !== id).map(([, point]) => point);
      const spread = (point) => Math.hypot(point[0] - other[0], point[1] - other[1]) || 1;
      const middle = [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2];
      this.camera.zoomAt(...middle, spread(now) / spread(before));
    } else if (moved) {
      this.root.classList.toggle("dragging", true);
      this.events.hover(this, { image: -1, pair: -1 });
      this.camera.pan(now[0] - before[0], now[1] - before[1]);
    }
  }

  zoom(how) {
    if (how === "fit") return this.camera.fit();
    const factor = how === "in" ? ZOOM_STEP : 1 / ZOOM_STEP;
    return this.camera.zoomAt(this.camera.width / 2, this.camera.height / 2, factor);
  }

  key(event) {
    if (event.target !== this.root || event.ctrlKey || event.metaKey || event.altKey) return;
    const pan = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const zoom = { "+": "in", "=": "in", "-": "out", "−": "out", 0: "fit" };
    if (pan[event.key]) this.camera.pan(...pan[event.key].map((step) => step * PAN_STEP));
    else if (zoom[event.key]) this.zoom(zoom[event.key]);
    else if (event.key === "Enter") this.events.review();
    else return;
    event.preventDefault();
  }
}
