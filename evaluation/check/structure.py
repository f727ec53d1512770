"""Rules about rows and pairs: numbers, two rows a pair, the same question in both of them."""

from collections import Counter
from collections.abc import Iterator

from evaluation.check.finding import Remark, Rule
from evaluation.check.subject import Subject
from evaluation.originals import table_differences
from evaluation.question import is_blank

_MOST_NUMBERS_SHOWN = 8
# Formats whose programs count pairs from row 1; the others go by place, or sort.
_FROM_ONE = ("mmvp", "mmvp-vlm", "lmms-eval")


def _numbering(subject: Subject) -> Iterator[Remark]:
    """Numbers that come twice, and numbers between the first and the last that never come."""
    numbered = [row for row in subject.rows if row.number is not None]
    counts = Counter(row.number for row in numbered)
    for number, count in counts.items():
        if count > 1:
            rows = [row for row in numbered if row.number == number]
            yield subject.at_rows(f"Number {number} comes {count} times.", rows)
    last = max((row.number or 0 for row in numbered), default=0)
    start = subject.first_number
    # a few huge numbers must not make a list of all that lie between
    n_missing = last - start + 1 - len([one for one in counts if one is not None and one >= start])
    if numbered and n_missing > 0:
        missing = _first_missing(set(counts), start, last)
        more = f" and {n_missing - len(missing):,} more" if n_missing > len(missing) else ""
        said = ", ".join(map(str, missing))
        yield subject.at_top(
            f"{n_missing:,} of the numbers {start} to {last:,} are missing: {said}{more}.",
            hint="Put the missing rows back, or number the rows anew without gaps.",
        )


def _first_missing(numbers: set[int | None], start: int, last: int) -> list[int]:
    missing: list[int] = []
    for number in range(start, last + 1):
        if number not in numbers:
            missing.append(number)
            if len(missing) == _MOST_NUMBERS_SHOWN:
                break
    return missing


def _places(subject: Subject) -> Iterator[Remark]:
    """Rows whose number is not their place; once for all of them."""
    start = subject.first_number
    numbers = [row.number for row in subject.rows]
    if None in numbers or sorted(numbers) != list(range(start, start + len(numbers))):  # type: ignore[type-var]
        return  # missing or repeated numbers are said to be that
    moved = [row for row in subject.rows if row.number != row.position - 1 + start]
    if moved:
        first = moved[0]
        yield subject.at_rows(
            f"{len(moved)} rows do not stand where their number says; the first is row "
            f"{first.position} with number {first.number}.",
            moved,
            hint="Sort the rows by their number.",
        )


def _from_zero(subject: Subject) -> Iterator[Remark]:
    if subject.first_number == 0 and subject.raw.format in _FROM_ONE:
        rows = [row for row in subject.rows if row.number == 0]
        yield subject.at_rows("The rows are numbered from 0; they should begin with 1.", rows)


def _incomplete(subject: Subject) -> Iterator[Remark]:
    for pair in subject.pairs:
        if len(pair.rows) == 1:
            yield subject.at_rows(f"Pair {pair.name} has one row only.", pair.rows)


def _crowded(subject: Subject) -> Iterator[Remark]:
    for pair in subject.pairs:
        if len(pair.rows) > 2:
            yield subject.at_rows(f"Pair {pair.name} has {len(pair.rows)} rows.", pair.rows)


def _unequal_questions(subject: Subject) -> Iterator[Remark]:
    for pair in subject.whole_pairs:
        first, second = (row.raw.question for row in pair.rows)
        if first is not None and second is not None and first != second:
            yield subject.at_rows(
                f"The rows of pair {pair.name} ask differently: {_differing(first, second)}.",
                pair.rows,
                column="Question",
            )


def _unequal_options(subject: Subject) -> Iterator[Remark]:
    for pair in subject.whole_pairs:
        first, second = ((row.raw.option_a, row.raw.option_b) for row in pair.rows)
        if None not in (*first, *second) and first != second:
            said = " and ".join(f"“{a} / {b}”" for a, b in (first, second))
            yield subject.at_rows(
                f"The rows of pair {pair.name} have different options: {said}.",
                pair.rows,
                column="Options",
            )


def _differing(first: str, second: str) -> str:
    if first.strip() == second.strip():
        return "one has a space at its beginning or end that the other lacks"
    if " ".join(first.split()) == " ".join(second.split()):
        return "they differ in spaces"
    if first.casefold() == second.casefold():
        return "they differ in capital letters"
    return f"“{first}” and “{second}”"


def _empty(subject: Subject) -> Iterator[Remark]:
    wanted = ("statement",) if subject.has_statements else ("question", "answer")
    for field in wanted:
        values = [(row, getattr(row.raw, field)) for row in subject.rows]
        if all(value is None for _, value in values):
            continue  # the column is missing, which is another rule's
        for row, value in values:
            if value is None or is_blank(value):
                yield subject.at_rows(f"The {field} is empty.", [row], column=field.title())
    for row in subject.rows:
        for letter, option in (("a", row.raw.option_a), ("b", row.raw.option_b)):
            if option is not None and is_blank(option):
                yield subject.at_rows(f"Option {letter} is empty.", [row], column="Options")


def _options_unreadable(subject: Subject) -> Iterator[Remark]:
    for row in subject.rows:
        raw = row.raw
        if raw.options is not None and None in (raw.option_a, raw.option_b):
            yield subject.at_rows(
                f"No two options can be told in “{_short(raw.options)}”.",
                [row],
                column="Options",
                hint="Write them as: (a) Open (b) Closed",
            )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else line[:79] + "…"


def _document(subject: Subject) -> Iterator[Remark]:
    """The table beside a benchmark.json says what the document says."""
    if subject.raw.document is None:
        return
    by_place = {row.raw.place: row for row in subject.rows}
    for fault in table_differences(subject.raw, subject.raw.document):
        row = by_place[fault.place]
        message = fault.message[:1].upper() + fault.message[1:]
        yield subject.at_rows(message, [row], hint=fault.hint)


RULES: tuple[Rule, ...] = (
    Rule(
        code="S120",
        title="Numbers missing or twice",
        severity="error",
        why="Rows 1 and 2 are a pair, 3 and 4 the next: after a missing row every reader by place "
        "pairs the wrong rows; readers by number drop pairs (lmms-eval without a word).",
        fix="Number the rows 1, 2, 3, … without gaps.",
        find=_numbering,
    ),
    Rule(
        code="S121",
        title="Rows out of order",
        severity="error",
        why="MMVP's own script finds the image by the row's place, lmms-eval the pair by its "
        "number; where the two disagree, so do the scores.",
        fix="Sort the rows by their number.",
        find=_places,
    ),
    Rule(
        code="S122",
        title="Numbered from 0",
        severity="error",
        why="(Index - 1) // 2 puts rows 0-based into groups of 1 and 3: lmms-eval drops these "
        "and still reports 1.0 for a perfect model; `evaluate_vlm.py` counts every answer wrong.",
        fix="Number the rows from 1. (The TSV of VLMEvalKit may begin with 0.)",
        find=_from_zero,
    ),
    Rule(
        code="S123",
        title="Incomplete pair",
        severity="error",
        why="VLMEvalKit refuses the file, MMVP's grader ignores the last row, Cambrian miscounts.",
        fix="Add the other row of the pair, or remove this one.",
        find=_incomplete,
    ),
    Rule(
        code="S124",
        title="More than two rows in a pair",
        severity="error",
        why="lmms-eval drops groups of three and more without a word.",
        fix="Give every pair two rows and a number or name of its own.",
        find=_crowded,
    ),
    Rule(
        code="S125",
        title="Two wordings in a pair",
        severity="error",
        why="A pair is one question about two images; VLMEvalKit asserts that both rows ask it "
        "byte for byte, trailing spaces included.",
        fix="Write the same question in both rows.",
        find=_unequal_questions,
    ),
    Rule(
        code="S126",
        title="Two sets of options in a pair",
        severity="error",
        why="Only the image may tell the rows of a pair apart.",
        fix="Write the same options in the same order in both rows.",
        find=_unequal_options,
    ),
    Rule(
        code="S127",
        title="Empty text",
        severity="error",
        why="Nothing can be asked or scored.",
        fix="Fill it in, or remove the pair.",
        find=_empty,
    ),
    Rule(
        code="S128",
        title="Options that cannot be told apart",
        severity="error",
        why="Clients split one text into its options at (a) and (b).",
        fix="Write: (a) Open (b) Closed",
        find=_options_unreadable,
    ),
    Rule(
        code="S129",
        title="Table and benchmark.json differ",
        severity="error",
        why="Programs that read the one and those that read the other score different keys.",
        fix="Export again, so that both come from one source.",
        find=_document,
    ),
)
