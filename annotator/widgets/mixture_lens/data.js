// Fetches the curves of the mixtures, one pair's cosines, and at which shares each pair is resolved.

import { ask, withChoices } from "../embedding_map/bus.js";
import { decode, fetchBuffer } from "../embedding_map/data.js";

const more = (blindMin) => (blindMin === null ? {} : { blind_min: blindMin });

/** Curves as the server describes them; `problem` where there is nothing to mix. */
export const loadCurves = (blindMin) => ask(withChoices("/api/mixtures.json", undefined, more(blindMin)));

export const loadPair = (pairId) => ask(withChoices(`/api/mixtures/pairs/${pairId}`));

/** Which pairs are resolved where: a bit for each share, the first in the highest of a byte. */
export class Resolved {
  static async load(found, blindMin) {
    const url = withChoices("/api/mixtures.bin", undefined, { ...more(blindMin), v: found.digest });
    return new Resolved(decode(await fetchBuffer(url), found.arrays), found.shares.length);
  }

  constructor(arrays, nShares) {
    this.arrays = arrays;
    this.width = Math.ceil(nShares / 8);
    this.rowOf = new Map(Array.from(arrays.pair_ids, (id, row) => [id, row]));
  }

  /** true, false, or undefined for a pair that was not told. */
  at(pairId, place, mixing, criterion) {
    const row = this.rowOf.get(pairId);
    if (row === undefined) return undefined;
    const byte = this.arrays[`${mixing}:${criterion}`][row * this.width + (place >> 3)];
    return Boolean((byte >> (7 - (place & 7))) & 1);
  }
}
