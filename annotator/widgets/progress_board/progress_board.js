// Numbers to pictures; `window.__progress` is what tests wait for.
const board = element.querySelector('.board');
const part = (selector) => board.querySelector(selector);

function drawGoal({ complete, target, waiting, n_pairs: nPairs, open }) {
  const share = target ? Math.min(1, complete / target) : 0;
  const percent = complete && share < 0.01 ? '<1' : String(Math.floor(share * 100));
  part('.percent').textContent = percent + ' %';
  part('.arc').style.strokeDasharray = share * 100 + ' 100';
  part('.arc').classList.toggle('none', !complete);
  const words = complete + ' of ' + target + ' pairs complete';
  part('.goal svg').setAttribute('aria-label', words);
  part('.big').replaceChildren(make('b', {}, count(complete)), ' of ' + count(target) + ' pairs complete');
  part('.next').replaceChildren(...whatNext(complete, target, waiting, nPairs, open));
}

function whatNext(complete, target, waiting, nPairs, open) {
  const link = (href, text) => make('a', { href }, text);
  if (!nPairs) return ['No pair has been mined yet. Run mmvp mine, then load this page again.'];
  if (complete >= target) return ['The target is reached. ', link('/export', 'Export the benchmark')];
  if (waiting) return [plural(waiting, 'accepted pair') + (waiting === 1 ? ' waits for its' : ' wait for their') + ' question. ', link('/', 'Go on')];
  if (open) return [plural(open, 'pair') + ' in the queue. ', link('/', complete ? 'Go on' : 'Start reviewing')];
  return ['Every pair is decided. Looser thresholds give more: mmvp mine.'];
}

function drawStates({ states, n_pairs: nPairs, n_images: nImages, run }) {
  const colour = (state) => 'var(--state-' + state + ')';
  part('.states .total').textContent = plural(nPairs, 'pair') + ' from ' + plural(nImages, 'image');
  part('.stack').replaceChildren(...states.filter(({ n }) => n).map(({ state, n }) => make('i', { '--n': n, '--colour': colour(state) })));
  part('.states ul').replaceChildren(...states.map(({ state, n }) =>
    make('li', { 'data-state': state }, make('b', {}, count(n)), make('span', { '--colour': colour(state) }, state))));
  part('.run').textContent = run
    ? 'Mined where the cosine is over ' + run.blind_min + ' for ' + run.blind + ' (blind) and under ' + run.reference_max + ' for ' + run.reference + ' (reference).'
    : '';
}

function drawPatterns({ patterns, even }) {
  part('.patterns .total').textContent = 'complete pairs; the mark is an even share of ' + even;
  const most = Math.max(even * 1.25, ...patterns.map(({ n }) => n));
  part('.patterns ol').replaceChildren(...patterns.map(({ slug, name, n }) => {
    const bar = make('div', { class: 'bar', '--share': n / most, '--even': even / most }, make('i'), make('u'));
    const kind = n === 0 ? 'none' : n >= even ? 'done' : '';
    return make('li', { class: kind, 'data-pattern': slug },
      make('span', { class: 'name', title: name }, name), bar, make('span', { class: 'n' }, count(n)));
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
