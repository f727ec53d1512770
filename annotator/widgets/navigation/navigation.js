// The name lives in a cookie that the server writes; the theme in this browser's local storage.
const field = element.querySelector('#annotator-name');
const note = element.querySelector('.note');
const title = element.querySelector('a[aria-current]');
if (title) document.title = title.textContent.trim() + ' · MMVP Studio';

let saved = '';
const show = (name) => { saved = name; field.value = name; field.size = Math.max(4, Math.min(16, name.length)); };

fetch('/api/me').then((answer) => answer.json()).then((me) => show(me.name))
  .catch(() => { note.textContent = 'The server does not answer.'; });

async function save() {
  const name = field.value.trim();
  note.textContent = '';
  if (name === saved) { field.value = saved; return; }
  const answer = await fetch('/api/me', {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ name }),
  }).catch(() => null);
  if (answer && answer.ok) { location.reload(); return; }
  const problem = answer ? await answer.json().catch(() => ({})) : {};
  note.textContent = problem.message || 'The name was not saved.';
  field.value = saved;
}
element.querySelector('.who').addEventListener('submit', (event) => { event.preventDefault(); field.blur(); });
field.addEventListener('keydown', (event) => { if (event.key === 'Escape') { field.value = saved; field.blur(); } });
field.addEventListener('focus', () => field.select());
field.addEventListener('change', save);

element.querySelector('#theme-toggle').addEventListener('click', () => {
  const dark = document.body.classList.toggle('dark');
  document.documentElement.classList.toggle('dark', dark);
  localStorage.setItem('mmvp_theme', dark ? 'dark' : 'light');
});
