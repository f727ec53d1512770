// Figures for papers: the server says what to draw, plotly draws it, and only once it is wanted.
let plotlyScript = null;

function loadPlotly() {
  plotlyScript ??= new Promise((done, failed) => {
    const node = document.createElement('script');
    node.src = '/vendor/plotly-' + props.plotly + '.min.js';
    node.onload = () => done(window.Plotly);
    node.onerror = () => { plotlyScript = null; failed(new Error('The script that draws figures could not be loaded.')); };
    document.head.append(node);
  });
  return plotlyScript;
}

const figureWish = () => ({ grader: state.grader, runs: state.chosen, encoder: part('[name=encoder]').value });

async function savePicture(kind, format) {
  const [plotly, figure] = await Promise.all([loadPlotly(), ask('POST', API + '/figures/' + kind + '.json', figureWish())]);
  const { width, height } = figure.layout;
  await plotly.downloadImage({ data: figure.data, layout: figure.layout }, { format, width, height, scale: format === 'png' ? 3 : 1, filename: 'mmvp-' + kind });
}

async function savePage(kind) {
  const answer = await fetch(API + '/figures/' + kind + '.html', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(figureWish()) });
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).message || 'The page could not be made.');
  const address = URL.createObjectURL(await answer.blob());
  make('a', { href: address, download: 'mmvp-' + kind + '.html' }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

for (const button of board.querySelectorAll('[data-save]')) {
  button.addEventListener('click', async () => {
    const kind = part('[name=figure]').value;
    button.disabled = true;
    try {
      clearProblem();
      await (button.dataset.save === 'html' ? savePage(kind) : savePicture(kind, button.dataset.save));
    } catch (error) { fail(error); }
    button.disabled = false;
  });
}
