// Says that something has not been computed yet, with the command, and a button that starts it.

import { h } from "./dom.js";
import { startJob } from "./measures.js";

/** `problem` is null while the answer is still on its way. kind: of the job that would help; null: none can. */
export function missing(problem, kind, waiting) {
  if (!problem) return h("span", { class: "emap-missing", role: "status" }, waiting);
  const said = h("span", { class: "emap-said", role: "status" });
  return h("div", { class: "emap-missing" },
    h("p", {}, problem.what, problem.hint ? " " + problem.hint : ""),
    problem.command ? h("code", {}, problem.command) : null,
    problem.command && kind ? startButton(kind, said) : null,
    said);
}

/** A button that starts a job of `kind`; what comes of it is written to `said`. */
export function startButton(kind, said) {
  const button = h("button", { type: "button", class: "emap-small", onclick: async () => {
    button.disabled = true;
    said.textContent = "Starting…";
    try {
      await startJob(kind);
      said.textContent = "Started. This page follows when it is done.";
    } catch (error) {
      said.textContent = error.status === 404 ? "This server cannot start it; use the command." : error.message;
      button.disabled = false;
    }
  } }, "Compute now");
  return button;
}
