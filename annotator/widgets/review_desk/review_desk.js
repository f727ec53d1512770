// One pair at a time. Every action runs behind a gate that opens again once the next pair is decoded,
// so two quick keys make one decision; the server's compare-and-set guards against everybody else.
const $ = (id) => document.getElementById(id);
const message = $('message');
const reasons = $('reasons');
const TRAIL = 'mmvp_trail';
const WRITABLE = ['accepted', 'complete', 'final', 'contested'];
const REASONS = Object.fromEntries([...reasons.querySelectorAll('[data-reason]')].map((b) => [b.dataset.reason, b.lastChild.textContent.toLowerCase()]));
const desk = { pair: null, obstacle: null, open: false, trail: JSON.parse(sessionStorage.getItem(TRAIL) || '[]'), at: -1 };
let hiding = 0;

function say(text, kind = '') {
  clearTimeout(hiding);
  message.textContent = text;
  message.dataset.kind = kind;
  if (text) hiding = setTimeout(() => { message.textContent = ''; }, 4000 + text.length * 40);
}

async function ask(method, url, body) {
  const options = { method, headers: { 'Content-Type': 'application/json' } };
  if (body) options.body = JSON.stringify(body);
  const answer = await fetch(url, options).catch(() => null);
  if (!answer) return { ok: false, data: { message: 'The server does not answer; nothing was changed. Try again when it is back.' } };
  const data = answer.status === 204 ? {} : await answer.json().catch(() => null);
  if (!data) return { ok: false, data: { message: "The server's answer was cut off. Load the page again to see what was kept." } };
  if (!answer.ok && !data.message) data.message = 'Something went wrong on the server; nothing was changed.';
  return { ok: answer.ok, status: answer.status, data };
}

function gate(open) {
  desk.open = open;
  window.__desk_open = open;
}

async function act(work) {
  if (!desk.open) return;
  gate(false);
  closeReasons();
  try {
    await work();
  } finally {
    gate(true);
  }
}

// With `anew` the form is filled again even where it shows this very pair.
async function receive({ ok, data }, anew = false) {
  say(data.message || '', ok ? '' : 'bad');
  if (!('pair' in data)) return;
  if (data.pair) await window.__viewer.show(data.pair); else window.__viewer.clear();
  desk.pair = data.pair;
  timePair(data.pair ? data.pair.id : null);
  $('redo').hidden = !data.redo;
  desk.obstacle = data.obstacle;
  hold(data.pair, data.lease);
  drawEmpty(data, () => act(async () => receive(await ask('GET', '/api/review'))), () => act(clearFilter));
  drawPair(data.pair);
  document.dispatchEvent(new CustomEvent('review:pair', { detail: { pairId: data.pair ? data.pair.id : null } }));
  drawProgress(data.progress);
  drawFilter(data.filter);
  window.__form.quotas(data.quotas);
  if (anew) await window.__form.open(null, {});
  await window.__form.open(data.obstacle ? null : data.pair, data.draft || {});
  remember(data.pair);
  window.__viewer.prefetch(data.upcoming);
}

function drawPair(pair) {
  const review = $('review');
  review.classList.toggle('nothing-here', !pair);
  const accepted = Boolean(pair) && WRITABLE.includes(pair.state);
  review.classList.toggle('writing', accepted && !desk.obstacle);
  if (!pair) return;
  drawRuler(pair);
  const { origin } = pair;
  $('pair-name').textContent = 'Pair ' + pair.id + (origin ? ' · ' + origin.name + (origin.rows.length > 1 ? ' rows ' : ' row ') + origin.rows.join(', ') : ' · rank ' + pair.rank);
  const state = $('state');
  state.hidden = pair.state === 'unreviewed' && !desk.obstacle;
  state.dataset.state = desk.obstacle ? 'held' : pair.state;
  const [who, what] = desk.obstacle ? whyNot(desk.obstacle) : ['', stateText(pair)];
  state.querySelector('.who').textContent = who;
  state.querySelector('.what').textContent = what;
  state.title = who + what;
  $('accept').disabled = accepted || Boolean(desk.obstacle);
  $('accept').firstChild.textContent = accepted ? 'Accepted' : 'Accept';
  $('reject').disabled = Boolean(desk.obstacle);
  $('skip').disabled = Boolean(desk.obstacle) || ['complete', 'final', 'contested', 'rejected', 'disputed'].includes(pair.state);
}

// Somebody else has the pair by now: what was typed is kept, and nothing more can be decided here.
async function lost(obstacle) {
  await window.__form.flush();
  desk.obstacle = obstacle;
  hold(null, null);
  closeReasons();
  drawPair(desk.pair);
  await window.__form.open(null, {});
  say(whyNot(obstacle).join('') + '. Press J for the next pair.', 'bad');
}

function stateText(pair) {
  const note = pair.annotation;
  const by = note && !note.mine ? ' by ' + note.annotator : '';
  if (pair.state !== 'rejected' || !note || !note.reason) return pair.state[0].toUpperCase() + pair.state.slice(1) + by;
  return 'Rejected' + by + ': ' + (REASONS[note.reason] || note.reason.replace(/^other: /, ''));
}

function drawProgress(progress) {
  const bar = element.querySelector('.done');
  bar.setAttribute('aria-valuemax', progress.target);
  bar.setAttribute('aria-valuenow', progress.complete);
  bar.firstElementChild.style.width = Math.min(100, (100 * progress.complete) / progress.target) + '%';
  $('progress-text').textContent = progress.complete + ' of ' + progress.target + ' complete · ' + progress.queue + ' left in queue';
}

function remember(pair) {
  const url = new URL(location.href);
  if (pair) {
    desk.at = desk.trail.indexOf(pair.id);
    if (desk.at < 0) desk.at = desk.trail.push(pair.id) - 1;
    sessionStorage.setItem(TRAIL, JSON.stringify(desk.trail.slice(-200)));
    url.searchParams.set('pair', pair.id);
  } else {
    desk.at = desk.trail.length;
    url.searchParams.delete('pair');
  }
  $('previous').disabled = desk.at <= 0;
  history.replaceState(history.state, '', url);
}

// The server lets go of the pair that this page leaves.
async function goTo(query) {
  await window.__form.flush();
  const leaving = desk.pair && !query.startsWith('after=') ? '&after=' + desk.pair.id : '';
  await receive(await ask('GET', '/api/review?' + query + leaving));
}

function decide(decision, reason = null) {
  return act(async () => {
    const { id, version } = desk.pair;
    await window.__form.flush();
    const active_seconds = secondsOn(id);
    const answer = await ask('POST', '/api/pairs/' + id + '/decision', { version, decision, reason, active_seconds });
    if (answer.ok) told(id, active_seconds);
    await receive(answer);
  });
}

function closeReasons() {
  if (reasons.contains(document.activeElement)) document.activeElement.blur();
  reasons.hidden = true;
  $('reject').setAttribute('aria-expanded', 'false');
}

$('accept').addEventListener('click', () => { if (desk.pair) decide('accept'); });
$('skip').addEventListener('click', () => { if (desk.pair) decide('skip'); });
$('reject').addEventListener('click', () => {
  if (!desk.open || !desk.pair) return;
  if (!reasons.hidden) { closeReasons(); return; }
  reasons.hidden = false;
  $('other-reason').value = '';
  $('reject').setAttribute('aria-expanded', 'true');
});
for (const button of reasons.querySelectorAll('[data-reason]')) button.addEventListener('click', () => decide('reject', button.dataset.reason));
reasons.querySelector('form').addEventListener('submit', (event) => {
  event.preventDefault();
  const words = $('other-reason').value.trim();
  decide('reject', words ? 'other: ' + words : 'other');
});
document.addEventListener('pointerdown', (event) => { if (!reasons.hidden && !event.target.closest('.reject')) closeReasons(); });
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || reasons.hidden) return;
  const inside = reasons.contains(event.target);
  closeReasons();
  if (inside) $('reject').focus();
});
for (const step of ['undo', 'redo']) {
  $(step).addEventListener('click', () => act(async () => {
    await window.__form.flush();
    await receive(await ask('POST', '/api/review/' + step), true);
  }));
}
$('previous').addEventListener('click', () => act(async () => { if (desk.at > 0) await goTo('pair=' + desk.trail[desk.at - 1]); }));
$('next').addEventListener('click', () => act(async () => {
  if (desk.at < desk.trail.length - 1) await goTo('pair=' + desk.trail[desk.at + 1]);
  else if (!desk.pair) await goTo('');
  else if (desk.pair.state === 'unreviewed' && !desk.obstacle) say('This is the newest pair. Accept, reject or skip it to see the next.');
  else await goTo('after=' + desk.pair.id);
}));
window.addEventListener('mmvp:save', (event) => act(() => saveQuestion(event.detail)));
window.addEventListener('mmvp:restore', (event) => act(async () => {
  await window.__form.flush();
  // what was typed gives way, and comes back with undo
  await receive(await ask('POST', '/api/pairs/' + desk.pair.id + '/restore', event.detail), true);
}));

async function start() {
  while (!window.__viewer || !window.__form || !window.__keys || !window.__both_texts) await new Promise((resolve) => setTimeout(resolve, 10));
  const asked = new URLSearchParams(location.search);
  const wanted = asked.get('pair');
  if (asked.has('selection')) await followSelection(asked.get('selection'));
  await receive(await ask('GET', '/api/review' + (wanted === null ? '' : '?pair=' + encodeURIComponent(wanted))));
  if (unknownSelection) say(unknownSelection, 'bad');
  gate(true);
  window.__ready = true;
}

// A link to a selection restricts the queue once; the address then names the pair like any other.
let unknownSelection = '';
async function followSelection(id) {
  const url = new URL(location.href);
  url.searchParams.delete('selection');
  history.replaceState(history.state, '', url);
  const known = /^[0-9]{1,18}$/.test(id) && (await setFilter(Number(id)));
  if (!known) unknownSelection = 'There is no such selection. Your queue is as it was.';
}
start();
