// One map on the page: its canvases, its camera, and what lies under a point of it.

import { Camera, boundsOf } from "./camera.js";
import { listen } from "./gestures.js";
import { Grid } from "./grid.js";
import { drawLinks, linkAt } from "./links.js";
import { colourOf } from "./look.js";
import { choosePictures, drawPicture, pictureSide } from "./pictures.js";
import { dotRadius, drawPoints, layersOf, surfaceOf } from "./points.js";

const POINT_REACH = 12; // CSS pixels around the pointer
const LINK_REACH = 5;

export class Panel {
  /** shared: {map, look, choices, pictures, tool}; events: {hover, pick, moved, review, draw…}. */
  constructor(root, role, shared, events) {
    Object.assign(this, { root, role, shared, events });
    this.points = root.querySelector(".emap-points");
    this.marks = root.querySelector(".emap-marks");
    this.visible = { count: 0, listed: null };
    this.chosen = [];
    this.frame = 0;
    this.place(shared.map.spaces[role]);
    this.camera = new Camera(boundsOf(this.xy), () => this.invalidate());
    listen(this);
  }

  /** Gives the images new places; they can be hit there at once. */
  place(xy) {
    this.xy = xy;
    this.grid = new Grid(xy);
  }

  /** Other images altogether; the camera stays where it is looking. */
  take(xy) {
    this.place(xy);
    this.camera.rehome(boundsOf(xy));
  }

  /** Images on their way: drawn there, but not to be hit before they rest. */
  drift(xy) {
    this.xy = xy;
    this.grid = null;
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
    this.surface = surfaceOf(this.points);
    this.paint();
  }

  invalidate() {
    this.frame ||= requestAnimationFrame(() => this.paint());
  }

  paint() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!this.ratio) return;
    const started = performance.now();
    this.root.classList.toggle("whole", this.camera.zoom <= 1); // then a finger scrolls the page
    const { map, look } = this.shared;
    const room = Math.min(1, Math.sqrt(Math.min(this.camera.width, this.camera.height) / 520));
    const radius = dotRadius(map.n, this.camera.zoom) * room;
    this.visible = drawPoints(this.surface, this.camera, this.ratio, this.xy, {
      ...look.points,
      ground: look.theme.groundRgb,
      layers: layersOf(look.points, map.n, radius, look.theme.inkRgb),
    });
    this.paintMarks();
    this.paintMs = performance.now() - started;
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
    const side = this.grid ? pictureSide(choices.pictures, this.visible.count, map.n) : 0;
    const among = this.visible.listed ?? look.points.order;
    this.chosen = side ? choosePictures(this.camera, this.xy, among, side) : [];
    for (const { index, x, y } of this.chosen) {
      const tile = pictures.get(map.ids[index]);
      context.globalAlpha = look.points.lit && !this.shared.selection.inside[index] ? 0.35 : 1;
      if (tile) drawPicture(context, tile, x, y, side, colourOf(look.points, index), 1.5);
    }
    context.globalAlpha = 1;
    pictures.want(this.role, this.chosen.map(({ index }) => map.ids[index]));
  }

  /** Where image `i` is, in CSS pixels of this panel. */
  at(i) {
    return this.camera.toScreen(this.xy[2 * i], this.xy[2 * i + 1]);
  }

  sees(i) {
    return this.camera.sees(this.xy[2 * i], this.xy[2 * i + 1]);
  }

  /** Positions of the images in view. */
  inView() {
    const found = [];
    for (let i = 0; i < this.shared.map.n; i++) {
      if (this.camera.sees(this.xy[2 * i], this.xy[2 * i + 1], 0)) found.push(i);
    }
    return found;
  }

  /** Flies to where all `images` are in view, no closer than `zoom`. */
  frameImages(images, zoom = this.camera.zoom) {
    const points = new Float32Array(2 * images.length);
    images.forEach((i, k) => points.set([this.xy[2 * i], this.xy[2 * i + 1]], 2 * k));
    const { x, y, width, height } = boundsOf(points, 0);
    this.camera.frame(x - width / 2, y - height / 2, x + width / 2, y + height / 2, zoom);
  }

  /** What lies under (px, py): {image} or {pair}, -1 where nothing does. */
  hit(px, py) {
    if (!this.grid) return { image: -1, pair: -1 };
    const { map, look } = this.shared;
    const [x, y] = this.camera.toLayout(px, py);
    const near = this.grid.nearest(x, y, POINT_REACH / this.camera.scale);
    const distance = near.index < 0 ? Infinity : near.distance * this.camera.scale;
    if (distance > 4) {
      const pair = linkAt(this.camera, this.xy, map.pairs, look.links, px, py, LINK_REACH);
      if (pair >= 0) return { image: -1, pair };
    }
    return { image: near.index, pair: -1 };
  }
}
