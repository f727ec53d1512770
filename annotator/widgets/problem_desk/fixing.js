// A question and its key as elements, what a new version changes in it, and the form to put it right.
const COMPARE_MS = 250;

function keyLine(question, mark) {
  const first = question.answer_first === 'a' ? question.option_a : question.option_b;
  const second = question.answer_first === 'a' ? question.option_b : question.option_a;
  return make('p', { class: mark ? 'pd-key other' : 'pd-key' }, 'First image: ', make('b', {}, first), ' · second image: ', make('b', {}, second));
}

function questionView(question) {
  return make('div', { class: 'pd-question' }, make('p', { class: 'text' }, question.question),
    make('p', {}, '(a) ' + question.option_a), make('p', {}, '(b) ' + question.option_b), keyLine(question, false));
}

function changeView({ diff, other_key: otherKey, other_pattern: otherPattern }, after) {
  return make('div', { class: 'pd-question pd-changes' }, make('p', { class: 'text' }, ...marked(diff.question)),
    make('p', {}, '(a) ', ...marked(diff.option_a)), make('p', {}, '(b) ', ...marked(diff.option_b)),
    after ? keyLine(after, otherKey) : null,
    otherKey ? make('p', { class: 'other' }, 'The answers are swapped.') : null,
    otherPattern ? make('p', { class: 'other' }, 'Another visual pattern.') : null);
}

function labelled(text, field, wide) {
  return make('label', { class: wide ? 'wide' : '' }, text, field);
}

function textField(name, value) {
  const field = make('input', { name, maxlength: 2000, autocomplete: 'off' });
  field.value = value;
  return field;
}

function choice(name, entries, value) {
  const field = make('select', { name }, ...entries.map(([key, text]) => make('option', { value: key }, text)));
  field.value = value;
  return field;
}

function wordsOf(form) {
  const { question, option_a: a, option_b: b, answer_first: first, pattern, reason } = form.elements;
  return {
    reason: reason.value,
    question: { question: question.value, option_a: a.value, option_b: b.value, answer_first: first.value, answer_second: first.value === 'a' ? 'b' : 'a', pattern: pattern.value },
  };
}

// The difference from what stands is drawn while one types, by the server that also keeps it.
function fixForm(pair, patterns, save, close) {
  const words = pair.question;
  const preview = make('div', { class: 'pd-preview', 'aria-live': 'polite' });
  const told = make('p', { class: 'pd-wrong', role: 'alert', hidden: true });
  const cancel = make('button', { type: 'button' }, 'Cancel');
  const form = make('form', { class: 'pd-form', 'data-keys': 'off' },
    labelled('Question', textField('question', words.question), true),
    labelled('Option a', textField('option_a', words.option_a)), labelled('Option b', textField('option_b', words.option_b)),
    labelled('Right for the first image', choice('answer_first', [['a', 'a'], ['b', 'b']], words.answer_first)),
    labelled('Visual pattern', choice('pattern', patterns.map(({ slug, name }) => [slug, name]), words.pattern)),
    labelled('Why is it changed?', textField('reason', ''), true),
    preview, told,
    make('div', { class: 'pd-send' }, make('button', { type: 'submit', class: 'primary' }, 'Save the new version'), cancel));
  let timer = 0;
  let asked = 0;
  const compare = async () => {
    const mine = ++asked;
    const { question } = wordsOf(form);
    const found = await ask('POST', '/api/problems/pairs/' + pair.pair_id + '/compare', { question }).catch((error) => ({ problem: error.message }));
    if (mine !== asked) return;
    told.textContent = found.problem;
    told.hidden = !found.problem;
    if (found.diff) preview.replaceChildren(make('small', {}, 'What changes'), changeView(found, question));
  };
  form.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(compare, COMPARE_MS); });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const given = wordsOf(form);
    if (!given.reason.trim()) { told.textContent = 'Say why it is changed.'; told.hidden = false; form.elements.reason.focus(); return; }
    save(given);
  });
  form.addEventListener('keydown', (event) => { if (event.key === 'Escape') close(); });
  cancel.addEventListener('click', close);
  compare();
  return form;
}
