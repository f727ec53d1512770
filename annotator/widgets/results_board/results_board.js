// Reads the leaderboard, and draws every part again when the grader or the chosen models change.
function choose(name, wanted) {
  if (wanted && state.chosen.length >= MOST_CHOSEN) {
    fail(new Error('At most ' + MOST_CHOSEN + ' models have a colour of their own; take one away first.'));
    drawStanding();
    return;
  }
  state.chosen = wanted ? [...state.chosen, name] : state.chosen.filter((one) => one !== name);
  drawStanding();
  drawPatterns();
  if (encoderBoard && encoderBoard.encoders.length) drawTogether();
  if (part('.gallery form').chosen.checked) drawGallery(false).catch(fail);
}

async function load() {
  const found = await ask('GET', API + '?grader=' + encodeURIComponent(state.grader));
  const first = state.found === null;
  state.found = found;
  if (first) state.chosen = found.runs.filter((run) => run.scores).slice(0, FIRST_CHOSEN).map((run) => run.run);
  state.chosen = state.chosen.filter((name) => runOf(name));
  clearProblem();
  drawStanding();
  drawPatterns();
  drawVersions();
  fillVersus();
  fillPatterns();
  const any = found.runs.length > 0;
  part('.none').hidden = any;
  part('.gallery').hidden = !any;
  for (const node of board.querySelectorAll('.figures, .root')) {
    if (node.matches('.root')) node.textContent = found.benchmark;
    else node.hidden = !any;
  }
  if (!any) part('.versus').hidden = true;
  window.__leaderboard = { done: true, found, grader: state.grader };
}

async function start() {
  try {
    await load();
    await drawEncoders();
    if (state.found.runs.length) await Promise.all([drawVersus(), drawGallery(false)]);
  } catch (error) { fail(error); }
  board.dataset.state = 'ready';
}

part('[name=grader]').addEventListener('change', (event) => {
  state.grader = event.target.value;
  window.__leaderboard = { done: false };
  start();
});
part('[name=published]').addEventListener('change', drawStanding);
start();
