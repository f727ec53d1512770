// Shows a pair once both images are decoded, and decodes the pairs that come next ahead of time.
const KEPT = 8;
const WAIT_MS = 8000;
const ready = new Map();

function decoded(image, name) {
  const picture = new Image();
  picture.alt = name + ' image: ' + image.file_name;
  picture.draggable = false;
  picture.decoding = 'sync';
  picture.src = image.url;
  const done = picture.decode().then(() => '', () => reasonFor(image));
  return { picture, done };
}

// Why an image cannot be shown is in the server's answer, not in the image's error event.
async function reasonFor(image) {
  const answer = await fetch(image.url).catch(() => null);
  if (!answer) return 'The server does not answer.';
  if (answer.ok) return 'The browser cannot show this image.';
  const body = await answer.json().catch(() => ({}));
  return body.detail || body.message || 'This image cannot be shown.';
}

function prepare(pair) {
  const key = pair.id + ' ' + pair.first.url + ' ' + pair.second.url;
  let entry = ready.get(key);
  if (!entry) {
    entry = [decoded(pair.first, 'First'), decoded(pair.second, 'Second')];
    ready.set(key, entry);
    if (ready.size > KEPT) ready.delete(ready.keys().next().value);
  }
  return entry;
}

function caption(side, image) {
  const line = element.querySelector('.captions .' + side);
  line.querySelector('.name').textContent = image.file_name;
  line.querySelector('.detail').textContent = [image.caption || image.label, image.width + ' × ' + image.height].filter(Boolean).join(' · ');
  line.title = [image.file_name, image.caption, image.label].filter(Boolean).join('\n');
}

function fill(pane, entry, problem) {
  pane.querySelectorAll('img').forEach((old) => old.remove());
  const note = pane.querySelector('.broken');
  note.hidden = !problem;
  note.textContent = problem;
  if (!problem) pane.prepend(entry.picture);
}

const later = (ms) => new Promise((resolve) => setTimeout(() => resolve('This image takes too long to load.'), ms));

async function show(pair) {
  if (window.__viewer.shown === pair.id) return;
  const entries = prepare(pair);
  const problems = await Promise.all(entries.map((entry) => Promise.race([entry.done, later(WAIT_MS)])));
  viewer.classList.remove('empty');
  fit();
  panes.forEach((pane, i) => fill(pane, entries[i], problems[i]));
  fitImages();
  caption('first', pair.first);
  caption('second', pair.second);
  window.__viewer.shown = pair.id;
}

function clear() {
  viewer.classList.add('empty');
  window.__viewer.shown = null;
}

window.__viewer = { shown: null, show, clear, prefetch: (pairs) => pairs.forEach(prepare), view, choose };
clear();
window.dispatchEvent(new Event('mmvp:viewer'));
