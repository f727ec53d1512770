// Findings of the checker by rule, from /api/check; `window.__check` is what tests wait for.
const board = element.querySelector('.board');
const part = (selector) => board.querySelector(selector);
const MOST = 8, MOST_PAIRS = 6;
const WORDS = { error: ['error', 'errors'], warning: ['warning', 'warnings'], advice: ['piece of advice', 'pieces of advice'] };
const field = part('input[name=filter]');
let found = null, only = null;
const opened = new Set();
window.__check = { done: 0 };

function drawTiles() {
  part('.tiles').replaceChildren(...Object.entries(WORDS).map(([severity, [one, many]]) => {
    const n = found.counts[severity];
    const tile = make('button', { type: 'button', 'data-severity': severity, class: n ? '' : 'zero', 'aria-pressed': String(only === severity) },
      make('b', {}, count(n)), make('span', {}, n === 1 ? one : many));
    tile.addEventListener('click', () => { only = only === severity ? null : severity; drawTiles(); drawGroups(); });
    return tile;
  }));
}

// `Commands` and names of columns stand between backticks.
const coded = (text) => text.split('`').map((piece, k) => (k % 2 ? make('code', {}, piece) : piece));

function matches(finding, words) {
  const text = [finding.code, finding.message, found.rules[finding.code].title, ...finding.pairs.map((name) => 'pair ' + name)].join(' ').toLowerCase();
  return words.every((word) => text.includes(word));
}

function grouped() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  const groups = new Map();
  for (const severity of Object.keys(WORDS)) {
    for (const finding of found.findings) {
      if (finding.severity !== severity || (only && only !== severity) || !matches(finding, words)) continue;
      const key = severity + finding.code;
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(finding);
    }
  }
  return groups;
}

function drawGroups() {
  const groups = grouped();
  part('.groups').replaceChildren(...[...groups].map(([key, findings]) => group(key, findings)));
  const nothing = part('.nothing');
  nothing.hidden = groups.size > 0;
  nothing.textContent = found.findings.length ? 'No finding fits the filter.' : 'No rule has found anything.';
  window.__check.shown = [...groups.values()].reduce((sum, findings) => sum + findings.length, 0);
}

function group(key, findings) {
  const rule = found.rules[findings[0].code];
  const shown = opened.has(key) ? findings : findings.slice(0, MOST);
  const section = make('section', { class: 'group', 'data-severity': findings[0].severity, 'data-code': rule.code },
    make('h3', {}, make('span', { class: 'code' }, rule.code), rule.title, make('span', { class: 'n' }, findings.length > 1 ? count(findings.length) : null)),
    make('p', { class: 'why' }, ...coded(rule.why + ' ' + rule.fix)),
    make('ul', {}, ...shown.map((finding) => line(finding, rule))));
  if (findings.length > shown.length) {
    const more = make('button', { type: 'button', class: 'more' }, 'Show ' + count(findings.length - shown.length) + ' more');
    more.addEventListener('click', () => { opened.add(key); drawGroups(); });
    section.append(more);
  }
  return section;
}

function line(finding, rule) {
  const links = finding.pairs.slice(0, MOST_PAIRS).map((name) => make('a', { href: '/?pair=' + encodeURIComponent(name) }, 'Pair ' + name));
  if (finding.pairs.length > MOST_PAIRS) links.push(make('span', {}, 'and ' + count(finding.pairs.length - MOST_PAIRS) + ' more'));
  const hint = finding.hint && finding.hint !== rule.fix ? make('span', { class: 'hint' }, ' ', ...coded(finding.hint)) : null;
  return make('li', {}, make('span', { class: 'said' }, finding.message, hint), make('span', { class: 'pairs' }, ...links));
}

function draw() {
  const empty = found.empty !== undefined;
  for (const selector of ['.tiles', '.found', '.guesses']) part(selector).hidden = empty;
  part('.none').hidden = !empty;
  part('.again').hidden = empty;
  if (empty) {
    part('.intro').replaceChildren();
    part('.none p').textContent = 'The rules look at complete pairs: accepted, with a question and both answers. None is complete yet.';
    return;
  }
  part('.intro').replaceChildren(...coded(plural(found.n_pairs, 'complete pair') + ', verified or not, as an export would write them, against ' + plural(found.rules_asked.length, 'rule') + '. Files, also those of others: `mmvp check PATH`.'));
  drawTiles();
  drawGroups();
  const guesses = found.baselines;
  part('.bars').style.display = guesses.length ? '' : 'none';
  if (guesses.length) drawGuesses(part('.bars'), guesses);
  part('.note').textContent = guesses.length ? aboutGuesses(guesses) : 'Fewer than 10 pairs are too few to say what can be guessed.';
}

async function load() {
  const again = part('.again');
  again.disabled = true;
  part('.problem').hidden = true;
  try {
    found = await ask('GET', '/api/check');
    draw();
    window.__check = { ...window.__check, done: window.__check.done + 1, found };
  } catch (error) {
    part('.problem').textContent = error.message;
    part('.problem').hidden = false;
  }
  again.disabled = false;
  board.dataset.state = 'ready';
}
field.addEventListener('input', drawGroups);
part('.again').addEventListener('click', load);
load();
