// The list of kept selections: load one again, or delete it.

import { ask } from "./bus.js";
import { h, number, plural } from "./dom.js";

export class SavedSelections {
  /** load(selection) lights one up; fail(words) says what went wrong. */
  constructor(load, fail) {
    Object.assign(this, { load, fail, known: null, asked: 0 });
    this.list = h("ol", { class: "emap-saved-list" });
    this.root = h("details", { class: "emap-saved" }, h("summary", { class: "emap-small" }, "Saved"), this.list);
    this.root.addEventListener("toggle", () => this.root.open && this.fetch());
    this.root.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.root.open) return;
      event.stopPropagation();
      this.root.open = false;
      this.root.firstChild.focus();
    });
    document.addEventListener("pointerdown", (event) => {
      if (!this.root.contains(event.target)) this.root.open = false;
    });
  }

  /** The next look asks the server again. */
  forget() {
    this.asked += 1;
    this.known = null;
  }

  async fetch() {
    if (!this.known) this.list.replaceChildren(h("li", {}, "Loading…"));
    const turn = ++this.asked;
    try {
      const answer = await ask("/api/selections");
      if (turn === this.asked) this.take(answer.selections ?? answer);
    } catch (error) {
      if (turn !== this.asked) return;
      this.root.open = false;
      this.fail(error.status === 404 ? "This server keeps no selections." : `The saved selections could not be read: ${error.message}`);
    }
  }

  /** Draws the list anew only where it changed: a button is not to go from under a press. */
  take(known) {
    const same = JSON.stringify(known) === JSON.stringify(this.known);
    this.known = known;
    if (!same) this.show();
  }

  show() {
    const rows = this.known.map((one) => h("li", {},
      h("button", { type: "button", class: "load", onclick: () => this.open(one) },
        h("b", {}, one.name), h("small", {}, told(one))),
      h("button", { type: "button", class: "emap-icon", "aria-label": `Delete ${one.name}`, title: "Delete", onclick: () => this.remove(one) }, "×")));
    this.list.replaceChildren(...(rows.length ? rows : [h("li", { class: "none" }, "No selection is saved yet.")]));
  }

  async open(one) {
    this.root.open = false;
    try {
      this.load({ ...one, ...await ask("/api/selections/" + one.id) });
    } catch (error) {
      this.fail(`“${one.name}” could not be loaded: ${error.message}`);
    }
  }

  async remove(one) {
    try {
      await ask("/api/selections/" + one.id, { method: "DELETE" });
      this.asked += 1; // a list read before the deletion would bring the row back
      if (!this.known) return await this.fetch(); // forgotten meanwhile
      this.known = this.known.filter(({ id }) => id !== one.id);
      this.show();
    } catch (error) {
      this.root.open = false;
      this.fail(`“${one.name}” was not deleted: ${error.message}`);
    }
  }
}

function told({ n_pairs: pairs, n_left: left }) {
  return left === undefined || left === pairs ? plural(pairs, "pair") : `${plural(pairs, "pair")}, ${number(left)} left`;
}
