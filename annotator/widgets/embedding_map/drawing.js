// From a gesture on one map to a selection on both: draws, counts while drawing, then picks out.

import { Drawing } from "./lasso.js";

export class DrawingTool {
  /** done(images, how, drawing) when something was drawn. */
  constructor(shared, overlay, done) {
    Object.assign(this, { shared, overlay, done, frame: 0 });
    // before the page's own shortcuts, which would clear something else
    this.onKey = (event) => {
      if (event.key !== "Escape" || !shared.drawing) return;
      event.preventDefault();
      event.stopPropagation();
      this.cancel();
    };
    window.addEventListener("keydown", this.onKey, true);
  }

  handle(phase, panel, px, py, way) {
    const { shared } = this;
    if (phase === "start") shared.drawing = new Drawing(panel, way.shape, way.how, px, py);
    else if (!shared.drawing) return;
    else if (phase === "move") {
      shared.drawing.moveTo(px, py);
      this.count();
    } else if (phase === "cancel") this.cancel();
    else this.finish();
  }

  /** How many images it holds, once a frame. */
  count() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      const { drawing } = this.shared;
      if (!drawing) return;
      drawing.count = drawing.images().length;
      this.overlay.invalidate();
    });
  }

  finish() {
    const { drawing } = this.shared;
    this.shared.drawing = null;
    this.done(drawing.images(), drawing.how, drawing);
    this.overlay.invalidate();
  }

  cancel() {
    this.shared.drawing = null;
    this.overlay.invalidate();
  }

  leave() {
    window.removeEventListener("keydown", this.onKey, true);
  }
}
