// Agreement with what is unsure about it, from /api/agreement; `window.__agreement` is what tests wait for.
const board = element.querySelector('.board');
const part = (selector) => board.querySelector(selector);
const RELIABLE = 0.8, TENTATIVE = 0.667; // Krippendorff's customary bounds
window.__agreement = { done: false };

const two = (value) => (Math.abs(value) < 0.005 ? 0 : value).toFixed(2).replace('-', '−');
const nobody = (why, n, least) => (why === 'too_few' ? 'too few: ' + count(n) + ' of ' + least : 'undefined');

function verdict(value) {
  if (value >= RELIABLE) return 'good enough to rely on';
  return value >= TENTATIVE ? 'enough for tentative conclusions' : 'too low to rely on';
}

function drawHeadline(card, { alpha, n_pairs: n }, least) {
  const what = card.querySelector('.what');
  card.querySelector('.value').textContent = alpha.value === null ? '' : two(alpha.value);
  if (alpha.why === 'too_few') {
    what.replaceChildren(make('b', {}, 'Too few pairs to say. '), plural(n, 'pair') + ' so far that two people or more annotated; a coefficient is worth printing from ' + least + ' on.');
  } else if (alpha.why === 'one_category') {
    what.replaceChildren(make('b', {}, 'Not defined. '), 'Everybody always said the same, so nothing tells agreement from habit.');
  } else {
    what.replaceChildren("Krippendorff's alpha over everybody: ", make('b', {}, verdict(alpha.value)), '; 95 % interval ' + two(alpha.low) + ' to ' + two(alpha.high));
  }
}

function drawRuler(ruler, { value, low, high }) {
  ruler.replaceChildren();
  ruler.style.display = value === null ? 'none' : '';
  if (value === null) return;
  const least = Math.min(0, Math.floor(Math.min(value, low) * 5) / 5);
  const at = (one) => ((one - least) / (1 - least)) * 100 + '%';
  vector(ruler, 'line', { class: 'line', x1: '0', x2: '100%', y1: 30, y2: 30 });
  vector(ruler, 'line', { class: 'good', x1: at(RELIABLE), x2: '100%', y1: 30, y2: 30 });
  vector(ruler, 'line', { class: 'range', x1: at(low), x2: at(high), y1: 30, y2: 30 });
  vector(ruler, 'circle', { class: 'dot', cx: at(value), cy: 30, r: 8 });
  const marks = [[TENTATIVE, '.67', 'middle'], [RELIABLE, '.80', 'middle'], [0, least < 0 ? 'chance' : '0, chance', least < 0 ? 'middle' : 'start'], [1, '1', 'end']];
  for (const [mark, text, anchor] of marks) {
    vector(ruler, 'line', { class: 'mark', x1: at(mark), x2: at(mark), y1: 22, y2: 38 });
    vector(ruler, 'text', { x: at(mark), y: 54, 'text-anchor': anchor }, text);
  }
  if (least < 0) vector(ruler, 'text', { x: '0', y: 54 }, two(least));
  ruler.setAttribute('aria-label', 'Alpha ' + two(value) + ', interval ' + two(low) + ' to ' + two(high));
}

function drawMeasure(name, found, least) {
  const card = part('[data-measure=' + name + ']');
  card.querySelector('.total').textContent = plural(found.n_pairs, 'pair') + ', ' + plural(found.people.length, 'person').replace('persons', 'people');
  drawHeadline(card, found, least);
  drawRuler(card.querySelector('.ruler'), found.alpha);
  const raw = card.querySelector('.raw');
  raw.replaceChildren();
  if (found.raw.total) raw.append(make('b', {}, percent(found.raw.value)), ' agreed outright, ' + of(found.raw) + ' times that two people said something about the same pair (' + range(found.raw) + ')');
  const { period, points } = found.over_time;
  const shown = points.length > 1;
  card.querySelector('.over-time-head').textContent = shown ? 'Agreed outright, by ' + period : '';
  const chart = card.querySelector('.over-time');
  chart.style.display = shown ? '' : 'none';
  if (shown) drawShares(chart, points.slice(-26).map(({ start, raw: one }) => ({ start, ...one })), { height: 116 });
  chart.setAttribute('aria-label', points.map(({ start, raw: one }) => shortDay(start) + ' ' + percent(one.value)).join(', '));
}

const agreed = (raw) => make('td', { class: 'agreed' }, percent(raw.value) + ' ', make('small', {}, range(raw)));
const coefficient = ({ value, why, n }, least) => (value === null
  ? make('td', { class: 'why' }, n ? nobody(why, n, least) : '–')
  : make('td', {}, make('b', {}, two(value))));

function drawCouples({ decision, pattern, least }) {
  const both = new Map(pattern.couples.map((one) => [one.people.join('\n'), one]));
  part('.couples tbody').replaceChildren(...decision.couples.map((one) => {
    const other = both.get(one.people.join('\n'));
    const rest = other
      ? [make('td', {}, count(other.raw.total)), coefficient(other.kappa, least), agreed(other.raw)]
      : [make('td', {}, '0'), make('td', {}, '–'), make('td', { class: 'agreed' }, '–')];
    return make('tr', {}, make('td', { title: one.people.join(' and ') }, one.people.join(' and ')),
      make('td', {}, count(one.raw.total)), coefficient(one.kappa, least), agreed(one.raw), ...rest);
  }));
}

function drawPeople({ decision, pattern, least }) {
  const patterns = new Map(pattern.people.map((one) => [one.name, one]));
  part('.people tbody').replaceChildren(...decision.people.map((one) => {
    const other = patterns.get(one.name);
    return make('tr', {}, make('td', { title: one.name }, one.name), make('td', {}, count(one.n_pairs)),
      agreed(one.raw), coefficient(one.kappa, least), agreed(one.first), agreed(one.first_of_others),
      other ? agreed(other.raw) : make('td', {}, '–'), other ? coefficient(other.kappa, least) : make('td', {}, '–'));
  }));
}

function drawConfusion({ pattern, names }) {
  const { categories, confusion } = pattern;
  const most = Math.max(1, ...confusion.flat());
  part('.heat thead').replaceChildren(make('tr', {}, make('th'), ...categories.map((slug, k) => make('th', { title: names[slug] }, String(k + 1)))));
  part('.heat tbody').replaceChildren(...categories.map((slug, row) => make('tr', {},
    make('th', { title: names[slug] }, make('i', {}, String(row + 1)), ' ' + names[slug]),
    ...confusion[row].map((n, column) => make('td', {
      '--shade': row === column ? 'var(--studio-accent)' : 'var(--studio-blind)', '--share': n / most, '--some': n ? '8%' : '0%',
      title: names[slug] + (row === column ? '' : ' and ' + names[categories[column]]) + ': ' + count(n),
    }, n ? count(n) : '')))));
  const worst = categories.flatMap((one, row) => categories.slice(row + 1).map((other, k) => ({ one, other, n: confusion[row][row + 1 + k] })))
    .filter(({ n }) => n).sort((a, b) => b.n - a.n)[0];
  part('.worst').textContent = worst ? 'Most often taken for each other: ' + names[worst.one] + ' and ' + names[worst.other] + ', ' + plural(worst.n, 'time') + '.' : '';
}

function drawIntro({ decision, overlap, n_informed: informed }) {
  const any = decision.n_pairs > 0;
  part('.none').hidden = any;
  for (const card of board.querySelectorAll('.card')) card.hidden = !any;
  part('.intro').textContent = any
    ? 'From ' + plural(decision.n_pairs, 'pair') + ' that two people or more accepted or rejected on their own. Skips do not count, rulings change nothing here'
      + (informed ? ', and ' + plural(informed, 'opinion') + ' given with another person’s in view ' + (informed === 1 ? 'is' : 'are') + ' left out.' : '.')
    : '';
  part('.none p').textContent = overlap > 1
    ? 'Every pair goes to ' + overlap + ' people. Their agreement stands here once a pair has had two of them.'
    : 'Each pair goes to one person. An admin can have several annotate each on their own: mmvp queue set --overlap 2.';
}

async function load() {
  try {
    const found = await ask('GET', '/api/agreement');
    drawIntro(found);
    for (const name of ['decision', 'pattern']) drawMeasure(name, found[name], found.least);
    drawCouples(found);
    drawPeople(found);
    drawConfusion(found);
    part('.confusion').hidden = !found.pattern.n_pairs;
    window.__agreement = { done: true, found };
  } catch (error) {
    part('.problem').textContent = error.message;
    part('.problem').hidden = false;
  }
  board.dataset.state = 'ready';
}
load();
