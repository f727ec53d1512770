// Starts long work on the server and follows it to its end.

import { ask, say } from "../embedding_map/bus.js";

const ASK_EVERY_MS = 700;

/** Starts a job and tells the page; the job as the server describes it. */
export async function startJob(kind, options) {
  const job = await ask("/api/jobs", { method: "POST", body: { kind, options } });
  say("job", { job });
  return job;
}

/** Draws the job's progress in `box` until it ends; resolves with the job then. */
export async function follow(job, box) {
  const bar = box.querySelector("progress");
  const words = box.querySelector("p");
  box.hidden = false;
  for (;;) {
    if (job.total > 0) bar.value = job.done / job.total;
    else bar.removeAttribute("value");
    words.textContent = job.step || job.title || "";
    if (job.state !== "running" && job.state !== "queued") return job;
    await new Promise((done) => setTimeout(done, ASK_EVERY_MS));
    if (!box.isConnected) return job;
    job = await ask(`/api/jobs/${job.id}`);
  }
}

/** Starts a job, shows its progress in `box`, disables `button` meanwhile; the finished job or null. */
export async function runJob(kind, options, { box, button }) {
  const words = box.querySelector("p");
  const bar = box.querySelector("progress");
  button.disabled = true;
  box.dataset.state = "running";
  bar.hidden = false;
  try {
    const job = await follow(await startJob(kind, options), box);
    box.dataset.state = job.state;
    words.textContent = job.state === "done" ? job.message || "Done." : job.message || `The job ${job.state}.`;
    return job.state === "done" ? job : null;
  } catch (error) {
    box.hidden = false;
    box.dataset.state = "failed";
    words.textContent = error.message;
    return null;
  } finally {
    bar.hidden = true;
    button.disabled = false;
  }
}
