// The row above the maps: what dragging does, and how points, tethers and pictures are drawn.

import { colourChoices } from "./colourings.js";
import { h } from "./dom.js";

/** actions: {selectInView(), restyle(), colour(value)}. */
export function wireToolbar(root, shared, actions) {
  const { tool, choices } = shared;
  wireGroup(root, "shape", (value) => {
    tool.shape = value;
    root.querySelectorAll(".emap-panel").forEach((panel) => panel.classList.toggle("drawing", value !== "move"));
  });
  wireGroup(root, "how", (value) => (tool.how = value));
  root.querySelector(".emap-in-view").addEventListener("click", () => actions.selectInView());
  fillColours(root, shared);
  wireSelect(root.querySelector(".emap-colour select"), (value) => actions.colour(value));
  wireSelect(root.querySelector(".emap-pictures select"), (value) => {
    choices.pictures = value;
    actions.restyle();
  });
  startTethers(root, shared);
  root.querySelector("[data-control=links]").addEventListener("input", ({ target }) => {
    if (target.type === "range") choices.top = Number(target.value);
    else choices.links = target.value;
    root.querySelector(".emap-top-n").textContent = choices.top;
    root.querySelector(".emap-top").hidden = choices.links !== "top";
    actions.restyle();
  });
}

/** Buttons of which one is pressed: data-shape or data-how. */
function wireGroup(root, name, choose) {
  const buttons = [...root.querySelectorAll(`.emap-tools [data-${name}]`)];
  for (const button of buttons) {
    button.addEventListener("click", () => {
      buttons.forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
      choose(button.dataset[name]);
    });
  }
}

/** A list gives the keyboard back to the page if it was the pointer that chose. */
function wireSelect(select, choose) {
  let pointed = false;
  select.addEventListener("pointerdown", () => (pointed = true));
  select.addEventListener("keydown", () => (pointed = false));
  select.addEventListener("change", () => {
    choose(select.value);
    if (pointed) select.blur();
  });
}

/** The choices that the data allow; a colouring that is gone falls back to the gap. */
export function fillColours(root, { map, choices }) {
  const select = root.querySelector(".emap-colour select");
  select.replaceChildren(...colourChoices(map.meta).map(({ group, options }) =>
    h("optgroup", { label: group }, ...options.map(({ value, name }) => h("option", { value }, name)))));
  select.value = choices.colour;
  if (select.value !== choices.colour) select.value = choices.colour = "gap";
}

/** All tethers of a small run; of a large one the widest, which can still be told apart. */
function startTethers(root, { map, choices }) {
  const slider = root.querySelector(".emap-top");
  slider.max = Math.max(1, Math.min(1000, map.pairs.count));
  slider.value = choices.top = Math.min(100, slider.max);
  choices.links = map.pairs.count > 200 ? "top" : "all";
  root.querySelector(`[name="emap-links"][value="${choices.links}"]`).checked = true;
  root.querySelector(".emap-top-n").textContent = choices.top;
  slider.hidden = choices.links !== "top";
}
