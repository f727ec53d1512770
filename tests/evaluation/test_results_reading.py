"""Answers of other programs are found by number, whatever their layout and order."""

import csv
import json
import math
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from evaluation.benchmark import ExportedImage
from evaluation.items import Item, from_benchmark
from evaluation.mllms.evaluation import evaluate
from evaluation.results.reading import read_answers
from evaluation.results.rows import UnreadableAnswers
from tests.evaluation.benchmark_examples import benchmark, pair
from tests.evaluation.question_sets import question_set

QUESTIONS = question_set(3)


def studio(item: Item) -> dict[str, Any]:
    return {"pair_id": item.pair_id, "image": item.side, "response": f"({item.gold})"}


def authors(item: Item) -> dict[str, Any]:
    prompt = f"{item.question} (a) {item.option_a} (b) {item.option_b}"
    return {
        "question_id": item.row, "prompt": prompt, "answer": f"({item.gold})",
        "response": f"({item.gold})", "answer_id": "x", "model_id": "llava",
    }  # fmt: skip


def cambrian(item: Item) -> dict[str, Any]:
    return {
        "question_id": item.row - 1, "prompt": item.question, "answer": item.gold.upper(),
        "gt_answer": f"({item.gold})", "model_id": "m",
        "text_options": [item.option_a, item.option_b],
    }  # fmt: skip


def internvl(item: Item) -> dict[str, Any]:
    question = f"{item.question}\nA. {item.option_a}\nB. {item.option_b}"
    gold = item.gold.upper()
    return {"question": question, "answer": gold, "gt_answers": gold, "data_id": str(item.row)}


def vlmevalkit(item: Item, first: int = 0) -> dict[str, Any]:
    return {
        "index": item.row - 1 + first, "question": item.question, "A": item.option_a,
        "B": item.option_b, "prediction": item.gold.upper(),
    }  # fmt: skip


def lmms_eval(item: Item) -> dict[str, Any]:
    asked = f"{item.question}\nA. {item.option_a}\nB. {item.option_b}\nAnswer with the letter."
    return {
        "doc_id": item.row - 1, "input": asked, "target": item.gold.upper(),
        "filtered_resps": [item.gold.upper()], "doc_hash": "0", "mmvp_accuracy": {"score": 1.0},
    }  # fmt: skip


def plain_table(item: Item) -> dict[str, Any]:
    return {"Index": item.row, "Question": item.question, "model_answer": item.gold.upper()}


def plain_from_zero(item: Item) -> dict[str, Any]:
    return {"id": str(item.row - 1), "generated_text": f"({item.gold})"}


LAYOUTS = [
    studio, authors, cambrian, internvl, vlmevalkit, lambda item: vlmevalkit(item, 1), lmms_eval,
    plain_table, plain_from_zero,
]  # fmt: skip


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path
    if path.suffix == ".json":
        path.write_text(json.dumps(rows), encoding="utf-8")
        return path
    if path.suffix == ".xlsx":
        book = Workbook()
        table = [list(rows[0]), *([_cell(value) for value in row.values()] for row in rows)]
        for line in table:
            book.active.append(line)
        book.save(path)
        return path
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(
            file, list(rows[0]), delimiter="\t" if path.suffix == ".tsv" else ","
        )
        writer.writeheader()
        writer.writerows(rows)
    return path


def _cell(value: Any) -> Any:  # noqa: ANN401
    return value if isinstance(value, str | int) else json.dumps(value)


SUFFIXES = ("jsonl", "json", "csv", "tsv", "xlsx")
# lmms-eval writes lists of answers, which are no cells
BOTH = [
    (layout, suffix)
    for layout in LAYOUTS
    for suffix in (SUFFIXES[:2] if layout is lmms_eval else SUFFIXES)
]


@pytest.mark.parametrize(("layout", "suffix"), BOTH)
@pytest.mark.parametrize("order", [1, -1])
def test_every_layout_in_every_order(tmp_path: Path, layout: Any, suffix: str, order: int) -> None:  # noqa: ANN401
    path = write(tmp_path / f"x.{suffix}", [layout(item) for item in QUESTIONS.items][::order])
    answers = read_answers(path, QUESTIONS)
    assert len(answers) == 6
    found = evaluate(QUESTIONS, answers, model="m", grader_name="strict")
    assert found.scores.overall.pair.value == 1.0


def test_missing_answers_leave_pairs_out(tmp_path: Path) -> None:
    path = write(tmp_path / "x.jsonl", [authors(item) for item in QUESTIONS.items[1:]])
    found = evaluate(QUESTIONS, read_answers(path, QUESTIONS), model="m", grader_name="strict")
    assert (found.scores.overall.pair.total, found.scores.unanswered) == (2, 1)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([authors(QUESTIONS.items[0]) | {"question_id": 7}], "row 1: it is about an image"),
        ([authors(QUESTIONS.items[0]) | {"question_id": "one"}], "row 1: it is about an image"),
        ([authors(QUESTIONS.items[0]) | {"prompt": "Another?"}], "answers another question"),
        ([studio(QUESTIONS.items[0])] * 2, "row 2: the first image of pair 1 is answered twice"),
        ([{"name": 1, "words": "A"}], "its columns are name, words"),
        ([{"id": 2, "text": "A"}], "nothing in it says whether id counts from 0 or from 1"),
        ([{"id": "x", "text": "A"}], "row 1: id is 'x'; it should be a whole number"),
        (
            [vlmevalkit(QUESTIONS.items[0]) | {"A": "Red", "B": "Blue"}],
            "its options are not those of pair 1",
        ),
        ([studio(QUESTIONS.items[0]) | {"letters": "xy"}], "two different capital letters"),
        ([], "no answers"),
        ([3], "no answers"),
    ],
)
def test_what_does_not_belong_to_the_benchmark_is_refused(
    tmp_path: Path, rows: list[dict[str, Any]], said: str
) -> None:
    with pytest.raises(UnreadableAnswers, match=said):
        read_answers(write(tmp_path / "x.jsonl", rows), QUESTIONS)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text("{")
    (tmp_path / "y.jsonl").write_bytes(b"\xff\xfe")
    for name, said in (("x", "cannot be read"), ("y", "UTF-8"), ("z", "No such file")):
        with pytest.raises(UnreadableAnswers, match=said):
            read_answers(tmp_path / f"{name}.jsonl", QUESTIONS)


def test_one_row_shows_by_its_question_how_rows_are_counted(tmp_path: Path) -> None:
    for first in (0, 1):
        item = QUESTIONS.items[3]
        row = {"id": item.row - 1 + first, "question": item.question, "text": item.gold.upper()}
        path = write(tmp_path / "x.jsonl", [row])
        others = [one for one in QUESTIONS.items if abs(one.row - item.row) == 1]
        if all(one.question != item.question for one in others):
            assert list(read_answers(path, QUESTIONS)) == [(item.pair_id, item.side, 1)]


def test_options_in_the_other_order_are_noticed(tmp_path: Path) -> None:
    rows = [
        vlmevalkit(item)
        | {"A": item.option_b, "B": item.option_a, "prediction": "B" if item.gold == "a" else "A"}
        for item in QUESTIONS.items
    ]
    answers = read_answers(write(tmp_path / "x.tsv", rows), QUESTIONS)
    assert all(answer.swapped for answer in answers.values())
    found = evaluate(QUESTIONS, answers, model="m", grader_name="strict")
    assert found.scores.overall.pair.value == 1.0


def test_pandas_and_lmms_eval_json(tmp_path: Path) -> None:
    rows = [vlmevalkit(item) for item in QUESTIONS.items]
    columns = {name: {str(k): row[name] for k, row in enumerate(rows)} for name in rows[0]}
    (tmp_path / "pandas.json").write_text(json.dumps(columns))
    logs = {"args": {"model": "m"}, "model_configs": {}, "logs": [*map(lmms_eval, QUESTIONS.items)]}
    (tmp_path / "lmms.json").write_text(json.dumps(logs))
    for name in ("pandas", "lmms"):
        answers = read_answers(tmp_path / f"{name}.json", QUESTIONS)
        found = evaluate(QUESTIONS, answers, model="m", grader_name="strict")
        assert found.scores.overall.pair.value == 1.0, name


def test_an_empty_cell_is_an_empty_answer(tmp_path: Path) -> None:
    rows = [vlmevalkit(item) | {"prediction": math.nan} for item in QUESTIONS.items]
    for suffix in ("json", "jsonl"):  # as Python's json writes it
        answers = read_answers(write(tmp_path / f"x.{suffix}", rows), QUESTIONS)
        assert {answer.text for answer in answers.values()} == {""}


def test_a_workbook_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "x.xlsx").write_bytes(b"PK no zip")
    with pytest.raises(UnreadableAnswers, match="cannot be read"):
        read_answers(tmp_path / "x.xlsx", QUESTIONS)


def test_rows_of_an_export_are_those_of_its_tables(tmp_path: Path) -> None:
    """In whatever order an export numbered its images, answers by number find their own."""
    made = benchmark(pair(1), pair(2))
    placed = [
        tuple(ExportedImage(row=row, path=f"{row}.jpg", sha256="0" * 64) for row in rows)
        for rows in ((4, 3), (1, 2))
    ]
    exported = made.with_exported(placed)  # type: ignore[arg-type]
    images = {side.sha256: "" for one in made.pairs for side in (one.first, one.second)}
    questions = from_benchmark(exported, images, lambda _: b"")
    assert [item.row for item in questions.items] == [4, 3, 1, 2]
    rows = [plain_table(item) for item in sorted(questions.items, key=lambda item: item.row)]
    answers = read_answers(write(tmp_path / "x.csv", rows), questions)
    assert evaluate(questions, answers, model="m", grader_name="strict").scores.overall.pair.n == 2
