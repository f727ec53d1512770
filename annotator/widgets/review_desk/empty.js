// What the page says when there is no pair to show.
const nothing = element.querySelector('#empty');
const KINDS = {
  no_images: { title: 'No images yet', text: 'Point the studio at a folder of photos or a manifest. This indexes it, embeds it with both encoders and mines the pairs:', command: 'mmvp run IMAGES' },
  no_pairs: { title: 'No pairs mined yet', text: 'The images are indexed. Embed them with both encoders, then mine the pairs that one finds alike and the other tells apart:', command: 'mmvp embed\nmmvp mine' },
  none_found: { title: 'Mining found no pair', text: 'No two images are over the thresholds. This counts the pairs for other thresholds:', command: 'mmvp mine --suggest' },
  held: { title: 'Others are on the last pairs', text: 'Somebody else has each pair that is left for you. A pair is free again when they move on, or a few minutes after they leave.', command: '' },
  filter_done: { title: 'Nothing left in this selection', text: '', command: '' },
  others_next: { title: 'Your part is done', text: '', command: '' },
  all_done: { title: 'Every pair is reviewed', text: 'Nothing is left in your queue. Look at the balance of the patterns, or export the benchmark.', command: '' },
};

function drawEmpty(data, again, showAll) {
  const { empty: kind, progress, workspace } = data;
  nothing.hidden = !kind;
  if (!kind) return;
  const said = KINDS[kind];
  nothing.querySelector('h1').textContent = said.title;
  nothing.querySelector('.text').textContent = said.text || wordsFor(data);
  const command = nothing.querySelector('pre');
  command.textContent = said.command.replaceAll(/$/gm, ' --workspace ' + workspace.replaceAll('$', '$$$$'));
  command.hidden = !said.command;
  drawCounts(kind === 'all_done' || kind === 'others_next' ? progress : null);
  const links = nothing.querySelector('.links');
  links.replaceChildren();
  const button = (text, work) => {
    const made = document.createElement('button');
    made.type = 'button';
    made.textContent = text;
    made.addEventListener('click', work);
    links.append(made);
  };
  if (kind === 'filter_done') button('Show all pairs', showAll);
  if (kind === 'held' || kind === 'others_next') button('Look again', again);
  if (kind !== 'all_done' && kind !== 'others_next') return;
  for (const [href, text] of [['/progress', 'See progress'], ['/export', 'Export']]) {
    const link = document.createElement('a');
    link.href = href;
    link.textContent = text;
    links.append(link);
  }
  if (kind === 'all_done' && (progress.skipped || progress.accepted)) button('Go through what is open', again);
}

function wordsFor({ empty: kind, progress, filter }) {
  if (kind === 'filter_done') {
    const rest = progress.queue === 1 ? 'One pair is' : progress.queue + ' pairs are';
    const own = filter.n_left ? 'The ' + filter.n_left + ' that are left are those you have just put off. ' : 'You have gone through every pair of “' + filter.name + '”. ';
    return own + rest + ' left in the whole queue.';
  }
  const waiting = progress.partial === 1 ? 'One pair waits' : progress.partial + ' pairs wait';
  return waiting + ' for somebody else’s annotation: each needs more than yours.';
}

function drawCounts(progress) {
  const counts = nothing.querySelector('.counts');
  counts.hidden = !progress;
  counts.replaceChildren();
  for (const name of progress ? ['complete', 'partial', 'disputed', 'accepted', 'rejected', 'skipped'] : []) {
    if (!progress[name] && name !== 'complete') continue;
    const entry = document.createElement('div');
    const term = document.createElement('dt');
    const value = document.createElement('dd');
    term.textContent = name === 'accepted' ? 'without a question' : name;
    value.textContent = progress[name];
    entry.append(term, value);
    counts.append(entry);
  }
}
