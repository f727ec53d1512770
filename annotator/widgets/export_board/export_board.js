// The plan, the last outcome and the earlier exports; `window.__export` is what tests wait for.
const board = element.querySelector('.board');
const part = (selector) => board.querySelector(selector);
const zip = (name) => '/exports/' + encodeURIComponent(name) + '.zip';

function thumbnail(id) {
  const gone = () => make('i', { class: 'gone', title: 'The image file is gone' });
  if (id === null) return gone();
  const image = make('img', { src: '/thumbnails/' + id, alt: '', loading: 'lazy' });
  image.addEventListener('error', () => image.replaceWith(gone()));
  return image;
}

function size(bytes) {
  return bytes < 1e6 ? Math.max(1, Math.round(bytes / 1e3)) + ' kB' : (bytes / 1e6).toFixed(1) + ' MB';
}

function drawOutcome(outcome) {
  part('.outcome').hidden = !outcome;
  if (!outcome) return;
  part('.outcome h2').textContent = plural(outcome.n_pairs, 'pair') + ' exported: ' + plural(outcome.n_files, 'file') + ', ' + size(outcome.n_bytes);
  part('.outcome .download').href = zip(outcome.name);
  part('.folder code').textContent = outcome.folder;
  part('.folder button').textContent = 'Copy path';
  part('.notes').replaceChildren(...outcome.notes.map((note) => make('li', {}, note)));
  part('.scroll').hidden = !outcome.rows.length;
  part('tbody').replaceChildren(...outcome.rows.map((row, k) => make('tr', { class: k % 2 ? 'second' : '' },
    make('td', {}, row.index), make('td', {}, thumbnail(row.image_id)), make('td', {}, row.question),
    make('td', {}, row.options), make('td', {}, row.answer))));
  const left = outcome.n_rows - outcome.rows.length;
  part('.more').textContent = left > 0 ? 'and ' + plural(left, 'more row') : '';
}

function drawPlan(plan) {
  part('.ready h2').textContent = plan.n_complete ? count(plan.n_complete) + ' complete, ' + count(plan.n_verified) + ' of them verified' : 'No pair is complete yet';
  part('.verified').textContent = plan.n_complete ? whatGoesOut(plan) : '';
  part('.ready .total').textContent = 'target ' + count(plan.target);
  part('.ready .patterns').replaceChildren(...plan.patterns.map(({ name, n }) =>
    make('li', { class: n ? '' : 'none' }, name, make('b', {}, count(n)))));
  const left = Object.entries(plan.left_out).filter(([, n]) => n).map(([state, n]) => count(n) + ' ' + state);
  part('.balance').textContent = plan.balance;
  part('.balance').hidden = !plan.balance;
  part('.left').textContent = plan.n_complete || left.length
    ? (left.length ? 'Left out: ' + left.join(', ') + '.' : 'Nothing is left out.')
    : '';
  if (!plan.n_complete) part('.left').append(' ', make('a', { href: '/' }, 'Accept pairs and write their questions'), ' to have something to export.');
}

function whatGoesOut({ verification, n_exported: n, n_complete: all, n_verified: verified }) {
  const pairs = plural(n, 'pair') + (n === 1 ? ' goes' : ' go') + ' out';
  if (!verification) return pairs + ': all that are complete. Blind verification is off; switched on, it leaves only those that other people confirmed without seeing the key.';
  if (n > verified) return pairs + ', ' + count(all - verified) + ' of them not verified yet.';
  return pairs + ': those that enough people confirmed who did not see the key.';
}

function drawUnwritten(plan) {
  part('.unwritten').hidden = !plan.n_unwritten;
  part('.unwritten h2').textContent = plural(plan.n_unwritten, 'accepted pair') + ' not ready';
  part('.unwritten .total').textContent = plan.n_unwritten > plan.unwritten.length ? 'the first ' + plan.unwritten.length : '';
  part('.unwritten ul').replaceChildren(...plan.unwritten.map(({ pair_id: id, first, second, why, by }) =>
    make('li', {}, make('a', { href: '/?pair=' + id }, thumbnail(first), thumbnail(second),
      make('div', {}, make('span', {}, 'Pair ' + id), make('small', {}, why + (by ? ' · ' + by : '')))))));
}

function drawEarlier({ earlier }) {
  part('.earlier').hidden = !earlier.length;
  part('.earlier ul').replaceChildren(...earlier.map(({ name, at, n_pairs: n }) => make('li', {},
    make('b', {}, name), make('small', {}, (n === null ? '' : plural(n, 'pair') + ' · ') + at),
    make('a', { href: zip(name), download: true }, 'Download .zip'))));
}

function draw() {
  const value = props.value;
  if (!value) return;
  part('.problem').textContent = value.problem || '';
  part('.problem').hidden = !value.problem;
  drawOutcome(value.outcome);
  drawPlan(value.plan);
  drawUnwritten(value.plan);
  drawEarlier(value.plan);
  board.dataset.state = 'ready';
  window.__export = { done: true, problem: value.problem, folder: value.outcome && value.outcome.folder };
}

part('.folder button').addEventListener('click', async (event) => {
  await navigator.clipboard.writeText(part('.folder code').textContent).catch(() => null);
  event.target.textContent = 'Copied';
});
watch('value', draw);
draw();
