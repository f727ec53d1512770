// How the search, the neighbours and the Why view ask the server: words instead of errors.

/** The server's answer; a refusal as {problem} in its words. */
export async function fetchJson(url, options) {
  try {
    const response = await fetch(url, { cache: "no-cache", ...options });
    if (response.ok) return await response.json();
    const body = await response.json().catch(() => ({}));
    return { problem: body.message || (typeof body.detail === "string" && body.detail) || `The server answered ${response.status}.` };
  } catch {
    return { problem: "The server does not answer." };
  }
}

/** A query of these values with the encoders that the page's address names. */
export function withEncoders(values) {
  const query = new URLSearchParams(values);
  const given = new URLSearchParams(location.search);
  for (const role of ["blind", "reference"]) if (given.get(role)) query.set(role, given.get(role));
  return query;
}
