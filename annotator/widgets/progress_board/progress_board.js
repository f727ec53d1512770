// Numbers to pictures; `window.__progress` is what tests wait for.
const board = element.querySelector('.board');
const part = (selector) => board.querySelector(selector);

function drawGoal(value) {
  const { complete, target, waiting, n_pairs: nPairs, open } = value;
  const share = target ? Math.min(1, complete / target) : 0;
  const percent = complete && share < 0.01 ? '<1' : String(Math.floor(share * 100));
  part('.percent').textContent = percent + ' %';
  part('.arc').style.strokeDasharray = share * 100 + ' 100';
  part('.arc').classList.toggle('none', !complete);
  const words = complete + ' of ' + target + ' pairs complete';
  part('.goal svg').setAttribute('aria-label', words);
  part('.big').replaceChildren(make('b', {}, count(complete)), ' of ' + count(target) + ' pairs complete');
  part('.forecast').textContent = whenReached(value);
  part('.next').replaceChildren(...whatNext(complete, target, waiting, nPairs, open));
}

const dayText = (iso) => new Date(iso + 'T12:00').toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: new Date().getFullYear() === Number(iso.slice(0, 4)) ? undefined : 'numeric' });

// Said only as surely as it is known: too little to go by is said, too.
function whenReached({ forecast: f, complete, target }) {
  if (complete >= target || !f.n_completed) return '';
  const done = plural(f.n_completed, 'pair') + ' completed in ' + plural(f.n_days, 'day');
  if (f.per_day === null) return 'Too little for a forecast: ' + done + '.';
  const short = f.in_queue !== null && f.in_queue < f.n_missing
    ? ' But at the yield so far the queue holds only about ' + count(f.in_queue) + ' of the ' + count(f.n_missing) + ' that are missing: mine more.' : '';
  if (!f.day) return 'At the pace of the last days (' + done + ') it would take more than ten years.' + short;
  const between = f.latest ? dayText(f.earliest) + ' to ' + dayText(f.latest) : dayText(f.earliest) + ' or much later';
  return 'At the pace of the last days (' + done + ') the target is reached around ' + dayText(f.day) + ', likely ' + between + '.' + short;
}

function whatNext(complete, target, waiting, nPairs, open) {
  const link = (href, text) => make('a', { href }, text);
  if (!nPairs) return ['No pair has been mined yet. Run mmvp mine, then load this page again.'];
  if (complete >= target) return ['The target is reached. ', link('/export', 'Export the benchmark')];
  if (waiting) return [plural(waiting, 'accepted pair') + (waiting === 1 ? ' waits for its' : ' wait for their') + ' question. ', link('/', 'Go on')];
  if (open) return [plural(open, 'pair') + ' in the queue. ', link('/', complete ? 'Go on' : 'Start reviewing')];
  return ['Every pair is decided. Looser thresholds give more: mmvp mine.'];
}

function drawStates({ states, overlap, n_pairs: nPairs, n_images: nImages, run }) {
  const colour = (state) => 'var(--state-' + state + ')';
  const each = overlap > 1 ? '; ' + overlap + ' annotations each' : '';
  part('.states .total').textContent = plural(nPairs, 'pair') + ' from ' + plural(nImages, 'image') + each;
  part('.stack').replaceChildren(...states.filter(({ n }) => n).map(({ state, n }) => make('i', { '--n': n, '--colour': colour(state) })));
  part('.states ul').replaceChildren(...states.map(({ state, n }) =>
    make('li', { 'data-state': state }, make('b', {}, count(n)), make('span', { '--colour': colour(state) }, state))));
  part('.run').textContent = run
    ? 'Mined where the cosine is over ' + run.blind_min + ' for ' + run.blind + ' (blind) and under ' + run.reference_max + ' for ' + run.reference + ' (reference).'
    : '';
}

// A pattern is measured by its quota, and without one by an even share of the target.
function drawPatterns({ patterns, even }) {
  const wanted = ({ quota }) => quota ?? even;
  const quotas = patterns.filter(({ quota }) => quota !== null);
  const full = quotas.filter(({ n, quota }) => n >= quota).length;
  part('.patterns .total').textContent = quotas.length
    ? 'complete pairs; the mark is the quota; ' + full + ' of ' + quotas.length + ' full'
    : 'complete pairs; the mark is an even share of ' + even;
  const most = Math.max(...patterns.map(wanted)) * 1.25;
  const scale = Math.max(most, ...patterns.map(({ n }) => n));
  part('.patterns ol').replaceChildren(...patterns.map((pattern) => {
    const { slug, name, n, quota } = pattern;
    const bar = make('div', { class: 'bar', '--share': n / scale, '--even': wanted(pattern) / scale }, make('i'), make('u'));
    const kind = n >= wanted(pattern) ? 'done' : n === 0 ? 'none' : '';
    const words = quota === null ? count(n) : count(n) + ' of ' + count(quota);
    return make('li', { class: kind, 'data-pattern': slug },
      make('span', { class: 'name', title: name }, name), bar, make('span', { class: 'n' }, words));
  }));
}

function draw() {
  const value = props.value;
  if (!value) return;
  drawGoal(value);
  drawStates(value);
  drawPatterns(value);
  board.dataset.state = 'ready';
  window.__progress = { done: true, complete: value.complete };
}

watch('value', draw);
draw();
