// The statements for MMVP-VLM: one an image, as the question says it until somebody changes it.
const section = form.querySelector('.statements');
const SIDES = ['first', 'second'];
const KEPT_OPEN = 'mmvp_statements';
const byHand = { first: false, second: false };
let suggested = {}; // by image, as the last check found it
let firstLetter = '';

const statement = (side) => form.elements['statement_' + side];
const isSuggested = (name) => name.startsWith('statement_') && !byHand[name.slice('statement_'.length)];

// After the form was filled: an empty statement follows the question.
function placeStatements() {
  for (const side of SIDES) byHand[side] = Boolean(statement(side).value.trim());
  firstLetter = form.elements.answer_first.value;
  fillStatements();
}

function fillStatements() {
  for (const side of SIDES) {
    const field = statement(side);
    if (!byHand[side] && document.activeElement !== field) field.value = suggested[side] || '';
    field.disabled = !byHand[side] && !suggested[side];
    section.querySelector('[data-side=' + side + '] .as-said').hidden = !byHand[side];
  }
  const n = SIDES.filter((side) => byHand[side]).length;
  section.dataset.hands = n;
  section.querySelector('.state').textContent = ['as the question says', 'one by hand', 'both by hand'][n];
}

// What the check says of them: {} while the options or their answers are missing.
function drawStatements(images) {
  suggested = Object.fromEntries(Object.entries(images).map(([side, one]) => [side, one.suggested]));
  for (const side of SIDES) {
    const one = images[side];
    const count = section.querySelector('[data-side=' + side + '] .count');
    count.textContent = one ? one.tokens + ' of ' + one.limit + ' tokens' : '';
    count.classList.toggle('over', Boolean(one) && one.tokens > one.limit);
  }
  section.dataset.state = images.first ? 'ready' : 'waiting';
  fillStatements();
}

function openStatements(next) {
  section.open = localStorage.getItem(KEPT_OPEN) === 'open';
  drawStatements({});
  if (next && section.open) check();
}

const reveal = (name) => { if (name.startsWith('statement_')) section.open = true; };

// The image whose answer changes takes the other's words with it.
function swapStatements() {
  if (!byHand.first && !byHand.second) return;
  const [first, second] = SIDES.map((side) => (byHand[side] ? statement(side).value : ''));
  statement('first').value = second;
  statement('second').value = first;
  [suggested.first, suggested.second] = [suggested.second, suggested.first];
  placeStatements();
}

form.addEventListener('input', ({ target }) => {
  if (target.name.startsWith('answer_')) {
    const letter = form.elements.answer_first.value;
    if (firstLetter && letter !== firstLetter) swapStatements();
    firstLetter = letter;
  }
  if (!target.name.startsWith('statement_')) return;
  const side = target.name.slice('statement_'.length);
  byHand[side] = Boolean(target.value.trim()) && target.value.trim() !== suggested[side];
  fillStatements();
});
section.addEventListener('focusout', fillStatements);
section.addEventListener('toggle', () => {
  localStorage.setItem(KEPT_OPEN, section.open ? 'open' : 'closed');
  if (section.open && pair && !suggested.first) check();
});
for (const side of SIDES) {
  section.querySelector('[data-side=' + side + '] .as-said').addEventListener('click', () => {
    byHand[side] = false;
    fillStatements();
    statement(side).focus();
    changed(0);
  });
}
