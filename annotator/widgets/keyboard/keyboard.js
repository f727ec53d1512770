// Any button with aria-keyshortcuts is pressed by those keys, wherever it is and whoever drew it.
const sheet = element.querySelector('#shortcuts');
const FIELDS = 'textarea, select, [contenteditable], [role=textbox], [role=listbox], [role=combobox], [data-keys=off]';
const NO_TEXT = /^(checkbox|radio|range|button|submit|color|file)$/;

function typing(event) {
  const target = event.composedPath()[0];
  if (!(target instanceof Element)) return false;
  if (target.closest(FIELDS)) return true;
  return target.tagName === 'INPUT' && !NO_TEXT.test(target.type);
}

// Letters by what they print, or by their place on the keyboard where the layout is not Latin.
function nameOf(event) {
  if (event.key === '+') return 'plus'; // in a list of shortcuts a + joins keys
  if (/^[\x21-\x7e]$/.test(event.key)) return event.key.toLowerCase();
  const letter = /^Key([A-Z])$/.exec(event.code);
  return letter && event.key.length === 1 ? letter[1].toLowerCase() : event.key.toLowerCase();
}

function having(name) {
  return [...document.querySelectorAll('button[aria-keyshortcuts]')]
    .filter((button) => button.getAttribute('aria-keyshortcuts').toLowerCase().split(' ').includes(name));
}

function press(name) {
  for (const button of having(name)) {
    if (button.disabled || button.getClientRects().length === 0) continue;
    button.click();
    return true;
  }
  return false;
}

function pressed(event) {
  if (event.defaultPrevented || event.isComposing || sheet.open) return;
  const command = event.ctrlKey || event.metaKey;
  if (command && event.key === 'Enter') {
    event.preventDefault();
    if (!event.repeat) press('control+enter');
    return;
  }
  if (typing(event)) {
    // later: a field may first put its old value back, which leaving it would save
    const [field] = event.composedPath();
    if (event.key === 'Escape') setTimeout(() => field.blur());
    return;
  }
  if (command && event.key.toLowerCase() === 'z') {
    event.preventDefault();
    if (!event.repeat) press(event.shiftKey ? 'control+shift+z' : 'control+z');
    return;
  }
  if (command || event.altKey || event.key === ' ' || event.key === 'Enter') return;
  if (event.key.startsWith('Arrow') && event.composedPath()[0].matches?.('input, [role=slider]')) return;
  if (event.repeat && !'+-='.includes(event.key)) return;
  const name = nameOf(event);
  // a key that means something else with Shift never means what it does without
  const shifted = event.shiftKey && having('shift+' + name).length > 0;
  if (press(shifted ? 'shift+' + name : name)) event.preventDefault();
}

if (!window.__keys) {
  document.addEventListener('keydown', pressed, true);
  sheet.querySelector('.close').addEventListener('click', () => sheet.close());
  sheet.addEventListener('click', (event) => { if (event.target === sheet) sheet.close(); });
  sheet.addEventListener('keydown', (event) => {
    event.stopPropagation(); // the page's own keys rest while the sheet is open
    if (event.key === '?') sheet.close();
  });
  document.addEventListener('click', (event) => { if (event.target.closest?.('[aria-controls=shortcuts]')) sheet.showModal(); });
  window.__keys = { typing };
}
