// The chip that says what the queue is restricted to; its × lifts that.
const chip = element.querySelector('#only-these');

function drawFilter(filter) {
  chip.hidden = !filter;
  if (!filter) return;
  chip.querySelector('.name').textContent = filter.name;
  chip.querySelector('.left').textContent = '(' + filter.n_left + ' left)';
  chip.title = 'Your queue shows only the selection ' + filter.name;
}

async function setFilter(id) {
  const answer = await ask('PUT', '/api/queue/filter', { selection_id: id });
  if (!answer.ok) say(answer.data.message, 'bad');
  return answer.ok;
}

async function clearFilter() {
  if (!(await setFilter(null))) return;
  // a pair that one is at stays; only what comes next is another
  if (desk.pair) await goTo('pair=' + desk.pair.id); else await goTo('');
}
chip.querySelector('button').addEventListener('click', () => act(clearFilter));
