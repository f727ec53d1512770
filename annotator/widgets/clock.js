// Counts the seconds that the page is in front and in use; an hour's lunch is no hard question.
const IDLE_MS = 60000;
const clock = { sum: 0, since: null, last: 0 };

function inUse() {
  return document.visibilityState === 'visible' && document.hasFocus();
}

function tick() {
  const time = performance.now();
  if (clock.since !== null) clock.sum += Math.max(0, Math.min(time, clock.last + IDLE_MS) - clock.since);
  clock.since = inUse() ? time : null;
}

function active() {
  tick();
  clock.last = performance.now();
}

function restart() {
  Object.assign(clock, { sum: 0, since: inUse() ? performance.now() : null, last: performance.now() });
}

function elapsed() {
  tick();
  return Math.round(clock.sum / 10) / 100;
}
for (const name of ['focus', 'blur']) window.addEventListener(name, tick);
document.addEventListener('visibilitychange', tick);
for (const name of ['pointermove', 'pointerdown', 'keydown', 'wheel']) document.addEventListener(name, active, { capture: true, passive: true });
