// Draws the share of pairs resolved by the share of the reference, with where the slider stands.

const SVG = "http://www.w3.org/2000/svg";
const BOX = { left: 34, right: 292, top: 8, bottom: 104 };

function s(tag, attributes, text = "") {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.textContent = text;
  return node;
}

const px = (share) => BOX.left + share * (BOX.right - BOX.left);
const py = (part) => BOX.bottom - part * (BOX.bottom - BOX.top);
const path = (shares, parts) => parts.map((part, k) => `${k ? "L" : "M"}${px(shares[k]).toFixed(1)} ${py(part).toFixed(1)}`).join("");

export class Curve {
  /** picked(share) is called when a place on the curve is pressed or dragged to. */
  constructor(root, picked) {
    this.root = root;
    const pick = (event) => {
      const box = root.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * 300;
      picked(Math.max(0, Math.min(1, (x - BOX.left) / (BOX.right - BOX.left))));
    };
    root.addEventListener("pointerdown", (event) => {
      root.setPointerCapture(event.pointerId);
      pick(event);
    });
    root.addEventListener("pointermove", (event) => event.buttons && pick(event));
  }

  /** parts, others: of all pairs, one a share; others: by the other criterion. */
  draw(shares, parts, others) {
    const lines = [0, 0.5, 1].flatMap((part) => [
      s("line", { class: "grid", x1: BOX.left, x2: BOX.right, y1: py(part), y2: py(part) }),
      s("text", { x: BOX.left - 5, y: py(part) + 3.5, "text-anchor": "end" }, `${100 * part}%`),
    ]);
    const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) =>
      s("text", { x: px(share), y: BOX.bottom + 14, "text-anchor": "middle" }, String(share)));
    this.line = s("line", { class: "at", y1: BOX.top, y2: BOX.bottom });
    this.dot = s("circle", { r: 5 });
    this.root.replaceChildren(
      ...lines, ...ticks,
      s("path", { class: "other", d: path(shares, others) }),
      s("path", { class: "line", d: path(shares, parts) }),
      this.line, this.dot,
    );
  }

  mark(share, part, words) {
    for (const name of ["x1", "x2"]) this.line.setAttribute(name, px(share));
    this.dot.setAttribute("cx", px(share));
    this.dot.setAttribute("cy", py(part));
    this.root.setAttribute("aria-label", words);
  }
}
