// Asks the server as JSON; a refusal becomes an Error with the server's own sentence.
async function ask(method, path, body) {
  const options = { method, headers: { Accept: 'application/json' } };
  if (body !== undefined) {
    options.headers['Content-Type'] = 'application/json';
    options.body = JSON.stringify(body);
  }
  const answer = await fetch(path, options).catch(() => { throw new Error('The server does not answer.'); });
  const content = answer.status === 204 ? null : await answer.json().catch(() => {
    if (answer.ok) throw new Error("The server's answer was cut off.");
    return {};
  });
  if (answer.ok) return content;
  const detail = Array.isArray(content.detail) ? content.detail.map((one) => one.msg).join(' ') : content.detail;
  throw new Error(content.message || detail || 'The server refused (' + answer.status + ').');
}

// "today 14:05", "3 Nov 2026"; the exact time is the element's title.
function when(text, never) {
  if (!text) return make('span', { class: 'never' }, never);
  const at = new Date(text);
  const today = at.toDateString() === new Date().toDateString();
  const shown = today
    ? 'today ' + at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
    : at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
  return make('time', { datetime: text, title: at.toLocaleString('en-GB') }, shown);
}

async function copy(text, button) {
  const before = button.textContent;
  const done = await navigator.clipboard.writeText(text).then(() => true, () => false);
  button.textContent = done ? 'Copied' : 'Select it and copy';
  setTimeout(() => { button.textContent = before; }, 2500);
}
