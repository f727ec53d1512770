// Which images are picked out, on both maps at once; counts and pair ids are worked out here.

export class Selection {
  constructor(n) {
    this.inside = new Uint8Array(n);
    this.clear();
  }

  get active() {
    return this.count > 0;
  }

  clear() {
    this.inside.fill(0);
    this.count = 0;
    this.label = this.source = "";
  }

  /** how: "new" replaces what was picked out, "add" joins, "remove" takes away. */
  apply(images, how = "new", { label = "", source = "selection" } = {}) {
    if (how === "new") this.inside.fill(0);
    const mark = how === "remove" ? 0 : 1;
    for (const i of images) this.inside[i] = mark;
    this.count = 0;
    for (const one of this.inside) this.count += one;
    if (!this.count) return this.clear();
    if (how === "new") Object.assign(this, { label, source });
    else this.label = this.label && this.label.replace(/( \(changed\))?$/, " (changed)");
    return undefined;
  }

  /** Positions of the images picked out. */
  images() {
    const found = new Uint32Array(this.count);
    let k = 0;
    for (let i = 0; i < this.inside.length; i++) if (this.inside[i]) found[k++] = i;
    return found;
  }

  /** How many candidate pairs have an image in it, and how many have both. */
  countPairs({ count, first, second }) {
    let [touching, inside] = [0, 0];
    for (let p = 0; p < count; p++) {
      const ends = this.inside[first[p]] + this.inside[second[p]];
      touching += ends > 0;
      inside += ends === 2;
    }
    return { touching, inside };
  }

  /** Ids of the pairs with one image in it ("touching") or both ("inside"), widest gap first. */
  pairIds({ count, first, second, id }, which) {
    const ends = which === "inside" ? 2 : 1;
    const found = [];
    for (let p = 0; p < count; p++) {
      if (this.inside[first[p]] + this.inside[second[p]] >= ends) found.push(id[p]);
    }
    return found;
  }

  /** Mean of `values` over the images picked out that have one; NaN where none has. */
  mean(values) {
    let [sum, known] = [0, 0];
    for (let i = 0; i < this.inside.length; i++) {
      if (!this.inside[i] || Number.isNaN(values[i])) continue;
      sum += values[i];
      known++;
    }
    return sum / known;
  }
}
