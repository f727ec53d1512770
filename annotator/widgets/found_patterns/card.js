// One found pattern: its words to change, what it becomes, how sure its pairs are, and the surest.
function card(one, changed) {
  const row = plan.rows.get(one.slug);
  const name = make('input', { class: 'fp-name', maxlength: 80, 'aria-label': 'Name', autocomplete: 'off' });
  const definition = make('textarea', { class: 'fp-definition', maxlength: 400, rows: 2, 'aria-label': 'Definition' });
  const taken = make('input', { type: 'checkbox', 'aria-label': 'Take over ' + one.name });
  const becomes = make('select', { 'aria-label': 'Becomes' });
  [name.value, definition.value, taken.checked] = [row.name, row.definition, row.taken];
  const write = (field, node, key) => node.addEventListener('input', () => { row[field] = node[key]; changed(); });
  write('name', name, 'value');
  write('definition', definition, 'value');
  write('taken', taken, 'checked');
  write('becomes', becomes, 'value');
  const item = make('li', { class: 'fp-card', 'data-slug': one.slug },
    make('div', { class: 'fp-title' }, make('label', { class: 'fp-take', title: 'Take it over' }, taken), name, make('b', { class: 'fp-n' })),
    definition,
    make('div', { class: 'fp-becomes' }, make('span', {}, 'becomes'), becomes),
    make('div', { class: 'fp-bars', role: 'img' }),
    make('p', { class: 'fp-now' }, nowOf(one)),
    make('ul', { class: 'fp-pairs' }, ...one.shown.map(pairTile)));
  return { item, one, becomes };
}

function nowOf({ now, n_gone }) {
  const known = now.map(({ name, n }) => count(n) + ' ' + (name ?? 'without a pattern'));
  if (n_gone) known.push(plural(n_gone, 'pair') + ' not finished any more');
  return known.length ? 'Now: ' + known.slice(0, 4).join(', ') + (known.length > 4 ? ', …' : '') : 'No pair.';
}

function pairTile({ pair_id, confidence, question, option_a, option_b, images }) {
  const said = question + ' (a) ' + option_a + ' (b) ' + option_b;
  return make('li', {}, make('a', { href: '/?pair=' + pair_id, title: said },
    make('span', { class: 'fp-two' }, ...images.map((src) => make('img', { src, alt: '', loading: 'lazy' }))),
    make('span', { class: 'fp-asked' }, question), make('small', {}, percent(confidence) + ' sure')));
}

const percent = (share) => Math.round(100 * share) + ' %';

// Ten bars from not at all sure to sure; those under the threshold are pale.
function bars({ item, one }, least) {
  const box = item.querySelector('.fp-bars');
  const counts = Array(10).fill(0);
  for (const [, sure] of one.members) counts[Math.min(9, Math.floor(10 * sure))] += 1;
  const most = Math.max(1, ...counts);
  const over = one.members.filter(([, sure]) => sure >= least).length;
  box.setAttribute('aria-label', count(over) + ' of ' + plural(one.members.length, 'pair') + ' at least ' + percent(least) + ' sure');
  box.replaceChildren(...counts.map((n, bin) => make('i', {
    '--tall': (n ? Math.max(0.08, n / most) : 0), class: bin + 1 <= 10 * least ? 'under' : '', title: plural(n, 'pair') + ' ' + 10 * bin + '–' + 10 * (bin + 1) + ' % sure',
  })));
}

function option(value, text, chosen) {
  return make('option', { value, selected: value === chosen }, text);
}

function choices({ one, becomes }) {
  const row = plan.rows.get(one.slug);
  const joined = mayJoin(one.slug);
  becomes.replaceChildren(
    option(NEW, 'a new pattern', row.becomes),
    make('optgroup', { label: 'one of the set' }, ...plan.patterns.map(({ slug, name }) => option('set:' + slug, name, row.becomes))),
    joined.length ? make('optgroup', { label: 'together with' }, ...joined.map((slug) => option('with:' + slug, plan.rows.get(slug).name || slug, row.becomes))) : '');
}

// The card as the plan has it now.
function redraw(drawn, least) {
  const { item, one } = drawn;
  const row = plan.rows.get(one.slug);
  const head = headOf(one.slug);
  choices(drawn);
  bars(drawn, least);
  item.classList.toggle('out', !row.taken);
  item.classList.toggle('joins', row.taken && head !== one.slug);
  item.classList.toggle('known', row.becomes.startsWith('set:'));
  const n = row.taken && head === one.slug ? groupOf(head).reduce((sum, slug) => sum + foundOf(slug).members.length, 0) : one.members.length;
  item.querySelector('.fp-n').textContent = plural(n, 'pair');
}
