// Somebody saved meanwhile: theirs and mine with what differs, until one of them is chosen.
const dialog = element.querySelector('dialog');
const part = (selector) => dialog.querySelector(selector);
const FORS = { first: 'first image', second: 'second image' };
let settle = () => {};

function option(words, other, pieces, letter, kind) {
  const right = words.answer_first === letter ? 'first' : words.answer_second === letter ? 'second' : '';
  const differs = other && words.answer_first !== other.answer_first;
  return make('div', {}, make('dt', {}, letter), make('dd', {}, ...marked(pieces, [kind])),
    right ? make('span', { class: 'for' + (differs ? ' other' : '') }, FORS[right]) : null);
}

// Statements for MMVP-VLM, where one of the two texts has them by hand.
function statements(side, other, { diff }, kind) {
  if (!side.statement_first && !(other && other.statement_first)) return null;
  if (!side.statement_first) return make('p', { class: 'note' }, 'Statements for MMVP-VLM: as the question says');
  const line = (which) => make('div', {}, make('dd', {}, ...marked(diff['statement_' + which], [kind])), make('span', { class: 'for' }, FORS[which]));
  return make('dl', { class: 'said' }, line('first'), line('second'));
}

function words(side, other, { diff, patterns }, kind) {
  const note = side.note && (!other || side.note !== other.note) ? make('p', { class: 'note' }, 'Note: ' + side.note) : null;
  const differs = other && side.pattern !== other.pattern;
  return [
    make('p', { class: 'text' }, ...marked(diff.text, [kind])),
    make('dl', {}, option(side, other, diff.option_a, 'a', kind), option(side, other, diff.option_b, 'b', kind)),
    make('p', { class: 'pattern' + (differs ? ' other' : '') }, patterns[side.pattern] || 'No visual pattern'),
    statements(side, other, { diff }, kind),
    note,
  ].filter(Boolean);
}

function ask(conflict, { isOpen, obstacle }) {
  const who = conflict.is_me ? 'You' : conflict.by || 'Somebody';
  part('h2').textContent = who + (conflict.theirs ? ' saved another text meanwhile' : ' changed this pair meanwhile');
  part('.told').textContent = 'Nothing is lost: yours is kept as a draft until you choose.';
  part('#both-theirs').textContent = conflict.is_me ? 'From your other window, saved' : (conflict.by ? conflict.by + '’s, saved' : 'Saved');
  const saved = conflict.theirs ? words(conflict.theirs, conflict.mine, conflict, 'removed') : [make('p', { class: 'decided' }, who + ' ' + conflict.decided + '. There is no question now.')];
  part('.theirs .words').replaceChildren(...saved);
  part('.mine .words').replaceChildren(...words(conflict.mine, conflict.theirs, conflict, 'added'));
  part('.why-not').textContent = obstacle ? obstacle + '. Yours can be saved after that.' : '';
  part('.why-not').hidden = !obstacle;
  part('[data-choice=theirs]').textContent = conflict.is_me ? 'Keep the saved one' : 'Keep theirs';
  part('[data-choice=mine]').textContent = isOpen ? 'Use mine' : 'Accept it and use mine';
  part('[data-choice=mine]').disabled = Boolean(obstacle);
  part('[data-choice=edit]').hidden = Boolean(obstacle) || !isOpen;
  dialog.showModal();
  part('h2').focus();
  part('.sides').scrollTop = 0;
  return new Promise((resolve) => { settle = resolve; });
}

function choose(choice) {
  dialog.close();
  settle(choice);
}
for (const button of dialog.querySelectorAll('[data-choice]')) button.addEventListener('click', () => choose(button.dataset.choice));
dialog.addEventListener('cancel', (event) => { event.preventDefault(); choose('edit'); });
window.__both_texts = { ask };
