// Active seconds on each pair since the server was last told any, kept over visits and reloads.
const SPENT = 'mmvp_active';
const MOST_ACTIVE = 86400;
const spent = JSON.parse(sessionStorage.getItem(SPENT) || '{}');
let timed = null;

function bank() {
  if (timed !== null) spent[timed] = Math.min(MOST_ACTIVE, (spent[timed] || 0) + elapsed());
  sessionStorage.setItem(SPENT, JSON.stringify(spent));
  restart();
}

// The clock runs for this pair from now on; null: for none.
function timePair(id) {
  if (id === timed) return;
  bank();
  timed = id;
}

function secondsOn(id) {
  bank();
  return Math.round((spent[id] || 0) * 100) / 100;
}

// The server keeps these seconds now.
function told(id, seconds) {
  spent[id] = Math.max(0, spent[id] - seconds);
  if (!spent[id]) delete spent[id];
  sessionStorage.setItem(SPENT, JSON.stringify(spent));
}
window.addEventListener('pagehide', bank);
