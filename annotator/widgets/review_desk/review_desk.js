// One pair at a time. Every action runs behind a gate that opens again once the next pair is decoded,
// so two quick keys make one decision; the server's compare-and-set guards against everybody else.
const $ = (id) => document.getElementById(id);
const message = $('message');
const reasons = $('reasons');
const TRAIL = 'mmvp_trail';
const REASONS = Object.fromEntries([...reasons.querySelectorAll('[data-reason]')].map((b) => [b.dataset.reason, b.lastChild.textContent.toLowerCase()]));
const desk = { pair: null, open: false, trail: JSON.parse(sessionStorage.getItem(TRAIL) || '[]'), at: -1 };
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
  const data = await answer.json().catch(() => ({}));
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

async function receive({ ok, data }) {
  say(data.message || '', ok ? '' : 'bad');
  if (!('pair' in data)) return;
  if (data.pair) await window.__viewer.show(data.pair); else window.__viewer.clear();
  desk.pair = data.pair;
  drawEmpty(data, () => act(async () => receive(await ask('GET', '/api/review'))));
  drawPair(data.pair);
  drawProgress(data.progress);
  await window.__form.open(data.pair, data.draft || {});
  remember(data.pair);
  window.__viewer.prefetch(data.upcoming);
}

function drawPair(pair) {
  const review = $('review');
  review.classList.toggle('nothing-here', !pair);
  review.classList.toggle('writing', Boolean(pair) && (pair.state === 'accepted' || pair.state === 'complete'));
  if (!pair) return;
  drawRuler(pair);
  $('pair-name').textContent = 'Pair ' + pair.id + ' · rank ' + pair.rank;
  const state = $('state');
  state.hidden = pair.state === 'unreviewed';
  state.dataset.state = pair.state;
  state.textContent = stateText(pair);
  state.title = state.textContent;
  const accepted = pair.state === 'accepted' || pair.state === 'complete';
  $('accept').disabled = accepted;
  $('accept').firstChild.textContent = accepted ? 'Accepted' : 'Accept';
  $('skip').disabled = pair.state === 'complete' || pair.state === 'rejected';
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

const goTo = async (query) => { await window.__form.flush(); await receive(await ask('GET', '/api/review?' + query)); };

function decide(decision, reason = null) {
  return act(async () => {
    const { id, version } = desk.pair;
    await window.__form.flush();
    await receive(await ask('POST', '/api/pairs/' + id + '/decision', { version, decision, reason }));
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
$('undo').addEventListener('click', () => act(async () => {
  await window.__form.flush();
  await receive(await ask('POST', '/api/review/undo'));
}));
$('previous').addEventListener('click', () => act(async () => { if (desk.at > 0) await goTo('pair=' + desk.trail[desk.at - 1]); }));
$('next').addEventListener('click', () => act(async () => {
  if (desk.at < desk.trail.length - 1) await goTo('pair=' + desk.trail[desk.at + 1]);
  else if (!desk.pair) await goTo('');
  else if (desk.pair.state === 'unreviewed') say('This is the newest pair. Accept, reject or skip it to see the next.');
  else await goTo('after=' + desk.pair.id);
}));
window.addEventListener('mmvp:save', (event) => act(async () => {
  const { id, version } = desk.pair;
  window.__form.busy(true);
  const answer = await ask('POST', '/api/pairs/' + id + '/question', { version, ...event.detail });
  window.__form.busy(false);
  await receive(answer);
  if (answer.data.findings) window.__form.refuse(answer.data.findings);
}));

async function start() {
  while (!window.__viewer || !window.__form || !window.__keys) await new Promise((resolve) => setTimeout(resolve, 10));
  const wanted = new URLSearchParams(location.search).get('pair');
  await receive(await ask('GET', '/api/review' + (wanted === null ? '' : '?pair=' + encodeURIComponent(wanted))));
  gate(true);
  window.__ready = true;
}
start();
