// The two thresholds and encoders as the page's address keeps them, shared by the histogram and the encoder matrix.

import { putInAddress, say } from "../embedding_map/bus.js";

export const PAPER = { blind: 0.95, reference: 0.6 }; // Tong et al. 2024, section 2.1

function cosine(text) {
  const value = text === null || text === "" ? NaN : Number(text);
  return value >= -1 && value <= 1 ? value : null;
}

/** {blind, reference} of the address; null for what is not there or no cosine. */
export function thresholdsInAddress() {
  const given = new URLSearchParams(location.search);
  return { blind: cosine(given.get("blind_min")), reference: cosine(given.get("reference_max")) };
}

export function rememberThresholds({ blind, reference }) {
  putInAddress({ blind_min: blind, reference_max: reference });
  say("thresholds", { blind, reference });
}

/** Slugs of the encoders in the address; null for the workspace's own. */
export function chosenEncoders() {
  const given = new URLSearchParams(location.search);
  return { blind: given.get("blind"), reference: given.get("reference") };
}
