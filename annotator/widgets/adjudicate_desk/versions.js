// A version of the question as a card: its words marked where they differ, and whose key is which.
const rightFor = (question, option) => (question.answer_first === option ? 'first image' : 'second image');

function option(version, name) {
  const letter = name.slice(-1);
  return make('div', {}, make('dt', {}, letter), make('dd', {}, ...marked(version.diff[name])),
    make('span', { class: 'for' + (version.other_key ? ' other' : '') }, rightFor(version.question, letter)));
}

function versionCard(version, patterns, take) {
  const pattern = patterns.find(({ slug }) => slug === version.question.pattern);
  const answers = version.n_answers ? version.n_right + ' of ' + version.n_answers + ' blind answers agree' : 'no blind answers';
  const foot = make('p', { class: 'foot' },
    make('span', {}, make('span', { class: version.other_pattern ? 'other' : '' }, pattern ? pattern.name : version.question.pattern), ' · ' + answers));
  if (!version.is_current) {
    const choose = make('button', { type: 'button' }, 'Choose this');
    choose.addEventListener('click', () => take(version.question));
    foot.append(choose);
  }
  return make('article', { class: version.is_current ? 'version current' : 'version' },
    make('p', { class: 'by' }, make('b', {}, version.by), version.is_current ? make('span', {}, 'stands now') : when(version.at, '')),
    make('p', { class: 'text' }, ...marked(version.diff.question)),
    make('dl', {}, option(version, 'option_a'), option(version, 'option_b')), foot);
}

function voiceRow(voice) {
  const verdict = voice.is_old ? make('span', {}, 'other words') : voice.is_right ? make('span', { class: 'right' }, '✓ as the key') : make('span', { class: 'wrong' }, '✗ against the key');
  return make('tr', { class: voice.is_old ? 'old' : voice.set_aside ? 'aside' : '' },
    make('td', {}, voice.by), make('td', {}, voice.side),
    make('td', {}, voice.said, voice.comment ? make('small', {}, '“' + voice.comment + '”') : null),
    make('td', {}, verdict, voice.set_aside ? make('small', {}, 'set aside by a ruling') : null),
    make('td', {}, voice.seconds.toFixed(1) + ' s'));
}

const RULED = { keep: 'kept it', choose: 'chose a version', merge: 'wrote a new version', swap: 'swapped the answers', send_back: 'sent it back', reject: 'rejected it' };
const opinion = ({ by, decision, reason }) => make('li', {}, make('b', {}, by), ' ' + decision + (decision === 'skip' ? 'ped' : 'ed') + (reason ? ': ' + reason.replace(/^other: /, '') : ''));
const pastRuling = ({ by, ruling, reason, at }) => make('li', {}, make('b', {}, by), ' ' + RULED[ruling] + ': ' + reason + ' · ', when(at, ''));
