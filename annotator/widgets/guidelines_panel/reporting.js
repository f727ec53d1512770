// Reporting a problem: which question is meant, what may be said about it, and sending it.
const KINDS = {
  wrong_key: 'The key is wrong',
  ambiguous: 'It is ambiguous',
  both_right: 'Both options are right',
  image: 'Something is wrong with an image',
  wording: 'The wording',
  other: 'Something else',
};
const blind = props.page === 'verify';
const dialog = element.querySelector('#problem-dialog');
const report = dialog.querySelector('form');
const toast = element.querySelector('.gl-toast');
const here = { pair: null };
let fading = 0;

function tell(text) {
  clearTimeout(fading);
  toast.textContent = text;
  fading = setTimeout(() => { toast.textContent = ''; }, 5000);
}

// Who verifies has not seen the key and is never told which pair it is.
function target() {
  if (blind) return window.__verify && window.__verify.token;
  if (props.page === 'adjudicate') return window.__adjudicate && window.__adjudicate.pair;
  return here.pair;
}

const kinds = Object.entries(KINDS).filter(([kind]) => !blind || kind !== 'wrong_key');
dialog.querySelector('.gl-kinds').append(...kinds.map(([value, text]) =>
  make('label', {}, make('input', { type: 'radio', name: 'kind', value }), text)));
dialog.querySelector('.gl-hint').textContent = blind
  ? 'A reviewer looks at it. Answer the question all the same, as well as you can.'
  : 'A reviewer looks at it. The question stays as it is until then.';

function complain(text) {
  const place = report.querySelector('.gl-problem');
  place.textContent = text;
  place.hidden = !text;
}

element.querySelector('#report-problem').addEventListener('click', () => {
  if (target() === null || target() === undefined) { tell('There is no question here to report.'); return; }
  report.reset();
  complain('');
  dialog.dataset.target = String(target());
  dialog.showModal();
});
for (const button of dialog.querySelectorAll('.gl-close, .gl-cancel')) button.addEventListener('click', () => dialog.close());
dialog.addEventListener('keydown', (event) => event.stopPropagation()); // the page's own keys rest meanwhile
report.addEventListener('submit', async (event) => {
  event.preventDefault();
  const kind = report.elements.kind.value;
  const words = report.elements.words.value.trim();
  if (!kind) { complain('Choose what is wrong.'); return; }
  if (!words) { complain('Say in a sentence what you see.'); report.elements.words.focus(); return; }
  const send = report.querySelector('.gl-send');
  send.disabled = true;
  try {
    const meant = dialog.dataset.target;
    const answer = blind
      ? await ask('POST', '/api/verify/problem', { token: meant, kind, words })
      : await ask('POST', '/api/pairs/' + meant + '/problems', { kind, words, seen_on: props.page });
    dialog.close();
    tell(answer.message);
    document.dispatchEvent(new CustomEvent('problems:changed'));
  } catch (error) { complain(error.message); } finally { send.disabled = false; }
});
