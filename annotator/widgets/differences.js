// The pieces of a word by word comparison as text with the differences marked; no HTML from anybody.
function marked(pieces, kinds = ['removed', 'added']) {
  return pieces.filter(({ kind }) => kind === 'same' || kinds.includes(kind))
    .map(({ kind, text }) => (kind === 'same' ? document.createTextNode(text) : make(kind === 'added' ? 'ins' : 'del', {}, text)));
}
