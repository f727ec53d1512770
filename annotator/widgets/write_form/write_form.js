// Opening a pair, keeping the draft while one types, the live check, and handing the question over.
const DRAFT_MS = 500;
const CHECK_MS = 350;
const ECHO_MS = 400;
const LEFT = 'mmvp_left';
const LEFT_MS = 30000;
const draftState = element.querySelector('#draft-state');
const places = [...element.querySelectorAll('.findings')];
const question = element.querySelector('#question');
const FIELD_OF = { text: ['text'], option_a: ['option_a'], option_b: ['option_b'], answers: ['answer_first', 'answer_second'], pattern: ['pattern'], statement_first: ['statement_first', 'text'], statement_second: ['statement_second', 'text'] };
const touched = new Set();
let pair = null;
let kept = '';
let opened = '';
let draftTimer = 0;
let checkTimer = 0;
let checks = 0;
let saving = Promise.resolve();

const send = (method, url, body) => fetch(url, { method, keepalive: true, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

async function open(next, draft) {
  clearTimeout(draftTimer);
  clearTimeout(checkTimer);
  checks += 1;
  await patternsAsked;
  const same = pair && next && pair.id === next.id && pair.state === next.state;
  const writable = next && ['accepted', 'complete', 'final', 'contested'].includes(next.state);
  if (!writable) { pair = null; openHelp(null); return; }
  if (same && JSON.stringify(read()) === kept) { pair = next; return; }
  pair = next;
  const stored = next.question || {};
  draft = leftBehind(next.id) || draft;
  const restored = Object.values(draft).some(Boolean);
  write(restored ? draft : stored);
  sayTag(stored.pattern, stored.tag);
  opened = kept = JSON.stringify(read());
  touched.clear();
  openHelp(next);
  openStatements(next);
  show([]);
  draftState.textContent = restored ? 'Your draft is restored' : '';
  for (const side of ['first', 'second']) {
    const thumb = form.querySelector('[data-side=' + side + '] img');
    thumb.src = next[side].thumbnail;
    thumb.alt = next[side].file_name;
  }
  form.querySelector('.scroll').scrollTop = 0;
  if (next.state === 'accepted') { await new Promise(requestAnimationFrame); focusQuestion(); }
  else if (form.contains(document.activeElement)) document.activeElement.blur();
  if (restored) { for (const name of NAMES) touched.add(name); check(); guessPattern(); }
  measureSoon();
}

// The second tap of a double press on A must not become the question's first letter.
function focusQuestion() {
  const until = performance.now() + ECHO_MS;
  const swallow = (event) => {
    if (performance.now() < until && /^a$/i.test(event.key) && !event.ctrlKey) event.preventDefault();
    else question.removeEventListener('keydown', swallow);
  };
  if (!question.value) question.addEventListener('keydown', swallow);
  question.focus({ preventScroll: true });
  // Where the form lies below the images, bring it up; beside them nothing moves.
  form.scrollIntoView({ block: 'nearest' });
}

async function keepDraft() {
  clearTimeout(draftTimer);
  const now = JSON.stringify(read());
  if (!pair || now === kept) return saving;
  kept = now;
  const id = pair.id;
  const before = saving;
  saving = (async () => {
    await before;
    const answer = await send('PUT', '/api/pairs/' + id + '/draft', { fields: JSON.parse(now) }).catch(() => null);
    if (!pair || pair.id !== id) return;
    if (!answer || !answer.ok) kept = '';
    draftState.textContent = answer && answer.ok ? 'Draft saved' : 'Draft not saved: the server does not answer';
  })();
  return saving;
}

async function check() {
  const asked = ++checks;
  const answer = await send('POST', '/api/lint', { ...read(), pair_id: pair && pair.id }).catch(() => null);
  const told = answer && answer.ok && await answer.json().catch(() => null);
  if (!told || asked !== checks) return;
  const { findings: found, statements } = told;
  drawStatements(statements);
  show(found.filter((one) => (FIELD_OF[one.field] || []).some((name) => touched.has(name))));
}

// Each message stands at its field, where one reads it while putting it right.
function show(found) {
  const done = lastChange();
  for (const place of places) {
    const about = place.dataset.about.split(' ');
    const lines = found.filter((one) => about.includes(one.field)).map(findingLine);
    if (done && about.includes(done.field)) lines.push(putBackLine(done));
    place.replaceChildren(...lines);
  }
  element.querySelector('.findings .fix')?.append(make('kbd', {}, 'Ctrl .'));
  const wrong = new Set(found.filter((one) => one.level === 'error').flatMap((one) => FIELD_OF[one.field] || []));
  for (const name of ['text', 'option_a', 'option_b', 'statement_first', 'statement_second']) form.elements[name].setAttribute('aria-invalid', String(wrong.has(name)));
}

function refuse(found) {
  for (const name of NAMES) touched.add(name);
  checks += 1;
  show(found);
  const first = (FIELD_OF[found[0]?.field] || ['text'])[0];
  reveal(first);
  const field = form.elements[first].focus ? form.elements[first] : form.querySelector('[name=' + first + ']');
  field.focus({ preventScroll: true });
  field.closest('.field, fieldset').scrollIntoView({ block: 'nearest' });
}

function changed(wait = CHECK_MS) {
  draftState.textContent = '';
  clearTimeout(draftTimer);
  draftTimer = setTimeout(keepDraft, DRAFT_MS);
  clearTimeout(checkTimer);
  checkTimer = setTimeout(check, wait);
  measureSoon();
}
form.addEventListener('input', () => changed());
// A field that one left is finished: only then is it worth saying that something is missing in it.
form.addEventListener('focusout', (event) => {
  if (!event.target.name || !read()[event.target.name]) return;
  touched.add(event.target.name);
  clearTimeout(checkTimer);
  checkTimer = setTimeout(check, 0);
  guessPattern();
});
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  if (!pair) return;
  clearTimeout(draftTimer);
  await saving;
  window.dispatchEvent(new CustomEvent('mmvp:save', { detail: read() }));
});
form.addEventListener('keydown', (event) => { if (event.key === 'Enter' && event.target.type === 'text') event.preventDefault(); });
element.querySelector('#to-question').addEventListener('click', () => question.focus());
// A page that loads again at once may ask before the last draft has reached the server.
window.addEventListener('pagehide', () => {
  if (pair && JSON.stringify(read()) !== opened) sessionStorage.setItem(LEFT, JSON.stringify({ id: pair.id, at: Date.now(), fields: read() }));
  keepDraft();
});
function leftBehind(id) {
  const left = JSON.parse(sessionStorage.getItem(LEFT) || 'null');
  sessionStorage.removeItem(LEFT);
  return left && left.id === id && Date.now() - left.at < LEFT_MS ? left.fields : null;
}
// While a question is being saved nothing may be typed that would belong to no pair.
const busy = (yes) => { form.inert = yes; };
window.__form = { open, flush: keepDraft, refuse, busy, quotas: drawQuotas };
