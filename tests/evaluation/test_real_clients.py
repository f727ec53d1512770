"""Exports in the hands of the programs that read them: their own code, where a copy is at hand.

``MMVP_CLIENTS`` names the folder with the copies; docs/development.md says how it is laid out.
"""

import csv
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from evaluation.benchmark import Benchmark, Question
from evaluation.folder import read_folder
from evaluation.formats import ExportOptions, export
from evaluation.formats.mmvp_vlm import IMAGES
from evaluation.graders import GRADERS
from evaluation.mllms.evaluation import evaluate
from evaluation.patterns import load_patterns
from evaluation.results.reading import read_answers
from tests.evaluation.benchmark_examples import QUESTIONS, benchmark, jpeg_source, pair

CLIENTS = os.environ.get("MMVP_CLIENTS", "")
RUNNER = Path(__file__).parent / "client_runner.py"
FORMS = [
    (form.replace("X", letter).replace("x", letter.lower()).replace("W", word), "Open", "Shut")
    for letter, word in (("A", "Open"), ("B", "Shut"))
    for form in ("X", "X.", "x", "(X)", "(x)", "X. W", "(x) W", "W", "W.", "The answer is X.",
                 "the answer is (x)", "**X**", "X. I can see this clearly in the photo here",
                 "Option X", "answer: W", "It is W, not the other", "Both A and B", "a photo")
]  # fmt: skip
"""What models say, with the two options."""


@pytest.fixture(name="made", scope="module")
def many_questions() -> Benchmark:
    """What trips readers: quotes, commas, numbers, words in other alphabets, one in another."""
    told = [(text, a, b, answer) for text, a, b, answer, _ in QUESTIONS]
    told += [
        ("Is the clock's hand at 3:15, or at 3:45?", "3:15", "3:45", "a"),
        ("Steht „Café“ auf dem Schild\u202f?", "Ja, groß", "Nein", "b"),
        ("Is it A or B that is lit", "A lamp", "A lamp and a fan", "b"),
    ]
    pairs = [
        pair(
            number,
            question=Question(
                text=text,
                option_a=a,
                option_b=b,
                answer_first=answer,  # type: ignore[arg-type]
                answer_second="b" if answer == "a" else "a",
            ),
        )
        for number, (text, a, b, answer) in enumerate(told, 1)
    ]
    return benchmark(*pairs)


def exported(made: Benchmark, name: str, tmp_path: Path) -> Path:
    options = ExportOptions(partial=True)
    source = jpeg_source(made)
    return export(made, name, tmp_path / name, image_bytes=source, options=options).folder


def ask(client: str, tmp_path: Path, needs: str = "", **job: object) -> dict[str, Any]:
    """What the client made of the job; the test is skipped where there is no such client."""
    if not CLIENTS:
        pytest.skip(f"MMVP_CLIENTS does not name a folder with copies of {client}")
    if not (Path(CLIENTS) / needs).exists():
        pytest.skip(f"{client} is not at hand: no {needs} in MMVP_CLIENTS")
    own = Path(CLIENTS) / "venv/bin/python"
    # Their own environment has the clients' libraries, ours has torch and datasets.
    ours = client in ("MMVP VLM", "lmms-eval", "Cambrian", "InternVL") or not own.exists()
    result = tmp_path / "result.json"
    (tmp_path / "job.json").write_text(json.dumps({**job, "result": str(result)}))
    command = [sys.executable if ours else str(own), str(RUNNER), client, CLIENTS]
    offline = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)}
    done = subprocess.run(
        [*command, str(tmp_path / "job.json")],
        cwd=tmp_path,
        env={**os.environ, **offline},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    found: dict[str, Any] = json.loads(result.read_text())
    if "missing" in found:
        pytest.skip(f"{client} needs the library {found['missing']}")
    return found


def letters(folder: Path) -> list[str]:
    """The right letters in the order of the rows."""
    document = Benchmark.from_json((folder / "benchmark.json").read_text(encoding="utf-8"))
    asked = [one.question for one in document.pairs]
    return [gold.upper() for one in asked for gold in (one.answer_first, one.answer_second)]


def half_right(right: list[str]) -> list[str]:
    """Right in the first two pairs, and in one row of every other."""
    return [*right[:4], *("A" for _ in right[4:])]


def read_by(grader: str) -> list[str]:
    return [(GRADERS[grader].read(*form) or "").upper() for form in FORMS]


def test_the_authors_grader(made: Benchmark, tmp_path: Path) -> None:
    folder = exported(made, "mmvp", tmp_path)
    with (folder / "Questions.csv").open() as file:
        rows = list(csv.DictReader(file))
    wrong = {"(a)": "(b)", "(b)": "(a)"}
    lines = [
        {
            "question_id": at,
            "prompt": f"{row['Question']} {row['Options']}",
            "answer": row["Correct Answer"],
            "response": wrong[row["Correct Answer"]] if at == 1 else row["Correct Answer"],
        }
        for at, row in enumerate(rows, 1)
    ]
    answers = tmp_path / "answers.jsonl"
    answers.write_text("".join(json.dumps(line) + "\n" for line in lines))
    given = ask("MMVP grader", tmp_path, "MMVP/scripts/gpt_grader.py", answers=str(answers))
    assert given == {"accuracy": pytest.approx(5 / 6)}


def test_the_authors_test_of_encoders(tmp_path: Path) -> None:
    nine = load_patterns("mmvp")
    made = benchmark(
        *(
            pair(number, pattern=nine.slugs[-(number % 9) - 1], statement_first=f"one, {number}",
                 statement_second=f'the "other" {number}')
            for number in range(1, 136)
        )
    )  # fmt: skip
    folder = exported(made, "mmvp-vlm", tmp_path)
    with (folder / "Questions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    colors = {}
    for row in rows:
        with Image.open(folder / IMAGES / row["Type"] / f"{row['Question ID']}.jpg") as image:
            colors[row["Statement"]] = image.getpixel((0, 0))
    # Of the last pattern's first pair the model takes the wrong image.
    last = rows[240]["Statement"], rows[241]["Statement"]
    colors[last[0]], colors[last[1]] = colors[last[1]], colors[last[0]]
    found = ask(
        "MMVP VLM", tmp_path, "MMVP/scripts/evaluate_vlm.py", folder=str(folder), colors=colors
    )
    assert list(found.values()) == [100.0] * 8 + [pytest.approx(100 * 14 / 15)]


def test_vlmevalkit(made: Benchmark, tmp_path: Path) -> None:
    folder = exported(made, "vlmevalkit", tmp_path)
    said = re.search(r'DATASET_MD5\["MMVP"\] = "(\w+)"', (folder / "README.md").read_text())
    assert said is not None
    right = letters(folder)
    found = ask(
        "VLMEvalKit", tmp_path, "VLMEvalKit/vlmeval/dataset/image_mcq.py",
        data=str(folder), md5=said[1], forms=FORMS,
        answers={"perfect": right, "always": ["A"] * 12, "half": half_right(right)},
    )  # fmt: skip
    assert found["scores"] == {
        "perfect": {"Average": 1.0, "Overall": 1.0},
        "always": {"Average": 0.5, "Overall": 0.0},
        "half": {"Average": pytest.approx(8 / 12), "Overall": pytest.approx(2 / 6)},
    }
    document = Benchmark.from_json((folder / "benchmark.json").read_text())
    for at, path in enumerate(found["images"]):
        one, asked = document.pairs[at // 2], document.pairs[at // 2].question
        source = jpeg_source(made)((one.first, one.second)[at % 2].sha256)
        with Image.open(path) as image, Image.open(_file(tmp_path, source)) as wanted:
            assert image.getpixel((0, 0)) == pytest.approx(wanted.getpixel((0, 0)), abs=3)
        for text in (asked.text, f"A. {asked.option_a}", f"B. {asked.option_b}"):
            assert text in found["texts"][at]
    assert found["read"] == read_by("vlmevalkit")


def _file(tmp_path: Path, data: bytes) -> Path:
    (tmp_path / "one.jpg").write_bytes(data)
    return tmp_path / "one.jpg"


def test_lmms_eval(made: Benchmark, tmp_path: Path) -> None:
    folder = exported(made, "lmms-eval", tmp_path)
    right = letters(folder)
    found = ask(
        "lmms-eval", tmp_path, "lmms-eval/lmms_eval/tasks/mmvp/utils.py",
        table=str(folder / "data/test-00000-of-00001.parquet"), cache=str(tmp_path / "cache"),
        forms=FORMS, answers={"perfect": right, "always": ["A"] * 12, "half": half_right(right)},
    )  # fmt: skip
    names = ("mmvp_accuracy", "mmvp_pair_accuracy")
    assert found["scores"] == {
        "perfect": dict(zip(names, (1.0, 1.0), strict=True)),
        "always": dict(zip(names, (0.5, 0.0), strict=True)),
        "half": dict(zip(names, (pytest.approx(8 / 12), pytest.approx(2 / 6)), strict=True)),
    }
    document = Benchmark.from_json((folder / "benchmark.json").read_text())
    options = [[one.question.option_a, one.question.option_b] for one in document.pairs]
    assert found["options"] == [two for two in options for _ in "12"]
    assert found["targets"] == right
    assert found["sizes"] == [[64, 48]] * 12
    assert found["read"] == read_by("lmms-eval")


def test_lmms_eval_runs_the_exported_task(made: Benchmark, tmp_path: Path) -> None:
    folder = exported(made, "lmms-eval", tmp_path)
    right = letters(folder)
    found = ask(
        "lmms-eval task", tmp_path, "lmms-eval/lmms_eval/tasks/__init__.py",
        folder=str(folder), task="mmvp_studio_harbor",
        answers={"perfect": right, "half": half_right(right)},
    )  # fmt: skip
    assert found["scores"] == {
        "perfect": {"mmvp_accuracy": 1.0, "mmvp_pair_accuracy": 1.0},
        "half": {
            "mmvp_accuracy": pytest.approx(8 / 12), "mmvp_pair_accuracy": pytest.approx(2 / 6)
        },
    }  # fmt: skip
    document = Benchmark.from_json((folder / "benchmark.json").read_text())
    for at, text in enumerate(found["texts"]):
        asked = document.pairs[at // 2].question
        assert text.startswith(f"{asked.text}\nA. {asked.option_a}\nB. {asked.option_b}\n")


def test_cambrian(made: Benchmark, tmp_path: Path) -> None:
    folder = exported(made, "mmvp", tmp_path)
    found = ask(
        "Cambrian", tmp_path, "cambrian/eval/eval/mmvp/mmvp_eval.py",
        folder=str(folder), out=str(tmp_path), answers=half_right(letters(folder)), forms=FORMS,
    )  # fmt: skip
    assert found["accuracy"] == pytest.approx(100 * 2 / 6)
    assert _our_pair_accuracy(folder, Path(found["file"]), "cambrian") == pytest.approx(2 / 6)
    # The client compares what is left with the letter and with the right option's text.
    choices = [{"a": "A", "b": "B", a.lower(): "A", b.lower(): "B"} for _, a, b in FORMS]
    read = [one.get(text, "") for one, text in zip(choices, found["read"], strict=True)]
    assert read == read_by("cambrian")


def test_internvl(made: Benchmark, tmp_path: Path) -> None:
    folder = exported(made, "mmvp", tmp_path)
    (tmp_path / "out").mkdir()
    found = ask(
        "InternVL", tmp_path, "InternVL/internvl_chat/eval/mmvp/evaluate_mmvp.py",
        folder=str(folder), out=str(tmp_path / "out"), answers=half_right(letters(folder)),
        forms=FORMS,
    )  # fmt: skip
    assert found["accuracy"] == pytest.approx(2 / 6)
    assert _our_pair_accuracy(folder, Path(found["file"]), "internvl") == pytest.approx(2 / 6)
    document = Benchmark.from_json((folder / "benchmark.json").read_text())
    for at, text in enumerate(found["asked"]):
        asked = document.pairs[at // 2].question
        assert text.startswith(f"{asked.text}\nA. {asked.option_a}\nB. {asked.option_b}\n")
    read = [text if text in ("A", "B") else "" for text in found["read"]]
    assert read == read_by("internvl")


def _our_pair_accuracy(folder: Path, answers: Path, grader: str) -> float:
    """What the client wrote, read by us."""
    questions = read_folder(folder)
    found = evaluate(questions, read_answers(answers, questions), model="m", grader_name=grader)
    return found.scores.overall.pair.value


def test_pycocotools(made: Benchmark, tmp_path: Path) -> None:
    folder = exported(made, "coco", tmp_path)
    annotations = folder / "annotations.json"
    found = ask("pycocotools", tmp_path, "venv", annotations=str(annotations))
    document = json.loads(annotations.read_text())["annotations"]
    wanted = [[f"images/{at}.jpg", one["caption"]] for at, one in enumerate(document, 1)]
    assert found["captions"] == wanted
    category = document[0]["category_id"]
    of_it = [one["image_id"] for one in document if one["category_id"] == category]
    assert sorted(found["first"]) == of_it


def test_label_studio(made: Benchmark, tmp_path: Path) -> None:
    made = replace(made, pairs=[replace(made.pairs[0], note="look again"), *made.pairs[1:]])
    folder = exported(made, "labelstudio", tmp_path)
    found = ask(
        "label-studio-sdk", tmp_path, "venv", tasks=str(folder / "tasks.json"),
        page=str(folder / "labeling.xml"), out=str(tmp_path),
    )  # fmt: skip
    assert found["tasks"] == [True] * 6
    assert found["annotations"] == [True] * 6
    document = Benchmark.from_json((folder / "benchmark.json").read_text())
    for one, task in zip(document.pairs, found["converted"], strict=True):
        options = {"a": one.question.option_a, "b": one.question.option_b}
        assert task["answer_first"] == options[one.question.answer_first]
        assert task["answer_second"] == options[one.question.answer_second]


def test_fiftyone(made: Benchmark, tmp_path: Path) -> None:
    folder = exported(made, "fiftyone", tmp_path)
    found = ask("fiftyone", tmp_path, "venv", folder=str(folder))
    document = Benchmark.from_json((folder / "benchmark.json").read_text())
    names = {pattern.slug: pattern.name for pattern in document.patterns}
    assert found["rows"] == [
        [f"{2 * at + side}.jpg", names[one.pattern], answer, one.pair_id, one.question.text]
        for at, one in enumerate(document.pairs)
        for side, answer in ((1, one.question.answer_first), (2, one.question.answer_second))
    ]
