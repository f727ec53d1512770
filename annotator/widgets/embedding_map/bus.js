// How the parts of Explore talk: events on the document, and the choices in the page's address.

/** Tells the other widgets; `name` without its "explore:". */
export function say(name, detail = {}) {
  document.dispatchEvent(new CustomEvent("explore:" + name, { detail }));
}

export function hear(name, act, signal) {
  document.addEventListener("explore:" + name, (event) => act(event.detail ?? {}), { signal });
}

/** `path` with those of the address's parameters that the server needs to know. */
export function withChoices(path, names = ["blind", "reference"], more = {}) {
  const given = new URLSearchParams(location.search);
  const query = new URLSearchParams();
  for (const name of names) if (given.get(name)) query.set(name, given.get(name));
  for (const [name, value] of Object.entries(more)) query.set(name, value);
  return query.size ? `${path}?${query}` : path;
}

/** Puts `values` into the address without a new page; null takes a parameter away. */
export function putInAddress(values) {
  const address = new URL(location);
  for (const [name, value] of Object.entries(values)) {
    if (value === null) address.searchParams.delete(name);
    else address.searchParams.set(name, value);
  }
  history.replaceState(history.state, "", address);
}

/** The answer's JSON; a refusal is raised in the server's own words. */
export async function ask(path, { method = "GET", body = undefined } = {}) {
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  const content = body === undefined ? undefined : JSON.stringify(body);
  const response = await fetch(path, { method, headers, body: content, cache: "no-cache" });
  if (response.status === 204) return {};
  const answer = await response.json().catch(() => (response.ok ? cutOff() : {}));
  if (response.ok) return answer;
  const detail = typeof answer.detail === "string" ? answer.detail : "";
  const error = new Error(answer.message || detail || `The server answered ${response.status}.`);
  throw Object.assign(error, { status: response.status });
}

/** An answer that ends before its end, as when the page is left, is no empty answer. */
function cutOff() {
  throw new Error("The server's answer was cut off.");
}
