"""An exported folder, read and scored the way the programs that use MMVP do it.

Each reader below is our own short version of a documented behaviour, not the client's code.
"""

import csv
import io
import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from PIL import Image

from evaluation.benchmark import Benchmark
from evaluation.formats import ExportOptions, export
from evaluation.formats.mmvp import questions_csv
from evaluation.graders import GRADERS
from tests.evaluation.benchmark_examples import QUESTIONS, benchmark, benchmarks, jpeg_source


@pytest.fixture(name="folder")
def exported_folder(tmp_path: Path) -> Path:
    made = benchmark()
    kept = ExportOptions(key_order="kept")
    return export(
        made, "mmvp", tmp_path / "out", image_bytes=jpeg_source(made), options=kept
    ).folder


def read_by_position(folder: Path) -> list[tuple[int, str, list[str], str]]:
    """Cambrian: columns by number, header known by its first cell, options split at "("."""
    found = []
    with (folder / "Questions.csv").open() as file:
        for row in csv.reader(file):
            if row[0] in ("lndex", "Index"):
                continue
            options = [part.split(")")[1].strip() for part in row[2].split("(")[1:]]
            found.append((int(row[0]), row[1], options, row[3]))
    return found


def test_the_bytes_are_plain(folder: Path) -> None:
    data = (folder / "Questions.csv").read_bytes()
    assert data.startswith(b"lndex,Question,Options,Correct Answer,Index\n1,")
    assert b"\r" not in data
    assert data.endswith(b"\n")
    assert not data.endswith(b"\n\n")
    assert data.count(b"\n") == 1 + 6


def test_pandas_readers_of_either_spelling(folder: Path) -> None:
    table = pd.read_csv(folder / "Questions.csv")
    assert list(table["lndex"]) == list(table["Index"]) == [1, 2, 3, 4, 5, 6]
    assert table["Index"].dtype.kind == "i", "groups of (Index - 1) // 2 need whole numbers"
    assert list(table["Correct Answer"]) == ["(b)", "(a)", "(a)", "(b)", "(a)", "(b)"]
    assert table["Question"][0] == 'Can you see the key "Z" in the image?'
    assert not table.isna().to_numpy().any()


def test_dictionary_readers_of_either_spelling(folder: Path) -> None:
    with (folder / "Questions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["lndex"] for row in rows] == [row["Index"] for row in rows]
    assert rows[4]["Question"] == QUESTIONS[0][0]
    assert rows[4]["Options"] == "(a) Open (b) Closed"


def test_readers_by_position(folder: Path) -> None:
    rows = read_by_position(folder)
    assert [row[0] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert rows[0][2] == ["Yes", "No"]
    assert rows[4][2] == ["Open", "Closed"]
    assert [row[3][1] for row in rows] == ["b", "a", "a", "b", "a", "b"]
    for first, second in zip(rows[::2], rows[1::2], strict=True):
        assert first[1].encode() == second[1].encode()
        assert {first[3], second[3]} == {"(a)", "(b)"}


def test_the_row_position_leads_to_the_image(folder: Path) -> None:
    """tsb0601: the image of row i (from 0) is file i + 1; the first image of a pair comes first."""
    made = benchmark()
    table = pd.read_csv(folder / "Questions.csv")
    wanted = [side.sha256 for one in made.pairs for side in (one.first, one.second)]
    source = jpeg_source(made)
    for position, _ in table.iterrows():
        path = folder / "MMVP Images" / f"{int(str(position)) + 1}.jpg"
        assert path.read_bytes() == source(wanted[int(str(position))])
        with Image.open(path) as image:
            assert image.format == "JPEG"


def test_the_document_says_which_row_each_image_has(folder: Path) -> None:
    document = Benchmark.from_json((folder / "benchmark.json").read_text(encoding="utf-8"))
    rows = [
        (one.pair_id, side.exported.row, side.exported.path)
        for one in document.pairs
        for side in (one.first, one.second)
        if side.exported
    ]
    assert rows == [
        (1 + (n - 1) // 2, n, f"MMVP Images/{n}.jpg") for n in (1, 2, 3, 4, 5, 6)
    ]  # fmt: skip


def letters_of_a_perfect_model(folder: Path) -> list[dict[str, object]]:
    """Answers in the form that every client understands: the bare capital letter."""
    document = json.loads((folder / "benchmark.json").read_text(encoding="utf-8"))
    answers = []
    for one in document["pairs"]:
        for side in ("first", "second"):
            letter = one["question"][f"answer_{side}"].upper()
            answers.append({"row": one[side]["exported"]["row"], "answer": letter})
    return answers


def pair_accuracy(right: list[bool]) -> float:
    pairs = list(zip(right[::2], right[1::2], strict=True))
    return sum(first and second for first, second in pairs) / len(pairs)


def right_by_letter_in_brackets(folder: Path, answers: list[str]) -> list[bool]:
    """Cambrian: the gold letter is the second character of the fourth column."""
    gold = [row[3][1].upper() for row in read_by_position(folder)]
    return [answer == letter for answer, letter in zip(answers, gold, strict=True)]


def right_by_index(folder: Path, answers: list[str]) -> list[bool]:
    """lmms-eval: pairs are the groups of (Index - 1) // 2; gold loses its brackets."""
    table = pd.read_csv(folder / "Questions.csv")
    groups = (table["Index"] - 1) // 2
    assert set(groups.value_counts()) == {2}
    gold = table["Correct Answer"].str.strip("()").str.upper()
    return [answer == letter for answer, letter in zip(answers, gold, strict=True)]


def read_by_the_misspelt_column(folder: Path) -> list[tuple[Path, list[str], str]]:
    """InternVL: the image is called as ``lndex`` says, options are cut at (b), gold is A or B."""
    found = []
    with (folder / "Questions.csv").open() as file:
        for row in csv.DictReader(file):
            options = [part.replace("(a)", "").strip() for part in row["Options"].split("(b)")]
            gold = row["Correct Answer"].replace("(a)", "A").replace("(b)", "B")
            found.append((folder / "MMVP Images" / f"{row['lndex']}.jpg", options, gold))
    return found


def right_by_the_misspelt_column(folder: Path, answers: list[str]) -> list[bool]:
    """InternVL: the answer after its own rule is compared with A or B."""
    rows = read_by_the_misspelt_column(folder)
    read = [
        GRADERS["internvl"].read(said, *options)
        for said, (_, options, _) in zip(answers, rows, strict=True)
    ]
    return [(one or "").upper() == gold for one, (_, _, gold) in zip(read, rows, strict=True)]


def test_readers_by_the_misspelt_column(folder: Path) -> None:
    rows = read_by_the_misspelt_column(folder)
    assert all(image.is_file() for image, _, _ in rows)
    assert [options for _, options, _ in rows] == [row[2] for row in read_by_position(folder)]
    assert [gold for _, _, gold in rows] == ["B", "A", "A", "B", "A", "B"]


def running_count(folder: Path, answers: list[str]) -> float:
    """Cambrian: a count that goes back by one where only a pair's first answer is right.

    An answer is right as a letter or as the option's text; the percentage is of rows, and so of
    pairs.
    """
    correct = 0
    rows = read_by_position(folder)
    for at, (said, (_, _, options, gold)) in enumerate(zip(answers, rows, strict=True)):
        said = said.lower().strip().rstrip(".:,").lstrip("(").rstrip(")")
        is_right = said in (gold[1], options["ab".index(gold[1])].lower())
        if is_right and (at % 2 == 0 or correct % 2 == 1):
            correct += 1
        elif not is_right and at % 2 == 1 and correct % 2 == 1:
            correct -= 1
    return 100 * correct / len(rows)


@pytest.mark.parametrize("dress", ["{letter}", "({letter})", "{letter}.", "{text}"])
def test_the_running_count_is_the_pair_accuracy(folder: Path, dress: str) -> None:
    rows = read_by_position(folder)

    def said(at: int, letter: str) -> str:
        text = rows[at][2]["AB".index(letter)]
        return dress.format(letter=letter, text=text)

    letters = [str(answer["answer"]) for answer in letters_of_a_perfect_model(folder)]
    assert running_count(folder, [said(at, one) for at, one in enumerate(letters)]) == 100
    assert running_count(folder, [said(at, "A") for at in range(6)]) == 0
    for wrong in range(6):
        turned = [{"A": "B", "B": "A"}[one] if at == wrong else one
                  for at, one in enumerate(letters)]  # fmt: skip
        count = running_count(folder, [said(at, one) for at, one in enumerate(turned)])
        assert count == pytest.approx(100 * 2 / 3)


@pytest.mark.parametrize(
    "scorer", [right_by_letter_in_brackets, right_by_index, right_by_the_misspelt_column]
)
def test_scores_of_a_perfect_a_constant_and_a_half_right_model(folder: Path, scorer) -> None:  # type: ignore[no-untyped-def]
    perfect = letters_of_a_perfect_model(folder)
    assert [answer["row"] for answer in perfect] == [1, 2, 3, 4, 5, 6]
    letters = [str(answer["answer"]) for answer in perfect]
    assert pair_accuracy(scorer(folder, letters)) == 1.0
    assert pair_accuracy(scorer(folder, ["A"] * 6)) == 0.0
    half = [*letters[:5], {"A": "B", "B": "A"}[letters[5]]]
    assert pair_accuracy(scorer(folder, half)) == pytest.approx(2 / 3)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(benchmarks())
def test_every_text_comes_back_from_the_table(made: Benchmark) -> None:
    rows = list(csv.reader(io.StringIO(questions_csv(made), newline="")))[1:]
    assert len(rows) == 2 * len(made.pairs)
    for number, row in enumerate(rows):
        question = made.pairs[number // 2].question
        assert row[0] == row[4] == str(number + 1)
        assert row[1] == question.text
        a, b = row[2].removeprefix("(a) ").split(" (b) ")
        assert (a, b) == (question.option_a, question.option_b)
        assert row[3] == f"({question.answer_second if number % 2 else question.answer_first})"
