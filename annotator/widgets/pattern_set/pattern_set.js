// One line a pattern; a change that needs words opens a form in its line.
const list = element.querySelector('.ps-list');
const adding = element.querySelector('.ps-add');
const set = { patterns: [], me: { role: 'annotator' } };
window.__patterns = { done: false, drawn: 0 };

async function attempt(method, path, body) {
  const problem = element.querySelector('.ps-problem');
  problem.hidden = true;
  try {
    draw((await ask(method, '/api/patterns' + path, body)).patterns);
    if (method !== 'GET') document.dispatchEvent(new CustomEvent('patterns:changed'));
    return true;
  } catch (error) {
    problem.textContent = error.message;
    problem.hidden = false;
    return false;
  }
}

function draw(patterns) {
  set.patterns = patterns;
  adding.hidden = !mayReview(set.me);
  list.replaceChildren(...patterns.map(line));
  Object.assign(window.__patterns, { done: true, drawn: window.__patterns.drawn + 1 });
}

const nameOf = (slug) => (set.patterns.find((one) => one.slug === slug) || { name: slug }).name;
const path = (slug, what = '') => '/' + encodeURIComponent(slug) + (what && '/' + what);

function line(one) {
  const inUse = one.status === 'in use';
  const status = one.status === 'merged' ? 'merged into ' + nameOf(one.merged_into) : one.status;
  const said = inUse || one.status === 'retired' ? plural(one.n_read, 'question') : plural(one.n_said, 'question') + ' said so';
  const also = inUse ? (one.n_merged ? ' · ' + count(one.n_merged) + ' of them merged' : '') + (one.n_tagged ? ' · ' + count(one.n_tagged) + ' of them tagged' : '') : '';
  const item = make('li', { 'data-slug': one.slug, class: inUse ? '' : 'former' },
    make('div', { class: 'ps-what' }, make('b', {}, one.name), inUse ? null : make('span', { class: 'ps-status' }, status),
      make('p', {}, one.definition), make('small', {}, make('code', {}, one.slug), ' · ' + said + also)));
  if (mayReview(set.me)) item.append(tools(one, item, inUse));
  return item;
}

function pressable(text, work) {
  const button = make('button', { type: 'button' }, text);
  button.addEventListener('click', work);
  return button;
}

function tools(one, item, inUse) {
  const box = make('div', { class: 'ps-tools' });
  box.append(pressable('Rename', () => open(item, renaming(one))));
  if (inUse) box.append(pressable('Merge…', () => open(item, merging(one))), pressable('Retire', () => attempt('POST', path(one.slug, 'retire'))));
  if (one.n_tagged) box.append(pressable('Take tags back', () => untag(one.slug)));
  if (!inUse) box.append(pressable('Take back into use', () => attempt('POST', path(one.slug, 'restore'))));
  return box;
}

// Its pairs are read as people said again.
async function untag(slug) {
  await ask('DELETE', '/api/found-patterns/tags' + path(slug)).catch(() => null);
  await attempt('GET', '');
  document.dispatchEvent(new CustomEvent('patterns:changed'));
}

function open(item, form) {
  for (const other of list.querySelectorAll('form')) other.remove();
  form.addEventListener('keydown', (event) => { if (event.key === 'Escape') form.remove(); });
  item.append(form);
  form.querySelector('input, select').focus();
}

function lineForm(...children) {
  return make('form', { class: 'ps-line', 'data-keys': 'off' }, ...children);
}

function renaming(one) {
  const name = make('input', { name: 'name', maxlength: 80, 'aria-label': 'Name' });
  const definition = make('input', { name: 'definition', maxlength: 400, 'aria-label': 'Definition' });
  [name.value, definition.value] = [one.name, one.definition];
  const form = lineForm(name, definition, make('button', { type: 'submit', class: 'primary' }, 'Save'));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    attempt('PATCH', path(one.slug), { name: name.value, definition: definition.value });
  });
  return form;
}

function merging(one) {
  const others = set.patterns.filter(({ slug, status }) => status === 'in use' && slug !== one.slug);
  const into = make('select', { name: 'into', 'aria-label': 'Merge into' }, ...others.map(({ slug, name }) => make('option', { value: slug }, name)));
  const form = lineForm(make('span', {}, plural(one.n_read, 'question') + ' will be read as'), into, make('button', { type: 'submit', class: 'primary' }, 'Merge'));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    attempt('POST', path(one.slug, 'merge'), { into: into.value });
  });
  return form;
}

let slugTyped = false;
adding.elements.slug.addEventListener('input', () => { slugTyped = Boolean(adding.elements.slug.value); });
adding.elements.name.addEventListener('input', () => {
  if (slugTyped) return;
  adding.elements.slug.value = adding.elements.name.value.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 40);
});
adding.addEventListener('submit', async (event) => {
  event.preventDefault();
  const given = Object.fromEntries(new FormData(adding));
  const { slug, name, definition, ...example } = given;
  const whole = Object.values(example).some((text) => text.trim());
  if (await attempt('POST', '', { slug, name, definition, example: whole ? example : null })) { adding.reset(); slugTyped = false; }
});

async function start() {
  set.me = await ask('GET', '/api/me').catch(() => set.me);
  await attempt('GET', '');
  document.addEventListener('patterns:changed', ({ detail }) => { if (element.isConnected && (detail || {}).by === 'found') attempt('GET', ''); });
}
start();
