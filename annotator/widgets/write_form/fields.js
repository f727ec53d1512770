// The form's fields as one object, and what ties them together.
const form = element.querySelector('form');
const NAMES = ['text', 'option_a', 'option_b', 'answer_first', 'answer_second', 'pattern', 'note', 'statement_first', 'statement_second'];
const OTHER = { a: 'b', b: 'a' };
const TYPING_MS = 800;
const patterns = new Map();
const retired = new Map();
let outOfUse = '';
let tag = null; // whose pattern it is that the question is read with, where not its author's
let quotasShown = {};

function drawPatterns(list) {
  const chosen = form.elements.pattern ? form.elements.pattern.value : '';
  patterns.clear();
  for (const pattern of list) patterns.set(pattern.slug, pattern);
  form.querySelector('.grid').replaceChildren(...list.map(({ slug, name }, place) => make('label', { class: 'pattern', title: 'Number ' + (place + 1) },
    make('input', { type: 'radio', name: 'pattern', id: 'pattern-' + slug, value: slug, checked: slug === chosen }),
    make('span', {}, name, make('small', { class: 'quota' })))));
  drawQuotas(quotasShown);
}

// The set may have changed since the server started; a page that was open before is told when it saves.
async function askPatterns() {
  const answer = await fetch('/api/patterns').catch(() => null);
  const told = answer && answer.ok && await answer.json().catch(() => null);
  if (!told) return;
  const { patterns: found } = told;
  for (const { slug, name, status } of found) if (status === 'retired') retired.set(slug, name);
  const inUse = found.filter(({ status }) => status === 'in use');
  if (JSON.stringify(inUse.map(({ slug, name, definition }) => [slug, name, definition])) === JSON.stringify([...patterns.values()].map(({ slug, name, definition }) => [slug, name, definition]))) return;
  drawPatterns(inUse);
}

function read() {
  return Object.fromEntries(NAMES.map((name) => [name, isSuggested(name) ? '' : form.elements[name].value || '']));
}

function write(fields) {
  for (const name of NAMES) form.elements[name].value = fields[name] || '';
  // a radio group ignores a value it has no button for
  for (const name of ['answer_first', 'answer_second', 'pattern']) {
    if (!fields[name]) form.querySelectorAll('[name=' + name + ']').forEach((radio) => { radio.checked = false; });
  }
  outOfUse = (!patterns.has(fields.pattern) && retired.get(fields.pattern)) || '';
  mirrorOptions();
  placeStatements();
  explain('');
  drawTag();
}

function sayTag(pattern, found) {
  tag = found ? { ...found, pattern } : null;
  drawTag();
}

// Only beside the pattern it is about: who chooses another one is believed.
function drawTag() {
  const line = form.querySelector('.tagged');
  line.hidden = !tag || form.elements.pattern.value !== tag.pattern;
  if (!line.hidden) line.textContent = 'Tagged by ' + tag.found_by + ', ' + Math.round(100 * tag.confidence) + ' % sure. The question itself says ' + tag.said + '.';
}

function mirrorOptions() {
  for (const choice of form.querySelectorAll('.choice')) {
    const letter = choice.querySelector('input').value;
    const text = form.elements['option_' + letter].value.trim();
    choice.querySelector('span').textContent = text;
    choice.title = text;
  }
}

// The two answers must differ, so choosing one chooses the other.
function answer(side, letter) {
  form.elements['answer_' + side].value = letter;
  form.elements['answer_' + (side === 'first' ? 'second' : 'first')].value = OTHER[letter];
}

// The definition of the pattern one points at, else of the chosen one.
function explain(slug) {
  const pattern = patterns.get(slug) || patterns.get(form.elements.pattern.value);
  form.querySelector('.definition').textContent = pattern ? pattern.definition : outOfUse ? '“' + outOfUse + '” is out of use: the question keeps it, but choose another if you save.' : 'Which kind of detail does the question ask about? Point at a pattern to read what it means.';
  const example = pattern && pattern.example;
  form.querySelector('.example').textContent = example ? example.question + ' (a) ' + example.option_a + ' (b) ' + example.option_b : '';
}

// How far each pattern's quota is filled: text under its name, nothing where no quota is set.
function drawQuotas(quotas) {
  quotasShown = quotas || {};
  for (const label of form.querySelectorAll('.pattern')) {
    const quota = (quotas || {})[label.querySelector('input').value];
    const full = Boolean(quota) && quota.n >= quota.target;
    const words = quota ? quota.n + ' of ' + quota.target + (full ? ', full' : '') : '';
    label.querySelector('.quota').textContent = words;
    label.classList.toggle('full', full);
  }
}

form.addEventListener('input', (event) => {
  const { name, value } = event.target;
  if (name.startsWith('option_')) mirrorOptions();
  if (name.startsWith('answer_')) answer(name.slice('answer_'.length), value);
  if (name === 'pattern') { explain(value); drawTag(); }
});
for (const [name, reads] of [['pointerover', true], ['pointerout', false], ['focusin', true], ['focusout', false]]) {
  form.querySelector('.grid').addEventListener(name, (event) => {
    const label = event.target.closest('.pattern');
    if (label) explain(reads ? label.querySelector('input').value : '');
  });
}

// With more than nine patterns a second digit, typed soon after, makes 12 of 1 and 2.
const typed = { digits: '', at: 0 };
function numbered(key, n) {
  if (!/^[0-9]$/.test(key)) return 0;
  const goesOn = n > 9 && performance.now() - typed.at < TYPING_MS;
  const both = Number(typed.digits + key);
  typed.digits = goesOn && both <= n ? String(both) : key;
  typed.at = performance.now();
  return Number(typed.digits);
}

// On the answers a and b choose, on the patterns their number.
form.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.type !== 'radio') return;
  const group = event.target.closest('.answer, .grid');
  const radios = [...group.querySelectorAll('input')];
  const key = event.key.toLowerCase();
  const radio = group.matches('.answer') ? radios.find((one) => one.value === key) : radios[numbered(key, radios.length) - 1];
  if (!radio) return;
  event.preventDefault();
  radio.focus();
  radio.click();
});

drawPatterns(props.patterns);
const patternsAsked = askPatterns();
