// What each way to colour means: per image a colour and how far in front it is drawn, and a legend.

import {
  OTHER, PLAIN, STEPS, categoryColours, css, gapRamp, gapRange, measureRamp, stepOf,
} from "./colours.js";
import { MEASURES } from "./measures.js";

// The state that speaks for an image with several pairs: the one furthest along.
const PRIORITY = ["final", "complete", "contested", "disputed", "accepted", "partial", "unreviewed", "skipped", "rejected"];
const NOT_DRAWN = 255; // bucket of a tether whose category is switched off
const NOTHING_HIDDEN = new Set();

/** The choices of the "Colour" field: [{group, options: [{value, name}]}]. */
export function colourChoices(meta) {
  const fields = (meta.fields ?? []).map(({ name }) => ({ value: "field:" + name, name }));
  const measures = Object.entries(MEASURES).map(([value, { name }]) => ({ value, name }));
  return [
    { group: "Pairs", options: [
      { value: "gap", name: "Widest gap" }, { value: "state", name: "State" },
      { value: "pattern", name: "Visual pattern" }, { value: "resolved", name: "Mixture" },
    ] },
    { group: "Images", options: [{ value: "label", name: "Label" }, ...fields, { value: "none", name: "Plain" }] },
    { group: "Between the two spaces", options: measures },
  ];
}

/**
 * How everything is coloured: {codes, weight (0 is plain, higher lies in front), palette, dense,
 * links: {bucketOf, palette}, legend}. dense: every image has a colour, not only those in pairs.
 */
export function colouring(map, choices, theme, measures, mixture) {
  const hidden = choices.hidden[choices.colour] ?? NOTHING_HIDDEN;
  const { colour } = choices;
  if (colour === "state") return byState(map, theme, hidden);
  if (colour === "pattern") return byPattern(map, theme, hidden);
  if (colour === "resolved") return byMixture(map, theme, hidden, mixture);
  if (colour in MEASURES) return byMeasure(map, theme, colour, measures);
  if (map.codes[colour]) return byCategory(map, theme, colour, hidden);
  return byGap(map, theme, colour === "gap");
}

function byGap(map, theme, coloured) {
  const { pairs, n } = map;
  const [codes, weight] = [new Uint8Array(n).fill(PLAIN), new Uint8Array(n)];
  const range = gapRange(pairs);
  for (let p = 0; coloured && p < pairs.count; p++) {
    for (const i of [pairs.first[p], pairs.second[p]]) {
      if (weight[i]) continue; // the widest gap of an image comes first
      codes[i] = stepOf(pairs.gap[p], range);
      weight[i] = codes[i] + 1;
    }
  }
  const legend = coloured && pairs.count ? gapLegend(pairs, theme) : null;
  return { codes, weight, palette: gapRamp(theme.dark), dense: false, links: gapLinks(pairs, theme), legend };
}

function gapLegend(pairs, theme) {
  const [low, high] = gapRange(pairs);
  const about = "Blind cosine minus reference cosine, the widest of an image’s pairs";
  return { kind: "ramp", name: "gap", about, low, high, colours: gapRamp(theme.dark) };
}

function gapLinks(pairs, theme) {
  const range = gapRange(pairs);
  const bucketOf = Uint8Array.from(pairs.gap, (gap) => stepOf(gap, range));
  return { bucketOf, palette: gapRamp(theme.dark).map(css) };
}

function byState(map, theme, hidden) {
  const { states } = map.meta;
  const order = PRIORITY.map((state) => states.indexOf(state));
  return byPairs(map, map.pairs.state, { names: states, palette: theme.states, order, hidden });
}

function byPattern(map, theme, hidden) {
  const names = [...map.meta.patterns, "none yet"];
  const none = names.length - 1;
  const colours = categoryColours(theme.dark);
  const palette = names.slice(0, none).map((_, code) => colours[code % colours.length]);
  palette[none] = theme.pointRgb;
  const codes = Uint8Array.from(map.pairs.pattern, (pattern) => (pattern < 0 ? none : pattern));
  return byPairs(map, codes, { names, palette, order: names.map((_, code) => code), hidden });
}

/** mixture: {problem, of(pair id): whether it is resolved}, from the lens; null while it is awaited. */
function byMixture(map, theme, hidden, mixture) {
  if (!mixture?.of) {
    const plain = byGap(map, theme, false);
    return { ...plain, legend: { kind: "missing", job: null, name: "Mixture", problem: mixture?.problem ?? null } };
  }
  const names = ["still merged", "resolved", "not known"];
  const told = [theme.blindRgb, theme.referenceRgb, theme.pointRgb];
  const codes = Uint8Array.from(map.pairs.id, (id) => {
    const resolved = mixture.of(id);
    return resolved === undefined ? 2 : Number(resolved);
  });
  return byPairs(map, codes, { names, palette: told, order: [0, 1, 2], hidden });
}

/** Images take the category of that pair of theirs which comes first in `order`. */
function byPairs({ pairs, n }, codeOf, { names, palette, order, hidden }) {
  const [codes, weight] = [new Uint8Array(n).fill(PLAIN), new Uint8Array(n)];
  const front = new Uint8Array(names.length);
  order.forEach((code, place) => (front[code] = order.length - place));
  const counts = new Uint32Array(names.length);
  const bucketOf = Uint8Array.from(codeOf);
  for (let p = 0; p < pairs.count; p++) {
    const code = codeOf[p];
    counts[code]++;
    if (hidden.has(code)) bucketOf[p] = NOT_DRAWN;
    for (const i of hidden.has(code) ? [] : [pairs.first[p], pairs.second[p]]) {
      if (front[code] <= weight[i]) continue;
      weight[i] = front[code];
      codes[i] = code;
    }
  }
  const items = names.map((name, code) => ({ code, name, count: counts[code], colour: css(palette[code]) }));
  const legend = { kind: "categories", of: "pairs", codes: codeOf, hidden, items: items.filter((item) => item.count) };
  return { codes, weight, palette, dense: false, links: { bucketOf, palette: palette.map(css) }, legend };
}

function byCategory(map, theme, colour, hidden) {
  const values = colour === "label"
    ? map.meta.labels
    : map.meta.fields.find(({ name }) => "field:" + name === colour).values;
  const palette = categoryColours(theme.dark).slice(0, values.length);
  const given = map.codes[colour];
  const items = values.slice(0, palette.length)
    .map(({ name, count }, code) => ({ code, name, count, colour: css(palette[code]) }));
  const rare = (code) => code === OTHER || (code < OTHER && code >= palette.length);
  const [codes, weight] = [new Uint8Array(map.n), new Uint8Array(map.n)];
  let [others, without] = [0, 0];
  for (let i = 0; i < map.n; i++) {
    codes[i] = rare(given[i]) ? OTHER : given[i];
    others += codes[i] === OTHER;
    without += codes[i] === PLAIN;
    if (hidden.has(codes[i])) codes[i] = PLAIN;
    weight[i] = codes[i] < OTHER ? 1 : 0;
  }
  if (others) items.push({ code: OTHER, name: "other", count: others, colour: theme.point });
  if (without) items.push({ code: PLAIN, name: "none", count: without, colour: theme.point, fixed: true });
  const legend = { kind: "categories", of: "images", codes: given, rare, hidden, items };
  return { codes, weight, palette, dense: true, links: gapLinks(map.pairs, theme), legend };
}

function byMeasure(map, theme, measure, { values, ranges, problem }) {
  const { name, about } = MEASURES[measure];
  const [codes, weight] = [new Uint8Array(map.n).fill(PLAIN), new Uint8Array(map.n)];
  const links = gapLinks(map.pairs, theme);
  const palette = measureRamp(measure, theme.dark);
  if (!values[measure]) {
    return { codes, weight, palette, dense: false, links, legend: { kind: "missing", name, problem } };
  }
  const range = ranges[measure];
  let unknown = 0;
  values[measure].forEach((value, i) => {
    if (Number.isNaN(value)) return unknown++;
    codes[i] = stepOf(value, range);
    // what stands out is drawn last: much collapse and novelty, few shared neighbours
    weight[i] = 1 + (measure === "overlap" ? STEPS - 1 - codes[i] : codes[i]);
    return undefined;
  });
  const [low, high] = range;
  return { codes, weight, palette, dense: true, links, legend: { kind: "ramp", name, about, low, high, colours: palette, unknown } };
}
