// What stands in the histogram's place while there is nothing to draw, and the button that helps.

import { NothingToShow } from "../embedding_map/data.js";
import { runJob } from "./jobs.js";
import { chosenEncoders } from "./thresholds.js";

/** computed: called when the comparison has been made after all. */
export function showProblem(root, error, computed) {
  const problem = error instanceof NothingToShow
    ? error.problem
    : { what: "The histogram could not be loaded.", hint: String(error.message), command: "" };
  const empty = root.querySelector(".jh-empty");
  empty.querySelector("h2").textContent = problem.what;
  empty.querySelector("p").textContent = problem.hint ?? "";
  empty.querySelector("code").textContent = problem.command ?? "";
  empty.querySelector("pre").hidden = !problem.command;
  const button = empty.querySelector(".jh-compute");
  button.hidden = !problem.canCompute;
  button.onclick = async () => {
    const job = await runJob("compare", chosenEncoders(), { box: empty.querySelector(".jh-job"), button });
    if (job) computed();
  };
  empty.hidden = false;
  root.dataset.state = "empty";
  window.__histogram = { done: true, problem: problem.what };
}
