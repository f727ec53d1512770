// The strips of pictures below the search field: what was found, how well it fits, and what went wrong.

import { cosine, h, number, thumbnail } from "../embedding_map/dom.js";

const SHOWN = 60;

export class Strip {
  constructor(root) {
    this.root = root;
    root.addEventListener("click", (event) => {
      const button = event.target.closest("[data-image]");
      if (!button) return;
      for (const each of root.querySelectorAll("[aria-current]")) each.removeAttribute("aria-current");
      button.setAttribute("aria-current", "true");
      const detail = { imageId: Number(button.dataset.image) };
      document.dispatchEvent(new CustomEvent("explore:image", { detail }));
    });
  }

  clear() {
    this.root.hidden = true;
    this.root.replaceChildren();
  }

  working({ step, done, total }) {
    const bar = total ? h("progress", { max: total, value: done }) : h("progress");
    this.root.replaceChildren(h("p", { role: "status" }, bar, `${step[0].toUpperCase()}${step.slice(1)}…`));
    this.root.hidden = false;
  }

  problem(text) {
    this.root.replaceChildren(h("p", { role: "alert", class: "bad" }, text));
    this.root.hidden = false;
  }

  /** picture: address of the picture that was searched for, if it was one. */
  show(found, words, picture = "") {
    const line = h("p", { role: "status" }, picture && h("img", { src: picture, alt: "The picture searched for" }), this.told(found, words));
    const rows = found.blind
      ? ["blind", "reference"].map((role) => this.row(found[role].map((one) => ({ ...one, score: one.cosine })), role))
      : found.results.length ? [this.row(found.results)] : [];
    this.root.replaceChildren(line, ...rows);
    this.root.hidden = false;
  }

  told(found, words) {
    if (found.blind) {
      return `The ${number(found.blind.length)} nearest in each space; ${number(found.n_shared)} framed ones are near in both. Numbers are cosines.`;
    }
    if (!found.results.length) return `Nothing found for ${words}.`;
    if (found.results[0].score === null) {
      const more = found.total > found.image_ids.length ? `, of which ${number(found.image_ids.length)} light up` : "";
      return `${number(found.total)} ${found.total === 1 ? "image" : "images"} with ${words}${more}.`;
    }
    return `The ${number(found.results.length)} images that the blind encoder finds most like ${words}, by cosine.`;
  }

  row(results, role = null) {
    const items = results.slice(0, SHOWN).map((one) => {
      const score = one.score === null ? one.file_name : cosine(one.score);
      const title = [one.caption, one.file_name].filter(Boolean).join("\n");
      return h("li", {}, h("button", { type: "button", "data-image": one.image_id, "data-shared": one.shared, title },
        thumbnail(one.image_id, true), h("span", {}, score)));
    });
    return h("div", { class: "find-row", "data-role": role }, role && h("b", {}, role), h("ol", {}, ...items));
  }
}
