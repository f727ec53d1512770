// Shows each running job with its step, progress and time left, and what came of it when it ends.

import { ask, hear, putInAddress, say } from "../embedding_map/bus.js";
import { h } from "../embedding_map/dom.js";
import { settle } from "../explore_search/settling.js";

const ASK_EVERY_MS = 700;

export function mount(root) {
  settle("job-strip", "jobs");
  return new JobStrip(root);
}

class JobStrip {
  constructor(root) {
    Object.assign(this, { root, items: new Map(), timer: 0 });
    this.leaving = new AbortController();
    hear("job", ({ job }) => job && this.take(job), this.leaving.signal);
    window.__jobs = { done: false, get states() { return [...document.querySelectorAll(".jobs li")].map((item) => item.dataset.state); } };
    this.look().finally(() => (window.__jobs.done = true));
  }

  /** Jobs that run already, whoever started them. */
  async look() {
    const jobs = await ask("/api/jobs").catch(() => []);
    jobs.filter(({ state }) => state === "running").forEach((job) => this.take(job));
  }

  take(job) {
    if (!this.root.isConnected) return this.leave();
    if (!this.items.has(job.id)) this.items.set(job.id, this.item(job));
    const item = this.items.get(job.id);
    const ended = job.state !== "running" && item.node.dataset.state === "running";
    draw(item, job);
    if (ended) this.ended(job);
    if (!this.timer && this.running().length) this.timer = setTimeout(() => this.follow(), ASK_EVERY_MS);
  }

  running() {
    return [...this.items.keys()].filter((id) => this.items.get(id).node.dataset.state === "running");
  }

  async follow() {
    for (const id of this.running()) {
      const job = await ask(`/api/jobs/${id}`).catch((error) => (error.status === 404 ? { id, state: "interrupted", message: "This job is not known any more." } : null));
      if (job) this.take({ ...this.items.get(id).job, ...job });
    }
    this.timer = this.root.isConnected && this.running().length ? setTimeout(() => this.follow(), ASK_EVERY_MS) : 0;
  }

  /** A finished map is the newest layout, and that is what people waited for. */
  ended(job) {
    if (job.state !== "done") return;
    if (job.kind === "map") putInAddress({ layout: null });
    say("reload", { job });
  }

  item(job) {
    const parts = { title: h("b"), words: h("small", { role: "status" }), bar: h("progress", { max: 1 }), button: h("button", { type: "button" }) };
    const node = h("li", { "data-state": "running", "data-kind": job.kind }, parts.title, parts.button, parts.words, parts.bar);
    parts.button.addEventListener("click", () => this.press(job.id));
    this.root.querySelector("ul").append(node);
    return { ...parts, node, job, since: { step: "", done: 0, at: 0 } };
  }

  async press(id) {
    const item = this.items.get(id);
    if (item.node.dataset.state !== "running") {
      item.node.remove();
      return this.items.delete(id);
    }
    item.button.disabled = true;
    item.words.textContent = "Stopping…";
    try {
      this.take(await ask(`/api/jobs/${id}`, { method: "DELETE" }));
    } catch (error) {
      item.words.textContent = error.message;
    }
    item.button.disabled = false;
  }

  leave() {
    clearTimeout(this.timer);
    this.leaving.abort();
  }
}

function draw(item, job) {
  const running = job.state === "running";
  Object.assign(item, { job });
  item.node.dataset.state = job.state;
  item.title.textContent = item.title.title = job.title ?? "";
  item.bar.hidden = !running;
  if (job.total > 0) item.bar.value = job.done / job.total;
  else item.bar.removeAttribute("value");
  item.words.textContent = running ? progress(item, job) : job.message || job.state;
  item.button.textContent = running ? "Cancel" : "×";
  item.button.setAttribute("aria-label", running ? `Cancel: ${job.title}` : "Put this notice away");
}

/** The step, its share, and the time left at its pace so far. */
function progress(item, { step, done, total }) {
  if (!step) return "Starting…";
  const now = performance.now();
  if (step !== item.since.step) item.since = { step, done, at: now };
  if (!total) return step;
  const share = `${step}, ${Math.floor((100 * done) / total)} %`;
  const more = done - item.since.done;
  const elapsed = (now - item.since.at) / 1000;
  if (more <= 0 || elapsed < 3 || done >= total) return share;
  return `${share}, ${words(((total - done) / more) * elapsed)} left`;
}

function words(seconds) {
  return seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;
}
