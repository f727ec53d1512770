// Pair by pair what each model answered; an answer that nobody can read is graded here by hand.
const AT_ONCE = 12;
const SIDES = [['first', 'First image'], ['second', 'Second image']];
const gallery = { total: 0, shown: 0, turn: 0 };

function query(offset) {
  const form = part('.gallery form');
  const found = new URLSearchParams({ grader: state.grader, failing: form.failing.value, pattern: form.pattern.value, offset, limit: AT_ONCE });
  const names = form.chosen.checked && state.chosen.length ? state.chosen : state.found.runs.map((run) => run.run);
  for (const name of names.filter((one) => runOf(one))) found.append('run', name);
  return found;
}

function fillPatterns() {
  const select = part('.gallery form').pattern;
  const before = select.value;
  const { patterns } = state.found;
  select.replaceChildren(make('option', { value: '' }, 'All patterns'), ...patterns.map(({ slug, name }) => make('option', { value: slug }, name)));
  select.value = patterns.some(({ slug }) => slug === before) ? before : '';
}

const peopleSaid = ({ n, total }) => (total ? 'people ' + n + ' of ' + total : 'no blind answers');

function image(pair, side, words) {
  const { thumbnail, gold, people } = pair.images[side];
  return make('figure', {}, make('img', { src: thumbnail, alt: words, loading: 'lazy', width: 320, height: 240 }),
    make('figcaption', {}, make('b', {}, '(' + gold + ') ' + pair.options[gold]), make('small', {}, peopleSaid(people))));
}

async function grade(pair, run, side, answer, given, cell) {
  try {
    await ask('POST', API + '/runs/' + encodeURIComponent(run) + '/grades', {
      pair_id: pair.pair_id, image: side, repeat: answer.repeat, answer: answer.answer, given, seen: answer.n_grades,
    });
  } catch (error) {
    cell.append(make('em', { role: 'alert' }, error.message));
    return;
  }
  await Promise.all([load(), redraw(pair.pair_id)]);
}

// One pair again as it is now, wherever the filter would put it.
async function redraw(pairId) {
  const found = query(0);
  found.set('pair', pairId);
  const { pairs } = await ask('GET', API + '/failures?' + found);
  for (const pair of pairs) part('.pairs [data-pair="' + pairId + '"]').replaceWith(pairCard(pair));
}

function handButtons(pair, run, side, answer, cell) {
  const box = make('span', { class: 'hand' });
  const offer = (given, words) => {
    const button = make('button', { type: 'button', 'data-given': given }, words);
    button.addEventListener('click', () => { button.disabled = true; grade(pair, run, side, answer, given, cell); });
    box.append(button);
  };
  if (answer.hand) {
    box.append(make('small', {}, 'by hand: ' + (answer.hand.given === 'none' ? 'neither' : '(' + answer.hand.given + ')') + ', ' + answer.hand.by));
    offer('open', 'Take back');
    return box;
  }
  offer('a', '(a) ' + answer.asked.option_a);
  offer('b', '(b) ' + answer.asked.option_b);
  offer('none', 'Neither');
  return box;
}

function verdictOf(answer) {
  if (answer.stale) return ['old', answer.right_then ? 'right as asked' : 'wrong as asked'];
  if (answer.chosen === null) return ['unread', 'nobody can tell'];
  return answer.right ? ['right', 'right'] : ['wrong', 'wrong'];
}

function answerCell(pair, run, side) {
  const answer = run[side];
  if (!answer) return make('td', { class: 'missing' }, 'not answered');
  const [kind, words] = verdictOf(answer);
  const said = answer.chosen === null ? '' : (answer.shown ? answer.shown + ': ' : '') + '(' + answer.chosen + ') ' + answer.chosen_text;
  const cell = make('td', { class: kind, 'data-side': side },
    make('q', { title: answer.text }, answer.text.trim() || ' '), make('small', {}, [said, words].filter(Boolean).join(', ')));
  if (answer.difference) cell.append(make('small', { class: 'asked' }, 'asked: ', ...answer.difference.filter((one) => one.kind !== 'added').map((one) => (one.kind === 'removed' ? make('del', {}, one.text) : one.text))));
  if (answer.hand || answer.chosen === null) cell.append(handButtons(pair, run.run, side, answer, cell));
  return cell;
}

function pairCard(pair) {
  const rows = pair.answers.filter((run) => run.first || run.second).map((run) => make('tr', { 'data-run': run.run },
    make('th', { scope: 'row' }, make('i', { class: 'mark', 'data-right': String(run.right), 'aria-label': run.right === null ? 'not counted' : run.right ? 'pair right' : 'pair wrong' }), swatch(run.run), titleOf(runOf(run.run))),
    ...SIDES.map(([side]) => answerCell(pair, run, side))));
  return make('li', { 'data-pair': pair.pair_id },
    make('div', { class: 'shots' }, ...SIDES.map(([side, words]) => image(pair, side, words))),
    make('div', { class: 'said' },
      make('h3', {}, pair.question), make('p', { class: 'options' }, '(a) ' + pair.options.a + '  (b) ' + pair.options.b),
      make('p', { class: 'where' }, pair.pattern_name, ' · ', make('a', { href: '/adjudicate?pair=' + pair.pair_id }, 'Pair ' + pair.pair_id)),
      make('div', { class: 'scroll' }, make('table', {}, make('thead', {}, make('tr', {}, make('th', {}, 'Model'), ...SIDES.map(([, words]) => make('th', {}, words)))), make('tbody', {}, ...rows)))));
}

async function drawGallery(more) {
  const turn = ++gallery.turn;
  const offset = more ? gallery.shown : 0;
  window.__gallery = { done: false };
  const found = await ask('GET', API + '/failures?' + query(offset));
  if (turn !== gallery.turn) return;
  const cards = found.pairs.map(pairCard);
  const list = part('.pairs');
  if (more) list.append(...cards);
  else list.replaceChildren(...cards);
  Object.assign(gallery, { total: found.total, shown: offset + found.pairs.length });
  part('.gallery .total').textContent = plural(found.total, 'pair');
  part('.gallery .empty').hidden = found.total > 0;
  part('.gallery .empty').textContent = 'No pair is like that.';
  part('.more').hidden = gallery.shown >= gallery.total;
  window.__gallery = { done: true, total: found.total, shown: gallery.shown };
}

part('.gallery form').addEventListener('change', () => drawGallery(false).catch(fail));
part('.gallery form').addEventListener('submit', (event) => event.preventDefault());
part('.more').addEventListener('click', () => drawGallery(true).catch(fail));
