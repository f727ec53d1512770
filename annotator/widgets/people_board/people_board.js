// The accounts; `window.__people` is what tests wait for.
const board = element.querySelector('.board');
const part = (selector) => board.querySelector(selector);
const ROLES = ['annotator', 'reviewer', 'admin'];
const title = (word) => word[0].toUpperCase() + word.slice(1);
let people = [];
let me = { name: '', has_account: false };

function fail(error) {
  part('.problem').textContent = error ? error.message : '';
  part('.problem').hidden = !error;
  if (error) part('.problem').scrollIntoView({ block: 'nearest' });
}

function handOver(name, password) {
  part('.handover').hidden = !password;
  part('.handover h2').textContent = 'One-time password of ' + name;
  part('.handover code').textContent = password;
}

function replace(person) {
  const at = people.findIndex(({ id }) => id === person.id);
  if (at >= 0) people[at] = person; else people.push(person);
  people.sort((one, other) => one.name.localeCompare(other.name));
  draw();
}

async function change(work) {
  fail(null);
  try { await work(); } catch (error) { fail(error); draw(); }
  window.__people = { ...window.__people, changes: (window.__people.changes || 0) + 1 };
}

function state(person) {
  if (!person.can_log_in) return ['none', 'no account'];
  if (person.disabled) return ['off', 'disabled'];
  return person.must_change_password ? ['new', 'one-time password'] : ['on', 'can log in'];
}

function rolePicker(person) {
  const picker = make('select', { 'aria-label': 'Role of ' + person.name, disabled: person.disabled },
    ...ROLES.map((role) => make('option', { value: role, selected: role === person.role }, title(role))));
  picker.addEventListener('change', () => change(async () =>
    replace(await ask('PATCH', '/api/people/' + person.id, { role: picker.value }))));
  return picker;
}

// A second click within a few seconds confirms: these shut somebody out.
function sure(label, question, work) {
  const button = make('button', { type: 'button' }, label);
  let timer = 0;
  button.addEventListener('click', () => {
    clearTimeout(timer);
    if (button.classList.toggle('sure')) {
      button.textContent = question;
      timer = setTimeout(() => { button.classList.remove('sure'); button.textContent = label; }, 4000);
    } else change(work);
  });
  return button;
}

function actions(person) {
  const path = '/api/people/' + person.id;
  if (!person.can_log_in) {
    const give = make('button', { type: 'button' }, 'Give an account');
    give.addEventListener('click', () => change(() => add(person.name, 'annotator')));
    return [give];
  }
  const disable = async () => replace(await ask('PATCH', path, { disabled: !person.disabled }));
  if (person.disabled) {
    const enable = make('button', { type: 'button' }, 'Enable');
    enable.addEventListener('click', () => change(disable));
    return [enable];
  }
  return [
    sure('Reset password', 'Reset it?', async () => {
      const made = await ask('POST', path + '/reset');
      replace(made.person);
      handOver(person.name, made.one_time_password);
    }),
    sure('Disable', 'Shut out?', disable),
  ];
}

function row(person) {
  const [kind, label] = state(person);
  const mine = me.has_account && person.name === me.name;
  return make('li', { 'data-name': person.name, class: kind },
    make('span', { class: 'initial', 'aria-hidden': 'true' }, Array.from(person.name)[0].toUpperCase()),
    make('div', { class: 'who' },
      make('b', {}, person.name, mine ? make('small', {}, 'you') : null),
      make('span', { class: 'active' }, when(person.last_active_at, 'never active'))),
    make('span', { class: 'state ' + kind }, label),
    person.can_log_in ? rolePicker(person) : make('span', { class: 'norole' }, ''),
    make('div', { class: 'actions' }, ...actions(person)));
}

function draw() {
  const wanted = part('.filter input').value.trim().toLowerCase();
  const shown = people.filter(({ name }) => name.toLowerCase().includes(wanted));
  part('.list h2').textContent = plural(people.filter((one) => one.can_log_in).length, 'account');
  part('.list ul').replaceChildren(...shown.map(row));
  part('.nobody').hidden = shown.length > 0 || !people.length;
  part('.list').hidden = !people.length;
  part('.filter').hidden = people.length < 8;
}

async function add(name, role) {
  const made = await ask('POST', '/api/people', { name, role });
  part('.add').reset();
  handOver(made.person.name, made.one_time_password);
  if (!me.has_account) {
    part('.handover .small').textContent = 'From now on everybody logs in, you too: as ' + made.person.name + ', with this password. Copy it, then reload.';
    part('.add').hidden = true;
    return;
  }
  replace(made.person);
}

async function load() {
  try {
    me = await ask('GET', '/api/me');
    people = await ask('GET', '/api/people');
    if (!people.some((one) => one.can_log_in)) {
      part('.add h2').textContent = 'Make the first account';
      part('.add select').value = 'admin';
      part('.add select').disabled = true;
      part('.add .small').textContent = 'There are no accounts yet: everybody on this machine can do everything. The first one is an admin.';
    }
    draw();
  } catch (error) { fail(error); }
  board.dataset.state = 'ready';
  window.__people = { done: true, changes: 0 };
}

part('.add').addEventListener('submit', (event) => {
  event.preventDefault();
  change(() => add(part('.add input').value, part('.add select').value));
});
part('.filter input').addEventListener('input', draw);
part('.handover button').addEventListener('click', (event) => copy(part('.handover code').textContent, event.target));
load();
