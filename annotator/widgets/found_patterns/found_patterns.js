// Looks for patterns in a job, shows what was found as cards, and takes over what people keep.
const box = element.querySelector('.fp');
const form = box.querySelector('.fp-plan');
const jobLine = box.querySelector('.fp-job');
const page = { drawn: [], job: null, model: null };
window.__found = { done: false, drawn: 0 };

const part = (name) => box.querySelector('.fp-' + name);
const least = () => Number(form.elements.least.value) / 100;

function say(name, text) {
  part(name).textContent = text;
  part(name).hidden = !text;
}

async function attempt(work) {
  say('problem', '');
  try {
    await work();
    return true;
  } catch (error) {
    say('problem', error.message);
    return false;
  }
}

function show({ found, patterns, model }) {
  planFor(found, patterns);
  page.model = model;
  const ask = box.querySelector('[data-by=model]');
  ask.hidden = !model;
  ask.textContent = 'Ask ' + model;
  ask.title = 'Sends the questions and options to ' + model + ', no image';
  page.drawn = (found ? found.patterns : []).map((one) => card(one, changed));
  part('cards').replaceChildren(...page.drawn.map(({ item }) => item));
  form.hidden = !page.drawn.length;
  if (found) form.elements.least.value = usualLeast(found);
  if (found) part('source').replaceChildren('Found by ' + found.found_by + ' in ' + plural(found.n_questions, 'question') + ', ', when(found.at, ''),
    found.n_unassigned ? '; ' + count(found.n_unassigned) + ' fit no pattern' : '', '. Nothing changes before you take it over.');
  const agreed = found && found.agreement;
  say('agreement', agreed ? 'Beside the patterns that ' + plural(agreed.n_pairs, 'pair') + ' have: ' + percent(agreed.best_match) + ' fit one to one, adjusted Rand index '
    + agreed.adjusted_rand.toFixed(2) + ' (0 is chance, 1 the same groups).' : '');
  changed();
  Object.assign(window.__found, { done: true, drawn: window.__found.drawn + 1 });
}

// Half sure, or as sure as half of the pairs are where that is less: clusters are seldom sure.
function usualLeast({ patterns }) {
  const sure = patterns.flatMap(({ members }) => members.map(([, confidence]) => confidence)).sort((a, b) => a - b);
  return Math.min(50, Math.floor(100 * (sure[Math.floor(sure.length / 2)] ?? 1)));
}

function changed() {
  form.querySelector('output').textContent = percent(least());
  for (const drawn of page.drawn) redraw(drawn, least());
  const sum = summed(least(), form.elements.only.checked);
  const words = [];
  if (sum.fresh) words.push(plural(sum.fresh, 'new pattern'));
  if (sum.known) words.push(count(sum.known) + ' into the set');
  part('sum').textContent = words.length ? words.join(', ') + '; tags ' + plural(sum.tagged, 'pair') : 'Nothing is chosen.';
  form.querySelector('button').disabled = !words.length;
}

form.addEventListener('input', changed);
form.addEventListener('submit', (event) => {
  event.preventDefault();
  attempt(async () => {
    const only = form.elements.only.checked;
    const answer = await ask('POST', '/api/found-patterns/adopt', { at: plan.found.at, groups: groups(), least: least(), only_unlabelled: only });
    show(answer);
    say('done', 'Taken over: ' + plural(answer.n_tagged, 'pair') + ' tagged' + (answer.n_kept ? ', ' + count(answer.n_kept) + ' kept the pattern they have' : '')
      + '. The set above can take tags back.');
    document.dispatchEvent(new CustomEvent('patterns:changed', { detail: { by: 'found' } }));
  });
});

async function load() {
  show(await ask('GET', '/api/found-patterns'));
}

for (const button of box.querySelectorAll('.fp-look button')) {
  button.addEventListener('click', () => attempt(async () => {
    say('done', '');
    follow(await ask('POST', '/api/jobs', { kind: 'patterns', options: { by: button.dataset.by } }));
  }));
}
jobLine.querySelector('button').addEventListener('click', () => attempt(async () => { follow(await ask('DELETE', '/api/jobs/' + page.job)); }));

function follow(job) {
  const running = job.state === 'running';
  page.job = running ? job.id : null;
  jobLine.hidden = !running;
  for (const button of box.querySelectorAll('.fp-look button')) button.disabled = running;
  const bar = jobLine.querySelector('progress');
  if (job.total) bar.value = job.done / job.total;
  else bar.removeAttribute('value');
  jobLine.querySelector('span').textContent = (job.step || 'Looking') + '…';
  if (running) setTimeout(() => box.isConnected && attempt(async () => follow(await ask('GET', '/api/jobs/' + job.id))), 600);
  else if (job.state === 'done') attempt(load);
  else say('problem', job.message);
}

async function start() {
  const me = await ask('GET', '/api/me').catch(() => ({ role: 'annotator' }));
  if (!mayReview(me)) return void (window.__found.done = true);
  box.hidden = false;
  await attempt(load);
  const jobs = await ask('GET', '/api/jobs').catch(() => []);
  const going = jobs.find(({ kind, state }) => kind === 'patterns' && state === 'running');
  if (going) follow(going);
  document.addEventListener('patterns:changed', ({ detail }) => { if (box.isConnected && (detail || {}).by !== 'found' && !page.job) attempt(load); });
}
start();
