// One card a reported question; `window.__problems` is what tests wait for.
const part = (selector) => element.querySelector(selector);
const KIND = { wrong_key: 'key is wrong', ambiguous: 'ambiguous', both_right: 'both are right', image: 'fault in an image', wording: 'wording', other: 'other' };
const WHERE = { verify: 'on Verify, blind', review: 'on Review', adjudicate: 'on Adjudicate', api: 'over the API' };
window.__problems = { done: false, open: 0, drawn: 0 };

function say(text, bad) {
  const place = part('.pd-message');
  place.textContent = text;
  place.hidden = !text;
  place.dataset.kind = bad ? 'bad' : '';
}

async function attempt(method, path, body) {
  say('');
  try {
    draw(await ask(method, '/api/problems' + path, body));
    if (method !== 'GET') document.dispatchEvent(new CustomEvent('problems:changed'));
  } catch (error) { say(error.message, true); }
}

function draw(data) {
  say(data.message);
  part('.pd-about').textContent = data.n_open ? plural(data.n_open, 'open report') + ' about ' + plural(data.pairs.length, 'question') : '';
  part('.pd-open').replaceChildren(...data.pairs.map((pair) => card(pair, data.patterns)));
  part('.pd-nothing').hidden = Boolean(data.pairs.length);
  part('.pd-resolved').hidden = !data.resolved.length;
  part('.pd-resolved div').replaceChildren(...data.resolved.map(resolved));
  part('.pd').dataset.state = 'ready';
  Object.assign(window.__problems, { done: true, open: data.n_open, drawn: window.__problems.drawn + 1 });
}

function shot(picture, name) {
  return make('figure', {}, make('a', { href: picture.url, target: '_blank', rel: 'noopener' }, make('img', { src: picture.thumbnail, alt: name + ' image', loading: 'lazy' })), make('figcaption', {}, name));
}

function card(pair, patterns) {
  const work = make('div', { class: 'pd-work' });
  const fix = make('button', { type: 'button', class: 'pd-fix primary' }, 'Put it right');
  const item = make('article', { class: 'card', 'data-pair': pair.pair_id },
    make('div', { class: 'pd-shots' }, pair.first ? shot(pair.first, 'First') : null, pair.second ? shot(pair.second, 'Second') : null),
    make('div', { class: 'pd-body' },
      make('p', { class: 'pd-head' }, make('b', {}, 'Pair ' + pair.pair_id), make('span', { class: 'pd-state' }, pair.state), make('a', { href: '/?pair=' + pair.pair_id }, 'Review'), make('a', { href: '/adjudicate?pair=' + pair.pair_id }, 'Adjudicate')),
      pair.question.question ? questionView(pair.question) : make('p', {}, 'There is no question any more.'),
      make('ul', { class: 'pd-reports' }, ...pair.reports.map((one) => reportLine(one, work))),
      make('div', { class: 'pd-send' }, pair.can_fix ? fix : make('p', {}, 'The pair is ' + pair.state + ' now, so there is nothing to put right; close its reports with a reason.')),
      work));
  fix.addEventListener('click', () => {
    const close = () => work.replaceChildren();
    const form = fixForm(pair, patterns, (given) => attempt('POST', '/pairs/' + pair.pair_id + '/fix', { version: pair.version, ...given }), close);
    work.replaceChildren(form);
    form.elements.question.focus();
  });
  return item;
}

function reportLine(one, work) {
  const close = make('button', { type: 'button', class: 'pd-close' }, 'No fault');
  close.addEventListener('click', () => {
    const reason = make('input', { name: 'reason', maxlength: 1000, autocomplete: 'off', 'aria-label': 'Why does it stay as it is?', placeholder: 'Why does it stay as it is?' });
    const form = make('form', { class: 'pd-closing', 'data-keys': 'off' }, reason, make('button', { type: 'submit', class: 'primary' }, 'Close the report'));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (reason.value.trim()) attempt('POST', '/' + one.id + '/close', { reason: reason.value });
      else reason.focus();
    });
    form.addEventListener('keydown', (event) => { if (event.key === 'Escape') work.replaceChildren(); });
    work.replaceChildren(form);
    reason.focus();
  });
  const about = one.side ? ', about the ' + one.side + ' image' : '';
  return make('li', { 'data-report': one.id }, make('div', {}, make('span', { class: 'pd-kind' }, KIND[one.kind]), make('span', { class: 'pd-said' }, one.words),
    make('small', {}, one.by + ' ' + (WHERE[one.seen_on] || '') + about + ' · ', when(one.at, ''), one.was_other ? ' · about another wording: ' + one.question : '')), close);
}

function resolved(one) {
  const fixed = one.outcome === 'fixed';
  return make('article', { class: 'card pd-done', 'data-report': one.id },
    make('p', { class: 'pd-head' }, make('b', {}, 'Pair ' + one.pair_id), make('span', { class: fixed ? 'pd-state good' : 'pd-state' }, fixed ? 'put right' : 'no fault'),
      make('small', {}, one.resolved_by + ' · ', when(one.resolved_at, ''))),
    make('p', {}, make('span', { class: 'pd-kind' }, KIND[one.kind]), make('span', { class: 'pd-said' }, one.words), make('small', {}, ' ' + one.by)),
    make('p', { class: 'pd-why' }, one.reason),
    one.changes ? changeView(one.changes, one.after) : null);
}

attempt('GET', '');
