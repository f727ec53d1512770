// One question at a time; an answer is taken only while its image is on the page, and the next image
// is decoded ahead. `window.__verify` is what tests wait for.
const desk = element.querySelector('.desk');
const part = (selector) => desk.querySelector(selector);
const message = part('#message');
const badForm = part('#bad-form');
const WAIT_MS = 8000;
const KEEP_MS = 4 * 60000; // the server lends a question for ten minutes
const ready = new Map();
const state = { question: null, open: false, hiding: 0, role: '' };
window.__verify = { done: false, token: null, shown: 0 };

const NOTHING = {
  off: ['Blind verification is off', 'Switch it on, and people who have not seen a pair answer its question about one image at a time, without the key. From then on, only pairs on which they agree with the key are exported.'],
  nothing: ['Nothing left for you', 'Every question that is not your own is answered, or is waiting for a ruling. New ones come as soon as somebody completes a pair.'],
  others_answer: ['Others are answering the rest', 'What is left is on somebody else’s page at the moment. If they leave it, it comes to you after ten minutes.'],
  too_close: ['A short break', 'All that is left for you is the other image of the pair that you have just seen. It comes when something else could be asked in between, or after ten minutes.'],
};

function say(text, kind = '') {
  clearTimeout(state.hiding);
  message.textContent = text;
  message.dataset.kind = kind;
  if (text) state.hiding = setTimeout(() => { message.textContent = ''; }, 3500 + text.length * 40);
}

function decoded(image) {
  let entry = ready.get(image.url);
  if (entry) return entry;
  const picture = new Image();
  picture.alt = 'The image that the question is about';
  picture.draggable = false;
  picture.decoding = 'sync';
  picture.src = image.url;
  const late = new Promise((resolve) => setTimeout(() => resolve(false), WAIT_MS));
  entry = { picture, done: Promise.race([picture.decode().then(() => true, () => false), late]) };
  ready.set(image.url, entry);
  if (ready.size > 6) ready.delete(ready.keys().next().value);
  return entry;
}

async function send(method, path, body) {
  const options = { method, headers: { 'Content-Type': 'application/json' } };
  if (body) options.body = JSON.stringify(body);
  const answer = await fetch('/api/verify' + path, options).catch(() => null);
  if (!answer) return { ok: false, data: { message: 'The server does not answer; your answer was not kept. Try again.' } };
  const data = answer.status === 204 ? {} : await answer.json().catch(() => null);
  if (!data) return { ok: false, data: { message: "The server's answer was cut off. Load the page again to see what was kept." } };
  if (!answer.ok && !data.message) data.message = 'Something went wrong on the server; try again.';
  return { ok: answer.ok, data };
}

async function receive({ ok, data }) {
  say(data.message || '', ok ? '' : 'bad');
  if (!('question' in data)) return;
  const { question } = data;
  if (question) {
    const entry = decoded(question.image);
    const shown = await entry.done;
    for (const old of part('.pane').querySelectorAll('img')) old.remove();
    part('.broken').hidden = shown;
    part('.broken').textContent = shown ? '' : 'This image cannot be shown. Take a note of it under “Question is bad”.';
    if (shown) part('.pane').prepend(entry.picture);
  }
  draw(data);
  fit();
  fitImages();
  if (data.ahead) decoded(data.ahead);
  if (!state.question || !question || state.question.token !== question.token) restart();
  state.question = question;
  desk.dataset.state = 'ready';
  Object.assign(window.__verify, { done: true, token: question ? question.token : null, shown: window.__verify.shown + 1, answered: data.answered, left: data.left });
}

function draw({ question, waiting, again_at: againAt, answered, left }) {
  part('.asked').hidden = !question;
  part('.nothing').hidden = Boolean(question);
  part('#verify-progress').textContent = waiting === 'off' ? '' : 'You have answered ' + count(answered) + ' · ' + count(left) + ' left for you';
  if (!question) { drawNothing(waiting, againAt, answered); return; }
  part('#verify-question').textContent = question.text;
  part('#take-back').disabled = !answered;
  for (const [i, button] of [...desk.querySelectorAll('.option')].entries()) {
    button.classList.remove('chosen');
    button.querySelector('span').textContent = question.options[i];
    button.setAttribute('aria-label', question.options[i]);
  }
}

function drawNothing(waiting, againAt, answered) {
  const [title, text] = NOTHING[waiting] || NOTHING.nothing;
  part('.nothing h1').textContent = title;
  const until = againAt && new Date(againAt) > new Date() ? ' At ' + new Date(againAt).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' }) + '.' : '';
  part('.nothing .text').textContent = text + until;
  const links = part('.nothing .links');
  links.replaceChildren();
  if (waiting === 'off') {
    if (state.role === 'admin') links.append(pressable('Switch it on', switchOn));
    return;
  }
  links.append(pressable('Look again', () => act(async () => receive(await send('GET', '')))));
  if (answered) links.append(pressable('Take back my last answer', takeBack));
}

function pressable(text, work) {
  const button = make('button', { type: 'button' }, text);
  button.addEventListener('click', work);
  return button;
}

async function switchOn() {
  const policy = await ask('GET', '/api/verify/policy').catch(() => ({ answers: 2, agreements: 2 }));
  const done = await ask('PUT', '/api/verify/policy', { enabled: true, answers: policy.answers, agreements: policy.agreements }).then(() => true, (error) => { say(error.message, 'bad'); return false; });
  if (done) act(async () => receive(await send('GET', '')));
}

async function act(work) {
  if (!state.open) return;
  state.open = false;
  window.__verify.open = false;
  closeBad();
  try { await work(); } finally { state.open = true; window.__verify.open = true; }
}

function give(answer, comment = '') {
  if (!state.question) return;
  const body = { token: state.question.token, answer, comment, seconds: elapsed() };
  act(async () => receive(await send('POST', '/answer', body)));
}

function takeBack() {
  act(async () => receive(await send('POST', '/take-back')));
}

function closeBad() {
  if (badForm.contains(document.activeElement)) document.activeElement.blur();
  badForm.hidden = true;
  part('#bad-question').setAttribute('aria-expanded', 'false');
}

for (const button of desk.querySelectorAll('[data-given]')) button.addEventListener('click', () => {
  if (state.open) button.classList.add('chosen');
  give(button.dataset.given);
  button.blur();
});
part('#bad-question').addEventListener('click', () => {
  if (!badForm.hidden) { closeBad(); return; }
  badForm.hidden = false;
  part('#bad-question').setAttribute('aria-expanded', 'true');
  part('#bad-comment').value = '';
  part('#bad-comment').focus();
});
badForm.addEventListener('submit', (event) => {
  event.preventDefault();
  const words = part('#bad-comment').value.trim();
  if (words) give('bad_question', words); else part('#bad-comment').focus();
});
badForm.addEventListener('keydown', (event) => { if (event.key === 'Escape') closeBad(); });
part('#take-back').addEventListener('click', takeBack);

function showView(name) {
  for (const tab of desk.querySelectorAll('.tabs button')) tab.setAttribute('aria-pressed', String(tab.dataset.view === name));
  document.getElementById('verify').classList.toggle('show-results', name === 'results');
  part('#verify-progress').hidden = name === 'results';
  const url = new URL(location.href);
  if (name === 'results') url.searchParams.set('view', name); else url.searchParams.delete('view');
  history.replaceState(history.state, '', url);
  document.dispatchEvent(new CustomEvent('verify:view', { detail: { view: name } }));
  if (name === 'answer') act(async () => receive(await send('GET', '')));
}
for (const tab of desk.querySelectorAll('.tabs button')) tab.addEventListener('click', () => showView(tab.dataset.view));

async function start() {
  while (!window.__keys) await new Promise((resolve) => setTimeout(resolve, 10));
  const me = await ask('GET', '/api/me').catch(() => ({}));
  state.role = me.role;
  part('.tabs').hidden = me.role === 'annotator';
  state.open = true;
  window.__verify.open = true;
  const wanted = new URLSearchParams(location.search).get('view');
  if (wanted === 'results' && !part('.tabs').hidden) showView('results');
  await act(async () => receive(await send('GET', '')));
  setInterval(() => { if (state.question && document.visibilityState === 'visible') fetch('/api/verify').catch(() => null); }, KEEP_MS);
}
start();
