// A widget's way to its place: the page may have a slot for it, which may be drawn after it.

const PATIENCE_MS = 15_000;

/** Moves a component into the slot of that name, now or once the slot is there. */
export function settle(componentId, slotName, moved = () => {}) {
  const move = () => {
    const slot = document.querySelector(`[data-slot="${slotName}"]`);
    const component = document.getElementById(componentId);
    if (!slot || !component) return false;
    if (!slot.contains(component)) {
      slot.append(component);
      moved();
    }
    return true;
  };
  if (move()) return;
  const watch = new MutationObserver(() => { if (move()) watch.disconnect(); });
  watch.observe(document.body, { childList: true, subtree: true });
  setTimeout(() => watch.disconnect(), PATIENCE_MS);
}
