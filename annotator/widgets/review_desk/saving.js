// Saving a question; if somebody changed the pair meanwhile, both texts are shown and one chooses.
async function saveQuestion(fields) {
  const { id, version } = desk.pair;
  const active_seconds = secondsOn(id);
  window.__form.busy(true);
  const answer = await ask('POST', '/api/pairs/' + id + '/question', { version, ...fields, active_seconds });
  window.__form.busy(false);
  if (answer.ok) told(id, active_seconds);
  await receive(answer);
  if (answer.data.findings) window.__form.refuse(answer.data.findings);
  if (answer.data.conflict) await chooseText(answer.data, fields);
}

async function chooseText({ conflict, pair, obstacle }, fields) {
  say(''); // the dialog says it
  const isOpen = WRITABLE.includes(pair.state);
  const chosen = await window.__both_texts.ask(conflict, { isOpen, obstacle: obstacle ? whyNot(obstacle).join('') : '' });
  if (chosen === 'theirs') {
    await ask('PUT', '/api/pairs/' + pair.id + '/draft', { fields: {} });
    await receive(await ask('GET', '/api/review?pair=' + pair.id), true);
  }
  if (chosen !== 'mine') return;
  if (!isOpen) {
    const accepted = await ask('POST', '/api/pairs/' + pair.id + '/decision', { version: pair.version, decision: 'accept' });
    await receive(accepted);
    if (!accepted.ok) return;
  }
  await saveQuestion(fields);
}
