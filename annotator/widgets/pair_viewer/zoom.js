// One zoom and pan for both images. x and y are fractions of a pane, so they mean the same in every mode.
const viewer = element.querySelector('.viewer');
const stage = element.querySelector('.stage');
const panes = [...element.querySelectorAll('.pane')];
const level = element.querySelector('.level');
const MOST = 24;
const view = { z: 1, x: 0, y: 0 };

function place(z, x, y) {
  view.z = Math.min(MOST, Math.max(1, z));
  const room = (view.z - 1) / 2;
  view.x = Math.min(room, Math.max(-room, x));
  view.y = Math.min(room, Math.max(-room, y));
  stage.style.setProperty('--z', view.z);
  stage.style.setProperty('--x', view.x);
  stage.style.setProperty('--y', view.y);
  stage.classList.toggle('zoomed', view.z > 1);
  stage.classList.toggle('pixels', view.z >= 6);
  level.textContent = Math.round(view.z * 100) + '%';
}

// Each image as large as its pane allows, on whole pixels: a blurred border would show as a difference.
function fitImages() {
  for (const pane of panes) {
    const [width, height] = [pane.clientWidth, pane.clientHeight];
    pane.style.setProperty('--w', width + 'px');
    pane.style.setProperty('--h', height + 'px');
    const image = pane.querySelector('img');
    if (!image || !image.naturalWidth) continue;
    const scale = Math.min(width / image.naturalWidth, height / image.naturalHeight);
    const [w, h] = [Math.round(image.naturalWidth * scale), Math.round(image.naturalHeight * scale)];
    Object.assign(image.style, { width: w + 'px', height: h + 'px', left: Math.floor((width - w) / 2) + 'px', top: Math.floor((height - h) / 2) + 'px' });
  }
}
const resized = new ResizeObserver(fitImages);
panes.forEach((pane) => resized.observe(pane));

// Where a pointer is, as a fraction of its pane measured from the middle.
function at(pane, clientX, clientY) {
  const box = pane.getBoundingClientRect();
  return { x: (clientX - box.left) / box.width - 0.5, y: (clientY - box.top) / box.height - 0.5 };
}

function zoomAt(factor, point) {
  const z = Math.min(MOST, Math.max(1, view.z * factor));
  const ratio = z / view.z;
  place(z, point.x - (point.x - view.x) * ratio, point.y - (point.y - view.y) * ratio);
}

const fit = () => place(1, 0, 0);
const touching = new Map();

function spread() {
  const [a, b] = [...touching.values()];
  return { distance: Math.hypot(a.x - b.x, a.y - b.y), x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

function dragged(pane, event) {
  const before = touching.get(event.pointerId);
  if (!before) return;
  const box = pane.getBoundingClientRect();
  if (touching.size === 2) {
    const was = spread();
    touching.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const now = spread();
    zoomAt(now.distance / Math.max(1, was.distance), at(pane, now.x, now.y));
    place(view.z, view.x + (now.x - was.x) / box.width, view.y + (now.y - was.y) / box.height);
    return;
  }
  touching.set(event.pointerId, { x: event.clientX, y: event.clientY });
  place(view.z, view.x + (event.clientX - before.x) / box.width, view.y + (event.clientY - before.y) / box.height);
}

function released(event) {
  touching.delete(event.pointerId);
  stage.classList.toggle('dragging', touching.size > 0);
}

for (const pane of panes) {
  pane.addEventListener('wheel', (event) => {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
    zoomAt(Math.exp(-Math.max(-120, Math.min(120, pixels)) / 400), at(pane, event.clientX, event.clientY));
  }, { passive: false });
  pane.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    touching.set(event.pointerId, { x: event.clientX, y: event.clientY });
    pane.setPointerCapture(event.pointerId);
    stage.classList.add('dragging');
  });
  pane.addEventListener('pointermove', (event) => dragged(pane, event));
  pane.addEventListener('pointerup', released);
  pane.addEventListener('pointercancel', released);
  pane.addEventListener('dblclick', fit);
}
element.querySelector('.in').addEventListener('click', () => zoomAt(1.4, { x: 0, y: 0 }));
element.querySelector('.out').addEventListener('click', () => zoomAt(1 / 1.4, { x: 0, y: 0 }));
element.querySelector('.reset').addEventListener('click', fit);
