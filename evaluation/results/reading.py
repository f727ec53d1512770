"""Reads answers that were given elsewhere: our own files and those of the programs around MMVP."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from evaluation.items import Item, QuestionSet
from evaluation.mllms.asking import Answer, Answers
from evaluation.mllms.letters import LETTERS, check_letters
from evaluation.results.layouts import Layout, known_layouts, layout_of, text_of
from evaluation.results.rows import Row, UnreadableAnswers, read_rows

_MAKE_SURE = "Score it against the benchmark that it was made with."


def read_answers(path: Path, questions: QuestionSet) -> Answers:
    """The answers of a JSONL, JSON, CSV, TSV or XLSX file, by pair, side and repeat.

    The layout is known by its columns. Rows are found by their number, never by their place in the
    file; where a row repeats the question, it must be the item's. Whether numbers count from 0 or
    from 1 is the program's rule, or shown by the file: by a row 0, by the last number, or by the
    questions that only one of the two matches.

    Raises:
        UnreadableAnswers: names the file and row.
    """
    rows = read_rows(path)
    layout = layout_of(rows[0])
    if layout is None:
        columns = ", ".join(map(str, rows[0]))
        raise UnreadableAnswers(
            f"its columns are {columns}.", where=str(path), hint=known_layouts()
        )
    find = _finder(path, layout, rows, questions)
    answers: Answers = {}
    for number, row in enumerate(rows, 1):
        where = f"{path}, row {number}"
        try:
            item, repeat = find(row), int(row.get("repeat") or 1)
        except (KeyError, ValueError, TypeError):
            what = "it is about an image that this benchmark does not have."
            raise UnreadableAnswers(what, where=where) from None
        if not _asks(layout, row, item):
            raise UnreadableAnswers(
                f"it answers another question than pair {item.pair_id} asks.",
                where=where,
                hint=_MAKE_SURE,
            )
        if (item.pair_id, item.side, repeat) in answers:
            what = f"the {item.side} image of pair {item.pair_id} is answered twice."
            raise UnreadableAnswers(what, where=where)
        answers[item.pair_id, item.side, repeat] = _answer(layout, row, item, where)
    return answers


def _answer(layout: Layout, row: Row, item: Item, where: str) -> Answer:
    finish = row.get("finish_reason")
    letters = text_of(row.get("letters")) or LETTERS
    if problem := check_letters(letters):
        raise UnreadableAnswers(problem, where=where)
    return Answer(
        text=text_of(layout.answer(row)),
        swapped=_swapped(layout, row, item, where),
        letters=letters,
        finish_reason=finish if isinstance(finish, str) and finish else None,
    )


def _swapped(layout: Layout, row: Row, item: Item, where: str) -> bool:
    """Whether the model saw the options in the other order, by the row's own options or its word.

    Raises:
        UnreadableAnswers: its options are not the benchmark's.
    """
    if layout.options is not None and all(name in row for name in layout.options):
        shown = tuple(_plain(text_of(row[name])) for name in layout.options)
        ours = (_plain(item.option_a), _plain(item.option_b))
        if shown not in (ours, ours[::-1]) and all(shown):
            raise UnreadableAnswers(
                f"its options are not those of pair {item.pair_id}.", where=where, hint=_MAKE_SURE
            )
        return shown == ours[::-1]
    return row.get("options_swapped") in (True, "True", "true", "1")


def _asks(layout: Layout, row: Row, item: Item) -> bool:
    asked = _plain(text_of(row.get(layout.question))) if layout.question else ""
    return not asked or _plain(item.question) in asked


def _plain(text: str) -> str:
    return " ".join(text.split())


def _finder(
    path: Path, layout: Layout, rows: Sequence[Row], questions: QuestionSet
) -> Callable[[Row], Item]:
    if not layout.number:
        named = {(item.pair_id, item.side): item for item in questions.items}
        return lambda row: named[int(text_of(row["pair_id"])), row["image"]]
    items = {item.row: item for item in questions.items}
    start = 0 if 0 in items else 1
    first = layout.first
    if first is None:
        first = _first(path, layout, rows, items, start)
    return lambda row: items[int(text_of(row[layout.number])) + start - first]


def _first(
    path: Path, layout: Layout, rows: Sequence[Row], items: Mapping[int, Item], start: int
) -> int:
    """Whether the file counts from 0 or from 1.

    Raises:
        UnreadableAnswers: both are possible.
    """
    numbered: list[tuple[int, Row]] = []
    for place, row in enumerate(rows, 1):
        try:
            numbered.append((int(text_of(row.get(layout.number))), row))
        except ValueError:
            told = text_of(row.get(layout.number))
            what = f"{layout.number} is {told!r}; it should be a whole number."
            raise UnreadableAnswers(what, where=f"{path}, row {place}") from None
    numbers = [number for number, _ in numbered]
    if min(numbers) <= 0:
        return 0
    if max(numbers) > max(items) - start:
        return 1
    fits = [first for first in (0, 1) if _fits(layout, numbered, items, start - first)]
    if len(fits) == 1:
        return fits[0]
    if not fits:
        # the error names the row that shows it
        return 1
    raise UnreadableAnswers(
        f"nothing in it says whether {layout.number} counts from 0 or from 1.",
        where=str(path),
        hint="Give the answers to all rows, or add the questions in a column `question`.",
    )


def _fits(
    layout: Layout, numbered: Sequence[tuple[int, Row]], items: Mapping[int, Item], shift: int
) -> bool:
    found = [(items.get(number + shift), row) for number, row in numbered]
    return all(item is not None and _asks(layout, row, item) for item, row in found)
