"""The layouts in which programs write answers: which columns they have and how rows are counted."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from evaluation.results.rows import Row


@dataclass(frozen=True)
class Layout:
    """One program's way to write answers.

    ``columns`` are those by which it is known. ``number`` is the column with the row's number in
    the benchmark's table; empty for the layout that names pair and image. ``first`` is what the
    first row is called where the program settles that, None where the file must show it.
    """

    about: str
    columns: tuple[str, ...]
    answer: Callable[[Row], object]
    number: str = ""
    first: int | None = None
    question: str = ""
    """The column that repeats the question, alone or within a prompt; it may be missing."""
    options: tuple[str, str] | None = None
    """The columns with the two options, in the order shown; they may be missing."""


def _cell(name: str) -> Callable[[Row], object]:
    return lambda row: row.get(name)


def _lmms_eval(row: Row) -> object:
    """The answer after the task's filter, which is a list with one text."""
    given = row.get("filtered_resps") or row.get("resps")
    while isinstance(given, Sequence) and not isinstance(given, str) and given:
        given = given[0]
    return "" if isinstance(given, list) else given


_KNOWN: Final = (
    Layout("MMVP Studio", ("pair_id", "image", "response"), _cell("response")),
    Layout(
        "Cambrian",
        ("question_id", "answer", "gt_answer", "text_options"),
        _cell("answer"),
        number="question_id",
        first=0,
        question="prompt",
    ),
    Layout(
        "MMVP's evaluate_mllm.py",
        ("question_id", "response"),
        _cell("response"),
        number="question_id",
        first=1,
        question="prompt",
    ),
    Layout(
        "InternVL",
        ("data_id", "answer"),
        _cell("answer"),
        number="data_id",
        first=1,
        question="question",
    ),
    Layout(
        "VLMEvalKit",
        ("index", "prediction"),
        _cell("prediction"),
        number="index",
        question="question",
        options=("A", "B"),
    ),
    Layout(
        "lmms-eval",
        ("doc_id", "filtered_resps"),
        _lmms_eval,
        number="doc_id",
        first=0,
        question="input",
    ),
)
_NUMBERS: Final = (
    "index", "lndex", "question_id", "id", "idx", "row", "number", "doc_id", "data_id", "qid",
)  # fmt: skip
_ANSWERS: Final = (
    "prediction", "response", "model_answer", "model_response", "model_output", "generated_text",
    "generation", "output", "completion", "pred", "resps", "filtered_resps", "text",
)  # fmt: skip
_QUESTIONS: Final = ("question", "prompt", "input", "query", "instruction")


def layout_of(row: Row) -> Layout | None:
    """The layout with this first row: a known program's, else by usual names of columns."""
    for one in _KNOWN:
        if all(name in row for name in one.columns):
            return one
    by_name = {str(name).strip().lower(): str(name) for name in row}
    number, answer, question = (
        next((by_name[name] for name in names if name in by_name), "")
        for names in (_NUMBERS, _ANSWERS, _QUESTIONS)
    )
    if not number or not answer:
        return None
    read = _lmms_eval if answer in ("resps", "filtered_resps") else _cell(answer)
    return Layout("a table", (number, answer), read, number=number, question=question)


def known_layouts() -> str:
    """The layouts and their columns, in a sentence for people."""
    known = "; ".join(f"{one.about}: {', '.join(one.columns)}" for one in _KNOWN)
    return (
        f"Known are {known}; else any table with a number ({', '.join(_NUMBERS[:4])}, …) and an "
        f"answer ({', '.join(_ANSWERS[:4])}, …)."
    )


def text_of(value: Any) -> str:  # noqa: ANN401 - whatever a file holds
    """A cell as text; a missing one is empty, and a spreadsheet's 2.0 is 2."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""  # pandas writes a cell that is empty as NaN
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
