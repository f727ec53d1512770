"""Rules about MMVP-VLM: nine blocks of fifteen pairs, their order, statements that fit."""

from collections.abc import Callable, Iterator

from embeddings.clip_tokens import CONTEXT, count_tokens
from embeddings.errors import EmbeddingsError
from evaluation.check.finding import Remark, Rule, Severity
from evaluation.check.subject import Pair, Subject
from evaluation.patterns import load_patterns
from evaluation.statements import PREFIX

BLOCK = 15
"""Pairs of each pattern."""


def _types() -> tuple[str, ...]:
    """The patterns as the column Type spells them, in the order of the blocks."""
    return tuple(pattern.folder for pattern in load_patterns("mmvp"))


def _by_place(subject: Subject) -> list[Pair]:
    """The pairs in the order of the file; none where it asks questions."""
    if not subject.has_statements:
        return []
    return sorted(subject.whole_pairs, key=lambda pair: min(row.position for row in pair.rows))


def _block_sizes(subject: Subject) -> Iterator[Remark]:
    pairs = _by_place(subject)
    for name in _types() if pairs else ():
        members = [pair for pair in pairs if pair.pattern == name]
        if len(members) != BLOCK:
            yield subject.at_rows(
                f"{name} has {len(members)} of its {BLOCK} pairs."
                if len(members) < BLOCK
                else f"{name} has {len(members)} pairs instead of {BLOCK}.",
                [row for pair in members for row in pair.rows],
                column="Type",
            )


def _total(subject: Subject) -> Iterator[Remark]:
    n, n_types = len(_by_place(subject)), len(_types())
    if n > BLOCK * n_types:
        yield subject.at_top(f"There are {n} pairs; evaluate_vlm.py raises IndexError after 135.")
    elif 0 < n < n_types:
        yield subject.at_top(f"There are {n} pairs; evaluate_vlm.py divides by zero below nine.")


def _ids(subject: Subject) -> Iterator[Remark]:
    for pair in _by_place(subject):
        first = min(pair.rows, key=lambda row: row.position)
        if first.number is not None and first.number % 2 == 0 and subject.first_number == 1:
            yield subject.at_rows(
                f"The first statement of the pair has the even ID {first.number}, so it counts as "
                "that of the second image.",
                pair.rows,
                column="Question ID",
            )


def _order(subject: Subject) -> Iterator[Remark]:
    types = _types()
    wrong = [
        (pair, types[place // BLOCK])
        for place, pair in enumerate(_by_place(subject)[: BLOCK * len(types)])
        if pair.pattern in types and pair.pattern != types[place // BLOCK]
    ]
    if wrong:
        pair, wanted = wrong[0]
        yield subject.at_rows(
            f"{len(wrong)} pairs stand in the block of another pattern; the first is pair "
            f"{pair.name}: {pair.pattern} among {wanted}.",
            [row for pair, _ in wrong for row in pair.rows],
            column="Type",
        )


def _unknown(subject: Subject) -> Iterator[Remark]:
    types = _types()
    rows = [row for pair in _by_place(subject) for row in pair.rows]
    for name in dict.fromkeys((row.raw.pattern or "").strip() for row in rows):
        if name not in types:
            yield subject.at_rows(
                f"{name!r} is none of the types of MMVP-VLM.",
                [row for row in rows if (row.raw.pattern or "").strip() == name],
                column="Type",
                hint=f"The types: {', '.join(types)}.",
            )


def _too_long(subject: Subject) -> Iterator[Remark]:
    """As `evaluate_vlm.py` reads it, with its words in front."""
    for row in subject.rows:
        if not row.raw.statement:
            continue
        try:
            n = count_tokens(PREFIX + row.raw.statement)
        except EmbeddingsError as error:
            yield subject.at_top(f"The tokens were not counted: {error}", severity="advice")
            return
        if n > CONTEXT:
            yield subject.at_rows(
                f"The statement has {n} tokens with “{PREFIX.strip()}” in front; CLIP reads "
                f"{CONTEXT}.",
                [row],
                column="Statement",
            )


def _equal(subject: Subject) -> Iterator[Remark]:
    for pair in subject.whole_pairs:
        first, second = (" ".join((row.raw.statement or "").split()) for row in pair.rows)
        if first and first.casefold() == second.casefold():
            yield subject.at_rows(
                f"Both images of pair {pair.name} have the statement “{first}”.",
                pair.rows,
                column="Statement",
            )


def _rule(
    code: str,
    title: str,
    severity: Severity,
    find: Callable[[Subject], Iterator[Remark]],
    why: str,
    fix: str,
) -> Rule:
    return Rule(code=code, title=title, severity=severity, why=why, fix=fix, find=find)


RULES: tuple[Rule, ...] = (
    _rule(
        "V701",
        "Block that has not 15 pairs",
        "error",
        _block_sizes,
        "`evaluate_vlm.py` finds the pattern by place (pair // 15) and divides every block by a "
        "ninth of all pairs: its percentages by pattern are wrong, up to 1500 %.",
        "Give every pattern 15 pairs.",
    ),
    _rule(
        "V702",
        "Number of pairs that stops evaluate_vlm.py",
        "error",
        _total,
        "More than 135 pairs raise IndexError, fewer than nine ZeroDivisionError.",
        "Nine patterns of 15 pairs.",
    ),
    _rule(
        "V703",
        "IDs the wrong way round",
        "error",
        _ids,
        "`evaluate_vlm.py` takes the parity of the ID for the key: odd is the first image.",
        "Give the first statement of each pair the odd ID.",
    ),
    _rule(
        "V704",
        "Blocks in another order",
        "error",
        _order,
        "`evaluate_vlm.py` ignores the column Type and names the blocks by place.",
        "Sort the pairs: Orientation, Presence, State, Quantity, Spatial, Color, Structural "
        "Character, Text, Camera Perspective.",
    ),
    _rule(
        "V705",
        "Type of another name",
        "warning",
        _unknown,
        "The folder of a row's image is called like its Type.",
        "Use the short names, with spaces.",
    ),
    _rule(
        "V706",
        "Statement that CLIP does not read to its end",
        "error",
        _too_long,
        "CLIP's text tower takes 77 tokens, its start and end among them: OpenAI's `clip` raises "
        "an error at a longer text, other loaders cut it off without a word.",
        "Say it in fewer words.",
    ),
    _rule(
        "V707",
        "The statements of a pair are the same",
        "error",
        _equal,
        "The same text cannot find two images: the pair is never right.",
        "Say what is different.",
    ),
)
