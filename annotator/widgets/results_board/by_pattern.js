// Chosen models by visual pattern: dots with intervals, and the same as a radar.
const RADIUS = 105;

function drawPatternRows(patterns, runs) {
  part('.patterns ol').replaceChildren(...patterns.map(({ slug, name }) => {
    const shares = runs.map((run) => ({ run, share: run.scores.by_pattern[slug].pair })).filter(({ share }) => share.total);
    const n = shares.length ? Math.max(...shares.map(({ share }) => share.total)) : 0;
    return make('li', { 'data-pattern': slug }, make('span', { class: 'name', title: name }, name, make('small', {}, ' ' + plural(n, 'pair'))),
      make('div', { class: 'lanes', '--lanes': Math.max(1, runs.length) }, ...runs.map((run) => lane(run, run.scores.by_pattern[slug].pair))));
  }));
}

function lane(run, share) {
  if (!share.total) return make('div', { class: 'lane' });
  const said = titleOf(run) + ': ' + percent(share.value) + ', ' + range(share) + ', ' + of(share);
  return make('div', { class: 'lane', title: said, '--colour': colourOf(run.run), '--value': hundredth(share.value), '--low': hundredth(share.low), '--high': hundredth(share.high) }, make('s'), make('b'));
}

function drawRadar(patterns, runs) {
  const svg = part('.radar');
  svg.replaceChildren();
  const spoke = (k, share) => {
    const angle = (2 * Math.PI * k) / patterns.length - Math.PI / 2;
    return [Math.cos(angle) * share * RADIUS, Math.sin(angle) * share * RADIUS];
  };
  const path = (values) => values.map((value, k) => (k ? 'L' : 'M') + spoke(k, value).map((one) => one.toFixed(1)).join(' ')).join(' ') + ' Z';
  for (const ring of [0.25, 0.5, 0.75, 1]) vector(svg, 'path', { class: ring === 0.25 ? 'grid chance' : 'grid', d: path(patterns.map(() => ring)) });
  patterns.forEach(({ name }, k) => {
    const [x, y] = spoke(k, 1);
    vector(svg, 'line', { class: 'grid', x1: 0, y1: 0, x2: x, y2: y });
    const [tx, ty] = spoke(k, 1.1);
    const anchor = Math.abs(tx) < 12 ? 'middle' : tx > 0 ? 'start' : 'end';
    vector(svg, 'text', { x: tx, y: ty + 4, 'text-anchor': anchor }, name.split(' ')[0]);
  });
  for (const run of runs) {
    const values = patterns.map(({ slug }) => run.scores.by_pattern[slug].pair.value || 0);
    const shape = vector(svg, 'path', { class: 'shape', d: path(values), style: '--colour: ' + colourOf(run.run) });
    vector(shape, 'title', {}, titleOf(run));
  }
  svg.setAttribute('aria-label', runs.map((run) => titleOf(run) + ': ' + patterns.map(({ slug, name }) => name + ' ' + percent(run.scores.by_pattern[slug].pair.value)).join(', ')).join('; '));
}

function drawPatterns() {
  const runs = chosenRuns();
  const patterns = state.found.patterns.filter(({ slug }) => runs.some((run) => run.scores.by_pattern[slug].pair.total));
  part('.patterns').hidden = !runs.length || !patterns.length;
  drawPatternRows(patterns, runs);
  part('.radar').style.display = patterns.length < 3 ? 'none' : '';
  if (patterns.length >= 3) drawRadar(patterns, runs);
  part('.patterns .key').replaceChildren(...runs.map((run) => make('span', {}, swatch(run.run), titleOf(run))));
}
