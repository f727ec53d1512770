"""What the pairs of a benchmark's files ask: their texts checked, without a look at any image."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from evaluation.errors import InvalidQuestion, UnreadableBenchmark
from evaluation.labels import same_pattern
from evaluation.pairing import RawPair, pairs_of
from evaluation.question import Choice, Question, is_blank, unwritable_character
from evaluation.raw import RawBenchmark, RawFault, RawRow
from evaluation.readers.columns import letter_of

MOST_SHOWN = 20
STATEMENT_QUESTION = "Which statement is true of the image?"
_STATEMENT_NOTE = (
    "The file has statements and no questions: every pair asks which of its two statements is true."
)
_COLUMNS = {
    "text": "question",
    "option_a": "options",
    "option_b": "options",
    "answers": "answer",
}


class FaultyBenchmark(UnreadableBenchmark):
    """What stands in the files is no whole benchmark; ``faults`` are all the reasons."""

    def __init__(self, raw: RawBenchmark, faults: Sequence[RawFault]) -> None:
        self.faults = tuple(faults)
        if len(self.faults) == 1:
            (fault,) = self.faults
            super().__init__(fault.message, where=str(fault.place), hint=fault.hint)
            return
        shown = [f"\n- {_shorter(fault, raw)}" for fault in self.faults[:MOST_SHOWN]]
        if len(self.faults) > MOST_SHOWN:
            shown.append(f"\n- and {len(self.faults) - MOST_SHOWN} more")
        what = f"{len(self.faults)} things have to be put right first:{''.join(shown)}"
        super().__init__(what, where=str(raw.path))


def _shorter(fault: RawFault, raw: RawBenchmark) -> RawFault:
    """The same fault with its file named from the benchmark on, which is named already."""
    file, folder = fault.place.file, raw.path if raw.path.is_dir() else raw.path.parent
    if file == folder or not file.is_relative_to(folder):
        return fault
    return replace(fault, place=replace(fault.place, file=file.relative_to(folder)))


@dataclass(frozen=True, kw_only=True)
class AskedPair:
    """A pair that asks one question of two images, as its two rows say."""

    pair_id: int
    first: RawRow
    second: RawRow
    question: Question
    pattern: str | None
    """What the file calls the visual pattern; None where it says nothing."""
    statements: tuple[str, str] | None = None


def asked_pairs(raw: RawBenchmark) -> tuple[list[AskedPair], list[RawFault], list[str]]:
    """The pairs that are whole, the problems of all others, and what was decided on the way."""
    asked: list[AskedPair] = []
    problems: list[RawFault] = []
    for pair in pairs_of(raw):
        found = _pair_problems(pair)
        if not found:
            one = _asked(pair)
            found = one if isinstance(one, list) else []
            asked += [] if isinstance(one, list) else [one]
        problems += found
    by_statements = any(row.question is None and row.statement for row in raw.rows)
    return asked, problems, [_STATEMENT_NOTE] if by_statements else []


def _pair_problems(pair: RawPair) -> list[RawFault]:
    """Everything that keeps the rows from being a pair, each with its place."""
    name = f"pair {pair.name or pair.pair_id}"
    if len(pair.rows) != 2:
        rows = ", ".join(str(row.place.row) for row in pair.rows)
        what = f"{name} does not have two rows but {len(pair.rows)} (row {rows})."
        hint = "Rows 1 and 2 are a pair, 3 and 4 the next; or a column pair_id says which are."
        return [RawFault("pair", what, pair.rows[0].place, hint)]
    first, second = pair.rows
    problems = [problem for row in pair.rows for problem in _row_problems(row, name)]
    if problems or _by_statements(first, second):
        return problems + _pattern_problems(first, second, name)
    if _text(first.question) != _text(second.question):
        what = f"{name} does not ask the same question twice: row {first.place.row} has "
        what += f"{first.question!r}, this row {second.question!r}."
        problems.append(_fault(second, "question", what, "Give both rows the same question."))
    elif _options(first) != _options(second):
        what = f"{name} does not ask the same question twice: this row has other options than "
        what += f"row {first.place.row}, or has them in another order."
        problems.append(_fault(second, "options", what, "Give both rows the same options."))
    elif _answer(first) == _answer(second):
        what = f"{name} has the answer ({_answer(first)}) in both rows; "
        what += "the right answers must differ."
        problems.append(_fault(second, "answer", what, "Correct the wrong one."))
    return problems + _pattern_problems(first, second, name)


def _row_problems(row: RawRow, name: str) -> list[RawFault]:
    if row.question is None and row.statement is not None:
        if is_blank(row.statement):
            return [_fault(row, "statement", f"{name} has no statement here.", "Write one.")]
        return []
    problems = []
    if row.question is None or is_blank(row.question):
        problems.append(_fault(row, "question", f"{name} has no question here.", "Write one."))
    if row.option_a is None or row.option_b is None:
        said = "" if row.options is None else f": {row.options!r}"
        what = f"{name} does not have two options here{said}."
        hint = "Write them as “(a) Open (b) Closed”."
        problems.append(_fault(row, "options", what, hint))
    elif _answer(row) is None:
        what = f"{name} has the answer {row.answer!r} here, which is none of its options."
        hint = "Choose the right answer, (a) or (b)."
        problems.append(_fault(row, "answer", what, hint))
    return problems


def _pattern_problems(first: RawRow, second: RawRow, name: str) -> list[RawFault]:
    problems = []
    for row in (first, second):
        unwritable = unwritable_character(row.pattern or "")
        if unwritable:
            what = f"the visual pattern of {name} contains {unwritable}."
            problems.append(_fault(row, "pattern", what, "Write it as one plain line."))
    if not problems and not same_pattern(first.pattern, second.pattern):
        what = f"{name} has two visual patterns: {first.pattern!r} in row {first.place.row}, "
        what += f"{second.pattern!r} here."
        problems.append(_fault(second, "pattern", what, "Give both rows the same one."))
    return problems


def _asked(pair: RawPair) -> AskedPair | list[RawFault]:
    first, second = pair.rows
    name = f"pair {pair.name or pair.pair_id}"
    if _by_statements(first, second):
        text, options = STATEMENT_QUESTION, (_text(first.statement), _text(second.statement))
        golds: tuple[Choice, Choice] = ("a", "b")
    else:
        text, options, golds = _question_text(first, second), _options(first), _answers(pair.rows)
    try:
        question = Question(
            text=text,
            option_a=options[0],
            option_b=options[1],
            answer_first=golds[0],
            answer_second=golds[1],
        )
    except InvalidQuestion as error:
        return [
            _fault(first, _COLUMNS[problem.field], f"{name}: {problem.message}", "")
            for problem in error.problems
        ]
    return AskedPair(
        pair_id=pair.pair_id,
        first=first,
        second=second,
        question=question,
        pattern=_text(first.pattern) or None,
        statements=_statements(first, second),
    )


def _question_text(first: RawRow, second: RawRow) -> str:
    """As it is written, if both rows have it so; else without the spaces around it."""
    text = first.question or ""
    return text if text == second.question else text.strip()


def _statements(first: RawRow, second: RawRow) -> tuple[str, str] | None:
    one, other = _text(first.statement), _text(second.statement)
    fit = not any(unwritable_character(text) or is_blank(text) for text in (one, other))
    return (one, other) if fit else None


def _by_statements(first: RawRow, second: RawRow) -> bool:
    return first.question is None and second.question is None


def _text(value: str | None) -> str:
    return (value or "").strip()


def _options(row: RawRow) -> tuple[str, str]:
    return row.option_a or "", row.option_b or ""


def _answer(row: RawRow) -> Choice | None:
    return letter_of(row.answer or "", row.option_a, row.option_b)


def _answers(rows: Sequence[RawRow]) -> tuple[Choice, Choice]:
    first, second = (_answer(row) or "a" for row in rows)
    return first, second


def _fault(row: RawRow, column: str, message: str, hint: str) -> RawFault:
    return RawFault("pair", message, replace(row.place, column=row.place.column or column), hint)
