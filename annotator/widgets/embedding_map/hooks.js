// What tests and benchmarks look at: window.__map.

import { FADED } from "./colours.js";
import { middleOf } from "./links.js";

export function expose(page) {
  const { shared } = page;
  const { map } = shared;
  const panel = (role) => page.panels.find((one) => one.role === role);
  const client = (one, [x, y]) => {
    const box = one.root.getBoundingClientRect();
    return { x: box.left + one.root.clientLeft + x, y: box.top + one.root.clientTop + y };
  };
  const index = (id) => map.ids.indexOf(id);
  const idOf = (i) => (i < 0 ? null : map.ids[i]);
  window.__map = {
    done: true,
    n: map.n,
    drawMs: performance.now() - page.started,
    get pairs() { return map.pairs.count; },
    get hovered() { return idOf(shared.marked.hovered); },
    get image() { return idOf(shared.marked.image); },
    get selected() { return shared.marked.pair < 0 ? null : map.pairs.id[shared.marked.pair]; },
    get two() { return shared.marked.two && shared.marked.two.images.map(idOf); },
    get pictures() { return panel("blind").chosen.length; },
    get picked() { return Array.from(shared.selection.images(), idOf); },
    get source() { return shared.selection.source; },
    get drawing() { return shared.drawing !== null; },
    get drawn() { return page.drawn; },
    get morph() { return page.morph.t; },
    get playing() { return page.morph.frame > 0; },
    get colour() { return shared.choices.colour; },
    get flying() { return page.panels.some((one) => one.camera.flight > 0); },
    pairIds: (which) => shared.selection.pairIds(map.pairs, which),
    colourOf: (id) => shared.look.points.codes[index(id)],
    faded: (id) => shared.look.points.codes[index(id)] === FADED,
    measure: (name) => page.shared.measures.values[name] && Array.from(page.shared.measures.values[name]),
    paintMs: (role) => panel(role).paintMs,
    zoom: (role) => panel(role).camera.zoom,
    centre: (role) => [panel(role).camera.x, panel(role).camera.y],
    position: (role, id) => Array.from(panel(role).xy.subarray(2 * index(id), 2 * index(id) + 2)),
    at: (role, id) => client(panel(role), panel(role).at(index(id))),
    inLayout: (role, x, y) => {
      const corner = client(panel(role), [0, 0]);
      return panel(role).camera.toLayout(x - corner.x, y - corner.y);
    },
    middle: (role, pairId) => {
      const p = map.pairs.rankOf.get(pairId);
      return client(panel(role), middleOf(...panel(role).at(map.pairs.first[p]), ...panel(role).at(map.pairs.second[p])));
    },
    select: (pairId) => page.marking.selectId(pairId),
  };
}
