// The corner and the two edges of the rectangle: dragged by pointer, moved by keys, always on bin edges.

const LARGE_STEP = 10; // bins, with Shift or Page Up and Page Down
const EDGE_REACH = 11; // pixels around an edge that take hold of it

/** Which thresholds a handle moves. */
const MOVES = { corner: ["blind", "reference"], blind: ["blind"], reference: ["reference"] };

export class Handles {
  /**
   * @param get returns {row, column}, the edges' places
   * @param set takes {row, column}, both inside the histogram
   */
  constructor(stage, plot, get, set) {
    Object.assign(this, { stage, plot, get, set });
    this.nodes = [...stage.querySelectorAll(".jh-handle")];
    for (const node of this.nodes) {
      node.addEventListener("pointerdown", (event) => this.grab(node, event));
      node.addEventListener("pointermove", (event) => this.drag(node, event));
      for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
        node.addEventListener(end, () => node.classList.remove("held"));
      }
      node.addEventListener("keydown", (event) => this.key(node, event));
    }
  }

  grab(node, event) {
    if (event.button) return;
    event.preventDefault();
    node.focus({ preventScroll: true });
    node.setPointerCapture(event.pointerId);
    node.classList.add("held");
    // The grip stays under the finger where it was taken.
    const { x, y } = this.place();
    const at = this.pointer(event);
    this.offset = { x: x - at.x, y: y - at.y };
  }

  drag(node, event) {
    if (!node.classList.contains("held")) return;
    const { x, y } = this.pointer(event);
    const { blind, reference } = this.plot.valuesAt(x + this.offset.x, y + this.offset.y);
    const { histogram } = this.plot;
    const moves = MOVES[node.dataset.part];
    this.move({
      ...(moves.includes("blind") && { row: histogram.blind.nearest(blind) }),
      ...(moves.includes("reference") && { column: histogram.reference.nearest(reference) }),
    });
  }

  key(node, event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const moves = MOVES[node.dataset.part];
    const step = event.shiftKey ? LARGE_STEP : 1;
    const by = {
      ArrowUp: [step, 0], ArrowDown: [-step, 0], ArrowRight: [0, step], ArrowLeft: [0, -step],
      PageUp: [LARGE_STEP, 0], PageDown: [-LARGE_STEP, 0],
    }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    let [rows, columns] = by;
    // An edge moves along its own axis, whichever arrows are pressed.
    if (moves.length === 1) [rows, columns] = moves[0] === "blind" ? [rows || columns, 0] : [0, columns || rows];
    const { row, column } = this.get();
    this.move({ row: row + rows, column: column + columns });
  }

  move({ row = this.get().row, column = this.get().column }) {
    const { blind, reference } = this.plot.histogram;
    this.set({
      row: Math.max(0, Math.min(blind.n, row)),
      column: Math.max(0, Math.min(reference.n, column)),
    });
  }

  pointer(event) {
    const box = this.stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  /** The rectangle's corner on the stage, kept inside the plot. */
  place() {
    const { plot } = this;
    const { row, column } = this.get();
    const { left, right, top, bottom } = plot.box;
    return {
      x: Math.max(left, Math.min(right, plot.px(plot.histogram.reference.at(column)))),
      y: Math.max(top, Math.min(bottom, plot.py(plot.histogram.blind.at(row)))),
    };
  }

  /** Puts the handles where the rectangle is and says the values. */
  update() {
    const { left, top } = this.plot.box;
    const { x, y } = this.place();
    const { blind, reference } = this.plot.histogram;
    const { row, column } = this.get();
    const boxes = {
      blind: [left, y - EDGE_REACH, Math.max(0, x - left), 2 * EDGE_REACH],
      reference: [x - EDGE_REACH, top, 2 * EDGE_REACH, Math.max(0, y - top)],
      corner: [x - 16, y - 16, 32, 32],
    };
    const words = { blind: `over ${blind.at(row)}`, reference: `under ${reference.at(column)}` };
    for (const node of this.nodes) {
      const { part } = node.dataset;
      ["left", "top", "width", "height"].forEach((side, k) => (node.style[side] = `${boxes[part][k]}px`));
      const edges = part === "reference" ? reference : blind;
      node.setAttribute("aria-valuemin", edges.at(0));
      node.setAttribute("aria-valuemax", edges.at(edges.n));
      node.setAttribute("aria-valuenow", part === "reference" ? reference.at(column) : blind.at(row));
      const text = part === "corner" ? `blind ${words.blind}, reference ${words.reference}` : words[part];
      node.setAttribute("aria-valuetext", text);
    }
  }
}
