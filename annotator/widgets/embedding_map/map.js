// Puts the maps on the page once there are some, and says what to do while there are none.

import { hear } from "./bus.js";
import { NothingToShow, loadMap } from "./data.js";
import { h } from "./dom.js";
import { Explorer } from "./explorer.js";
import { startButton } from "./missing.js";

export async function mount(root) {
  const reload = () => (root.isConnected ? begin(root, true) : listening.abort());
  const listening = new AbortController();
  await begin(root, false);
  hear("reload", reload, listening.signal);
}

/** Shows the maps; those on the page already take the new data where they are. */
async function begin(root, fresh) {
  try {
    const map = await loadMap({ fresh });
    root.querySelector(".emap-empty").hidden = true;
    root.querySelector(".emap-tools").hidden = root.querySelector(".emap-body").hidden = false;
    root.dataset.state = "ready";
    if (root.explorer) return root.explorer.take(map);
    root.explorer = new Explorer(root, map);
    return root.explorer.start();
  } catch (error) {
    return showProblem(root, error);
  }
}

function showProblem(root, error) {
  if (!(error instanceof NothingToShow)) console.warn(error);
  const problem = error instanceof NothingToShow
    ? error.problem
    : { what: "The maps could not be loaded.", hint: String(error.message), command: "" };
  const empty = root.querySelector(".emap-empty");
  empty.querySelector("h2").textContent = problem.what;
  empty.querySelector("p").textContent = problem.hint;
  empty.querySelector("code").textContent = problem.command;
  empty.querySelector("pre").hidden = !problem.command;
  empty.querySelector(".emap-start").replaceChildren(...startOf(problem.job));
  empty.hidden = false;
  root.querySelector(".emap-tools").hidden = root.querySelector(".emap-body").hidden = true;
  root.dataset.state = "empty";
  window.__map = { done: true, n: 0, problem: problem.what };
}

/** A button where the server can do itself what the command does. */
function startOf(kind) {
  if (!kind) return [];
  const said = h("span", { class: "emap-said", role: "status" });
  return [startButton(kind, said), said];
}
