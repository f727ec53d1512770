// One click puts a remark right or takes a suggestion over; one more puts back what stood there.
let applied = null;

// The last such change, while nothing was typed since.
const lastChange = () => (applied && JSON.stringify(read()) === applied.after ? applied : null);

function apply(fields, label, field, undone = null) {
  const before = read();
  write({ ...before, ...fields });
  applied = { before, after: JSON.stringify(read()), label, field, undone };
  for (const [name, value] of Object.entries(fields)) touched[value ? 'add' : 'delete'](name);
  // Not on the body, where Ctrl+Z takes back the decision itself.
  const [name] = FIELD_OF[field] || ['text'];
  reveal(name);
  (form.elements[name].focus ? form.elements[name] : form.querySelector('[name=' + name + ']')).focus({ preventScroll: true });
  changed(0);
}

function putBack() {
  const { before, field, undone } = applied;
  apply(before, '', field);
  applied = null;
  undone?.();
}

function findingLine(one) {
  const line = make('li', { 'data-level': one.level }, make('span', {}, one.message));
  if (one.pair_id) line.append(make('a', { href: '/?pair=' + one.pair_id, target: '_blank' }, 'See pair ' + one.pair_id));
  if (one.fix) {
    const button = make('button', { type: 'button', class: 'fix' }, one.fix.label);
    button.addEventListener('click', () => apply(one.fix.fields, one.fix.label, one.field));
    line.append(button);
  }
  return line;
}

function putBackLine({ label }) {
  const button = make('button', { type: 'button', class: 'put-back' }, 'Put back', make('kbd', {}, 'Ctrl Z'));
  button.addEventListener('click', putBack);
  return make('li', { 'data-level': 'done' }, make('span', {}, 'Done: ' + label), button);
}

form.addEventListener('keydown', (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  if (event.key === '.') {
    const fix = form.querySelector('.findings .fix');
    if (fix) { event.preventDefault(); fix.click(); }
  } else if (event.key.toLowerCase() === 'z' && lastChange()) {
    event.preventDefault();
    putBack();
  }
});
