// The panel itself: it opens beside the work, so every key of the page goes on working.
const OPEN = 'mmvp_guidelines_open';
const SLOTS = { review: ['#review-desk .walk', 'prepend'], verify: ['#verify-desk .bar', 'append'], adjudicate: ['#adjudicate-desk .why', 'append'] };
const panel = element.querySelector('#guide');
const opener = element.querySelector('#guidelines-open');
const mark = element.querySelector('.gl-mark');
let me = { role: 'annotator' };
let shown = null;
window.__guide = { done: false, drawn: 0 };

async function load() {
  const problem = panel.querySelector('.gl-problem');
  try {
    draw(await ask('GET', '/api/guidelines' + (blind ? '?blind=true' : '')));
    problem.hidden = true;
  } catch (error) {
    problem.textContent = error.message;
    problem.hidden = false;
  }
}

function draw(data) {
  shown = data;
  panel.querySelector('.gl-version').textContent = data.version ? 'version ' + data.version : '';
  panel.querySelector('.gl-text').replaceChildren(prose(data.html));
  const patterns = panel.querySelector('.gl-patterns');
  patterns.replaceChildren(patterns.firstElementChild, patternNotes(data.patterns));
  panel.querySelector('.gl-examples').hidden = !data.examples.length;
  panel.querySelector('.gl-examples div').replaceChildren(...data.examples.map((one) =>
    exampleCard(one, data.patterns, mayReview(me) ? (id) => change('DELETE', id) : null)));
  window.__guide.drawn += 1;
}

async function change(method, pairId, body) {
  const told = mark.querySelector('.gl-told');
  try {
    draw(await ask(method, '/api/guidelines/examples/' + pairId, body));
    told.textContent = method === 'PUT' ? 'Added.' : '';
    mark.reset();
  } catch (error) { told.textContent = error.message; }
}

function toggle(open) {
  panel.hidden = !open;
  opener.setAttribute('aria-expanded', String(open));
  document.getElementById(props.page).classList.toggle('guided', open);
  sessionStorage.setItem(OPEN, open ? '1' : '');
  if (open) load();
  window.dispatchEvent(new Event('resize')); // the images fit themselves into what is left
}

opener.addEventListener('click', () => toggle(panel.hidden));
panel.querySelector('.gl-close').addEventListener('click', () => { toggle(false); opener.focus(); });
panel.addEventListener('keydown', (event) => { if (event.key === 'Escape') { toggle(false); opener.focus(); } });
mark.addEventListener('submit', (event) => {
  event.preventDefault();
  const why = mark.elements.why.value.trim();
  if (!why) { mark.querySelector('.gl-told').textContent = 'Say what it shows.'; return; }
  change('PUT', target(), { is_good: mark.elements.good.value === 'true', why });
});

// A pair becomes an example where one sees it with its question.
function offer() {
  const written = document.getElementById('review')?.classList.contains('writing') || props.page === 'adjudicate';
  mark.hidden = blind || !mayReview(me) || !written || !target();
}
document.addEventListener('review:pair', ({ detail }) => { here.pair = detail.pairId; setTimeout(offer); });

async function settle() {
  const [place, how] = SLOTS[props.page];
  while (!document.querySelector(place)) await new Promise((resolve) => setTimeout(resolve, 20));
  document.querySelector(place)[how](element.querySelector('.gl-tools'));
  me = await ask('GET', '/api/me').catch(() => me);
  if (props.page === 'review' && here.pair === null) here.pair = Number(new URLSearchParams(location.search).get('pair')) || null;
  offer();
  if (props.page === 'adjudicate') setInterval(offer, 1000);
  if (sessionStorage.getItem(OPEN) && innerWidth > 1100) toggle(true);
  window.__guide.done = true;
}
settle();
