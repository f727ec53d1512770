// The form's fields as one object, and what ties them together.
const form = element.querySelector('form');
const NAMES = ['text', 'option_a', 'option_b', 'answer_first', 'answer_second', 'pattern', 'note'];
const OTHER = { a: 'b', b: 'a' };
const patterns = new Map(props.patterns.map((pattern) => [pattern.slug, pattern]));

function read() {
  return Object.fromEntries(NAMES.map((name) => [name, form.elements[name].value || '']));
}

function write(fields) {
  for (const name of NAMES) form.elements[name].value = fields[name] || '';
  // a radio group ignores a value it has no button for
  for (const name of ['answer_first', 'answer_second', 'pattern']) {
    if (!fields[name]) form.querySelectorAll('[name=' + name + ']').forEach((radio) => { radio.checked = false; });
  }
  mirrorOptions();
  explain('');
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
  form.querySelector('.definition').textContent = pattern ? pattern.definition : 'Which kind of detail does the question ask about? Point at a pattern to read what it means.';
  const example = pattern && pattern.example;
  form.querySelector('.example').textContent = example ? example.question + ' (a) ' + example.option_a + ' (b) ' + example.option_b : '';
}

form.addEventListener('input', (event) => {
  const { name, value } = event.target;
  if (name.startsWith('option_')) mirrorOptions();
  if (name.startsWith('answer_')) answer(name.slice('answer_'.length), value);
  if (name === 'pattern') explain(value);
});
for (const label of form.querySelectorAll('.pattern')) {
  const slug = label.querySelector('input').value;
  label.addEventListener('pointerenter', () => explain(slug));
  label.addEventListener('pointerleave', () => explain(''));
  label.addEventListener('focusin', () => explain(slug));
  label.addEventListener('focusout', () => explain(''));
}

// On the answers a and b choose, on the patterns 1 to 9.
form.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.type !== 'radio') return;
  const group = event.target.closest('.answer, .grid');
  const radios = [...group.querySelectorAll('input')];
  const key = event.key.toLowerCase();
  const radio = group.matches('.answer') ? radios.find((one) => one.value === key) : radios[Number(key) - 1];
  if (!radio) return;
  event.preventDefault();
  radio.focus();
  radio.click();
});
