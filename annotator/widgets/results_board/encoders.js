// Encoders on the same questions: a heat map beside the paper's ten, and how one goes with the models.
const PLOT = { left: 46, top: 12, side: 236 };
let encoderBoard = null;

const shadeOf = (value) => 'color-mix(in srgb, var(--studio-accent) ' + Math.round(8 + 80 * value) + '%, var(--studio-surface))';

function heatCell(share, own) {
  if (!share || share.value === null) return make('td', { class: 'empty' }, '–');
  const said = share.total ? percent(share.value) + ', ' + range(share) + ', ' + of(share) : percent(share.value);
  const shade = shadeOf(own ? share.value : 0.45 * share.value);
  return make('td', { title: said, '--shade': shade, class: own && share.value > 0.55 ? 'deep' : '' }, (100 * share.value).toFixed(1));
}

function meanOf(shares) {
  const values = shares.filter((one) => one && one.value !== null).map((one) => one.value);
  return values.length ? { value: values.reduce((sum, one) => sum + one, 0) / values.length } : null;
}

function encoderRow(one, patterns, own) {
  const shares = patterns.map(({ slug }) => own ? one.by_pattern[slug] : slug in one.by_pattern ? { value: one.by_pattern[slug] } : null);
  const facts = [count(one.image_size) + ' px', one.parameters_millions.toLocaleString('en') + ' M parameters'];
  if (own && one.unseen) facts.push(plural(one.unseen, 'pair') + ' new or reworded since');
  const name = make('th', { scope: 'row', title: own ? one.spec : one.source }, make('b', {}, own ? one.spec : one.model), make('small', {}, facts.join(' · ')));
  return make('tr', { class: own ? 'own' : 'published', 'data-encoder': own ? one.spec : one.model }, name, ...shares.map((share) => heatCell(share, own)), heatCell(own ? meanOf(shares) : { value: one.average }, own));
}

function drawHeat() {
  const { patterns, encoders, published } = encoderBoard;
  const used = patterns.filter(({ slug }) => encoders.some((one) => one.by_pattern[slug]));
  const words = (name) => make('th', { scope: 'col', title: name }, make('span', {}, name));
  part('.encoders thead').replaceChildren(make('tr', {}, make('th', { scope: 'col' }, 'Pair accuracy, %'), ...used.map(({ name }) => words(name)), words('Mean')));
  part('.encoders tbody').replaceChildren(...encoders.map((one) => encoderRow(one, used, true)),
    ...(part('[name=paper]').checked ? published.map((one) => encoderRow(one, used, false)) : []));
}

function drawPlot(encoder, several) {
  const svg = part('.encoders .plot');
  svg.replaceChildren();
  const { left, top, side } = PLOT;
  const [x, y] = [(value) => left + side * value, (value) => top + side * (1 - value)];
  for (const tick of [0, 0.25, 0.5, 0.75, 1]) {
    vector(svg, 'line', { class: 'grid', x1: x(0), x2: x(1), y1: y(tick), y2: y(tick) });
    vector(svg, 'line', { class: 'grid', x1: x(tick), x2: x(tick), y1: y(0), y2: y(1) });
    vector(svg, 'text', { x: x(tick), y: y(0) + 16, 'text-anchor': 'middle' }, String(100 * tick));
    vector(svg, 'text', { x: x(0) - 7, y: y(tick) + 4, 'text-anchor': 'end' }, String(100 * tick));
  }
  vector(svg, 'text', { x: x(0.5), y: y(0) + 34, 'text-anchor': 'middle' }, 'encoder, %');
  vector(svg, 'text', { x: 12, y: y(0.5), 'text-anchor': 'middle', transform: 'rotate(-90 12 ' + y(0.5) + ')' }, 'model, %');
  for (const run of chosenRuns()) {
    for (const { slug, name } of encoderBoard.patterns) {
      const [across, up] = [encoder.by_pattern[slug], run.scores.by_pattern[slug] && run.scores.by_pattern[slug].pair];
      if (!across || !up || across.value === null || up.value === null) continue;
      const dot = vector(svg, 'circle', { cx: x(across.value), cy: y(up.value), r: 5, style: '--colour: ' + colourOf(run.run) });
      vector(dot, 'title', {}, name + ': ' + encoder.spec + ' ' + percent(across.value) + ', ' + titleOf(run) + ' ' + percent(up.value));
    }
  }
  svg.setAttribute('aria-label', several.map((one) => one.mllm + ': ' + coefficient(one)).join('; '));
}

function coefficient(one) {
  if (!one.pearson) return 'r undefined: the same accuracy in every pattern';
  const { value, low, high, p_value: p } = one.pearson;
  const said = (number) => number.toFixed(2).replace('-', '−');
  const between = low === null ? '' : ' (' + said(low) + ' to ' + said(high) + ')';
  return 'r = ' + said(value) + between + ', p ' + (p < 0.001 ? '< 0.001' : '= ' + p.toFixed(3));
}

function drawTogether() {
  const { encoders, correlations, paper } = encoderBoard;
  const select = part('[name=encoder]');
  const encoder = encoders.find((one) => one.spec === select.value) || encoders[0];
  const titles = new Set(chosenRuns().map((run) => run.model + (run.label ? ' (' + run.label + ')' : '')));
  const several = correlations.filter((one) => one.vlm === encoder.spec && titles.has(one.mllm));
  part('.together').hidden = !several.length;
  if (!several.length) return;
  drawPlot(encoder, several);
  const swatchFor = (title) => swatch(chosenRuns().find((run) => run.model + (run.label ? ' (' + run.label + ')' : '') === title).run);
  part('.together ol').replaceChildren(...several.map((one) => make('li', { 'data-model': one.mllm }, swatchFor(one.mllm), make('span', {}, make('b', {}, one.mllm), make('small', {}, coefficient(one))))));
  const n = several[0].patterns.length;
  part('.together .why').textContent = n + ' patterns are ' + n + ' points: where nothing goes together, r is beyond ±' + several[0].by_chance.toFixed(2) + ' once in twenty times. '
    + 'The paper reports r above ' + paper[0].pearson_above + ' between CLIP and ' + paper.map((one) => one.model).join(' and ') + '.';
}

async function drawEncoders() {
  encoderBoard = await ask('GET', API + '/encoders?grader=' + encodeURIComponent(state.grader));
  const { encoders, problems } = encoderBoard;
  part('.encoders .blank').hidden = encoders.length > 0;
  part('.encoders .some').hidden = !encoders.length;
  for (const node of board.querySelectorAll('[name=figure] .of-encoders')) node.hidden = !encoders.length;
  part('.encoders .total').textContent = encoders.length ? 'does each text pick its image? chance ' + percent(encoderBoard.chance) : '';
  if (problems.length) fail(new Error(problems.join(' ')));
  if (encoders.length) {
    const before = part('[name=encoder]').value;
    part('[name=encoder]').replaceChildren(...encoders.map((one) => make('option', { value: one.spec }, one.spec)));
    if (encoders.some((one) => one.spec === before)) part('[name=encoder]').value = before;
    drawHeat();
    drawTogether();
  }
  window.__encoders = { done: true, found: encoderBoard };
}

part('[name=paper]').addEventListener('change', drawHeat);
part('[name=encoder]').addEventListener('change', drawTogether);
