// The dataset card's fields; `window.__card` is what tests wait for.
const box = element.querySelector('.dataset');
const part = (selector) => box.querySelector(selector);
const form = part('form');
let card = { version: 0, fields: [], may_edit: false };

const values = () => Object.fromEntries(card.fields.map(({ name }) => [name, form.elements[name].value]));
const changed = () => card.fields.filter(({ name, value }) => form.elements[name].value.trim() !== value);

function draw(found) {
  card = found;
  part('.fields').replaceChildren(...card.fields.map(({ name, title, example, is_text: isText, value }) => {
    const field = make(isText ? 'textarea' : 'input', { name, placeholder: card.may_edit ? (isText ? example : 'for example ' + example) : 'not stated', readonly: !card.may_edit, maxlength: isText ? 5000 : 300, rows: isText ? 2 : null });
    field.value = value;
    return make('label', { class: isText ? 'text' : '' }, title, field);
  }));
  part('footer').hidden = !card.may_edit;
  const licence = card.fields.find(({ name }) => name === 'licence').value;
  const n = card.fields.filter(({ value }) => value).length;
  part('.stated').textContent = licence ? licence + ' · ' + n + ' of ' + card.fields.length + ' fields filled in' : 'no licence stated yet';
  part('.stated').classList.toggle('none', !licence);
  box.dataset.state = 'ready';
  follow();
}

function follow() {
  part('button').disabled = !changed().length;
}

function tell(problem, told = '') {
  part('.problem').textContent = problem;
  part('.problem').hidden = !problem;
  part('.told').textContent = told;
  window.__card = { done: true, version: card.version, problem };
}

form.addEventListener('input', () => { part('.told').textContent = ''; follow(); });
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const fields = Object.fromEntries(changed().map(({ name }) => [name, values()[name]]));
  if (!Object.keys(fields).length) return;
  try {
    draw(await ask('PUT', '/api/card', { version: card.version, fields }));
    tell('', 'Saved');
  } catch (error) {
    // What was typed stays; the others' fields are read anew, so that the next try can succeed.
    const latest = await ask('GET', '/api/card').catch(() => null);
    const typed = { ...values(), ...fields };
    if (latest) {
      draw(latest);
      for (const name of Object.keys(fields)) form.elements[name].value = typed[name];
      follow();
    }
    tell(error.message);
  }
});

ask('GET', '/api/card').then((found) => { draw(found); tell(''); }, (error) => { box.dataset.state = 'ready'; part('.stated').textContent = error.message; });
