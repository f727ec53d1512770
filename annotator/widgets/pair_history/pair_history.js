// The timeline of the pair on the page, read anew whenever the page shows a pair.
const panel = element.querySelector('.panel');
const part = (selector) => panel.querySelector(selector);
let pairId = null;
let version = 0;
let asked = 0;

function questionOf({ question }) {
  const side = (letter) => (question.answer_first === letter ? 'first image' : 'second image');
  const option = (letter) => make('div', {}, make('dt', {}, letter), make('dd', {}, ...marked(question.diff['option_' + letter])),
    make('span', { class: 'for' + (question.other_key ? ' other' : '') }, side(letter)));
  return make('div', { class: 'question' },
    make('p', { class: 'text' }, ...marked(question.diff.text)),
    make('dl', {}, option('a'), option('b')),
    make('p', { class: 'pattern' + (question.other_pattern ? ' other' : '') }, question.pattern_name),
    question.statement_first ? make('dl', { class: 'said' }, ...['first', 'second'].map((which) => make('div', {},
      make('dd', {}, ...marked(question.diff['statement_' + which])), make('span', { class: 'for' }, which + ' image')))) : null,
    question.note ? make('p', { class: 'note' }, 'Note: ' + question.note) : null);
}

function answerOf({ answer }) {
  return make('p', { class: 'answer' }, answer.side + ' image: ', make('b', {}, answer.said), answer.comment ? ' “' + answer.comment + '”' : '');
}

function restoreButton(entry) {
  const button = make('button', { type: 'button', class: 'restore' }, 'Restore this version');
  button.addEventListener('click', () => window.dispatchEvent(new CustomEvent('mmvp:restore', { detail: { version, event_id: entry.id } })));
  return button;
}

function line(entry) {
  const badge = entry.is_current ? make('span', { class: 'badge now' }, 'stands now') : entry.stands ? null : make('span', { class: 'badge' }, 'taken back');
  return make('li', { 'data-kind': entry.kind, 'data-id': entry.id, class: entry.stands ? '' : 'gone' },
    make('p', { class: 'what' }, make('b', {}, entry.by || 'The program'), ' ' + entry.what, badge),
    make('p', { class: 'when' }, when(entry.at, ''), ' · ' + entry.state),
    entry.why ? make('p', { class: 'why' }, entry.why) : null,
    entry.question ? questionOf(entry) : null,
    entry.answer ? answerOf(entry) : null,
    entry.restorable ? restoreButton(entry) : null);
}

function limits({ n_hidden: hidden, only_own: own }) {
  if (own) return 'Several people annotate this pair on their own, so you see only what you did.';
  if (!hidden) return '';
  return plural(hidden, 'blind answer') + (hidden === 1 ? ' is' : ' are') + ' not shown, because you may still be asked about this pair.';
}

function tell(place, text) {
  part(place).textContent = text;
  part(place).hidden = !text;
}

async function load() {
  if (panel.hidden) return;
  const mine = ++asked;
  panel.dataset.state = 'waiting';
  part('h2').textContent = pairId === null ? 'History' : 'History of pair ' + pairId;
  try {
    const found = pairId === null ? { entries: [], n_older: 0, version: 0 } : await ask('GET', '/api/pairs/' + pairId + '/history');
    if (mine !== asked) return;
    version = found.version;
    tell('.limits', limits(found));
    tell('.problem', '');
    tell('.older', found.n_older ? plural(found.n_older, 'older event') + ' not shown; mmvp history lists them.' : '');
    part('.nothing').hidden = found.entries.length > 0;
    part('ol').replaceChildren(...found.entries.map(line));
  } catch (error) {
    if (mine !== asked) return;
    part('ol').replaceChildren();
    part('.nothing').hidden = true;
    tell('.problem', error.message);
  }
  panel.dataset.state = 'ready';
}

function toggle(open) {
  panel.hidden = !open;
  if (!open) panel.dataset.state = 'closed';
  document.querySelector('#show-history')?.setAttribute('aria-expanded', String(open));
  if (open) load();
}

document.addEventListener('click', (event) => { if (event.target.closest?.('#show-history')) toggle(panel.hidden); });
document.addEventListener('review:pair', (event) => { pairId = event.detail.pairId; load(); });
part('.close').addEventListener('click', () => { toggle(false); document.querySelector('#show-history')?.focus(); });
panel.addEventListener('keydown', (event) => { if (event.key === 'Escape') toggle(false); });
