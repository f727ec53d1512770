// The pair on this page is this person's for some minutes: kept while they work, let go when they leave.
const BEAT_PATH = '/api/review/lease';
const holding = { id: null, token: '', until: 0, every: 60000, used: false, beating: false };
let beatTimer = 0;

// The pair that the page shows from now on; without a lease it is only looked at.
function hold(pair, lease) {
  clearInterval(beatTimer);
  holding.id = pair && lease ? pair.id : null;
  if (!holding.id) return;
  Object.assign(holding, { token: lease.token, until: Date.parse(lease.until), every: lease.beat_seconds * 1000, used: false });
  beatTimer = setInterval(() => { if (holding.used) beat(); }, holding.every);
}

async function beat() {
  if (!holding.id || holding.beating || document.visibilityState !== 'visible') return;
  holding.beating = true;
  holding.used = false;
  const { id, token } = holding;
  const answer = await ask('POST', BEAT_PATH, { pair_id: id, token });
  holding.beating = false;
  if (!answer.ok || holding.id !== id) return;
  if (answer.data.until) holding.until = Date.parse(answer.data.until);
  else lost(answer.data.obstacle);
}

// Back after a while: ask at once, before anything is decided that somebody else decides as well.
function used() {
  holding.used = true;
  if (holding.id && Date.now() > holding.until) beat();
}
for (const kind of ['keydown', 'pointerdown', 'pointermove', 'wheel']) document.addEventListener(kind, used, { capture: true, passive: true });
document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') beat(); });
window.addEventListener('pageshow', (event) => { if (event.persisted) beat(); });
window.addEventListener('pagehide', () => {
  if (!holding.id) return;
  const body = JSON.stringify({ pair_id: holding.id, token: holding.token });
  navigator.sendBeacon('/api/review/leave', new Blob([body], { type: 'application/json' }));
});

// Why a pair is only to be looked at: who has it, and the words after that, which stay whole.
function whyNot({ by, until, overlap }) {
  if (!by) return ['', 'This pair has its ' + overlap + ' annotations'];
  const clock = new Date(until).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  return [by, ' is on this pair until ' + clock];
}
