// Fetches what the maps show and turns it into typed arrays: images, two layouts, pairs.

/** Raised when there is nothing to draw; carries the words to show instead. */
export class NothingToShow extends Error {
  constructor(problem) {
    super(problem.what);
    this.problem = problem;
  }
}

const ARRAYS = { uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array };

async function fetchOk(url) {
  const response = await fetch(url, { cache: "no-cache" });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response;
}

export async function loadMeta() {
  const meta = await (await fetchOk("/api/map.json")).json();
  if (meta.problem) throw new NothingToShow(meta.problem);
  return meta;
}

/** The whole map; asked again once if the layouts changed between the two answers. */
export async function loadMap(retry = true) {
  const meta = await loadMeta();
  const response = await fetchOk("/api/map.bin?v=" + meta.digest);
  const buffer = await response.arrayBuffer();
  if (retry && response.headers.get("x-map-digest") !== meta.digest) return loadMap(false);
  const arrays = decode(buffer, meta.arrays);
  return {
    meta,
    n: meta.n_images,
    ids: arrays.image_ids,
    labels: arrays.labels,
    spaces: {
      blind: coordinates(arrays.blind, meta.extent),
      reference: coordinates(arrays.reference, meta.extent),
    },
    pairs: buildPairs(meta.pairs, meta.n_images),
  };
}

function decode(buffer, described) {
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

const details = new Map();

/** Caption, label and file name of one image; asked for once. */
export function imageDetails(id) {
  if (!details.has(id)) {
    const asked = fetchOk("/api/map/images/" + id).then((response) => response.json());
    asked.catch(() => details.delete(id));
    details.set(id, asked);
  }
  return details.get(id);
}

export const thumbnailUrl = (id) => "/thumbnails/" + id;
