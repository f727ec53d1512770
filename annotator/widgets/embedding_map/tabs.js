// The lists of the side panel: one is shown at a time; arrows go from tab to tab.

export class Tabs {
  /** opened(name) is told which list is shown. */
  constructor(side, opened) {
    Object.assign(this, { side, opened });
    this.buttons = [...side.querySelectorAll("[role=tab]")];
    for (const button of this.buttons) {
      button.addEventListener("click", () => this.show(button.dataset.tab));
      button.addEventListener("keydown", (event) => this.key(event));
    }
  }

  get current() {
    return this.buttons.find((one) => one.getAttribute("aria-selected") === "true").dataset.tab;
  }

  show(name) {
    for (const button of this.buttons) {
      const chosen = button.dataset.tab === name;
      button.setAttribute("aria-selected", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
    }
    for (const panel of this.side.querySelectorAll("[role=tabpanel]")) panel.hidden = panel.dataset.tab !== name;
    this.opened(name);
  }

  key(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const at = this.buttons.indexOf(event.currentTarget);
    const next = this.buttons[(at + by + this.buttons.length) % this.buttons.length];
    this.show(next.dataset.tab);
    next.focus();
  }
}
