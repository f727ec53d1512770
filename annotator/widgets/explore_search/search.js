// The search field: three ways to ask, one strip of answers, and the maps that light up.

import { fetchJson, withEncoders } from "./asking.js";
import { settle } from "./settling.js";
import { Strip } from "./strip.js";

const REST_MS = 350;
const AGAIN_MS = 400;
const PLACEHOLDERS = { text: "What is on the picture?", names: "File name, caption, label or metadata" };

export function mount(root) {
  const search = new Search(root);
  window.__search = search.hooks();
}

class Search {
  constructor(root) {
    this.root = root;
    this.text = root.querySelector(".find-text");
    this.file = root.querySelector(".find-file");
    this.strip = new Strip(root.querySelector(".find-strip"));
    this.waiting = null;
    this.lit = [];
    this.picture = "";
    this.state = "empty";
    settle("explore-search", "search", () => this.placeStrip());
    this.listen();
  }

  /** The strip lies below the bar, over the maps. */
  placeStrip() {
    document.getElementById("explore-bar")?.after(this.strip.root);
  }

  listen() {
    const { root, text, file } = this;
    for (const input of root.querySelectorAll("[name=find-mode]")) {
      input.addEventListener("input", () => this.choose(input.value));
    }
    text.addEventListener("input", () => {
      clearTimeout(this.resting);
      this.resting = setTimeout(() => this.ask(), REST_MS);
    });
    root.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.mode !== "image") this.ask();
    });
    root.querySelector(".find-choose").addEventListener("click", () => file.click());
    file.addEventListener("change", () => { if (file.files[0]) this.upload(file.files[0]); });
    root.querySelector(".find-clear").addEventListener("click", () => this.clear());
    // At the window, so that Esc clears the search first, and only then the selection on the maps.
    window.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented || this.state === "empty") return;
      const own = root.contains(event.target) || this.strip.root.contains(event.target);
      if (document.querySelector("dialog[open]") || (!own && window.__keys?.typing(event))) return;
      event.preventDefault();
      event.stopPropagation();
      this.clear();
    }, true);
    document.addEventListener("paste", (event) => this.pasted(event));
    this.listenForDrops();
  }

  listenForDrops() {
    const field = this.root;
    const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
    field.addEventListener("dragover", (event) => {
      if (!carries(event)) return;
      event.preventDefault();
      field.classList.add("dropping");
    });
    field.addEventListener("dragleave", () => field.classList.remove("dropping"));
    field.addEventListener("drop", (event) => {
      if (!carries(event)) return;
      event.preventDefault();
      field.classList.remove("dropping");
      if (event.dataTransfer.files[0]) this.upload(event.dataTransfer.files[0]);
    });
  }

  pasted(event) {
    const file = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"));
    if (!file || !this.root.getClientRects().length) return;
    event.preventDefault();
    this.upload(file);
  }

  get mode() {
    return this.root.dataset.mode;
  }

  choose(mode) {
    this.root.dataset.mode = mode;
    this.root.querySelector(`[name=find-mode][value=${mode}]`).checked = true;
    if (mode === "image") return this.clear();
    this.text.placeholder = PLACEHOLDERS[mode];
    if (this.text.value.trim()) this.ask();
    else this.clear();
    return this.text.focus();
  }

  /** A newer question takes the place of an older one. */
  begin() {
    clearTimeout(this.resting);
    this.waiting?.abort();
    this.waiting = new AbortController();
    this.root.querySelector(".find-clear").hidden = false;
    this.state = "asking";
    return this.waiting.signal;
  }

  async ask() {
    const words = this.text.value.trim();
    if (!words) return this.clear();
    const signal = this.begin();
    const url = `/api/search/${this.mode}?` + withEncoders({ q: words });
    const found = await this.answer(signal, () => fetchJson(url, { signal }));
    if (found) this.show(found, `“${words}”`);
    return undefined;
  }

  async upload(file) {
    if (this.mode !== "image") this.choose("image");
    const signal = this.begin();
    if (this.picture) URL.revokeObjectURL(this.picture);
    this.picture = URL.createObjectURL(file);
    this.file.value = "";
    this.root.querySelector(".find-choose").textContent = file.name || "Pasted picture";
    const query = withEncoders({ name: file.name || "the picture" });
    this.strip.working({ step: "sending the picture", done: 0, total: 0 });
    const found = await this.answer(signal, (token) => token
      ? fetchJson("/api/search/image?" + withEncoders({ token }), { signal })
      : fetchJson("/api/search/image?" + query, { signal, method: "POST", body: file }));
    if (found) this.show(found, "the picture", this.picture);
  }

  /** Asks until the answer is there; null when a newer question came meanwhile. */
  async answer(signal, fetchIt) {
    let token = null;
    for (;;) {
      const found = await fetchIt(token);
      if (signal.aborted) return null;
      if (found.state !== "working") return found;
      ({ token = null } = found);
      this.strip.working(found);
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      if (signal.aborted) return null;
    }
  }

  show(found, words, picture = "") {
    this.found = found;
    if (found.problem) {
      this.state = "problem";
      this.strip.problem(found.problem);
      return this.light([], "");
    }
    this.state = "found";
    this.strip.show(found, words, picture);
    return this.light(found.image_ids, words);
  }

  light(imageIds, label) {
    if (!imageIds.length && !this.lit.length) return;
    this.lit = imageIds;
    const detail = { imageIds, source: imageIds.length ? "search" : "", label };
    document.dispatchEvent(new CustomEvent("explore:images", { detail }));
  }

  clear() {
    clearTimeout(this.resting);
    this.waiting?.abort();
    this.text.value = "";
    this.root.querySelector(".find-clear").hidden = true;
    this.root.querySelector(".find-choose").textContent = "Choose, drop or paste a picture";
    this.strip.clear();
    this.state = "empty";
    this.light([], "");
  }

  hooks() {
    const search = this;
    return {
      get state() { return search.state; },
      get lit() { return search.lit; },
      get found() { return search.found; },
    };
  }
}
