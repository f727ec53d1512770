// Pairs inside the rectangle as pictures, and the card that shows the cell under the pointer.

import { ask, say, withChoices } from "../embedding_map/bus.js";
import { thumbnailUrl } from "../embedding_map/data.js";
import { cosine, h, number, thumbnail } from "../embedding_map/dom.js";

const SHOWN = 6;
const REST_MS = 80;
const SETTLED_MS = 350;

const known = new Map();

/** The true cosines of two images; asked for once. */
function cosinesOf({ first, second }) {
  const key = `${first}-${second}`;
  if (!known.has(key)) {
    const asked = ask(withChoices("/api/images/cosines", undefined, { first, second }));
    asked.catch(() => known.delete(key));
    known.set(key, asked);
  }
  return known.get(key);
}

/** Says which two images were chosen and goes to the maps. */
export function pick({ first, second }) {
  say("view", { view: "maps" });
  say("pick", { first, second });
}

export function countText(histogram, row, count) {
  const text = `${number(Math.round(count))} ${Math.round(count) === 1 ? "pair" : "pairs"}`;
  return histogram.isExact(row) ? text : `about ${text}, from a sample`;
}

const range = (edges, bin) => `${edges.text(bin)} – ${edges.text(bin + 1)}`;

export class Examples {
  constructor(list, histogram) {
    Object.assign(this, { list, histogram, key: "", found: [], timer: 0 });
  }

  show(row, column, order) {
    const found = this.histogram.examples(row, column, order, SHOWN);
    this.found = found;
    const key = found.map(({ first, second }) => `${first}-${second}`).join();
    if (key === this.key && this.list.childElementCount) return;
    this.key = key;
    const items = found.map((example) => this.item(example));
    this.list.replaceChildren(...(items.length ? items : [h("li", { class: "jh-none" }, "No pair is inside. Drag the corner down or to the right.")]));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => found.forEach((example, k) => this.sayCosines(example, items[k])), SETTLED_MS);
  }

  /** A cell says between which edges; once the rectangle rests, the pair's own numbers stand there. */
  async sayCosines(example, item) {
    const found = await cosinesOf(example).catch(() => null);
    if (!found) return;
    for (const role of ["blind", "reference"]) item.querySelector(`.${role} output`).textContent = cosine(found[role]);
  }

  item(example) {
    const { blind, reference } = this.histogram;
    const [over, under] = [range(blind, example.row), range(reference, example.column)];
    return h(
      "li", {},
      h(
        "button",
        {
          type: "button",
          "aria-label": `Show images ${example.first} and ${example.second} on the maps: blind cosine ${over}, reference cosine ${under}`,
          title: "Show both on the maps",
          onclick: () => pick(example),
        },
        h("span", { class: "jh-two" }, thumbnail(example.first), thumbnail(example.second)),
        h("span", { class: "jh-cosines" },
          h("span", { class: "blind" }, h("small", {}, "blind"), h("output", {}, over)),
          h("span", { class: "reference" }, h("small", {}, "reference"), h("output", {}, under))),
      ),
    );
  }
}

export class CellCard {
  constructor(root, histogram) {
    Object.assign(this, { root, histogram, timer: 0, cell: -1 });
    this.pictures = [...root.getElementsByTagName("img")];
    [this.title] = root.getElementsByTagName("strong");
    [this.words] = root.querySelectorAll(":scope > span");
  }

  hide() {
    clearTimeout(this.timer);
    this.root.hidden = true;
    this.cell = -1;
  }

  /** Beside the pointer; the pictures wait until it rests. */
  show({ row, column }, x, y) {
    const { histogram } = this;
    const example = histogram.example(row, column);
    const cell = histogram.cell(row, column);
    if (cell !== this.cell) {
      this.cell = cell;
      clearTimeout(this.timer);
      this.pictures.forEach((picture) => picture.removeAttribute("src"));
      this.root.classList.toggle("pictureless", !example.first);
      this.title.textContent = countText(histogram, row, example.count);
      this.words.textContent = `blind ${range(histogram.blind, row)}, reference ${range(histogram.reference, column)}`;
      if (example.first) this.timer = setTimeout(() => this.load(example), REST_MS);
    }
    this.root.hidden = false;
    const { clientWidth: width, clientHeight: height } = this.root.parentElement;
    const left = x + 18 + this.root.offsetWidth < width ? x + 18 : x - 18 - this.root.offsetWidth;
    this.root.style.left = `${Math.max(4, left)}px`;
    this.root.style.top = `${Math.max(4, Math.min(height - this.root.offsetHeight - 4, y - this.root.offsetHeight / 2))}px`;
  }

  load({ first, second }) {
    [first, second].forEach((id, k) => (this.pictures[k].src = thumbnailUrl(id)));
  }
}
