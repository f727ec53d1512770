// One's own account; `window.__account` is what tests wait for.
const board = element.querySelector('.board');
const part = (selector) => board.querySelector(selector);
const MEANING = {
  annotator: 'You decide pairs and write their questions.',
  reviewer: 'You decide, write, start long work and export.',
  admin: 'You can do everything, other people’s accounts included.',
};
let tokens = [];

function fail(error) {
  part('.problem').textContent = error ? error.message : '';
  part('.problem').hidden = !error;
}

async function change(work) {
  fail(null);
  try { await work(); } catch (error) { fail(error); }
  window.__account = { ...window.__account, changes: (window.__account.changes || 0) + 1 };
}

const isOver = (token) => Date.parse(token.expires_at) <= Date.now();

function row(token) {
  const revoke = make('button', { type: 'button', 'aria-label': 'Revoke ' + token.name }, 'Revoke');
  revoke.addEventListener('click', () => change(async () => {
    await ask('DELETE', '/api/tokens/' + token.id);
    tokens = tokens.filter(({ id }) => id !== token.id);
    draw();
  }));
  const dates = make('span', { class: 'dates' }, 'made ', when(token.created_at, ''), ' · ');
  dates.append(...(token.last_used_at ? ['used ', when(token.last_used_at, '')] : ['never used']));
  if (token.expires_at) dates.append(isOver(token) ? ' · expired ' : ' · ends ', when(token.expires_at, ''));
  return make('li', {}, make('div', {}, make('b', {}, token.name), dates), revoke);
}

function draw() {
  part('.tokens ul').replaceChildren(...tokens.map(row));
  part('.nothing').hidden = tokens.length > 0;
}

async function makeToken() {
  const made = await ask('POST', '/api/tokens', {
    name: part('.tokens input').value,
    days: Number(part('.tokens select').value) || null,
  });
  part('.tokens form').reset();
  tokens.unshift(made.token);
  part('.fresh').hidden = false;
  part('.fresh code').textContent = made.secret;
  part('.fresh pre').textContent = 'curl -H "Authorization: Bearer ' + made.secret + '" ' + location.origin + '/api/me';
  draw();
}

async function load() {
  try {
    const me = await ask('GET', '/api/me');
    part('h1').textContent = me.name;
    part('.initial').textContent = Array.from(me.name)[0].toUpperCase();
    part('.about').textContent = me.has_account ? 'Role: ' + me.role + '. ' + MEANING[me.role] : 'A name that you chose; there is no login.';
    part('.open').hidden = me.has_account;
    part('.safety').hidden = part('.tokens').hidden = !me.has_account;
    tokens = (await ask('GET', '/api/tokens')).filter((token) => !token.revoked_at);
    draw();
  } catch (error) { fail(error); }
  board.dataset.state = 'ready';
  window.__account = { done: true, changes: 0 };
}

part('.tokens form').addEventListener('submit', (event) => { event.preventDefault(); change(makeToken); });
part('.fresh button').addEventListener('click', (event) => copy(part('.fresh code').textContent, event.target));
part('.elsewhere').addEventListener('click', (event) => change(async () => {
  await ask('POST', '/api/me/logout-elsewhere');
  event.target.textContent = 'Done: only this browser is logged in';
  event.target.disabled = true;
}));
load();
