// Where the Why view lies on a page, and which two images the page shows at the moment.

import { withEncoders } from "../explore_search/asking.js";

let picked = null; // two images that need not be a candidate pair
let reviewed = null;

/** Query of /api/why for what is shown; empty if nothing is. */
export function currentPair(page) {
  if (page === "review") return reviewed === null ? "" : `pair=${reviewed}`;
  const query = withEncoders({});
  if (picked) Object.entries(picked).forEach(([name, id]) => query.set(name, id));
  else {
    const selected = window.__map?.selected ?? new URLSearchParams(location.search).get("pair");
    if (selected === null || selected === undefined) return "";
    query.set("pair", selected);
  }
  return query.toString();
}

/** Calls `changed` whenever the page may show other images. */
export function onPair(page, changed) {
  if (page === "review") {
    document.addEventListener("review:pair", (event) => {
      reviewed = event.detail.pairId;
      changed();
    });
    reviewed = window.__viewer?.shown ?? null;
    return;
  }
  document.addEventListener("explore:pick", (event) => {
    picked = { first: event.detail.first, second: event.detail.second };
    changed();
  });
  document.addEventListener("explore:pair", () => later(changed));
  // The inspector draws itself anew for every selection, by whatever way it was made.
  const watch = new MutationObserver(() => later(changed));
  const find = () => {
    const detail = document.querySelector(".emap-side .emap-detail");
    if (!detail) return void setTimeout(find, 200);
    watch.observe(detail, { childList: true });
    return changed();
  };
  find();
}

let frame = 0;
let lastSelected;

/** Once the map knows its selection; a selection made on it ends a pick from elsewhere. */
function later(changed) {
  frame ||= requestAnimationFrame(() => {
    frame = 0;
    const selected = window.__map?.selected;
    if (selected !== lastSelected && selected !== null) picked = null;
    lastSelected = selected;
    changed();
  });
}
