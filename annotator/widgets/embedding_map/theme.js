// The colours of this moment, read from the stylesheet so that light and dark follow the page.

import { rgb } from "./colours.js";

const probe = document.createElement("canvas").getContext("2d");

function hex(styles, name) {
  probe.fillStyle = "#808080";
  probe.fillStyle = styles.getPropertyValue(name).trim();
  return probe.fillStyle;
}

/** states: the names of the states, each with a colour in the page's stylesheet. */
export function readTheme(root, states) {
  const styles = getComputedStyle(root);
  const names = { ground: "--map-ground", point: "--map-point", ink: "--map-ink", accent: "--map-accent", blind: "--studio-blind", reference: "--studio-reference" };
  const theme = { dark: document.body.classList.contains("dark") };
  for (const [key, name] of Object.entries(names)) theme[key] = hex(styles, name);
  theme.states = states.map((state) => rgb(hex(styles, "--state-" + state)));
  return { ...theme, groundRgb: rgb(theme.ground), pointRgb: rgb(theme.point), inkRgb: rgb(theme.ink), accentRgb: rgb(theme.accent), blindRgb: rgb(theme.blind), referenceRgb: rgb(theme.reference) };
}

/** Calls back whenever the page turns light or dark. */
export function onThemeChange(changed) {
  new MutationObserver(changed).observe(document.body, { attributeFilter: ["class"] });
}
