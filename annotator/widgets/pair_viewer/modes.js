// Side by side, flicker, difference, wipe. The work is done by the stylesheet; here are only the switches.
const FLIP_MS = 400;
const modeButtons = [...element.querySelectorAll('.modes button')];
const edge = element.querySelector('.edge');
const gain = element.querySelector('#gain');
let chosenMode = 'side';
let flipping = 0;

function draw(mode) {
  viewer.dataset.mode = mode;
  for (const button of modeButtons) button.setAttribute('aria-pressed', String(button.dataset.mode === mode));
  clearInterval(flipping);
  flipping = 0;
  stage.classList.toggle('flipped', mode === 'flicker');
  if (mode === 'flicker') flipping = setInterval(() => stage.classList.toggle('flipped'), FLIP_MS);
}

function choose(mode) {
  chosenMode = mode === chosenMode ? 'side' : mode;
  draw(chosenMode);
}

for (const button of modeButtons) button.addEventListener('click', () => choose(button.dataset.mode));
gain.addEventListener('input', () => {
  stage.style.setProperty('--gain', gain.value);
  gain.parentElement.querySelector('output').textContent = gain.value + '×';
});

function wipe(percent) {
  const kept = Math.min(100, Math.max(0, percent));
  stage.style.setProperty('--wipe', kept + '%');
  edge.setAttribute('aria-valuenow', String(Math.round(kept)));
}
edge.addEventListener('pointerdown', (event) => { edge.setPointerCapture(event.pointerId); event.preventDefault(); });
edge.addEventListener('pointermove', (event) => {
  if (!edge.hasPointerCapture(event.pointerId)) return;
  const box = stage.getBoundingClientRect();
  wipe(((event.clientX - box.left) / box.width) * 100);
});
edge.addEventListener('keydown', (event) => {
  const step = { ArrowLeft: -2, ArrowRight: 2, Home: -100, End: 100 }[event.key];
  if (!step) return;
  event.preventDefault();
  event.stopPropagation();
  wipe(Number(edge.getAttribute('aria-valuenow')) + step);
});

// Hold Space: flicker as long as it is held. A button reached by Tab keeps its own Space.
function ownsSpace(event) {
  const target = event.composedPath()[0];
  return window.__keys.typing(event) || (target instanceof Element && target.matches('button:focus-visible, a:focus-visible'));
}
document.addEventListener('keydown', (event) => {
  if (event.key !== ' ' || !window.__keys || ownsSpace(event)) return;
  event.preventDefault();
  if (!event.repeat) draw('flicker');
}, true);
document.addEventListener('keyup', (event) => {
  if (event.key !== ' ' || viewer.dataset.mode === chosenMode) return;
  event.preventDefault();
  draw(chosenMode);
}, true);
window.addEventListener('blur', () => { if (viewer.dataset.mode !== chosenMode) draw(chosenMode); });
