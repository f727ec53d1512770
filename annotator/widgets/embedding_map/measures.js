// Per image: how far its neighbourhoods agree, fetched when first needed and kept until data change.

import { ask, say, withChoices } from "./bus.js";
import { decode, fetchBuffer } from "./data.js";

export const MEASURES = {
  overlap: { name: "Neighbours shared", about: "Share of an image’s nearest neighbours that are the same in both spaces" },
  collapse: { name: "Collapse", about: "How alike the blind encoder finds an image and the images that the reference encoder puts far away" },
  novelty: { name: "Novelty", about: "How unlike an image is to every image of a pair that somebody already dealt with" },
};

export class Measures {
  constructor(map, changed) {
    Object.assign(this, { map, changed, values: {}, ranges: {}, problem: null, asked: null });
  }

  /** Fetches them once; `values` or `problem` is set when `changed` is called. */
  need() {
    this.asked ??= this.load().catch((error) => {
      this.problem = notThere(error, "How the two spaces compare is not known.");
    }).then(this.changed);
    return this.asked;
  }

  get known() {
    return Object.keys(this.values).length > 0;
  }

  get waiting() {
    return !this.known && !this.problem;
  }

  async load() {
    const header = await ask(withChoices("/api/compare/measures.json"));
    if (header.problem) {
      this.problem = asProblem(header);
      return;
    }
    const more = header.digest ? { v: header.digest } : {};
    const url = withChoices("/api/compare/measures.bin", undefined, more);
    const arrays = decode(await fetchBuffer(url), header.arrays);
    const row = new Map();
    arrays.image_ids.forEach((id, k) => row.set(id, k));
    for (const described of header.arrays) {
      if (!(described.name in MEASURES)) continue;
      this.keep(described.name, unquantised(arrays[described.name], described, this.map.ids, row));
    }
  }

  keep(name, values) {
    this.values[name] = values;
    const sorted = values.filter((value) => !Number.isNaN(value)).sort();
    const at = (share) => sorted[Math.round((sorted.length - 1) * share)];
    this.ranges[name] = sorted.length ? [at(0.02), at(0.98)] : [0, 1];
  }
}

/** Real values in the order of the map's images; NaN for an image without one. */
function unquantised(codes, { min, max, none }, ids, row) {
  const step = (max - min) / 65535;
  const value = (code) => (code === none ? NaN : min + code * step);
  return Float32Array.from(ids, (id) => (row.has(id) ? value(codes[row.get(id)]) : NaN));
}

/** A route's own `problem` (text or {what, hint, command}), or the words of a failed request. */
export function asProblem({ problem, command = "" }) {
  if (typeof problem === "string") return { what: problem, hint: "", command };
  return { what: problem.what, hint: problem.hint ?? "", command: problem.command || command };
}

export function notThere(error, what) {
  if (error.status !== 404) return { what: error.message, hint: "", command: "" };
  return { what, hint: "Compare the two spaces first.", command: "mmvp compare" };
}

/** Starts a job of the server with the encoders of the address; the job strip takes it from there. */
export async function startJob(kind) {
  const given = new URLSearchParams(location.search);
  const options = {};
  for (const role of ["blind", "reference"]) if (given.get(role)) options[role] = given.get(role);
  const job = await ask("/api/jobs", { method: "POST", body: { kind, options } });
  say("job", { job });
  return job;
}
