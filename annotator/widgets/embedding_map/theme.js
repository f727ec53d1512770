// The colours of this moment, read from the stylesheet so that light and dark follow the page.

import { rgb } from "./colours.js";

const probe = document.createElement("canvas").getContext("2d");

function hex(styles, name) {
  probe.fillStyle = "#808080";
  probe.fillStyle = styles.getPropertyValue(name).trim();
  return probe.fillStyle;
}

export function readTheme(root) {
  const styles = getComputedStyle(root);
  const names = { ground: "--map-ground", point: "--map-point", ink: "--map-ink", accent: "--map-accent" };
  const theme = { dark: document.body.classList.contains("dark") };
  for (const [key, name] of Object.entries(names)) theme[key] = hex(styles, name);
  return { ...theme, groundRgb: rgb(theme.ground), pointRgb: rgb(theme.point) };
}

/** Calls back whenever the page turns light or dark. */
export function onThemeChange(changed) {
  new MutationObserver(changed).observe(document.body, { attributeFilter: ["class"] });
}
