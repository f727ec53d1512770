// What is sent where, and the switch for it; `window.__switch` is what tests wait for.
const card = element.querySelector('.card');
const part = (selector) => card.querySelector(selector);
const toggle = part('input');

function draw(state) {
  card.dataset.state = state.enabled ? 'on' : 'off';
  toggle.checked = state.enabled;
  toggle.disabled = !state.configured;
  part('.now').textContent = state.enabled
    ? 'On: writers can ask the model, and the two images go to its server.'
    : 'Off: no image leaves this machine.';
  if (state.configured) part('.where').textContent = state.model + ' at ' + state.endpoint + (state.has_key ? ', with the key from MMVP_LLM_API_KEY' : ', without a key');
  else part('.where').replaceChildren('No model is set up. Set ', make('code', {}, 'MMVP_LLM_BASE_URL'), ' and ', make('code', {}, 'MMVP_LLM_MODEL'), ' (any OpenAI-compatible server, also one on this machine) and start again.');
  part('.what').textContent = 'Both images of the pair as JPEG, at most ' + state.pixels + ' pixels a side, without what the camera wrote into the file; and the names and definitions of the visual patterns.';
  drawLast(state);
}

function drawLast({ last, endpoint, model }) {
  if (!last) { part('.last').textContent = 'Nobody has turned it on yet.'; return; }
  const other = last.endpoint !== endpoint || last.model !== model;
  part('.last').replaceChildren('Turned ' + (last.enabled ? 'on' : 'off') + ' by ' + (last.by || 'somebody') + ', ', when(last.at, ''),
    other ? ', for ' + last.model + ' at ' + last.endpoint + ', which does not hold for another server or model.' : '.');
}

async function load(work) {
  part('.problem').hidden = true;
  try {
    draw(await work());
  } catch (error) {
    part('.problem').textContent = error.message;
    part('.problem').hidden = false;
    draw(await ask('GET', '/api/writing'));
  }
  window.__switch = { done: true, state: card.dataset.state };
}

toggle.addEventListener('change', () => load(() => ask('PUT', '/api/writing/switch', { enabled: toggle.checked })));
load(() => ask('GET', '/api/writing'));
