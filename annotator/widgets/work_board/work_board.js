// Pace, people and disagreement from /api/progress; `window.__work` is what tests wait for.
const board = element.querySelector('.board');
const part = (selector) => board.querySelector(selector);
window.__work = { done: 0 };

const rate = (value) => (value === null ? '–' : value >= 10 ? count(Math.round(value)) : value.toFixed(1));

function duration(seconds) {
  if (seconds === null) return '–';
  if (seconds < 60) return (seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)) + ' s';
  const [whole, names] = seconds < 3599.5 ? [Math.round(seconds), [' min', ' s']] : [Math.round(seconds / 60), [' h', ' min']];
  const left = whole % 60;
  return Math.floor(whole / 60) + names[0] + (left ? ' ' + left + names[1] : '');
}

function fact(name, value, unit, text) {
  return make('li', { 'data-fact': name }, make('b', {}, value, unit ? make('small', {}, unit) : null), make('span', {}, text));
}

function drawPace({ pace, per_day: perDay }) {
  const recent = pace.last_days.decided > 0 && pace.last_days.hours > 0;
  const now = recent ? pace.last_days : pace.all;
  const { seconds } = pace;
  part('.pace').hidden = !perDay.length;
  part('.pace .total').textContent = recent ? 'the last ' + now.n_days + ' days' : 'all days with work';
  const days = Math.max(1, now.n_days);
  part('.facts').replaceChildren(
    fact('decided', rate(now.decided / days), 'a day', plural(now.decided, 'pair') + ' decided, ' + count(now.completed) + ' completed'),
    fact('per-hour', rate(now.decided_per_hour), 'an hour', 'decided in ' + duration(now.hours * 3600) + ' of work, all people together'),
    fact('completed-per-hour', rate(now.completed_per_hour), 'an hour', 'completed with a question'),
    fact('per-pair', duration(seconds.pair), '', 'for a pair (median of ' + count(seconds.n) + '): ' + duration(seconds.rejected) + ' to reject, ' + duration(seconds.written) + ' to accept and write'));
  part('.how').textContent = 'Where the browser did not measure it, time runs from a person’s step before to this one, ' + duration(pace.most_seconds) + ' at most: pauses are not work.';
}

function drawPeople({ people, n_people: n }) {
  part('.people').hidden = !people.length;
  const period = people.length ? people[0].period : 'day';
  part('.people .total').textContent = plural(n, 'person').replace('persons', 'people') + '; how often they accept, by ' + period;
  part('.drift-head').textContent = 'By ' + period;
  const starts = [...new Set(people.flatMap((one) => one.over_time.map(({ start }) => start)))].sort().slice(-20);
  part('.people tbody').replaceChildren(...people.map((one) => {
    const drift = document.createElementNS(SVG, 'svg');
    for (const [key, value] of Object.entries({ class: 'drift', role: 'img', width: '100%', height: 34 })) drift.setAttribute(key, value);
    const known = new Map(one.over_time.map((point) => [point.start, point]));
    const points = starts.map((start) => known.get(start) || { start, value: null });
    drawShares(drift, points, { height: 34, labels: false });
    drift.setAttribute('aria-label', one.over_time.map(({ start, value }) => shortDay(start) + ' ' + percent(value)).join(', '));
    const share = one.share.value || 0;
    return make('tr', { 'data-person': one.name },
      make('td', { title: one.name }, one.name), make('td', {}, count(one.share.n)),
      make('td', { class: 'share' }, make('div', {}, make('u', {}, make('i', { '--value': share })), make('small', {}, Math.round(share * 100) + ' %'))),
      make('td', {}, duration(one.hours * 3600)), make('td', {}, duration(one.seconds)),
      make('td', {}, percent(one.accepted.value) + ' ', make('small', {}, range(one.accepted))),
      make('td', {}, drift));
  }));
  part('.people .note').textContent = n > people.length ? 'Yours; reviewers see everybody’s.' : '';
}

function drawTrouble({ trouble }) {
  const hot = trouble.n_disputed + trouble.n_contested + trouble.n_overturned;
  part('.trouble').hidden = !trouble.n_pairs;
  part('.trouble .total').textContent = hot
    ? [[trouble.n_disputed, 'disputed'], [trouble.n_contested, 'contested by blind answers'], [trouble.n_overturned, 'rejected after being accepted']]
      .filter(([n]) => n).map(([n, word]) => count(n) + ' ' + word).join(', ') + '; settled ones included'
    : '';
  part('.columns').hidden = !hot;
  for (const column of board.querySelectorAll('.columns > div')) {
    const groups = trouble[column.dataset.by];
    column.hidden = !groups.length;
    column.querySelector('ol').replaceChildren(...groups.map((one) => make('li', { 'data-key': one.key },
      make('span', { class: one.n ? 'name' : 'name quiet', title: one.name }, one.name), make('span', { class: 'n' }, of(one)),
      make('div', { class: 'bar', title: percent(one.value) + ', 95 % interval ' + range(one), '--value': one.value, '--low': one.low, '--high': one.high }, make('i'), make('u')))));
  }
  part('.trouble .note').textContent = hot
    ? 'The line is the 95 % interval; the surest come first. A pair counts under each pattern it was given and each label its images have.'
    : 'Nobody disagreed about any of the ' + plural(trouble.n_pairs, 'decided pair') + ' yet.';
}

async function load() {
  try {
    const found = await ask('GET', '/api/progress');
    drawPace(found);
    drawPeople(found);
    drawTrouble(found);
    part('.problem').hidden = true;
    window.__work = { done: window.__work.done + 1, found };
  } catch (error) {
    part('.problem').textContent = error.message;
    part('.problem').hidden = false;
  }
  board.dataset.state = 'ready';
}
document.addEventListener('click', (event) => { if (event.target.closest('#refresh')) load(); });
(window.requestIdleCallback || setTimeout)(() => load()); // the board and charts above come first
