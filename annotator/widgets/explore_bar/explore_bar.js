// Switches the views of Explore and chooses the two encoders; both stand in the page's address.
const bar = element.querySelector('.xbar');
const tabs = [...bar.querySelectorAll('[role=tab]')];
const views = tabs.map((tab) => tab.dataset.view);

// Gradio's columns carry classes only: "explore-view view-maps" becomes data-view="maps".
function sections() {
  const found = [...document.querySelectorAll('.explore-view')];
  for (const one of found) one.dataset.view ||= views.find((view) => one.classList.contains(`view-${view}`));
  return found;
}

function show(view) {
  if (!views.includes(view)) return;
  for (const tab of tabs) {
    tab.setAttribute('aria-selected', String(tab.dataset.view === view));
    tab.tabIndex = tab.dataset.view === view ? 0 : -1;
  }
  for (const one of sections()) one.hidden = one.dataset.view !== view;
  const address = new URL(location);
  if (view === views[0]) address.searchParams.delete('view');
  else address.searchParams.set('view', view);
  history.replaceState(history.state, '', address);
  window.__explore = { done: true, view };
}

const choose = (view) => document.dispatchEvent(new CustomEvent('explore:view', { detail: { view } }));

for (const tab of tabs) {
  tab.addEventListener('click', () => choose(tab.dataset.view));
  tab.addEventListener('keydown', (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const next = tabs[(tabs.indexOf(tab) + by + tabs.length) % tabs.length];
    next.focus();
    choose(next.dataset.view);
  });
}

function heard(event) {
  if (bar.isConnected) show(event.detail.view);
  else document.removeEventListener('explore:view', heard);
}
document.addEventListener('explore:view', heard);
const asked = new URLSearchParams(location.search).get('view');
// Later than this script: Gradio may still be putting the other sections on the page.
requestAnimationFrame(() => show(views.includes(asked) ? asked : views[0]));

// ---- the two encoders ----
const roles = ['blind', 'reference'];
const selects = Object.fromEntries(roles.map((role) => [role, bar.querySelector(`[data-role=${role}] select`)]));

// Another pair of encoders has other maps and pairs: what was marked or laid out stays behind.
function go(blind, reference) {
  const address = new URL(location);
  for (const name of ['pair', 'image', 'layout']) address.searchParams.delete(name);
  address.searchParams.set('blind', blind);
  address.searchParams.set('reference', reference);
  location.assign(address);
}

function fill({ encoders = [], spaces }) {
  for (const role of roles) {
    const current = spaces?.[role];
    const known = encoders.some(({ slug }) => slug === current?.slug);
    const offered = known || !current ? encoders : [current, ...encoders];
    selects[role].replaceChildren(...offered.map(({ slug, name, spec }) => {
      const option = new Option(name, slug ?? '', false, slug === current?.slug);
      option.title = spec;
      return option;
    }));
    selects[role].disabled = encoders.length < 2;
    selects[role].dataset.now = current?.slug ?? '';
    selects[role].title = current?.spec ?? '';
  }
  bar.querySelector('.xbar-swap').hidden = encoders.length < 2;
  bar.querySelector('.xbar-encoders').hidden = !spaces && encoders.length < 2;
}

for (const [role, other] of [roles, [...roles].reverse()]) {
  selects[role].addEventListener('change', () => {
    const chosen = { [role]: selects[role].value, [other]: selects[other].dataset.now };
    // one encoder cannot be both: choosing the other's swaps them
    if (chosen[role] === chosen[other]) chosen[other] = selects[role].dataset.now;
    go(chosen.blind, chosen.reference);
  });
}
bar.querySelector('.xbar-swap').addEventListener('click', () => go(selects.reference.dataset.now, selects.blind.dataset.now));

async function describe() {
  const { describeMap } = await import('/widgets/embedding_map/data.js');
  const note = bar.querySelector('.xbar-note');
  try {
    fill(await describeMap());
    note.hidden = true;
  } catch (error) {
    note.textContent = error.message;
    note.hidden = false;
  }
}
function reloaded() {
  if (bar.isConnected) describe();
  else document.removeEventListener('explore:reload', reloaded);
}
document.addEventListener('explore:reload', reloaded);
describe();
