"""Rules about the key: two answers a pair, and nothing that gives them away to who looks away."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from evaluation.check.finding import Remark, Rule
from evaluation.check.subject import Pair, Subject
from evaluation.corrections import contested_rows, same_question
from evaluation.question import Choice

# Fewer pairs may well have one letter first throughout.
FEWEST_FOR_PARITY = 5
FEWEST_FOR_BALANCE = 10
SIGNIFICANT = 0.05
# How a key is written: (a) in the tables of MMVP, A in that of VLMEvalKit.
_STYLES = {"(a)": re.compile(r"\([ab]\)"), "A": re.compile(r"[AB]"), "a": re.compile(r"[ab]")}
_STYLE_OF = {"mmvp": "(a)", "lmms-eval": "(a)", "vlmevalkit": "A", "mmvp-json": "a"}
_READERS = {
    "(a)": "Cambrian takes the second character for the letter",
    "A": "VLMEvalKit compares with A and B; any other form scores 0",
    "a": "benchmark.json has a and b",
}


def _equal(subject: Subject) -> Iterator[Remark]:
    for pair in subject.whole_pairs:
        golds = pair.golds
        if golds is not None and golds[0] == golds[1]:
            yield subject.at_rows(
                f"Both rows of pair {pair.name} have the key ({golds[0]}).",
                pair.rows,
                column="Correct Answer",
            )


def _no_letter(subject: Subject) -> Iterator[Remark]:
    for row in subject.rows:
        if row.gold is None and row.raw.answer is not None and row.raw.answer.strip():
            yield subject.at_rows(
                f"The key is {row.raw.answer.strip()!r}, which names neither (a) nor (b).",
                [row],
                column="Correct Answer",
            )


def _style(subject: Subject) -> Iterator[Remark]:
    written = [row for row in subject.rows if row.gold is not None]
    styles = {row.position: _style_of(row.raw.answer or "") for row in written}
    wanted = _STYLE_OF.get(subject.raw.format)
    if wanted is None:
        if len(set(styles.values())) < 2:
            return
        wanted = Counter(styles.values()).most_common(1)[0][0]
        because = "most others are written so"
    else:
        because = _READERS[wanted]
    wrong = [row for row in written if styles[row.position] != wanted]
    if wrong:
        shown = ", ".join(dict.fromkeys(repr(row.raw.answer) for row in wrong[:4]))
        example = wanted if wanted in _STYLES else "(a)"
        yield subject.at_rows(
            f"{len(wrong):,} keys are not written like {example}, but as {shown}; {because}.",
            wrong,
            column="Correct Answer",
            hint=f"Write every key like {example}.",
        )


def _style_of(answer: str) -> str:
    return next((name for name, form in _STYLES.items() if form.fullmatch(answer)), "other")


def _firsts(pairs: Sequence[Pair]) -> list[Choice]:
    """The keys of the first rows of the pairs whose two keys differ."""
    golds = [pair.golds for pair in pairs]
    return [both[0] for both in golds if both is not None and both[0] != both[1]]


def _parity(subject: Subject) -> Iterator[Remark]:
    firsts = _firsts(subject.whole_pairs)
    if len(firsts) >= FEWEST_FOR_PARITY and len(set(firsts)) == 1:
        other = "b" if firsts[0] == "a" else "a"
        yield subject.at_top(
            f"In all {len(firsts)} pairs the first row has the key ({firsts[0]}) and the second "
            f"({other}): whoever knows the row number knows the answer."
        )


def _leaning(subject: Subject) -> Iterator[Remark]:
    firsts = _firsts(subject.whole_pairs)
    if len(set(firsts)) == 2 and len(firsts) >= FEWEST_FOR_BALANCE:
        found = _lean(firsts)
        if found.p < SIGNIFICANT:
            yield subject.at_top(f"The first image's key is {found}.")


def _leaning_pattern(subject: Subject) -> Iterator[Remark]:
    """Per pattern; the more patterns are looked at, the rarer a split must be (Holm)."""
    if len(set(_firsts(subject.whole_pairs))) < 2:
        return  # said by the rule for all rows already
    members: dict[str, list[Pair]] = {}
    for pair in subject.whole_pairs:
        if pair.pattern:
            members.setdefault(pair.pattern, []).append(pair)
    leans = {
        pattern: _lean(firsts)
        for pattern, pairs in members.items()
        if len(firsts := _firsts(pairs)) >= FEWEST_FOR_PARITY
    }
    if len(members) < 2:
        return  # the same as over all
    ordered = sorted(leans.items(), key=lambda item: item[1].p)
    for rank, (pattern, found) in enumerate(ordered):
        if found.p * (len(ordered) - rank) >= SIGNIFICANT:
            break
        rows = [row for pair in members[pattern] for row in pair.rows]
        yield subject.at_rows(f"In pattern {pattern!r} the first image's key is {found}.", rows)


class _Lean:
    """How one-sided a list of letters is, with the exact two-sided binomial p-value."""

    def __init__(self, letters: Sequence[Choice]) -> None:
        # imported only here: it takes longer than the rules
        from scipy.stats import binomtest  # noqa: PLC0415

        self.letter, self.most = Counter(letters).most_common(1)[0]
        self.n = len(letters)
        self.p = float(binomtest(self.most, self.n).pvalue)

    def __str__(self) -> str:
        share, chance = f"{self.most} of {self.n}", f"p = {self.p:.2g}"
        return f"({self.letter}) in {share} pairs; a thrown coin is seldom so uneven ({chance})"


def _lean(letters: Sequence[Choice]) -> _Lean:
    return _Lean(letters)


def _letters(subject: Subject) -> Iterator[Remark]:
    """Over all rows; where every pair has both letters this is even by itself."""
    letters = [row.gold for row in subject.rows if row.gold is not None]
    if len(letters) < FEWEST_FOR_BALANCE:
        return
    found = _lean(letters)
    if found.p < SIGNIFICANT:
        yield subject.at_top(
            f"The key is ({found.letter}) in {found.most} of {found.n} rows (p = {found.p:.2g}): "
            f"who always says ({found.letter}) gets {found.most / found.n:.0%} right."
        )


def _contested(subject: Subject) -> Iterator[Remark]:
    """The pairs of MMVP itself, known by their question and rows."""
    for one in contested_rows():
        for pair in subject.whole_pairs:
            first, second = pair.rows
            if (first.number, second.number) != one.rows:
                continue
            if not same_question(pair.draft.text, one.question):
                continue
            corrected = pair.golds == (one.answer_first, one.answer_second)
            here = "Here it is the corrected one." if corrected else "Here it is the original one."
            yield subject.at_rows(
                f"The key of rows {first.number} and {second.number} of MMVP is contested. "
                f"{one.reason} {here}",
                pair.rows,
                column="Correct Answer",
                severity="advice" if corrected else None,
            )


RULES: tuple[Rule, ...] = (
    Rule(
        code="K201",
        title="Both keys of a pair are equal",
        severity="error",
        why="The question does not tell the two images apart, so the pair measures nothing; an "
        "early correction of MMVP in lmms-eval made this mistake in two pairs.",
        fix="Look at both images and correct one key, or remove the pair.",
        find=_equal,
    ),
    Rule(
        code="K202",
        title="Key in the wrong style",
        severity="error",
        why="`Questions.csv` needs (a) and (b), the TSV of VLMEvalKit A and B. The other style "
        "scores 0 or crashes.",
        fix="Export it again in the right format.",
        find=_style,
    ),
    Rule(
        code="K203",
        title="Key follows the row number",
        severity="warning",
        why="The published MMVP has it: every odd row is (a). A model that was trained on it, or a "
        "program that counts rows, needs no image.",
        fix="Swap the images of about half the pairs; `mmvp export` does it by default.",
        find=_parity,
    ),
    Rule(
        code="K204",
        title="Key leans to one letter in odd rows",
        severity="warning",
        why="The row number gives some of the answers away. Exact binomial test, 10 pairs or more.",
        fix="Swap the images of some pairs; `mmvp export` balances them.",
        find=_leaning,
    ),
    Rule(
        code="K205",
        title="Key leans to one letter within a pattern",
        severity="warning",
        why="A score by pattern may measure the row number. Exact binomial test by pattern with 5 "
        "pairs or more, corrected for the number of patterns (Holm).",
        fix="Swap the images of some pairs of this pattern; `mmvp export` balances them.",
        find=_leaning_pattern,
    ),
    Rule(
        code="K206",
        title="One letter is right more often",
        severity="warning",
        why="A model that prefers this letter scores above chance. It can only happen where pairs "
        "are incomplete or have equal keys. Exact binomial test over the rows.",
        fix="Correct the pairs with equal keys (K201).",
        find=_letters,
    ),
    Rule(
        code="K207",
        title="Contested key of MMVP",
        severity="warning",
        why="Reports say that the published key is wrong here; lmms-eval scores with another one, "
        "so scores of different clients differ by up to two pairs. Advice where the key is the "
        "corrected one.",
        fix="Say with every score which key it was scored with: `mmvp export --key original` or "
        "`--key lmms`.",
        find=_contested,
    ),
    Rule(
        code="K208",
        title="Key that is no letter",
        severity="error",
        why="No client can compare an answer with it.",
        fix="Write the letter of the right option.",
        find=_no_letter,
    ),
)
