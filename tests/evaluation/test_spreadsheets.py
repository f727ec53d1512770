"""CSV for spreadsheets: no formula gets in, and csv and pandas read back what was written."""

import csv
import io
from datetime import UTC, datetime

import pandas
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evaluation.benchmark import Question
from evaluation.formats.mmvp import questions_csv, warnings
from evaluation.spreadsheets import csv_lines, harmless, is_formula, original
from tests.evaluation.benchmark_examples import benchmark, pair

COLUMNS = ("text", "other")
# no NUL: neither reader knows it; no half characters: they are no text
PRINTED = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
NASTY = st.builds(
    str.__add__, st.sampled_from(["=", "+", "-", "@", "\t", "\r", "'", "''="]), PRINTED
)
TEXT = PRINTED | NASTY


def written(rows: list[tuple[str, str]]) -> str:
    return "".join(csv_lines(COLUMNS, [dict(zip(COLUMNS, row, strict=True)) for row in rows]))


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=6))
@example([("=cmd|' /C calc'!A0", '"')])
def test_csv_and_pandas_read_back_the_same_rows(rows: list[tuple[str, str]]) -> None:
    text = written(rows)
    header, *found = csv.reader(io.StringIO(text, newline=""))
    assert tuple(header) == COLUMNS
    assert [tuple(map(original, row)) for row in found] == rows
    table = pandas.read_csv(
        io.BytesIO(text.encode()), dtype=str, keep_default_na=False, skip_blank_lines=False
    )
    assert [tuple(map(original, row)) for row in table.itertuples(index=False)] == rows


@given(TEXT)
def test_no_cell_is_computed_and_the_apostrophe_comes_off_again(text: str) -> None:
    cell = harmless(text)
    assert not is_formula(cell)
    assert original(cell) == text
    assert cell in (text, f"'{text}")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_each_start_of_a_formula_gets_an_apostrophe(start: str) -> None:
    assert is_formula(f"{start}1")
    assert harmless(f"{start}1") == f"'{start}1"


def test_numbers_times_and_truth_are_not_text() -> None:
    at = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
    rows = [{"n": -1.5, "at": at, "is": True, "none": None, "word": "-1.5"}]
    text = "".join(csv_lines(("n", "at", "is", "none", "word"), rows))
    assert text == "n,at,is,none,word\r\n-1.5,2026-03-01T08:30:00+00:00,true,,'-1.5\r\n"


def test_the_benchmark_keeps_such_a_question_and_the_report_warns() -> None:
    text = "=1+1 stands on how many doors?"
    words = Question(text=text, option_a="-1", option_b="+1", answer_first="a", answer_second="b")
    made = benchmark(pair(1), pair(2, question=words))
    rows = list(csv.DictReader(io.StringIO(questions_csv(made), newline="")))
    assert [row["Question"] for row in rows[2:]] == [text, text]
    assert rows[2]["Options"] == "(a) -1 (b) +1"
    assert [one.split(":")[0] for one in warnings(made)] == ["Pair 2"]
    assert warnings(benchmark(pair(1))) == []
