// What the parts of the page share; `window.__leaderboard` is what tests wait for.
const board = element.querySelector('.board');
const part = (selector) => board.querySelector(selector);
const COLOURS = ['#0072b2', '#e69f00', '#009e73', '#d55e00', '#cc79a7', '#56b4e9', '#a89c00', '#7b5a3c'];
const MOST_CHOSEN = COLOURS.length, FIRST_CHOSEN = 3;
const API = '/api/results';
// `chosen` are names of runs, in the order in which they got their colours
const state = { found: null, chosen: [], grader: 'strict' };
window.__leaderboard = { done: false };

const hundredth = (value) => (value * 100).toFixed(2) + '%';
const titleOf = (run) => run.model + (run.label ? ', ' + run.label : '');
const runOf = (name) => state.found.runs.find((one) => one.run === name);
const colourOf = (name) => COLOURS[state.chosen.indexOf(name)];
const chosenRuns = () => state.chosen.map(runOf).filter((run) => run && run.scores);
const signed = (points) => (points > 0 ? '+' : points < 0 ? '−' : '') + Math.abs(points).toFixed(1);

function swatch(name) {
  const colour = colourOf(name);
  return make('i', { class: 'swatch', '--colour': colour || 'transparent', 'aria-hidden': 'true' });
}

function fail(error) {
  part('.problem').textContent = error.message;
  part('.problem').hidden = false;
}

function clearProblem() {
  const { problems } = state.found;
  part('.problem').textContent = problems.join(' ');
  part('.problem').hidden = !problems.length;
}
