// What one points at or picked: a candidate pair, two other images, or one image.

export const nothingMarked = () =>
  ({ pair: -1, two: null, image: -1, hovered: -1, hoveredPair: -1, panel: null });

/** The two images of the pair that is marked, or of two images picked elsewhere; else none. */
export function markedImages({ map, marked }) {
  if (marked.pair >= 0) return [map.pairs.first[marked.pair], map.pairs.second[marked.pair]];
  return marked.two ? marked.two.images : [];
}
