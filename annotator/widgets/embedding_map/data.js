// Fetches what the maps show and turns it into typed arrays: images, two layouts, pairs.

import { ask, withChoices } from "./bus.js";

/** Raised when there is nothing to draw; carries the words to show instead. */
export class NothingToShow extends Error {
  constructor(problem) {
    super(problem.what);
    this.problem = problem;
  }
}

const ARRAYS = { uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array };
const CHOICES = ["blind", "reference", "layout"];
const SHARED_MS = 3000;

export async function fetchBuffer(url) {
  const response = await fetch(url, { cache: "no-cache" });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.arrayBuffer();
}

let shared = { url: "", at: -Infinity, answer: null };

/** map.json as it came; widgets that ask within a moment share one answer. */
export function describeMap({ fresh = false } = {}) {
  const url = withChoices("/api/map.json", CHOICES);
  if (fresh || shared.url !== url || performance.now() - shared.at > SHARED_MS) {
    shared = { url, at: performance.now(), answer: ask(url) };
  }
  return shared.answer;
}

export async function loadMeta(options) {
  const meta = await describeMap(options);
  if (meta.problem) throw new NothingToShow(meta.problem);
  return meta;
}

/** The whole map; asked again once if the layouts changed between the two answers. */
export async function loadMap({ fresh = false, retry = true } = {}) {
  const meta = await loadMeta({ fresh });
  const url = withChoices("/api/map.bin", CHOICES, { v: meta.digest });
  const response = await fetch(url, { cache: "no-cache" });
  if (!response.ok) throw new Error(`The maps’ coordinates could not be read (${response.status}).`);
  const buffer = await response.arrayBuffer();
  if (retry && response.headers.get("x-map-digest") !== meta.digest) {
    return loadMap({ fresh: true, retry: false });
  }
  const arrays = decode(buffer, meta.arrays);
  return {
    meta,
    n: meta.n_images,
    ids: arrays.image_ids,
    codes: codesOf(arrays),
    spaces: {
      blind: coordinates(arrays.blind, meta.extent),
      reference: coordinates(arrays.reference, meta.extent),
    },
    pairs: buildPairs(meta.pairs, meta.n_images),
  };
}

/** Which value each image has of "label" and of every metadata column, "field:<name>". */
function codesOf(arrays) {
  const codes = { label: arrays.labels };
  for (const name of Object.keys(arrays)) if (name.startsWith("field:")) codes[name] = arrays[name];
  return codes;
}

export function decode(buffer, described) {
  const arrays = {};
  for (const { name, dtype, offset, length } of described) {
    arrays[name] = new ARRAYS[dtype](buffer, offset, length);
  }
  return arrays;
}

/** uint16 steps to layout units, interleaved x, y. */
function coordinates(steps, extent) {
  const xy = new Float32Array(steps.length);
  const unit = (2 * extent) / 65535;
  for (let i = 0; i < steps.length; i++) xy[i] = steps[i] * unit - extent;
  return xy;
}

/** Columns of the pairs (widest gap first) and, for each image, the pairs it is in. */
export function buildPairs(columns, n) {
  const count = columns.id.length;
  const pairs = {
    count,
    id: Uint32Array.from(columns.id),
    first: Uint32Array.from(columns.first),
    second: Uint32Array.from(columns.second),
    blind: Float32Array.from(columns.blind_cosine),
    reference: Float32Array.from(columns.reference_cosine),
    gap: Float32Array.from(columns.gap),
    state: Uint8Array.from(columns.state),
    pattern: Int16Array.from(columns.pattern),
    rankOf: new Map(),
    start: new Uint32Array(n + 1),
    members: new Uint32Array(2 * count),
  };
  for (let p = 0; p < count; p++) {
    pairs.rankOf.set(pairs.id[p], p);
    pairs.start[pairs.first[p] + 1]++;
    pairs.start[pairs.second[p] + 1]++;
  }
  for (let i = 0; i < n; i++) pairs.start[i + 1] += pairs.start[i];
  const fill = pairs.start.slice();
  for (let p = 0; p < count; p++) {
    pairs.members[fill[pairs.first[p]]++] = p;
    pairs.members[fill[pairs.second[p]]++] = p;
  }
  return pairs;
}

/** Positions (in `pairs`) of the pairs that image `i` belongs to, widest gap first. */
export function pairsOf(pairs, i) {
  return pairs.members.subarray(pairs.start[i], pairs.start[i + 1]);
}

/** Of these image ids, where on the maps they are; those that are on none are left out. */
export function positionsOf(map, ids) {
  map.rowOf ??= new Map(Array.from(map.ids, (id, i) => [id, i]));
  return Array.from(ids, (id) => map.rowOf.get(id)).filter((i) => i !== undefined);
}

const details = new Map();

/** Caption, label and file name of one image; asked for once. */
export function imageDetails(id) {
  if (!details.has(id)) {
    const asked = ask("/api/map/images/" + id);
    asked.catch(() => details.delete(id));
    details.set(id, asked);
  }
  return details.get(id);
}

export const thumbnailUrl = (id) => "/thumbnails/" + id;
