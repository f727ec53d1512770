// Imported benchmarks, from /api/imported; `window.__imported` is what tests wait for.
const board = element.querySelector('.board');
const part = (selector) => board.querySelector(selector);
const form = part('.find form');
const bring = part('.bring form');
const KINDS = { complete: 'with its key', 'to-verify': 'to be verified blind', open: 'pairs to review' };
window.__imported = { done: false, listed: '' };

function complain(text) {
  part('.problem').textContent = text;
  part('.problem').hidden = !text;
}

function line(pair) {
  return make('tr', { 'data-pair': pair.pair_id },
    make('td', {}, pair.rows.join(', ')),
    make('td', {}, pair.question || '–'),
    make('td', { 'data-state': pair.state }, pair.state),
    make('td', {}, make('a', { href: '/?pair=' + pair.pair_id, 'aria-label': 'Open row ' + pair.rows.join(' and ') }, 'Open')));
}

async function list() {
  const name = form.elements.name.value;
  try {
    const { import: of, pairs } = await ask('GET', '/api/imported/pairs?' + new URLSearchParams({ name }));
    part('.list h2').textContent = of.name;
    part('.list .about').replaceChildren(plural(of.n_pairs, 'pair') + ', ' + KINDS[of.kept_as] + ' · ' + of.source + ' (' + of.format + ') · ', when(of.at, ''));
    part('.list tbody').replaceChildren(...pairs.map(line));
    part('.more').textContent = pairs.length < of.n_pairs ? 'The first ' + count(pairs.length) + ' are listed; the others are found by their row.' : '';
    part('.list').hidden = false;
    window.__imported.listed = of.name;
  } catch (error) { complain(error.message); }
}

form.elements.name.addEventListener('change', list);
form.addEventListener('keydown', (event) => event.stopPropagation()); // the page's own keys rest meanwhile
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  complain('');
  const asked = new URLSearchParams({ row: form.elements.row.value, name: form.elements.name.value });
  try {
    const found = await ask('GET', '/api/imported/row?' + asked);
    window.location.assign('/?pair=' + found.pair_id);
  } catch (error) { complain(error.message); }
});

function told(text, kind) {
  const place = part('.told');
  place.textContent = text;
  place.dataset.kind = kind;
}

// The file goes as it is: the server unpacks it.
async function send(event) {
  event.preventDefault();
  const [file] = bring.elements.file.files;
  const query = new URLSearchParams({ file_name: file.name, kept_as: bring.elements.kept_as.value });
  const name = bring.elements.name.value.trim();
  if (name) query.set('name', name);
  const button = bring.querySelector('button');
  button.disabled = true;
  told('Reading ' + file.name + ' …', '');
  try {
    const answer = await fetch('/api/imported?' + query, { method: 'POST', body: file, headers: { Accept: 'application/json' } });
    const content = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(content.message || 'The server refused (' + answer.status + ').');
    bring.reset();
    await show(content.name);
    told([content.message, ...content.notes].join('\n'), 'good');
  } catch (error) { told(error.message, 'bad'); } finally { button.disabled = false; }
}
bring.addEventListener('submit', send);
bring.addEventListener('keydown', (event) => event.stopPropagation());

async function show(name) {
  const { imports } = await ask('GET', '/api/imported');
  part('.none').hidden = Boolean(imports.length);
  part('.find').hidden = !imports.length;
  form.elements.name.replaceChildren(...imports.map((one) => make('option', { value: one.name }, one.name)));
  if (name) form.elements.name.value = name;
  if (imports.length) await list();
}

async function start() {
  try {
    part('.bring').hidden = (await ask('GET', '/api/me')).role !== 'admin';
    await show();
  } catch (error) { complain(error.message); }
  board.dataset.state = 'ready';
  window.__imported.done = true;
}
start();
