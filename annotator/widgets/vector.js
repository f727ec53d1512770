// SVG by hand, and shares in words: what charts of shares with intervals have in common.
const SVG = 'http://www.w3.org/2000/svg';
const percent = (value) => (value === null ? '–' : (value * 100).toFixed(value === 1 ? 0 : 1) + ' %');
const range = ({ low, high }) => (low === null ? '' : (low * 100).toFixed(0) + '–' + (high * 100).toFixed(0) + ' %');
const of = ({ n, total }) => count(n) + ' of ' + count(total);

function vector(parent, name, attributes, text) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text) node.textContent = text;
  parent.append(node);
  return node;
}

// "3 Nov": a day as ISO text is a day here, not midnight in London.
const shortDay = (iso) => new Date(iso + 'T12:00').toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });

// Shares over time, each with its interval, on a fixed axis from none to all.
function drawShares(svg, points, { height = 96, labels = true } = {}) {
  svg.replaceChildren();
  const bottom = labels ? height - 18 : height - 4;
  const x = (k) => ((k + 0.5) / points.length) * 100 + '%';
  const y = (value) => 4 + (1 - value) * (bottom - 8);
  for (const line of labels ? [0, 0.5, 1] : []) vector(svg, 'line', { class: 'grid', x1: '0', x2: '100%', y1: y(line), y2: y(line) });
  const known = points.map((point, k) => ({ ...point, k })).filter(({ value }) => value !== null);
  for (const [n, point] of known.entries()) {
    const next = known[n + 1];
    if (next) vector(svg, 'line', { class: 'trend', x1: x(point.k), x2: x(next.k), y1: y(point.value), y2: y(next.value) });
    vector(svg, 'line', { class: 'whisker', x1: x(point.k), x2: x(point.k), y1: y(point.low), y2: y(point.high) });
  }
  for (const point of known) {
    const dot = vector(svg, 'circle', { class: 'dot', cx: x(point.k), cy: y(point.value), r: labels ? 4 : 2.5 });
    vector(dot, 'title', {}, shortDay(point.start) + ': ' + percent(point.value) + ', ' + range(point) + ', n = ' + count(point.total));
  }
  const step = Math.ceil(points.length / 7);
  for (const [k, point] of labels ? points.entries() : []) {
    if (k % step === 0) vector(svg, 'text', { x: x(k), y: height - 2, 'text-anchor': 'middle' }, shortDay(point.start));
  }
}
