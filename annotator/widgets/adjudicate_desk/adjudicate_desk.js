// One dispute at a time; a ruling needs a reason. `window.__adjudicate` is what tests wait for.
const part = (selector) => element.querySelector(selector);
const message = part('#message');
const form = part('#rule');
const bench = { data: null, ruling: null, question: null, open: false, hiding: 0 };
window.__adjudicate = { done: false, pair: null, drawn: 0, open: false };
const WHAT = {
  swap: 'The option that was right for the first image becomes right for the second, and the other way round. Blind answers so far are judged by the new key.',
  keep: 'Question and key stay as they are. The blind answers so far are set aside, and people who have not seen the question are asked.',
  choose: 'This version stands from now on. Blind answers that were given to its very words count.',
  merge: 'What stands from now on; the words of the other versions are above. Other words are asked anew.',
  send_back: 'Its authors get their words back as drafts and write again. Nothing is lost.',
  reject: 'The pair leaves the benchmark.',
};

function say(text, kind = '') {
  clearTimeout(bench.hiding);
  message.textContent = text;
  message.dataset.kind = kind;
  if (text) bench.hiding = setTimeout(() => { message.textContent = ''; }, 4500 + text.length * 40);
}

async function send(method, path, body) {
  const options = { method, headers: { 'Content-Type': 'application/json' } };
  if (body) options.body = JSON.stringify(body);
  const answer = await fetch(path, options).catch(() => null);
  if (!answer) return { ok: false, data: { message: 'The server does not answer; nothing was changed.' } };
  const data = answer.status === 204 ? {} : await answer.json().catch(() => null);
  if (!data) return { ok: false, data: { message: "The server's answer was cut off. Load the page again to see what was kept." } };
  if (!answer.ok && !data.message) data.message = 'The server refused; nothing was changed.';
  return { ok: answer.ok, data };
}

async function act(work) {
  if (!bench.open) return;
  bench.open = window.__adjudicate.open = false;
  try { await work(); } finally { bench.open = window.__adjudicate.open = true; }
}

async function receive({ ok, data }) {
  say(data.message || '', ok ? '' : 'bad');
  if (!('lines' in data)) return;
  const before = bench.data && bench.data.dispute;
  bench.data = data;
  const { dispute } = data;
  document.getElementById('adjudicate').classList.toggle('nothing-here', !dispute);
  part('.bench').hidden = !dispute;
  part('.nothing').hidden = Boolean(dispute);
  drawList(data);
  if (ok || !dispute || !before || before.pair_id !== dispute.pair_id) close();
  if (dispute) {
    await window.__viewer.show({ id: dispute.pair_id, first: dispute.first, second: dispute.second });
    drawDispute(dispute, data.patterns);
  } else window.__viewer.clear();
  const url = new URL(location.href);
  if (dispute) url.searchParams.set('pair', dispute.pair_id); else url.searchParams.delete('pair');
  history.replaceState(history.state, '', url);
  Object.assign(window.__adjudicate, { done: true, pair: dispute ? dispute.pair_id : null, drawn: window.__adjudicate.drawn + 1 });
}

function drawList({ lines, dispute }) {
  part('.list .n').textContent = count(lines.length);
  part('.list').hidden = !lines.length && !dispute;
  part('.list ol').replaceChildren(...lines.map((line) => {
    const button = make('button', { type: 'button', 'aria-current': Boolean(dispute) && line.pair_id === dispute.pair_id && 'true', title: line.question },
      ...line.images.map((src) => make('img', { src, alt: '', loading: 'lazy' })),
      make('div', {}, make('b', {}, 'Pair ' + line.pair_id), make('small', {}, line.why.join(' · '))));
    button.addEventListener('click', () => open(line.pair_id));
    return make('li', {}, button);
  }));
  const at = place();
  part('#previous').disabled = at <= 0;
  part('#next').disabled = at < 0 ? !lines.length : at >= lines.length - 1;
}

const place = () => bench.data.lines.findIndex(({ pair_id: id }) => bench.data.dispute && id === bench.data.dispute.pair_id);
const open = (id) => act(async () => receive(await send('GET', '/api/adjudicate' + (id === null ? '' : '?pair=' + encodeURIComponent(id)))));

function drawDispute(dispute, patterns) {
  const line = bench.data.lines.find(({ pair_id: id }) => id === dispute.pair_id);
  part('.why .name').textContent = 'Pair ' + dispute.pair_id;
  part('.why .state').textContent = dispute.state;
  part('.why .state').dataset.state = dispute.state;
  part('.why .hint').textContent = dispute.looks_swapped
    ? 'Everybody chose the other option about both images: the answers are probably swapped.'
    : line ? line.why.join(' · ') : 'This pair is not in dispute.';
  part('.why .hint').classList.toggle('swapped', dispute.looks_swapped);
  part('#swap').classList.toggle('suggested', dispute.looks_swapped);
  part('.columns').replaceChildren(...dispute.versions.map((version) => versionCard(version, patterns, (question) => start('choose', question))));
  part('tbody').replaceChildren(...dispute.voices.map(voiceRow));
  part('.voices .scroll').hidden = !dispute.voices.length;
  part('.no-voices').hidden = Boolean(dispute.voices.length);
  part('.voices header span').textContent = dispute.voices.length ? plural(dispute.voices.length, 'answer') : '';
  part('.opinions').replaceChildren(...dispute.opinions.map(opinion));
  part('.rulings').replaceChildren(...dispute.rulings.map(pastRuling));
  part('.rulings-head').hidden = !dispute.rulings.length;
  part('.opinions-head').hidden = !dispute.opinions.length;
  part('#swap').hidden = part('#keep').hidden = !dispute.current;
  const picker = form.pattern;
  picker.replaceChildren(...patterns.map(({ slug, name }) => make('option', { value: slug }, name)));
}

function start(ruling, question = null) {
  if (!bench.data || !bench.data.dispute) return;
  if (bench.ruling === ruling && !question) { close(); return; }
  bench.ruling = ruling;
  bench.question = question;
  form.hidden = false;
  part('#rule .what').textContent = WHAT[ruling];
  part('.words').hidden = ruling !== 'merge';
  const { dispute } = bench.data;
  if (ruling === 'merge') {
    const words = dispute.current || (dispute.versions[0] && dispute.versions[0].question) || {};
    for (const name of ['question', 'option_a', 'option_b', 'answer_first', 'pattern']) if (words[name]) form[name].value = words[name];
  }
  form.reason.value = ruling === 'swap' && dispute.looks_swapped ? 'All blind answers were the other way round.' : '';
  for (const button of element.querySelectorAll('[data-ruling]')) button.classList.toggle('chosen', button.dataset.ruling === ruling);
  (ruling === 'merge' ? form.question : form.reason).focus();
}

function close() {
  if (form.contains(document.activeElement)) document.activeElement.blur();
  form.hidden = true;
  bench.ruling = bench.question = null;
  for (const button of element.querySelectorAll('[data-ruling]')) button.classList.remove('chosen');
}

function words() {
  if (bench.ruling === 'choose') return bench.question;
  if (bench.ruling !== 'merge') return null;
  const first = form.answer_first.value;
  return { question: form.question.value, option_a: form.option_a.value, option_b: form.option_b.value, answer_first: first, answer_second: first === 'a' ? 'b' : 'a', pattern: form.pattern.value };
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const reason = form.reason.value.trim();
  if (!reason) { say('A ruling needs a reason. One sentence is enough.', 'bad'); form.reason.focus(); return; }
  const { pair_id: id, version } = bench.data.dispute;
  const body = { version, ruling: bench.ruling, reason, question: words() };
  act(async () => receive(await send('POST', '/api/adjudicate/' + id, body)));
});
form.addEventListener('keydown', (event) => { if (event.key === 'Escape') { event.stopPropagation(); close(); } });
part('.cancel').addEventListener('click', close);
for (const button of element.querySelectorAll('[data-ruling]')) button.addEventListener('click', () => start(button.dataset.ruling));
const undo = () => act(async () => receive(await send('POST', '/api/adjudicate/undo')));
part('#undo-ruling').addEventListener('click', undo);
part('#undo-empty').addEventListener('click', undo);
part('#redo-ruling').addEventListener('click', () => act(async () => receive(await send('POST', '/api/adjudicate/redo'))));
part('#previous').addEventListener('click', () => { const at = place(); if (at > 0) open(bench.data.lines[at - 1].pair_id); });
part('#next').addEventListener('click', () => { const { lines } = bench.data; const at = place(); if (at < lines.length - 1) open(lines[at + 1].pair_id); });

async function begin() {
  while (!window.__viewer || !window.__keys) await new Promise((resolve) => setTimeout(resolve, 10));
  bench.open = window.__adjudicate.open = true;
  const wanted = new URLSearchParams(location.search).get('pair');
  await open(/^[0-9]{1,18}$/.test(wanted || '') ? wanted : null);
}
begin();
