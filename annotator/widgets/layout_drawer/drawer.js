// Lists the stored layouts of the chosen encoders, shows another one, deletes one, or starts one.

import { ask, hear, putInAddress, say, withChoices } from "../embedding_map/bus.js";
import { describeMap } from "../embedding_map/data.js";
import { h, plural } from "../embedding_map/dom.js";
import { settle } from "../explore_search/settling.js";

const KINDS = { aligned: "Aligned", umap: "Independent" };

export function mount(root) {
  settle("layout-drawer", "layout");
  return new LayoutDrawer(root);
}

class LayoutDrawer {
  constructor(root) {
    Object.assign(this, { root, layouts: [], current: null });
    this.dialog = root.querySelector("dialog");
    this.form = root.querySelector("form");
    root.querySelector(".lay-open").addEventListener("click", () => this.open());
    root.querySelector(".lay-close").addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    // The page's own keys rest while the dialog is open.
    this.dialog.addEventListener("keydown", (event) => event.stopPropagation());
    this.form.addEventListener("input", () => this.sayValues());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.make();
    });
    this.sayValues();
    const leaving = new AbortController();
    hear("reload", () => (root.isConnected ? this.load() : leaving.abort()), leaving.signal);
    this.load();
  }

  async load() {
    const found = await describeMap({ fresh: true }).catch(() => null);
    if (!found) return;
    this.layouts = found.layouts ?? [];
    this.current = found.layout ?? null;
    const embedded = new Set((found.encoders ?? []).map(({ slug }) => slug));
    const possible = ["blind", "reference"].every((role) => embedded.has(found.spaces?.[role]?.slug));
    this.root.querySelector(".lay-open").hidden = !this.layouts.length && !possible;
    this.root.querySelector(".lay-make").disabled = !possible;
    this.draw();
    window.__layouts = { done: true, current: this.current, ids: this.layouts.map(({ id }) => id) };
  }

  open() {
    this.problem("");
    this.dialog.showModal();
    this.load();
  }

  draw() {
    const shown = this.layouts.find(({ id }) => id === this.current);
    this.root.querySelector(".lay-open b").textContent = shown ? nameOf(shown) : "none yet";
    this.root.querySelector(".lay-none").hidden = this.layouts.length > 0;
    this.root.querySelector(".lay-list").replaceChildren(...this.layouts.map((layout) => this.item(layout)));
  }

  item(layout) {
    const { n_neighbors: neighbors, min_dist: distance, seed } = layout.parameters;
    const known = neighbors === undefined ? "" : `${neighbors} neighbours · distance ${distance} · seed ${seed}`;
    const made = new Date(layout.created_at).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
    const pick = h("button", { type: "button", class: "lay-pick", onclick: () => this.show(layout.id) },
      h("b", {}, nameOf(layout)),
      h("small", {}, [KINDS[layout.kind], plural(layout.n_images, "image"), made].join(" · ")),
      known ? h("small", {}, known) : null);
    const remove = layout.id === "0" ? null : h("button", {
      type: "button", class: "lay-delete", "aria-label": `Delete ${nameOf(layout)}`, title: "Delete", onclick: (event) => this.remove(layout, event.currentTarget),
    }, "×");
    return h("li", { "data-id": layout.id, "aria-current": layout.id === this.current ? "true" : null }, pick, remove);
  }

  show(id) {
    putInAddress({ layout: id === this.layouts[0].id ? null : id });
    say("reload");
  }

  /** The second press deletes: a map of many images takes minutes to make. */
  async remove(layout, button) {
    if (!button.dataset.sure) {
      Object.assign(button.dataset, { sure: "yes" });
      Object.assign(button.style, { width: "auto", padding: "0 8px", fontSize: "12px", color: "var(--studio-bad)" });
      button.textContent = "Delete?";
      return;
    }
    try {
      await ask(withChoices(`/api/map/layouts/${layout.id}`), { method: "DELETE" });
      if (layout.id === this.current) putInAddress({ layout: null });
      say("reload");
    } catch (error) {
      this.problem(error.message);
    }
  }

  async make() {
    const field = (name) => this.form.elements[name];
    const given = new URLSearchParams(location.search);
    const options = {
      blind: given.get("blind"),
      reference: given.get("reference"),
      kind: field("kind").value,
      n_neighbors: field("n_neighbors").valueAsNumber,
      min_dist: field("min_dist").valueAsNumber,
      seed: field("seed").valueAsNumber,
      name: field("name").value.trim(),
    };
    try {
      const job = await ask("/api/jobs", { method: "POST", body: { kind: "map", options } });
      say("job", { job });
      this.dialog.close();
    } catch (error) {
      this.problem(error.message);
    }
  }

  sayValues() {
    for (const range of this.form.querySelectorAll("input[type=range]")) {
      range.closest("label").querySelector("output").textContent = range.value;
    }
  }

  problem(words) {
    const box = this.root.querySelector(".lay-problem");
    box.textContent = words;
    box.hidden = !words;
  }
}

function nameOf(layout) {
  return layout.name || (layout.id === "0" ? "Map of version 0.1" : `${KINDS[layout.kind]} ${layout.id}`);
}
