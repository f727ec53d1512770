// The neighbours of the picked image: two lists side by side, and a way to walk on from one to the next.

import { cosine, h, thumbnail } from "../embedding_map/dom.js";
import { fetchJson, withEncoders } from "../explore_search/asking.js";
import { settle } from "../explore_search/settling.js";

const TRAIL = 50;

export function mount(root) {
  const panel = new Neighbors(root);
  window.__neighbors = panel.hooks();
}

class Neighbors {
  constructor(root) {
    this.root = root;
    this.image = null;
    this.trail = [];
    this.found = null;
    this.waiting = null;
    settle("neighbors-panel", "neighbors");
    document.addEventListener("explore:image", (event) => this.show(event.detail.imageId));
    root.querySelector(".near-k").addEventListener("change", () => this.ask());
    root.querySelector(".near-back").addEventListener("click", () => this.back());
    root.querySelector(".near-columns").addEventListener("click", (event) => {
      const button = event.target.closest("[data-image]");
      if (button) this.walk(Number(button.dataset.image));
    });
    const asked = Number(new URLSearchParams(location.search).get("image"));
    if (asked) this.show(asked);
  }

  walk(imageId) {
    document.dispatchEvent(new CustomEvent("explore:image", { detail: { imageId } }));
  }

  back() {
    const before = this.trail.pop();
    if (before === undefined) return;
    this.image = null; // or the image left would join the trail
    this.walk(before);
  }

  show(imageId) {
    if (imageId === null || imageId === undefined) return this.hide();
    if (imageId === this.image) return undefined;
    if (this.image !== null) this.trail = [...this.trail, this.image].slice(-TRAIL);
    this.image = imageId;
    return this.ask();
  }

  hide() {
    this.waiting?.abort();
    this.root.hidden = true;
    Object.assign(this, { image: null, trail: [], found: null });
  }

  async ask() {
    const { image, root } = this;
    this.waiting?.abort();
    const { signal } = (this.waiting = new AbortController());
    const query = withEncoders({ k: root.querySelector(".near-k").value });
    const url = `/api/images/${image}/neighbors?${query}`;
    const [found, about] = await Promise.all([fetchJson(url, { signal }), fetchJson("/api/map/images/" + image, { signal })]);
    if (signal.aborted) return;
    this.found = found;
    root.hidden = false;
    root.querySelector(".near-back").hidden = !this.trail.length;
    root.querySelector(".near-of").src = "/thumbnails/" + image;
    const name = root.querySelector(".near-name");
    name.textContent = about.caption || about.file_name || "";
    name.title = about.file_name || "";
    this.tell(found);
    for (const role of ["blind", "reference"]) this.fill(role, found);
  }

  tell(found) {
    const told = this.root.querySelector(".near-told");
    told.classList.toggle("bad", Boolean(found.problem));
    if (found.problem) {
      told.textContent = found.problem;
      return;
    }
    const n = found.blind.length;
    told.textContent = `${found.n_shared} of ${n} are the same in both spaces and framed (overlap ${found.overlap.toFixed(2)}). ` +
      "Each has its cosine here, and below it the one in the other space.";
  }

  fill(role, found) {
    const column = this.root.querySelector(`[data-role=${role}]`);
    column.querySelector("h4 span").textContent = found.names?.[role] ?? "";
    const other = role === "blind" ? "reference" : "blind";
    column.querySelector("ol").replaceChildren(...(found[role] ?? []).map((one) => h("li", {},
      h("button", {
        type: "button",
        "data-image": one.image_id,
        "data-shared": one.shared,
        title: [one.caption, one.file_name].filter(Boolean).join("\n"),
        "aria-label": `${one.file_name}, ${role} cosine ${cosine(one.cosine)}, ${other} cosine ${cosine(one.other_cosine)}${one.shared ? ", near in both spaces" : ""}`,
      },
      thumbnail(one.image_id, true),
      h("span", {}, h("b", {}, cosine(one.cosine)), h("small", {}, `${other} ${cosine(one.other_cosine)}`))))));
  }

  hooks() {
    const panel = this;
    return {
      get image() { return panel.found && panel.image; },
      get found() { return panel.found; },
    };
  }
}
