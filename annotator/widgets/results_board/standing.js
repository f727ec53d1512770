// The leaderboard: a bar with its Wilson interval for each run, the published numbers in between.
function drawScale({ chance, human }) {
  const line = (value, words) => make('span', { class: 'mark', '--at': hundredth(value) }, words + ' ' + percent(value));
  part('.scale').replaceChildren(line(chance, 'chance'), line(human, 'humans'));
  board.style.setProperty('--chance', hundredth(chance));
  board.style.setProperty('--human', hundredth(human));
}

// How the same answers score under every grader: one tick each.
function graderTicks(run) {
  return Object.entries(run.by_grader).filter(([, one]) => one.pair.value !== null).map(([name, one]) => make('u', {
    '--at': hundredth(one.pair.value), class: name === state.grader ? 'current' : '',
    title: name + ': ' + percent(one.pair.value) + ', ' + count(one.ungradable.n) + ' ungradable',
  }));
}

function moves(run) {
  const values = Object.values(run.by_grader).map((one) => one.pair.value).filter((value) => value !== null);
  if (!values.length) return '–';
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) => (value * 100).toFixed(1));
  return least === most ? 'the same under all' : least + '–' + most + ' % by grader';
}

function bar(share, extra) {
  return make('div', { class: 'bar', '--value': hundredth(share.value || 0), '--low': hundredth(share.low || 0), '--high': hundredth(share.high || 0) },
    make('b', { class: 'fill' }), share.low === null || share.low === undefined ? null : make('s'), ...extra);
}

function factsOf(run) {
  const { scores } = run;
  const facts = [];
  facts.push(make('span', { title: 'each image by itself, interval ' + range(scores.single) }, 'single ' + percent(scores.single.value)));
  facts.push(make('span', { title: 'half of the key is (a); both images got (a) in ' + of(scores.always_a) + ' pairs, (b) in ' + count(scores.always_b.n) }, 'said (a) ' + percent(scores.said_a.value)));
  if (scores.ungradable.n) facts.push(make('span', { class: 'warn' }, count(scores.ungradable.n) + ' ungradable'));
  if (scores.by_hand) facts.push(make('span', {}, count(scores.by_hand) + ' graded by hand'));
  const missing = scores.unanswered - scores.stale.length;
  if (missing) facts.push(make('span', { class: 'warn', title: 'pairs of the benchmark without answers to both images; they are left out' }, plural(missing, 'pair') + ' unanswered'));
  if (scores.stale.length) facts.push(make('span', { class: 'warn', title: 'the question was reworded since' }, plural(scores.stale.length, 'pair') + ' asked in other words'));
  if (scores.repeats.length > 1) facts.push(make('span', { title: 'pair accuracy of each repeat' }, 'repeats ' + scores.repeats.map((one) => percent(one.value)).join(', ')));
  facts.push(make('span', { class: 'moves', title: 'pair accuracy of the same answers under the six graders' }, moves(run)));
  return facts;
}

function runRow(run) {
  const { scores } = run;
  const box = make('input', { type: 'checkbox', 'aria-label': 'Choose ' + titleOf(run), checked: state.chosen.includes(run.run) });
  box.addEventListener('change', () => choose(run.run, box.checked));
  const name = make('label', { class: 'name', title: titleOf(run) + '; ' + run.source }, box, swatch(run.run),
    make('span', {}, make('b', {}, run.model), run.label ? make('small', {}, run.label) : null));
  const row = make('li', { 'data-run': run.run, class: state.chosen.includes(run.run) ? 'chosen' : '' }, name);
  if (!scores) {
    row.append(make('p', { class: 'unscored' }, 'no judge was asked about these answers'));
    return row;
  }
  if (!scores.pair.total) {
    row.append(make('p', { class: 'unscored' }, 'no pair of the benchmark as it is now is answered'), make('p', { class: 'facts' }, ...factsOf(run)));
    return row;
  }
  row.append(bar(scores.pair, graderTicks(run)),
    make('span', { class: 'value' }, make('b', {}, percent(scores.pair.value)), make('small', {}, range(scores.pair) + ', ' + of(scores.pair))),
    make('p', { class: 'facts' }, ...factsOf(run)));
  return row;
}

function publishedRow(one) {
  return make('li', { class: 'published', title: one.source },
    make('span', { class: 'name' }, make('span', {}, make('b', {}, one.model), make('small', {}, 'published'))),
    bar({ value: one.pair_accuracy, low: null }, []), make('span', { class: 'value' }, make('b', {}, percent(one.pair_accuracy))));
}

function peopleRow(share) {
  return make('li', { class: 'published people', title: 'blind answers of people who answered both images of a pair' },
    make('span', { class: 'name' }, make('span', {}, make('b', {}, 'People'), make('small', {}, 'answering blind, here'))),
    bar(share, []), make('span', { class: 'value' }, make('b', {}, percent(share.value)), make('small', {}, range(share) + ', ' + of(share))));
}

function drawStanding() {
  const { found } = state;
  drawScale(found);
  const rows = found.runs.map((run) => ({ value: run.scores && run.scores.pair.value !== null ? run.scores.pair.value : -1, node: runRow(run) }));
  if (part('[name=published]').checked) rows.push(...found.published.map((one) => ({ value: one.pair_accuracy, node: publishedRow(one) })));
  if (found.people.total) rows.push({ value: found.people.value, node: peopleRow(found.people) });
  rows.sort((a, b) => b.value - a.value);
  part('.standing .rows').replaceChildren(...rows.map(({ node }) => node));
  part('.standing .total').textContent = plural(found.n_pairs, 'pair') + ', both images right; guessing gets 25 %';
  part('.standing .legend').textContent = 'Bars: share of pairs with its 95 % Wilson interval. Ticks under a bar: the same answers under the other graders. Published numbers are for MMVP itself, not for this benchmark.';
  const select = part('[name=grader]');
  select.replaceChildren(...found.graders.map(({ name }) => make('option', { value: name }, name)));
  select.value = found.grader;
  part('.standing .about').textContent = (found.graders.find(({ name }) => name === found.grader) || { about: '' }).about;
  for (const link of board.querySelectorAll('[data-form]')) link.href = API + '/table.' + link.dataset.form + '?grader=' + encodeURIComponent(found.grader);
}
