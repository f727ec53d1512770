// Guidelines as elements: the text, which the server has made harmless, the patterns, the examples.
function prose(html) {
  return make('div', { class: 'guide-text' }, ...new DOMParser().parseFromString(html, 'text/html').body.childNodes);
}

function patternNotes(patterns) {
  return make('dl', { class: 'pattern-notes' }, ...patterns.flatMap(({ name, definition, example }) => [
    make('dt', {}, name),
    make('dd', {}, definition, example ? make('small', {}, example.question + ' (a) ' + example.option_a + ' (b) ' + example.option_b) : null),
  ]));
}

function exampleCard(one, patterns, remove) {
  const pattern = patterns.find(({ slug }) => slug === one.pattern);
  const forFirst = one.answer_first === 'a' ? one.option_a : one.option_b;
  const forSecond = one.answer_first === 'a' ? one.option_b : one.option_a;
  const card = make('article', { class: 'guide-example', 'data-good': String(one.is_good), 'data-pair': one.pair_id },
    make('p', { class: 'judged' }, one.is_good ? '✓ Good' : '✗ Not so good', make('small', {}, pattern ? pattern.name : one.pattern)),
    make('div', { class: 'shots' },
      make('figure', {}, make('img', { src: one.images[0], alt: 'First image', loading: 'lazy' }), make('figcaption', {}, forFirst)),
      make('figure', {}, make('img', { src: one.images[1], alt: 'Second image', loading: 'lazy' }), make('figcaption', {}, forSecond))),
    make('p', { class: 'asked' }, one.question),
    make('p', { class: 'because' }, one.why, make('small', {}, ' ' + one.by)));
  if (remove) {
    const button = make('button', { type: 'button', class: 'quiet' }, 'Remove');
    button.addEventListener('click', () => remove(one.pair_id));
    card.append(button);
  }
  return card;
}

const mayReview = (me) => me.role === 'reviewer' || me.role === 'admin';
