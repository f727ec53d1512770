// What the page says when there is no pair to show.
const nothing = element.querySelector('#empty');
const KINDS = {
  no_images: { title: 'No images yet', text: 'Point the studio at a folder of photos or a manifest. This indexes it, embeds it with both encoders and mines the pairs:', command: 'mmvp run IMAGES' },
  no_pairs: { title: 'No pairs mined yet', text: 'The images are indexed. Embed them with both encoders, then mine the pairs that one finds alike and the other tells apart:', command: 'mmvp embed\nmmvp mine' },
  none_found: { title: 'Mining found no pair', text: 'No two images are over the thresholds. This counts the pairs for other thresholds:', command: 'mmvp mine --suggest' },
  all_done: { title: 'Every pair is reviewed', text: 'Nothing is left in your queue. Look at the balance of the patterns, or export the benchmark.', command: '' },
};

function drawEmpty({ empty: kind, progress, workspace }, again) {
  nothing.hidden = !kind;
  if (!kind) return;
  const said = KINDS[kind];
  nothing.querySelector('h1').textContent = said.title;
  nothing.querySelector('.text').textContent = said.text;
  const command = nothing.querySelector('pre');
  command.textContent = said.command.replaceAll(/$/gm, ' --workspace ' + workspace.replaceAll('$', '$$$$'));
  command.hidden = !said.command;
  drawCounts(kind === 'all_done' ? progress : null);
  const links = nothing.querySelector('.links');
  links.replaceChildren();
  if (kind !== 'all_done') return;
  for (const [href, text] of [['/progress', 'See progress'], ['/export', 'Export']]) {
    const link = document.createElement('a');
    link.href = href;
    link.textContent = text;
    links.append(link);
  }
  if (progress.skipped || progress.accepted) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'Go through what is open';
    button.addEventListener('click', again);
    links.append(button);
  }
}

function drawCounts(progress) {
  const counts = nothing.querySelector('.counts');
  counts.hidden = !progress;
  counts.replaceChildren();
  for (const name of progress ? ['complete', 'accepted', 'rejected', 'skipped'] : []) {
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
