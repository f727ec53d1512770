// Version against version: the benchmark as the models were asked it, and as it is now.
function drawVersions() {
  const runs = state.found.runs.filter((run) => run.scores && run.scores.before);
  part('.versions').hidden = !runs.length;
  part('.versions .total').textContent = plural(runs.length, 'run');
  const cell = (share) => make('td', {}, make('b', {}, percent(share.value)), ' ', make('small', {}, 'n = ' + count(share.total)));
  part('.versions tbody').replaceChildren(...runs.map((run) => {
    const { before, pair, single, stale, corrected, gone } = run.scores;
    return make('tr', { 'data-run': run.run }, make('td', { title: titleOf(run) }, run.model, run.label ? make('small', {}, ' ' + run.label) : null),
      cell(before.pair), cell(pair), cell(before.single), cell(single),
      make('td', { title: stale.join(', ') }, count(stale.length)), make('td', { title: corrected.join(', ') }, count(corrected.length)), make('td', { title: gone.join(', ') }, count(gone.length)));
  }));
}
