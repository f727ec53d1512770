// Suggestions: a question by a model that is asked for it, and a pattern from the question's words.
// Neither is saved by itself; what became of each is told to the server.
const box = form.querySelector('.suggestion');
const askButton = form.querySelector('#suggest');
const patternChip = form.querySelector('#pattern-guess');
let suggesting = null; // what the server says about the model; null until it answered
let waiting = null; // AbortController of the question that is under way
let offered = null; // the model's suggestion on show
let guessed = null; // the pattern on offer
let guessedFrom = '';

function openHelp(next) {
  waiting?.abort();
  waiting = offered = guessed = null;
  guessedFrom = '';
  box.hidden = patternChip.hidden = true;
  openMeter(next);
  if (next && !suggesting) loadSuggesting();
}

async function loadSuggesting() {
  suggesting = await ask('GET', '/api/writing').catch(() => null);
  if (!suggesting) return;
  askButton.hidden = !suggesting.enabled;
  form.querySelector('#suggest-setup').hidden = suggesting.enabled || !suggesting.configured || !suggesting.may_switch;
  askButton.title = 'Sends both images (at most ' + suggesting.pixels + ' pixels a side) to ' + suggesting.model + ' at ' + suggesting.endpoint + ' (Alt+S)';
}

const report = (id, outcome) => ask('PUT', '/api/writing/suggestions/' + id, { outcome }).catch(() => null);

function drawBox(state, ...children) {
  box.dataset.state = state;
  box.replaceChildren(...children);
  box.hidden = false;
  box.scrollIntoView({ block: 'nearest' });
}

function button(label, key, press, kind = '') {
  const made = make('button', { type: 'button', class: kind }, label, key ? make('kbd', {}, key) : null);
  made.addEventListener('click', press);
  return made;
}

async function suggestQuestion() {
  if (!pair || waiting || !suggesting?.enabled) return;
  const mine = waiting = new AbortController();
  drawBox('asking', make('p', { class: 'told' }, 'Asking ' + suggesting.model + ' about both images, at ' + suggesting.endpoint),
    make('div', { class: 'choices' }, button('Cancel', '', () => { mine.abort(); box.hidden = true; question.focus(); })));
  try {
    const options = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ pair_id: pair.id }), signal: mine.signal };
    const answer = await fetch('/api/writing/question', options);
    const content = await answer.json().catch((error) => { if (answer.ok) throw error; return {}; });
    if (waiting !== mine) return;
    if (answer.ok) offer(content);
    else refused(content.message || 'The server refused (' + answer.status + ').');
  } catch (error) {
    if (error.name !== 'AbortError' && waiting === mine) refused('The server does not answer.');
  } finally {
    if (waiting === mine) waiting = null;
  }
}

function refused(message) {
  drawBox('refused', make('p', { class: 'told' }, message),
    make('div', { class: 'choices' }, button('Try again', '', () => { waiting = null; suggestQuestion(); }), button('Close', '', () => { box.hidden = true; })));
}

function offer(suggestion) {
  offered = suggestion;
  const { text, option_a: a, option_b: b, pattern } = suggestion.fields;
  const letter = (name) => make('b', { class: 'letter' }, name);
  drawBox('offered', make('p', { class: 'told' }, 'Suggested by ' + suggestion.source + '. Check it against both images.'),
    make('p', { class: 'asked' }, text),
    make('p', { class: 'offers' }, make('span', {}, letter('a'), a), make('span', {}, letter('b'), b)),
    pattern ? make('p', { class: 'of' }, patterns.get(pattern)?.name || pattern) : null,
    make('div', { class: 'choices' }, button('Use it', 'Alt ↵', takeOver, 'take'), button('Dismiss', 'Alt ⌫', dismiss)));
}

function takeOver() {
  if (!offered) return;
  const { id, fields } = offered;
  offered = null;
  box.hidden = true;
  report(id, 'accepted');
  // Which answer is right, a person says.
  apply({ ...fields, answer_first: '', answer_second: '', statement_first: '', statement_second: '' }, 'took the suggestion over', 'text', () => report(id, 'dismissed'));
}

function dismiss() {
  if (!offered) return;
  report(offered.id, 'dismissed');
  offered = null;
  box.hidden = true;
  question.focus();
}

// What the words suggest is asked once one leaves a field, and only while no pattern is chosen.
async function guessPattern() {
  const fields = read();
  const from = JSON.stringify([fields.text, fields.option_a, fields.option_b]);
  if (!pair || fields.pattern || !fields.text.trim() || from === guessedFrom) return drawGuess();
  guessedFrom = from;
  const id = pair.id;
  const found = await ask('POST', '/api/writing/pattern', { ...fields, pair_id: id }).catch(() => null);
  if (!pair || pair.id !== id || from !== guessedFrom) return undefined;
  guessed = found && found.suggestion;
  return drawGuess();
}

function drawGuess() {
  const name = guessed && patterns.get(guessed.fields.pattern)?.name;
  patternChip.hidden = !name || Boolean(read().pattern);
  patternChip.querySelector('span').textContent = name || '';
}

function takePattern() {
  if (patternChip.hidden) return;
  const { id, fields } = guessed;
  report(id, 'accepted');
  apply(fields, 'took the suggested pattern over', 'pattern', () => { report(id, null); drawGuess(); });
  explain('');
  drawGuess();
}

askButton.addEventListener('click', suggestQuestion);
patternChip.addEventListener('click', takePattern);
form.addEventListener('input', drawGuess);
form.addEventListener('keydown', (event) => {
  if (!event.altKey || event.ctrlKey || event.metaKey) return;
  const press = { KeyS: askButton.hidden ? null : suggestQuestion, KeyP: patternChip.hidden ? null : takePattern };
  if (offered) Object.assign(press, { Enter: takeOver, Backspace: dismiss });
  const act = press[event.code];
  if (!act) return;
  event.preventDefault();
  act();
});
