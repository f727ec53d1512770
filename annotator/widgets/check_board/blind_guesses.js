// What is right without looking at an image: one bar a guesser, on an axis from none to all rows.
const STEP = 44, BAR = 12;

function drawGuesses(svg, found) {
  svg.replaceChildren();
  const height = found.length * STEP + 22;
  svg.setAttribute('height', height);
  for (const [k, one] of found.entries()) drawGuess(svg, one, k * STEP);
  vector(svg, 'line', { class: 'chance', x1: '50%', x2: '50%', y1: 18, y2: height - 18 });
  const marks = [['0', '0 %', 'start'], ['50%', 'a thrown coin, 50 %', 'middle'], ['100%', '100 %', 'end']];
  for (const [x, text, anchor] of marks) vector(svg, 'text', { x, y: height - 3, 'text-anchor': anchor }, text);
  svg.setAttribute('aria-label', found.map((one) => one.title + ' ' + percent(one.single.value)).join(', '));
}

function drawGuess(svg, one, top) {
  const { single, pair } = one;
  const at = (share) => share * 100 + '%';
  const group = vector(svg, 'g', { class: one.beats_chance ? 'guess beats' : 'guess', 'data-name': one.name });
  const name = vector(group, 'text', { class: 'name', x: 0, y: top + 13 }, one.title);
  const result = percent(single.value) + ', ' + count(pair.n) + ' of ' + plural(pair.total, 'pair');
  vector(group, 'text', { x: '100%', y: top + 13, 'text-anchor': 'end' }, result);
  vector(name, 'title', {}, one.about);
  const middle = top + 20 + BAR / 2;
  vector(group, 'rect', { class: 'rail', x: 0, width: '100%', y: top + 20, height: BAR, rx: 3 });
  vector(group, 'rect', { class: 'bar', x: 0, width: at(single.value), y: top + 20, height: BAR, rx: 3 });
  vector(group, 'line', { class: 'interval', x1: at(single.low), x2: at(single.high), y1: middle, y2: middle });
}

function aboutGuesses(found) {
  const worst = found.filter((one) => one.beats_chance).sort((a, b) => b.single.low - a.single.low)[0];
  const said = worst
    ? 'Above chance: ' + worst.about + '. '
    : 'No guesser is better than a thrown coin, beyond doubt. ';
  return said + 'The lines are 95 % intervals that count each pair once. Who answers both rows of a pair alike gets half of the rows and no pair; '
    + 'who answers them differently gets as many pairs as rows. What learns is tried on pairs it did not learn from.';
}
