// One model minus another on the pairs that both answered: paired bootstrap and McNemar.
const pValue = (p) => (p < 0.001 ? 'p < 0.001' : 'p = ' + p.toFixed(3));

function fillVersus() {
  const form = part('.versus form');
  const runs = state.found.runs.filter((run) => run.scores);
  part('.versus').hidden = runs.length < 2;
  for (const [place, name] of ['first', 'second'].entries()) {
    const select = form[name];
    const before = select.value;
    select.replaceChildren(...runs.map((run) => make('option', { value: run.run }, titleOf(run))));
    select.value = runs.some((run) => run.run === before) ? before : (runs[place] || { run: '' }).run;
  }
}

function differenceRow(name, found) {
  const at = (points) => ((points + 1) / 2) * 100 + '%';
  const p = (value) => signed(value * 100);
  return make('div', { class: 'difference', 'data-count': name },
    make('span', {}, name === 'pair' ? 'Pair accuracy' : 'Single accuracy'),
    make('b', {}, p(found.value) + ' points'),
    make('div', { class: 'ruler', '--value': at(found.value), '--low': at(found.low), '--high': at(found.high) }, make('u'), make('s'), make('b')),
    make('small', {}, '95 % from ' + p(found.low) + ' to ' + p(found.high) + ', McNemar ' + pValue(found.p_value)));
}

function alone(found, first, second) {
  const rest = found.total - found.only_first - found.only_second;
  const piece = (n, kind, words) => (n ? make('i', { class: kind, '--share': n, title: words + ': ' + count(n) }, count(n)) : null);
  return make('div', { class: 'alone' },
    make('div', { class: 'stack' }, piece(found.only_first, 'first', 'only ' + first), piece(rest, 'rest', 'both or neither'), piece(found.only_second, 'second', 'only ' + second)),
    make('small', {}, 'Right alone: ' + first + ' ' + plural(found.only_first, 'time') + ', ' + second + ' ' + plural(found.only_second, 'time') + '; the other ' + plural(rest, 'pair') + ' both get right or both miss.'));
}

async function drawVersus() {
  const form = part('.versus form');
  const [first, second] = [form.first.value, form.second.value];
  const told = part('.versus .told');
  if (!first || !second || part('.versus').hidden) return;
  if (first === second) {
    told.replaceChildren(make('p', {}, 'Choose two different runs.'));
    return;
  }
  const query = new URLSearchParams({ first, second, grader: state.grader });
  const found = await ask('GET', API + '/compare?' + query);
  if (form.first.value !== first || form.second.value !== second) return;
  if (!found.pair) {
    told.replaceChildren(make('p', {}, 'They have no answered pair in common.'));
  } else {
    const verdict = found.pair.p_value < 0.05 ? 'a difference that chance alone seldom makes' : 'no more than chance may make';
    told.replaceChildren(differenceRow('pair', found.pair), differenceRow('single', found.single),
      alone(found.pair, titleOf(runOf(first)), titleOf(runOf(second))), make('p', {}, 'On ' + plural(found.pair.total, 'pair') + ' that both answered: by the exact test ' + verdict + '.'));
  }
  window.__versus = { done: true, found };
}

part('.versus form').addEventListener('change', () => drawVersus().catch(fail));
part('.versus form').addEventListener('submit', (event) => event.preventDefault());
