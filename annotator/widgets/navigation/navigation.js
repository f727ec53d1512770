// Without accounts the name lives in a cookie that the server writes, else in the session.
// The theme is in this browser's local storage.
const field = element.querySelector('#annotator-name');
const note = element.querySelector('.note');
const title = element.querySelector('a[aria-current]');
if (title) document.title = title.textContent.trim() + ' · MMVP Studio';

let saved = '';
const show = (name) => { saved = name; field.value = name; field.size = Math.max(4, Math.min(16, name.length)); };

const ROLES = ['annotator', 'reviewer', 'admin'];
const menu = element.querySelector('.me');

function showMe(me) {
  for (const link of element.querySelectorAll('a[data-role]')) {
    link.hidden = ROLES.indexOf(link.dataset.role) > ROLES.indexOf(me.role);
  }
  if (ROLES.indexOf(me.role) > 0) countProblems();
  menu.hidden = !me.has_account;
  element.querySelector('.who').hidden = me.has_account;
  if (!me.has_account) { show(me.name); return; }
  menu.querySelector('.initial').textContent = Array.from(me.name)[0].toUpperCase();
  menu.querySelector('.name').textContent = menu.querySelector('b').textContent = me.name;
  menu.querySelector('small').textContent = me.role;
}

// Reports that wait for a reviewer, at the link to them.
async function countProblems() {
  const link = element.querySelector('a[href="/problems"]');
  const answer = link && await fetch('/api/problems/count').catch(() => null);
  const told = answer && answer.ok && await answer.json().catch(() => null);
  if (!told) return;
  const { n_open: n } = told;
  link.querySelector('.waiting')?.remove();
  if (!n) return;
  const badge = document.createElement('span');
  badge.className = 'waiting';
  badge.textContent = n;
  badge.setAttribute('aria-label', n + ' open');
  link.append(badge);
}
document.addEventListener('problems:changed', () => { if (!element.querySelector('a[href="/problems"]').hidden) countProblems(); });

// Whatever widget asks: once the session is over, the page says so and leads back to itself.
const send = window.fetch;
const ended = element.querySelector('.ended');
if (!window.__watched) {
  window.__watched = true;
  window.fetch = async (...given) => {
    const answer = await send(...given);
    if (answer.status === 401) {
      ended.querySelector('a').href = '/login?next=' + encodeURIComponent(location.pathname + location.search);
      ended.hidden = false;
    }
    return answer;
  };
}

fetch('/api/me').then((answer) => { if (!answer.ok) throw new Error(); return answer.json(); }).then(showMe)
  .catch(() => { if (ended.hidden) note.textContent = 'The server does not answer.'; });

document.addEventListener('click', (event) => { if (!event.composedPath().includes(menu)) menu.open = false; });
menu.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') { menu.open = false; menu.querySelector('summary').focus(); }
});

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
