// The blindness meter: which image the blind encoder takes for each option, as a small picture.
const METER_MS = 400;
const AGAIN_MS = 400;
const METER = 'mmvp_meter';
const meter = form.querySelector('.meter');
const SAID = {
  confused: ['Still confused', 'blind'], swapped: ['Still confused', 'blind'],
  sees: ['Not fooled', 'sees'], apart: ['Tells them apart', 'apart'],
};
let meterTimer = 0;
let measured = 0;
let absent = ''; // the encoder that has no text tower, so that it is asked once

function openMeter(next) {
  clearTimeout(meterTimer);
  measured += 1;
  meter.hidden = true;
  meter.dataset.state = 'off';
  if (!next) return;
  for (const side of ['first', 'second']) meter.querySelector('img.' + side).src = next[side].thumbnail;
}

function measureSoon() {
  clearTimeout(meterTimer);
  measured += 1;
  meterTimer = setTimeout(measure, METER_MS);
}

async function measure() {
  const fields = read();
  const ready = fields.option_a.trim() && fields.option_b.trim() && fields.option_a.trim() !== fields.option_b.trim();
  if (!pair || !ready || absent === pair.blind_encoder) { if (!ready) meter.hidden = true; return; }
  meter.hidden = false;
  if (localStorage.getItem(METER) === 'off') { meter.dataset.state = 'folded'; return; }
  const mine = measured;
  const found = await ask('POST', '/api/writing/meter', { ...fields, pair_id: pair.id }).catch((error) => ({ state: 'absent', reason: error.message }));
  if (mine !== measured || !pair) return;
  drawMeter(found);
  if (found.state === 'working') meterTimer = setTimeout(measure, AGAIN_MS);
  if (found.lasting) absent = pair.blind_encoder;
}

function drawMeter(found) {
  meter.dataset.state = found.state;
  const [short, kind] = SAID[found.verdict] || ['', 'waiting'];
  meter.dataset.verdict = found.state === 'ready' ? kind : 'waiting';
  meter.querySelector('.meter-short').textContent = { ready: short, working: 'Reading', absent: 'No meter' }[found.state];
  meter.querySelector('.meter-said').textContent = {
    ready: found.encoder + ' ' + found.said,
    working: found.step === 'loading the encoder' ? 'the encoder is being loaded' : 'one moment',
    absent: found.reason,
  }[found.state];
  meter.querySelector('.meter-more').textContent = (found.variants || [])
    .map(({ how, said }) => 'With ' + how + ' it ' + said + '.').join(' ');
  if (found.state === 'ready') found.rows.forEach(drawRow);
}

// The darker a cell, the surer the choice; the ring is on the image that the text goes to.
function drawRow(row, at) {
  const line = meter.querySelectorAll('.meter-row')[at];
  line.querySelector('.meter-text').textContent = row.text;
  line.querySelector('.meter-text').title = row.text;
  ['first', 'second'].forEach((side, column) => {
    const cell = line.querySelector('[data-image=' + side + ']');
    const mine = row.chosen === side;
    const share = 1 / (1 + Math.exp(-100 * (mine ? row.margin : -row.margin)));
    cell.style.setProperty('--share', share.toFixed(3));
    cell.dataset.mark = !mine ? 'none' : row.right === null ? 'chosen' : row.right === side ? 'right' : 'wrong';
    cell.title = 'cosine ' + row.cosines[column].toFixed(3) + (mine ? ', more by ' + row.margin.toFixed(3) : '');
    cell.setAttribute('aria-label', 'option ' + 'ab'[at] + ', ' + side + ' image: ' + cell.title);
  });
}

meter.querySelector('.meter-fold').addEventListener('click', () => {
  localStorage.setItem(METER, localStorage.getItem(METER) === 'off' ? 'on' : 'off');
  measured += 1;
  measure();
});
