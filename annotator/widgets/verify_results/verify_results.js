// Shares with their intervals, drawn from /api/verify/results; `window.__results` is what tests wait for.
const board = element.querySelector('.board');
const part = (selector) => board.querySelector(selector);
window.__results = { done: false };

// The paper's line and ours with its interval on one axis from half right, which is chance, to all.
function drawRuler(share, published) {
  const ruler = part('.ruler');
  ruler.replaceChildren();
  const least = share.low !== null && share.low < 0.5 ? 0 : 0.5;
  const at = (value) => ((value - least) / (1 - least)) * 100 + '%';
  vector(ruler, 'line', { class: 'line', x1: '0', x2: '100%', y1: 36, y2: 36 });
  if (share.low !== null) {
    vector(ruler, 'line', { class: 'range', x1: at(share.low), x2: at(share.high), y1: 36, y2: 36 });
    vector(ruler, 'circle', { class: 'dot', cx: at(share.value), cy: 36, r: 8 });
  }
  vector(ruler, 'line', { class: 'paper', x1: at(published.accuracy), x2: at(published.accuracy), y1: 18, y2: 52 });
  vector(ruler, 'text', { class: 'paper-text', x: at(published.accuracy), y: 12, 'text-anchor': 'end' }, 'humans in the paper ' + percent(published.accuracy));
  vector(ruler, 'text', { x: '0', y: 60 }, percent(least));
  vector(ruler, 'text', { x: '100%', y: 60, 'text-anchor': 'end' }, '100 %');
  ruler.setAttribute('aria-label', 'Pairs with both answers right: ' + percent(share.value) + ', interval ' + range(share) + '; the paper reports ' + percent(published.accuracy) + '.');
}

function fact(value, text, href) {
  return make('li', {}, make('b', {}, href ? make('a', { href }, value) : value), make('span', {}, text));
}

function drawTotal({ total, published, states, disputed }) {
  part('.value').textContent = percent(total.pair.value);
  part('.what').textContent = total.pair.total
    ? 'human accuracy: both images of a pair right, ' + of(total.pair) + (total.pair.total === 1 ? ' time' : ' times') + ' that somebody answered both; 95 % interval ' + range(total.pair)
    : 'human accuracy counts pairs of which one person answered both images; there is none yet.';
  part('.ruler').parentElement.title = published.source;
  drawRuler(total.pair, published);
  part('.facts').replaceChildren(
    fact(percent(total.single.value), 'single answers right, ' + of(total.single)),
    fact(count(total.cannot_tell), 'cannot tell'),
    fact(count(total.bad_question), 'question is bad'),
    fact(count(states.final), 'pairs final'),
    fact(count(states.complete), 'wait for answers'),
    fact(count(disputed), 'to adjudicate', disputed ? '/adjudicate' : ''));
}

function drawPatterns({ patterns, published }) {
  part('.patterns ol').replaceChildren(...patterns.map(({ slug, name, single }) => make('li', { 'data-pattern': slug },
    make('span', { class: 'name', title: name }, name),
    make('div', { class: 'bar', '--value': single.value, '--low': single.low, '--high': single.high, '--paper': published.accuracy }, make('i'), make('s'), make('u')),
    make('span', { class: 'n' }, make('b', {}, percent(single.value)), ' ', make('small', {}, range(single) + ', n = ' + count(single.total))))));
}

function drawPeople({ people }) {
  part('.people tbody').replaceChildren(...people.map((one) => make('tr', {},
    make('td', {}, one.name), make('td', {}, count(one.single.total)),
    make('td', {}, make('b', {}, percent(one.single.value)), ' ', make('small', {}, range(one.single))),
    make('td', {}, one.pair.total ? percent(one.pair.value) + ' ' : '–', one.pair.total ? make('small', {}, range(one.pair) + ', n = ' + one.pair.total) : null),
    make('td', {}, count(one.cannot_tell)), make('td', {}, count(one.bad_question)),
    make('td', {}, one.seconds.toFixed(1) + ' s'))));
}

function drawMissed({ missed }) {
  part('.missed').hidden = !missed.length;
  part('.missed ul').replaceChildren(...missed.map((one) => make('li', {},
    make('a', { href: '/adjudicate?pair=' + one.pair_id },
      ...one.images.map((src) => make('img', { src, alt: '', loading: 'lazy' })),
      make('div', {}, make('span', {}, one.question),
        make('small', {}, 'Pair ' + one.pair_id + ' · ' + one.state + ' · right ' + of(one.by_image.first) + ' and ' + of(one.by_image.second)))))));
}

function drawPolicy({ policy }, mayChange) {
  const form = part('.policy');
  form.enabled.checked = policy.enabled;
  form.answers.value = policy.answers;
  form.agreements.value = policy.agreements;
  form.querySelector('fieldset').disabled = !mayChange;
  form.querySelector('button').hidden = !mayChange;
  part('.admins').hidden = mayChange;
  form.querySelector('header .total').textContent = policy.enabled ? 'on' : 'off: all complete pairs are exported';
}

async function load() {
  try {
    const [found, me] = await Promise.all([ask('GET', '/api/verify/results'), ask('GET', '/api/me')]);
    const any = found.total.single.total > 0;
    part('.none').hidden = any;
    for (const name of ['.patterns', '.people', '.missed', '.questions']) part(name).hidden = !any;
    drawTotal(found);
    drawPatterns(found);
    drawPeople(found);
    if (any) drawMissed(found);
    if (any) await loadQuestions();
    drawPolicy(found, me.role === 'admin');
    window.__results = { done: true, total: found.total };
  } catch (error) {
    part('.problem').textContent = error.message;
    part('.problem').hidden = false;
  }
  board.dataset.state = 'ready';
}

part('.policy').addEventListener('submit', async (event) => {
  event.preventDefault();
  const form = event.currentTarget;
  const told = part('.told');
  try {
    const kept = await ask('PUT', '/api/verify/policy', { enabled: form.enabled.checked, answers: Number(form.answers.value), agreements: Number(form.agreements.value) });
    await load();
    told.textContent = 'Saved.' + (kept.n_pairs_changed ? ' ' + plural(kept.n_pairs_changed, 'pair') + ' moved.' : '');
  } catch (error) { told.textContent = error.message; }
});
document.addEventListener('verify:view', (event) => { if (event.detail.view === 'results') load(); });
