// What would be taken over: which found patterns become which, and how many pairs that tags.
const NEW = '';
const plan = { found: null, patterns: [], rows: new Map() };

function planFor(found, patterns) {
  plan.found = found;
  plan.patterns = patterns.filter(({ status }) => status === 'in use');
  plan.rows = new Map((found ? found.patterns : []).map((one) => [one.slug, {
    taken: one.members.length > 0, name: one.name, definition: one.definition, becomes: one.into ? 'set:' + one.into : NEW,
  }]));
}

const foundOf = (slug) => plan.found.patterns.find((one) => one.slug === slug);

// The found pattern that this one goes with at last: itself, unless it joins another.
function headOf(slug) {
  let head = slug;
  for (let steps = 0; steps <= plan.rows.size; steps += 1) {
    const { becomes } = plan.rows.get(head);
    if (!becomes.startsWith('with:')) return head;
    head = becomes.slice(5);
  }
  return slug;
}

// Those that join this one, it included; what is not taken joins nothing.
const groupOf = (head) => [...plan.rows.keys()].filter((slug) => plan.rows.get(slug).taken && headOf(slug) === head);

// Another one may be joined as long as it does not lead back here.
const mayJoin = (slug) => [...plan.rows.keys()].filter((other) => other !== slug && headOf(other) !== slug && plan.rows.get(other).taken);

function groups() {
  const heads = [...plan.rows.keys()].filter((slug) => plan.rows.get(slug).taken && headOf(slug) === slug);
  return heads.map((slug) => {
    const { name, definition, becomes } = plan.rows.get(slug);
    const into = becomes.startsWith('set:') ? becomes.slice(4) : null;
    return { found: groupOf(slug), name: name.trim(), definition: definition.trim(), into };
  });
}

// Pairs of a group that would be tagged; a pair that has the pattern already needs no tag.
function taggedBy(group, least, only) {
  const members = group.found.flatMap((slug) => foundOf(slug).members);
  return members.filter(([, sure, now]) => sure >= least && (only ? now === null : now === null || now !== group.into)).length;
}

function summed(least, only) {
  const all = groups();
  const fresh = all.filter(({ into }) => into === null).length;
  return { groups: all, fresh, known: all.length - fresh, tagged: all.reduce((n, one) => n + taggedBy(one, least, only), 0) };
}
