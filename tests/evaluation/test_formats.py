"""Every format: the same bytes each time, read back whole, and refused where it cannot hold."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow.parquet
import pytest
from pandas._libs.parsers import STR_NA_VALUES

from evaluation.benchmark import Benchmark
from evaluation.errors import NotAnExport, UnfitForFormat
from evaluation.formats import FORMATS, ExportOptions, ExportReport, export
from evaluation.formats.vlmevalkit import MISSING
from evaluation.patterns import load_patterns
from evaluation.raw import RawImage
from evaluation.readers import read
from evaluation.strict import strict
from tests.evaluation.benchmark_examples import benchmark, jpeg_source, pair

MADE = benchmark()
PARTIAL = ExportOptions(partial=True)
NAMES = sorted(FORMATS)


def run(
    name: str, out: Path, made: Benchmark = MADE, options: ExportOptions = PARTIAL
) -> ExportReport:
    return export(made, name, out, image_bytes=jpeg_source(made), options=options)


def contents(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def nine_times_15() -> Benchmark:
    """In an order that is not that of the patterns, each pair with statements of its own."""
    slugs = load_patterns("mmvp").slugs
    return benchmark(
        *(
            pair(
                number,
                pattern=slugs[-(number % 9) - 1],
                statement_first=f"one of {number}",
                statement_second=f"other of {number}",
            )
            for number in range(1, 136)
        )
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_same_bytes_and_back_again(name: str, tmp_path: Path) -> None:
    report = run(name, tmp_path / "one")
    run(name, tmp_path / "two", benchmark(*reversed(MADE.pairs)))
    once = contents(tmp_path / "one")
    assert once == contents(tmp_path / "two")
    assert {"README.md", "benchmark.json"} <= once.keys()
    assert len(report.files) == len(once)
    found = strict(read(tmp_path / "one"))
    images: dict[str, RawImage] = dict(found.images)
    kept = replace(PARTIAL, key_order="kept")
    export(
        found.benchmark,
        name,
        tmp_path / "three",
        image_bytes=lambda sha256: images[sha256].read(),
        options=kept,
    )
    assert contents(tmp_path / "three") == once


@pytest.mark.parametrize("name", NAMES)
def test_force_replaces_an_export_and_nothing_of_a_person(name: str, tmp_path: Path) -> None:
    run("mmvp", tmp_path / "out")
    source = jpeg_source(MADE)
    export(MADE, name, tmp_path / "out", image_bytes=source, options=PARTIAL, force=True)
    (tmp_path / "out/notes.txt").write_text("mine")
    with pytest.raises(NotAnExport, match=r"notes\.txt"):
        export(MADE, "mmvp", tmp_path / "out", image_bytes=source, force=True)


def test_a_file_of_another_format_is_a_persons_own(tmp_path: Path) -> None:
    run("mmvp", tmp_path / "out")
    (tmp_path / "out/MMVP.tsv").write_text("from elsewhere")
    source = jpeg_source(MADE)
    with pytest.raises(NotAnExport, match=r"MMVP\.tsv"):
        export(MADE, "mmvp", tmp_path / "out", image_bytes=source, force=True)


def test_vlmevalkit_finds_its_pairs_with_the_defaults_of_pandas(tmp_path: Path) -> None:
    report = run("vlmevalkit", tmp_path / "out")
    table = pd.read_csv(report.folder / "MMVP.tsv", sep="\t").sort_values("index")
    assert list(table["index"]) == [0, 1, 2, 3, 4, 5]
    assert not table.isna().to_numpy().any()
    assert set(table["answer"]) == {"A", "B"}
    assert (table["image"].str.len() > 64).all(), "a shorter text would be another row's index"
    for at in range(0, 6, 2):
        first, second = table.iloc[at], table.iloc[at + 1]
        assert first["question"] == second["question"]
        assert {first["answer"], second["answer"]} == {"A", "B"}
    assert report.notes[0].split()[5].rstrip(":") in (report.folder / "README.md").read_text()


def test_texts_that_pandas_takes_for_missing_are_refused(tmp_path: Path) -> None:
    assert STR_NA_VALUES - {""} <= MISSING
    question = replace(pair(1).question, option_b="None")
    with pytest.raises(UnfitForFormat, match=r"pair 1 \(None\)"):
        run("vlmevalkit", tmp_path / "out", benchmark(pair(1, question=question)))
    assert list(tmp_path.iterdir()) == []


def test_lmms_eval_has_whole_numbers_from_1_and_pairs_of_two(tmp_path: Path) -> None:
    folder = run("lmms-eval", tmp_path / "out").folder
    table = pyarrow.parquet.read_table(folder / "data/test-00000-of-00001.parquet")
    rows = table.to_pylist()
    assert [row["Index"] for row in rows] == [1, 2, 3, 4, 5, 6]
    for first, second in zip(rows[::2], rows[1::2], strict=True):
        assert (first["Index"] - 1) // 2 == (second["Index"] - 1) // 2
        assert first["Question"] == second["Question"]
        assert {first["Correct Answer"], second["Correct Answer"]} == {"(a)", "(b)"}
    told = json.loads(table.schema.metadata[b"huggingface"])
    assert told["info"]["features"]["image"] == {"_type": "Image"}


def test_the_task_of_lmms_eval_scores_pairs(tmp_path: Path) -> None:
    folder = run("lmms-eval", tmp_path / "out").folder
    task: dict[str, object] = {}
    exec((folder / "task/utils.py").read_text(), task)
    rows = pyarrow.parquet.read_table(folder / "data").to_pylist()
    judge, score = task["judge"], task["pair_accuracy"]
    assert callable(judge)
    assert callable(score)
    perfect = [judge(row, [row["Correct Answer"]])["mmvp_pair_accuracy"] for row in rows]
    always_a = [judge(row, ["A."])["mmvp_pair_accuracy"] for row in rows]
    assert (score(perfect), score(always_a), score([])) == (1.0, 0.0, 0.0)
    assert "task: mmvp_studio_harbor\n" in (folder / "task/task.yaml").read_text()


def test_mmvp_vlm_is_what_its_script_needs(tmp_path: Path) -> None:
    """evaluate_vlm.py goes by place: odd is image 1, every 15 pairs are the next pattern."""
    made = nine_times_15()
    report = run("mmvp-vlm", tmp_path / "out", made, ExportOptions())
    assert report.notes == ()
    with (report.folder / "Questions.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["Question ID", "Type", "Statement"]
    assert [int(row[0]) for row in rows] == list(range(1, 271))
    source, by_id = jpeg_source(made), {one.pair_id: one for one in made.pairs}
    hits: dict[str, int] = {}
    for at in range(0, 270, 2):
        (first_id, kind, said), (second_id, _, other) = rows[at], rows[at + 1]
        one = by_id[int(said.removeprefix("one of "))]
        images = report.folder / "MLLM_VLM Images" / kind
        right = (images / f"{first_id}.jpg").read_bytes() == source(one.first.sha256)
        right &= (images / f"{second_id}.jpg").read_bytes() == source(one.second.sha256)
        block = [pattern.folder for pattern in load_patterns("mmvp")][at // 30]
        hits[block] = hits.get(block, 0) + (right and block == kind and other.endswith(said[7:]))
    assert [n / (135 // 9) * 100 for n in hits.values()] == [100.0] * 9


def test_mmvp_vlm_says_what_it_lacks_and_what_it_leaves_out(tmp_path: Path) -> None:
    with pytest.raises(UnfitForFormat, match=r"State and Condition 1 \(lacks 14\).*--partial"):
        run("mmvp-vlm", tmp_path / "out", MADE, ExportOptions())
    notes = " ".join(run("mmvp-vlm", tmp_path / "out").notes)
    assert "division by zero" in notes
    assert "Statements of 3 of 3 pairs were made from question and option" in notes
    many = benchmark(*(pair(number, pattern="state") for number in range(1, 18)))
    report = run("mmvp-vlm", tmp_path / "many", many)
    assert report.n_pairs == 15
    assert any("Left out: pairs 16, 17." in note for note in report.notes)


def test_requests_ask_the_model_that_was_named(tmp_path: Path) -> None:
    folder = run("jsonl", tmp_path / "out", options=ExportOptions(model="mine")).folder
    lines = [json.loads(line) for line in (folder / "requests.jsonl").read_text().splitlines()]
    assert {line["body"]["model"] for line in lines} == {"mine"}
    assert [line["custom_id"] for line in lines] == [f"row-{row}" for row in range(1, 7)]
    key = [json.loads(line) for line in (folder / "questions_key.jsonl").read_text().splitlines()]
    for first, second in zip(key[::2], key[1::2], strict=True):
        assert first["pair_id"] == second["pair_id"]
        assert {first["answer"], second["answer"]} == {"A", "B"}


def test_the_right_option_stands_beside_its_image(tmp_path: Path) -> None:
    """COCO, Label Studio and FiftyOne say the same of each image as our document."""
    coco = json.loads((run("coco", tmp_path / "c").folder / "annotations.json").read_text())
    tasks = json.loads((run("labelstudio", tmp_path / "l").folder / "tasks.json").read_text())
    labels = json.loads((run("fiftyone", tmp_path / "f").folder / "labels.json").read_text())
    document = Benchmark.from_json((tmp_path / "c/benchmark.json").read_text())
    for at, one in enumerate(document.pairs):
        asked = one.question
        options = {"a": asked.option_a, "b": asked.option_b}
        answers = [asked.answer_first, asked.answer_second]
        rows = (2 * at, 2 * at + 1)
        assert [coco["annotations"][row]["answer"] for row in rows] == answers
        chosen = [part["value"]["choices"][0] for part in tasks[at]["annotations"][0]["result"]]
        assert chosen == [options[answer] for answer in answers]
        told = [labels["labels"][str(row + 1)][0]["attributes"]["answer"] for row in rows]
        assert told == answers


def test_the_datasets_library_loads_it_offline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    import datasets

    folder = run("hf", tmp_path / "out").folder
    cache = str(tmp_path / "cache")
    rows = datasets.load_dataset(str(folder), split="test", cache_dir=cache)
    assert rows.num_rows == 6
    assert rows[0]["image"].size == (64, 48)
    assert rows.features["answer"].names == ["a", "b"]
