// The small card beside the pointer: which image this is.

import { imageDetails, pairsOf, thumbnailUrl } from "./data.js";
import { plural } from "./dom.js";

const REST_MS = 90;

export class Card {
  constructor(root, shared) {
    Object.assign(this, { root, shared, timer: 0, image: -1 });
    [this.picture] = root.getElementsByTagName("img");
    [this.name] = root.getElementsByTagName("strong");
    [this.caption] = root.getElementsByTagName("span");
    [this.pairs] = root.getElementsByTagName("em");
  }

  /** Shows image `i` of `panel` once the pointer rests on it; -1 hides the card. */
  point(panel, i) {
    if (i !== this.image) {
      clearTimeout(this.timer);
      this.root.hidden = true;
      this.image = i;
      if (i >= 0) this.timer = setTimeout(() => this.show(panel, i), REST_MS);
    }
  }

  async show(panel, i) {
    const { map } = this.shared;
    const id = map.ids[i];
    const n = pairsOf(map.pairs, i).length;
    this.picture.src = thumbnailUrl(id);
    this.name.textContent = this.caption.textContent = "";
    this.pairs.textContent = n ? `in ${plural(n, "pair")}` : "";
    this.root.hidden = false;
    this.place(panel, i);
    const image = await imageDetails(id).catch(() => null);
    if (this.image !== i || !image) return;
    this.name.textContent = image.label || image.file_name;
    this.caption.textContent = image.caption || (image.label ? image.file_name : "");
    this.place(panel, i);
  }

  /** Beside the point, on the side with room, inside the stage. */
  place(panel, i) {
    const [x, y] = panel.at(i);
    const stage = this.root.parentElement;
    const { offsetWidth: width, offsetHeight: height } = this.root;
    const [left, top] = [x + panel.root.offsetLeft, y + panel.root.offsetTop];
    const fits = left + 18 + width < stage.clientWidth;
    this.root.style.left = `${Math.max(4, fits ? left + 18 : left - 18 - width)}px`;
    this.root.style.top = `${Math.max(4, Math.min(stage.clientHeight - height - 4, top - height / 2))}px`;
  }
}
