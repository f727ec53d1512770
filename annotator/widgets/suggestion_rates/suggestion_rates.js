// One line a kind of suggestion; `window.__rates` is what tests wait for.
const card = element.querySelector('.card');
const NAMES = { question: 'Question', pattern: 'Visual pattern' };
const KINDS = ['accepted', 'edited', 'dismissed', 'open'];

function line(rate) {
  const closed = rate.shown - rate.open;
  const share = closed ? Math.round((100 * (rate.accepted + rate.edited)) / closed) + ' % of ' + count(closed) + ' used: ' : '';
  const parts = KINDS.filter((kind) => rate[kind]).map((kind) => count(rate[kind]) + ' ' + kind);
  return make('li', { 'data-kind': rate.kind },
    make('span', { class: 'name' }, NAMES[rate.kind], ' ', make('small', {}, 'from ' + rate.source)),
    make('span', { class: 'bar', 'aria-hidden': 'true' }, ...KINDS.filter((kind) => rate[kind]).map((kind) => make('i', { class: kind, '--n': rate[kind] }))),
    make('small', {}, share + parts.join(', ')));
}

ask('GET', '/api/writing/rates').then(({ rates }) => {
  card.hidden = !rates.length;
  card.querySelector('ul').replaceChildren(...rates.map(line));
  window.__rates = { done: true };
}, () => { window.__rates = { done: true }; });
