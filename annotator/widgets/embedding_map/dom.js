// Builds elements; text always goes in as text.

import { thumbnailUrl } from "./data.js";

export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") Object.entries(value).forEach(([k, v]) => node.style.setProperty(k, v));
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** A small picture; where its file is gone an empty tile takes its place. */
export function thumbnail(id, lazy = false) {
  const image = h("img", { alt: "", decoding: "async", loading: lazy ? "lazy" : null });
  image.addEventListener("error", () => image.replaceWith(h("i", { class: "gone", title: "The image file is gone" })));
  image.src = thumbnailUrl(id);
  return image;
}

export const number = (value) => value.toLocaleString("en-US");
export const plural = (n, word) => `${number(n)} ${word}${n === 1 ? "" : "s"}`;
export const cosine = (value) => value.toFixed(3).replace("-", "−");
