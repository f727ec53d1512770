// The two cosines on one axis, the thresholds as ticks, the gap as the bar between them.
// Of an imported pair they may not be known.
const ruler = element.querySelector('#ruler');
const axis = ruler.querySelector('.axis');
const SVG = 'http://www.w3.org/2000/svg';
const LINE = 32;
const LABEL_ROOM = 7;
const SHORT = 110; // pixels of axis below which the labels lose their signs
let drawn = null;

function part(name, attributes, text) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text) node.textContent = text;
  axis.append(node);
  return node;
}

// Moves the lower of two labels that would touch, so that both can be read on a short axis.
function keepApart(left, right) {
  const [a, b] = [left.getBBox(), right.getBBox()];
  const over = a.x + a.width + LABEL_ROOM - b.x;
  if (over > 0) left.setAttribute('dx', -over);
}

function drawRuler(pair) {
  drawn = pair;
  axis.replaceChildren();
  const known = pair.gap !== null;
  ruler.dataset.known = known;
  drawRows(pair);
  ruler.setAttribute('aria-label', known
    ? 'Cosine similarity ' + pair.blind_cosine.toFixed(3) + ' by ' + (pair.blind_name || 'an unknown encoder') + ', the blind encoder, and '
      + pair.reference_cosine.toFixed(3) + ' by ' + (pair.reference_name || 'an unknown encoder') + ', the reference encoder; the gap is ' + pair.gap.toFixed(3) + '.'
    : 'The cosine similarities of this imported pair are not known.');
  if (known) drawAxis(pair); else part('text', { class: 'gap-text', x: '50%', y: LINE, 'text-anchor': 'middle' }, 'cosines not known');
}

function drawRows(pair) {
  for (const role of ['blind', 'reference']) {
    const row = ruler.querySelector('dl .' + role);
    const [encoder, cosine] = [pair[role + '_encoder'], pair[role + '_cosine']];
    row.querySelector('span').textContent = encoder ? pair[role + '_name'] : 'encoder not known';
    row.querySelector('b').textContent = role;
    row.querySelector('dd').textContent = cosine === null ? '–' : cosine.toFixed(3).replace('-', '−');
    row.title = encoder ? encoder + (role === 'blind' ? ' finds them alike (blind encoder)' : ' tells them apart (reference encoder)') : '';
  }
}

function drawAxis(pair) {
  const bounded = pair.blind_min !== null && pair.reference_max !== null;
  const least = Math.min(pair.blind_cosine, pair.reference_cosine, pair.reference_max ?? 0, 0) < 0 ? -1 : 0;
  const at = (cosine) => ((Math.min(1, Math.max(least, cosine)) - least) / (1 - least)) * 100 + '%';
  const two = (cosine) => cosine.toFixed(2).replace('-', '−');
  part('line', { class: 'line', x1: '0', x2: '100%', y1: LINE, y2: LINE });
  const [low, high] = [pair.reference_cosine, pair.blind_cosine].sort((a, b) => a - b);
  const share = ((Math.min(1, high) - Math.max(least, low)) / (1 - least)) * 100 + '%';
  part('rect', { class: pair.gap < 0 ? 'gap negative' : 'gap', x: at(low), width: share, y: LINE - 4, height: 8 });
  const middle = (pair.reference_cosine + pair.blind_cosine) / 2;
  part('text', { class: 'gap-text', x: at(middle), y: LINE - 14, 'text-anchor': 'middle' }, 'gap ' + two(pair.gap));
  const signs = axis.clientWidth < SHORT ? ['', ''] : ['< ', '> '];
  const limits = bounded ? [limit('reference', pair.reference_max, signs[0]), limit('blind', pair.blind_min, signs[1])] : [];
  if (bounded) keepApart(...(pair.reference_max < pair.blind_min ? limits : limits.reverse()));
  scaleEnd('0', 'start', least);
  scaleEnd('100%', 'end', 1);
  part('circle', { class: 'dot reference', cx: at(pair.reference_cosine), cy: LINE, r: 7 });
  const diamond = part('svg', { x: at(pair.blind_cosine), y: LINE, overflow: 'visible' });
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('class', 'dot blind');
  path.setAttribute('d', 'M0 -8.5 8.5 0 0 8.5 -8.5 0Z');
  diamond.append(path);

  function limit(role, cosine, sign) {
    part('line', { class: 'limit ' + role, x1: at(cosine), x2: at(cosine), y1: LINE + 6, y2: LINE + 12 });
    return part('text', { class: 'scale', x: at(cosine), y: LINE + 24, 'text-anchor': cosine > 0.9 ? 'end' : 'middle' }, sign + two(cosine));
  }
  // The ends of the axis are named where the thresholds leave room.
  function scaleEnd(x, anchor, cosine) {
    const end = part('text', { class: 'scale', x, y: LINE + 24, 'text-anchor': anchor }, two(cosine));
    const box = end.getBBox();
    const touches = limits.map((one) => one.getBBox()).some((one) => box.x < one.x + one.width + LABEL_ROOM && one.x < box.x + box.width + LABEL_ROOM);
    if (touches) end.remove();
  }
}
new ResizeObserver(() => { if (drawn) drawRuler(drawn); }).observe(axis);
