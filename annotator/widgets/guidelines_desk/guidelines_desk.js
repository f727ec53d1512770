// Reading and editing; a save goes through only if nobody saved since the text was opened.
const part = (selector) => element.querySelector(selector);
const editor = part('.gd-editor');
const PREVIEW_MS = 250;
const desk = { data: null, me: { role: 'annotator' }, opened: 0, timer: 0, asked: 0 };
window.__guidelines = { done: false, version: null, preview: 0 };

function complain(text) {
  part('.gd-problem').textContent = text;
  part('.gd-problem').hidden = !text;
}

function draw(data) {
  desk.data = data;
  const about = part('.gd-about');
  about.replaceChildren(...(data.version
    ? ['Version ' + data.version + ' by ' + data.by + ', ', when(data.at, ''), data.restores === null ? '' : ' · brings version ' + data.restores + ' back']
    : ['The text that comes with MMVP Studio. An admin can change it.']));
  part('.gd-text').replaceChildren(prose(data.html));
  part('.gd-patterns').replaceChildren(patternNotes(data.patterns));
  part('.gd-examples').hidden = !data.examples.length;
  part('.gd-examples div').replaceChildren(...data.examples.map((one) =>
    exampleCard(one, data.patterns, mayReview(desk.me) ? remove : null)));
  part('#guidelines-edit').hidden = desk.me.role !== 'admin';
  Object.assign(window.__guidelines, { done: true, version: data.version });
}

async function attempt(work) {
  complain('');
  try { await work(); } catch (error) { complain(error.message); }
}

const remove = (id) => attempt(async () => draw(await ask('DELETE', '/api/guidelines/examples/' + id)));
const load = () => attempt(async () => draw(await ask('GET', '/api/guidelines')));

async function preview() {
  const asked = ++desk.asked;
  const { html } = await ask('POST', '/api/guidelines/preview', { text: editor.elements.text.value });
  if (asked !== desk.asked) return;
  part('.gd-preview').replaceChildren(prose(html));
  window.__guidelines.preview += 1;
}

function edit(open) {
  editor.hidden = !open;
  part('.gd-read').hidden = open;
  part('#guidelines-edit').disabled = open;
  part('.gd-told').textContent = '';
}

part('#guidelines-edit').addEventListener('click', () => attempt(async () => {
  desk.opened = desk.data.version;
  const { text } = await ask('GET', '/api/guidelines/versions/' + desk.opened);
  editor.elements.text.value = text;
  edit(true);
  editor.elements.text.setSelectionRange(0, 0);
  editor.elements.text.focus();
  editor.elements.text.scrollTop = 0;
  await preview();
}));
editor.addEventListener('input', () => {
  clearTimeout(desk.timer);
  desk.timer = setTimeout(() => attempt(preview), PREVIEW_MS);
});
part('.gd-cancel').addEventListener('click', () => { edit(false); complain(''); });
editor.addEventListener('submit', async (event) => {
  event.preventDefault();
  complain('');
  const body = { version: desk.opened, text: editor.elements.text.value };
  try {
    draw(await ask('PUT', '/api/guidelines', body));
    edit(false);
    await versions();
  } catch (error) {
    complain(error.message);
    // the newer version can be compared; saving again then replaces it knowingly
    const newest = await ask('GET', '/api/guidelines/versions').catch(() => []);
    if (newest.length && newest[0].version !== desk.opened) {
      desk.opened = newest[0].version;
      part('#gd-versions').hidden = false;
      await versions();
      await compare(newest[0].version);
    }
  }
});
window.addEventListener('beforeunload', (event) => { if (!editor.hidden) event.preventDefault(); });

async function versions() {
  if (part('#gd-versions').hidden) return;
  const found = await ask('GET', '/api/guidelines/versions');
  part('#gd-versions ol').replaceChildren(...found.map((one, place) => {
    const look = make('button', { type: 'button' }, 'What changed');
    look.addEventListener('click', () => attempt(() => compare(one.version)));
    const back = make('button', { type: 'button', class: 'gd-restore' }, 'Bring back');
    back.addEventListener('click', () => attempt(async () => {
      draw(await ask('POST', '/api/guidelines/versions/' + one.version + '/restore', { version: desk.data.version }));
      await versions();
    }));
    return make('li', { 'data-version': one.version },
      make('b', {}, one.version ? 'Version ' + one.version : 'As shipped'),
      make('span', {}, one.by ? one.by + ' · ' : '', one.at ? when(one.at, '') : '', one.restores === null ? '' : ' · version ' + one.restores + ' again'),
      make('small', {}, plural(one.n_characters, 'character')),
      one.version ? look : null, place && desk.me.role === 'admin' ? back : null);
  }));
}

async function compare(number) {
  const { diff, against } = await ask('GET', '/api/guidelines/versions/' + number);
  part('.gd-diff').hidden = false;
  part('.gd-diff h3').textContent = 'From ' + (against ? 'version ' + against : 'the text as shipped') + ' to version ' + number;
  part('.gd-diff pre').replaceChildren(...marked(diff));
}

part('#guidelines-versions').addEventListener('click', () => attempt(async () => {
  const box = part('#gd-versions');
  box.hidden = !box.hidden;
  part('#guidelines-versions').setAttribute('aria-expanded', String(!box.hidden));
  await versions();
}));
document.addEventListener('patterns:changed', load);

async function start() {
  desk.me = await ask('GET', '/api/me').catch(() => desk.me);
  await load();
}
start();
