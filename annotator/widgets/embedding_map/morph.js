// Moves the images of the left map from where the blind encoder puts them to where the reference does.

import { boundsOf, still } from "./camera.js";

const TRAVEL_MS = 2200;
const REST_MS = 500; // at either end while it plays

const ease = (t) => (t < 0.5 ? 4 * t * t * t : 1 - (-2 * t + 2) ** 3 / 2);

export class Morph {
  /** root: {a slider, a button, a note}; panel: the blind map. */
  constructor(root, panel, shared) {
    Object.assign(this, { root, panel, shared, t: 0, frame: 0, settling: 0 });
    this.slider = root.querySelector("input");
    this.button = root.querySelector("button");
    this.note = root.querySelector(".emap-morph-note");
    this.slider.addEventListener("input", () => {
      this.pause();
      this.set(Number(this.slider.value) / 100);
    });
    this.slider.addEventListener("keydown", (event) => event.stopPropagation()); // its arrows
    this.button.addEventListener("click", () => (this.frame ? this.pause() : this.play()));
    this.reset();
  }

  /** Back to the blind layout, and ready for other coordinates. */
  reset() {
    this.pause();
    const { spaces, n } = this.shared.map;
    this.between = new Float32Array(2 * n);
    this.homes = [boundsOf(spaces.blind), boundsOf(spaces.reference)];
    this.t = 0;
    this.show();
  }

  /** Whether a straight way between the layouts means anything but a turn of the whole map. */
  get aligned() {
    const { layouts = [], layout } = this.shared.map.meta;
    return layouts.some(({ id, kind }) => id === layout && kind === "aligned");
  }

  /** t: 0 is the blind layout, 1 the reference layout. */
  set(t) {
    if (t === this.t) return;
    this.t = t;
    const { blind, reference } = this.shared.map.spaces;
    const { between, panel, homes: [from, to] } = this;
    if (t === 0 || t === 1) {
      this.settle(t ? reference : blind);
    } else {
      for (let k = 0; k < between.length; k++) between[k] = blind[k] + (reference[k] - blind[k]) * t;
      panel.drift(between);
      clearTimeout(this.settling);
      if (!this.frame) this.settling = setTimeout(() => this.settle(between), 120);
    }
    panel.camera.rehome({
      x: from.x + (to.x - from.x) * t,
      y: from.y + (to.y - from.y) * t,
      width: from.width + (to.width - from.width) * t,
      height: from.height + (to.height - from.height) * t,
    });
    this.show();
  }

  settle(xy) {
    clearTimeout(this.settling);
    this.panel.place(xy);
    this.panel.invalidate();
  }

  /** To the reference layout and back to the blind one; at once where motion is not wanted. */
  play() {
    if (still()) return this.set(this.t < 0.5 ? 1 : 0);
    const begun = performance.now() - this.t * TRAVEL_MS;
    const step = (now) => {
      const gone = now - begun;
      const back = gone > TRAVEL_MS + REST_MS;
      const way = back ? 1 - (gone - TRAVEL_MS - REST_MS) / TRAVEL_MS : gone / TRAVEL_MS;
      const t = Math.max(0, Math.min(1, way));
      this.frame = back && t === 0 ? 0 : requestAnimationFrame(step);
      this.set(ease(t));
      this.show();
    };
    this.frame = requestAnimationFrame(step);
    return this.show();
  }

  pause() {
    if (!this.frame) return;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (this.t > 0 && this.t < 1) this.settle(this.between);
    this.show();
  }

  show() {
    const { root, t } = this;
    this.slider.value = Math.round(t * 100);
    this.slider.setAttribute("aria-valuetext", `${Math.round(t * 100)} percent of the way to the reference layout`);
    root.classList.toggle("playing", this.frame > 0);
    root.classList.toggle("moved", t > 0);
    this.panel.root.classList.toggle("morphed", t > 0);
    this.button.setAttribute("aria-label", this.frame ? "Pause" : "Play the morph to the reference layout and back");
    this.note.hidden = t === 0 || this.aligned;
  }
}
