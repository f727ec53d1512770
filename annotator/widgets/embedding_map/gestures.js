// What the pointer, the wheel and the keys do to one map: move, zoom, pick, or draw a selection.

const PAN_STEP = 60;
const ZOOM_STEP = 1.5;
const STILL = 4; // CSS pixels that a click may travel

export function listen(panel) {
  const { root, camera, events } = panel;
  const pointers = new Map();
  let travelled = 0;
  let drawing = false;
  const place = (event) => {
    const box = root.getBoundingClientRect();
    return [event.clientX - box.left - root.clientLeft, event.clientY - box.top - root.clientTop];
  };
  const onControl = (event) => event.target.closest("button, .emap-morph");
  root.addEventListener("wheel", (event) => {
    event.preventDefault();
    const step = event.deltaY * (event.deltaMode === 1 ? 18 : 1);
    camera.zoomAt(...place(event), Math.exp(-Math.max(-240, Math.min(240, step)) * 0.0022));
  }, { passive: false });
  root.addEventListener("pointerdown", (event) => {
    if (onControl(event) || event.button > 0) return;
    pointers.set(event.pointerId, place(event));
    root.setPointerCapture(event.pointerId);
    if (pointers.size > 1) {
      if (drawing) events.draw("cancel", panel); // two fingers zoom
      drawing = false;
      return;
    }
    travelled = 0;
    const way = wayOfDrawing(event, panel.shared.tool);
    drawing = way !== null;
    if (!drawing) return;
    events.hover(panel, NOTHING);
    events.draw("start", panel, ...place(event), way);
  });
  root.addEventListener("pointermove", (event) => {
    const now = place(event);
    const before = pointers.get(event.pointerId);
    if (!before) return events.hover(panel, onControl(event) ? NOTHING : panel.hit(...now));
    travelled += Math.hypot(now[0] - before[0], now[1] - before[1]);
    const scrolling = event.pointerType === "touch" && camera.zoom <= 1;
    if (drawing) events.draw("move", panel, ...now);
    else drag(panel, pointers, event.pointerId, now, travelled > STILL && !scrolling);
    pointers.set(event.pointerId, now);
    return undefined;
  });
  const release = (event) => {
    const pressed = pointers.delete(event.pointerId);
    root.classList.toggle("dragging", false);
    const finished = pressed && event.type === "pointerup" && pointers.size === 0;
    if (drawing) events.draw(finished && travelled > STILL ? "end" : "cancel", panel);
    drawing = false;
    if (finished && travelled <= STILL) events.pick(panel, panel.hit(...place(event)));
  };
  root.addEventListener("pointerup", release);
  root.addEventListener("pointercancel", release);
  root.addEventListener("pointerleave", () => events.hover(panel, NOTHING));
  root.addEventListener("dblclick", (event) => onControl(event) || camera.zoomAt(...place(event), 2.5));
  root.addEventListener("focus", () => events.focus(panel));
  root.addEventListener("keydown", (event) => key(panel, event));
  for (const button of root.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => zoom(panel, button.dataset.zoom));
  }
}

const NOTHING = { image: -1, pair: -1 };

/** {shape, how} of a press that starts a selection; null if it moves the map. Shift adds, Alt and
 * Ctrl take away; while the map is being moved by the pointer these keys draw a box. */
function wayOfDrawing(event, tool) {
  const keys = event.shiftKey ? "add" : event.altKey || event.ctrlKey || event.metaKey ? "remove" : null;
  if (tool.shape === "move") return keys ? { shape: "box", how: keys } : null;
  return { shape: tool.shape, how: keys ?? tool.how };
}

/** One pointer pans, two zoom about their middle. */
function drag(panel, pointers, id, now, moved) {
  const before = pointers.get(id);
  if (pointers.size === 2) {
    const [other] = [...pointers].filter(([key]) => key !== id).map(([, point]) => point);
    const spread = (point) => Math.hypot(point[0] - other[0], point[1] - other[1]) || 1;
    const middle = [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2];
    panel.camera.zoomAt(...middle, spread(now) / spread(before));
  } else if (moved) {
    panel.root.classList.toggle("dragging", true);
    panel.events.hover(panel, NOTHING);
    panel.camera.pan(now[0] - before[0], now[1] - before[1]);
  }
}

function zoom({ camera }, how) {
  if (how === "fit") return camera.fit();
  const factor = how === "in" ? ZOOM_STEP : 1 / ZOOM_STEP;
  return camera.zoomAt(camera.width / 2, camera.height / 2, factor);
}

function key(panel, event) {
  if (event.target !== panel.root || event.ctrlKey || event.metaKey || event.altKey) return;
  const pan = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  const zooms = { "+": "in", "=": "in", "-": "out", "−": "out", 0: "fit" };
  if (pan[event.key]) panel.camera.pan(...pan[event.key].map((step) => step * PAN_STEP));
  else if (zooms[event.key]) zoom(panel, zooms[event.key]);
  else if (event.key === "Enter") panel.events.review();
  else return;
  event.preventDefault();
}
