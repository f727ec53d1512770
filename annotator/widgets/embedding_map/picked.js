// The bar under the maps: how much is picked out, and what can be done with it.

import { ask, say } from "./bus.js";
import { cosine, h, number, plural } from "./dom.js";
import { SavedSelections } from "./saved.js";

export class PickedBar {
  /** actions: {clear(), load(selection)}; shared.selection and shared.measures are shown. */
  constructor(root, shared, actions) {
    Object.assign(this, { root, shared, actions, which: "touching", counts: { touching: 0, inside: 0 }, form: null, done: null, problem: "" });
    this.saved = new SavedSelections((selection) => actions.load(selection), (told) => this.fail(told));
  }

  /** What was offered or refused for an earlier selection no longer counts. */
  changed() {
    Object.assign(this, { form: null, done: null, problem: "" });
    this.show();
  }

  show() {
    const { selection } = this.shared;
    const content = selection.active ? this.summary() : this.invitation();
    const alert = this.problem ? h("p", { class: "emap-problem", role: "alert" }, this.problem) : null;
    this.root.classList.toggle("active", selection.active);
    renew(this.root, [...content, alert].filter(Boolean));
  }

  invitation() {
    return [
      h("p", { class: "emap-invite" }, "Draw a lasso around images on either map: they light up on both, with the pairs among them."),
      this.saved.root,
    ];
  }

  summary() {
    const { selection, map, measures } = this.shared;
    this.counts = selection.countPairs(map.pairs);
    const mean = (name) => measures.values[name] && selection.mean(measures.values[name]);
    const fact = (word, value, about) => (Number.isFinite(value)
      ? h("span", { class: "emap-fact", title: about }, word, h("b", {}, cosine(value))) : null);
    return [
      h("p", { class: "emap-sum" },
        h("strong", { class: "emap-n" }, plural(selection.count, "image")),
        selection.label ? h("span", { class: "emap-chip emap-source", title: selection.label }, selection.label) : null,
        h("span", { class: "emap-fact emap-n-pairs" }, h("b", {}, number(this.counts[this.which])), this.counts[this.which] === 1 ? "pair" : "pairs"),
        this.choice(),
        fact("neighbours shared", mean("overlap"), "Mean share of nearest neighbours that both encoders agree on, over these images"),
        fact("collapse", mean("collapse"), "Mean collapse of these images")),
      this.form ?? this.outcome() ?? this.buttons(),
    ];
  }

  choice() {
    const one = (which, about) => h("button", {
      type: "button", "data-which": which, title: about, "aria-pressed": String(this.which === which),
      onclick: () => {
        this.which = which;
        this.changed();
        this.root.querySelector(`[data-which=${which}]`).focus();
      },
    }, which);
    return h("span", { class: "emap-group emap-which", role: "group", "aria-label": "Which pairs" },
      one("touching", "Pairs with at least one of these images"), one("inside", "Pairs of which both images are among these"));
  }

  buttons() {
    const none = !this.counts[this.which];
    return h("div", { class: "emap-acts" },
      h("button", { type: "button", class: "emap-primary", disabled: none, onclick: () => this.askName("only") }, "Only these…"),
      h("button", { type: "button", class: "emap-small", onclick: () => this.askName("save") }, "Save…"),
      this.saved.root,
      h("button", { type: "button", class: "emap-small emap-clear", "aria-keyshortcuts": "Escape", title: "Clear the selection (Esc)", onclick: () => this.actions.clear() }, "Clear"));
  }

  /** A name for what is picked out, then it is kept; for "only" the queue shows nothing else. */
  askName(what) {
    this.problem = "";
    const { label } = this.shared.selection;
    const field = h("input", { type: "text", class: "emap-name", maxlength: 80, required: true, "aria-label": "Name of this selection", placeholder: "Name it" });
    field.value = label || `${plural(this.shared.selection.count, "image")}, ${plural(this.counts[this.which], "pair")}`;
    const words = what === "only" ? `Review only these ${number(this.counts[this.which])}` : "Save";
    this.form = h("form", { class: "emap-acts", onsubmit: (event) => {
      event.preventDefault();
      this.keep(field.value.trim(), what);
    } },
    field,
    h("button", { type: "submit", class: "emap-primary" }, words),
    h("button", { type: "button", class: "emap-small", "aria-keyshortcuts": "Escape", onclick: () => this.changed() }, "Cancel"));
    this.form.addEventListener("keydown", (event) => event.key === "Escape" && this.changed());
    this.show();
    field.select();
  }

  async keep(name, what) {
    const { selection, map } = this.shared;
    const form = this.form;
    for (const control of form.elements) control.disabled = true;
    try {
      const kept = await ask("/api/selections", { method: "POST", body: {
        name,
        pair_ids: selection.pairIds(map.pairs, this.which),
        image_ids: Array.from(selection.images(), (i) => map.ids[i]),
      } });
      if (what === "only") await ask("/api/queue/filter", { method: "PUT", body: { selection_id: kept.id } });
      if (this.form !== form) return; // something else was picked out meanwhile
      Object.assign(this, { form: null, problem: "", done: { ...kept, name, only: what === "only" } });
      this.saved.forget();
      say("kept", { id: kept.id, name });
    } catch (error) {
      for (const control of form.elements) control.disabled = false;
      this.problem = `“${name}” was not saved: ${error.message}`;
    }
    this.show();
    this.root.querySelector(".emap-review, .emap-name")?.focus();
  }

  outcome() {
    if (!this.done) return null;
    const { name, only, n_left: left } = this.done;
    return h("div", { class: "emap-acts", role: "status" },
      h("span", { class: "emap-told" }, only ? `Your queue holds only “${name}” now.` : `Saved as “${name}”.`),
      only ? h("a", { class: "emap-review emap-primary", href: "/" }, `Review them (${number(left)})`) : null,
      only ? h("button", { type: "button", class: "emap-small", onclick: () => this.all() }, "All pairs again") : null,
      h("button", { type: "button", class: "emap-small", "aria-keyshortcuts": "Escape", onclick: () => this.changed() }, "Done"));
  }

  async all() {
    try {
      await ask("/api/queue/filter", { method: "PUT", body: { selection_id: null } });
      this.changed();
    } catch (error) {
      this.fail(`The queue stays as it is: ${error.message}`);
    }
  }

  fail(told) {
    this.problem = told;
    this.show();
  }
}

/** What stays is not moved: a field in it keeps the focus, whatever arrives while one types. */
function renew(root, nodes) {
  const focused = document.activeElement;
  for (const child of [...root.children]) if (!nodes.includes(child)) child.remove();
  nodes.forEach((node, at) => root.children[at] === node || root.insertBefore(node, root.children[at] ?? null));
  if (root.contains(focused)) focused.focus(); // in the list of saved ones, which is moved
}
