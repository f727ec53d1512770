// Every question with the answers to it, from /api/verify/questions; sorted here, filtered there.
const QUESTIONS = '/api/verify/questions';
const COLUMNS = {
  pair: { value: (row) => row.pair_id, rises: true },
  question: { value: (row) => row.question.toLocaleLowerCase(), rises: true },
  pattern: { value: (row) => row.pattern_name, rises: true },
  answers: { value: (row) => row.right.total, rises: false },
  right: { value: (row) => row.right.value, rises: true },
  first: { value: (row) => (row.by_image.first.value === null ? 2 : row.by_image.first.value), rises: true },
  second: { value: (row) => (row.by_image.second.value === null ? 2 : row.by_image.second.value), rises: true },
  unsure: { value: (row) => row.n_cannot_tell + row.n_bad_question, rises: false },
  time: { value: (row) => row.seconds, rises: false },
};
const sorting = { column: 'right', rises: true };
const questions = { rows: [], published: 1 };

const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

function questionRow(row) {
  const { right, by_image: images, by_person: people } = row;
  const who = people.map((one) => one.name + ' ' + one.n + '/' + one.total).join(', ');
  const image = (one) => make('td', { class: one.total && one.n < one.total ? 'low' : '' }, one.total ? one.n + '/' + one.total : '–');
  return make('tr', { 'data-pair': row.pair_id },
    make('td', {}, make('a', { href: '/adjudicate?pair=' + row.pair_id }, String(row.pair_id))),
    make('td', { class: 'text', title: row.question }, make('span', {}, row.question), make('small', {}, who)),
    make('td', { class: 'kind', title: row.pattern_name }, row.pattern_name), make('td', {}, right.n + '/' + right.total),
    make('td', { class: right.high < questions.published ? 'low' : '' }, make('b', {}, percent(right.value)), ' ', make('small', {}, range(right))),
    image(images.first), image(images.second),
    make('td', {}, count(row.n_cannot_tell + row.n_bad_question)), make('td', {}, row.seconds.toFixed(1) + ' s'));
}

function drawQuestionRows() {
  const { value } = COLUMNS[sorting.column];
  const sign = sorting.rises ? 1 : -1;
  const rows = [...questions.rows].sort((a, b) => sign * compare(value(a), value(b)) || a.pair_id - b.pair_id);
  part('.questions tbody').replaceChildren(...rows.map(questionRow));
  for (const button of board.querySelectorAll('.questions th button')) {
    const chosen = button.dataset.column === sorting.column;
    button.parentElement.setAttribute('aria-sort', chosen ? (sorting.rises ? 'ascending' : 'descending') : 'none');
  }
}

function fill(select, first, entries) {
  const chosen = select.value;
  select.replaceChildren(make('option', { value: '' }, first), ...entries.map(([value, text]) => make('option', { value }, text)));
  select.value = entries.some(([value]) => value === chosen) ? chosen : '';
}

async function loadQuestions() {
  const form = part('.questions form');
  const query = new URLSearchParams(new FormData(form)).toString();
  const found = await ask('GET', QUESTIONS + '?' + query);
  fill(form.pattern, 'All patterns', found.patterns.map(({ slug, name }) => [slug, name]));
  fill(form.person, 'Everybody', found.people.map((name) => [name, name]));
  questions.rows = found.questions;
  questions.published = found.published.accuracy;
  part('.questions .total').textContent = plural(found.questions.length, 'question') + '; red: the whole interval is below the paper’s ' + percent(found.published.accuracy);
  part('.questions .csv').href = QUESTIONS + '.csv?' + query;
  part('.questions .json').href = QUESTIONS + '?' + query;
  drawQuestionRows();
  window.__questions = { done: true, query, rows: questions.rows };
}

part('.questions thead').addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  const { column } = button.dataset;
  Object.assign(sorting, { column, rises: sorting.column === column ? !sorting.rises : COLUMNS[column].rises });
  drawQuestionRows();
});
part('.questions form').addEventListener('change', () => loadQuestions().catch((error) => {
  part('.problem').textContent = error.message;
  part('.problem').hidden = false;
}));
part('.questions form').addEventListener('submit', (event) => event.preventDefault());
