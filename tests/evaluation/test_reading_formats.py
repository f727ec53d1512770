"""Every other format that is read: the same rows and images, and what can be wrong with them."""

import base64
import hashlib
import json
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from evaluation.asked import FaultyBenchmark, asked_pairs
from evaluation.errors import UnreadableBenchmark
from evaluation.folder import read_folder
from evaluation.pairing import pairs_of
from evaluation.raw import FAULTS, RawBenchmark
from evaluation.readers import READERS, read, recognise
from evaluation.readers.columns import letter_of, options_of, split_options
from evaluation.strict import strict
from tests.evaluation.benchmark_examples import jpeg
from tests.evaluation.benchmark_files import (
    IMAGES,
    PATTERNS,
    ROWS,
    STATEMENTS,
    WRITERS,
    csv_text,
    mmvp_vlm,
)

TSV = ["index", "question", "A", "B", "answer", "image"]
B64 = [base64.b64encode(data).decode() for data in IMAGES]


def codes(raw: RawBenchmark) -> list[tuple[str, int | None, bool]]:
    assert {fault.code for fault in raw.faults} <= FAULTS.keys()
    return [(fault.code, fault.place.row, fault.stops) for fault in raw.faults]


def tsv(tmp_path: Path, rows: list[list[object]], header: list[str] = TSV) -> Path:
    path = tmp_path / "MMVP.tsv"
    path.write_text(csv_text([header, *rows], "\t"))
    return path


def jsonl(tmp_path: Path, *lines: dict[str, object]) -> Path:
    path = tmp_path / "mmvp.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_gives_the_same_rows_and_images(tmp_path: Path, name: str) -> None:
    form, write = WRITERS[name]
    folder = write(tmp_path / "in")
    assert recognise(folder) == form
    raw = read(folder)
    assert (raw.format, codes(raw)) == (form, [])
    assert [row.place.row for row in raw.rows] == [1, 2, 3, 4, 5, 6] or name == "lmms-eval"
    found = strict(raw)
    pairs = found.benchmark.pairs
    assert [pair.pair_id for pair in pairs] == ([5, 6, 7] if name == "hf" else [1, 2, 3])
    if name != "mmvp-vlm":
        said = [
            (pair.question.text, pair.question.option_a, pair.question.option_b, answer)
            for pair in pairs
            for answer in (pair.question.answer_first, pair.question.answer_second)
        ]
        assert said == ROWS
    sides = [side for pair in pairs for side in (pair.first, pair.second)]
    assert [side.sha256 for side in sides] == [hashlib.sha256(i).hexdigest() for i in IMAGES]
    assert [found.images[side.sha256].read() for side in sides] == IMAGES
    assert {(side.width, side.height) for side in sides} == {(64, 48)}
    source = found.benchmark.source
    assert source is not None
    assert (source.format, source.name) == (form, "in")


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_can_be_asked(tmp_path: Path, name: str) -> None:
    questions = read_folder(WRITERS[name][1](tmp_path / "in"))
    assert len(questions.items) == 6
    assert [questions.read_image(item.image) for item in questions.items] == IMAGES
    assert [item.gold for item in questions.items] == (
        list("ababab") if name == "mmvp-vlm" else [row[3] for row in ROWS]
    )


def test_statements_become_questions_and_are_kept(tmp_path: Path) -> None:
    found = strict(read(mmvp_vlm(tmp_path / "in")))
    pair = found.benchmark.pairs[1]
    assert pair.question.text == "Which statement is true of the image?"
    assert (pair.question.option_a, pair.question.option_b) == ("no key", "the key Z")
    assert (pair.statement_first, pair.statement_second) == ("no key", "the key Z")
    assert [one.pattern for one in found.benchmark.pairs] == ["state", "text", "quantity"]
    assert [entry.slug for entry in found.benchmark.patterns] == ["state", "quantity", "text"]
    assert "statements and no questions" in found.notes[0]


@pytest.mark.parametrize("root", ["MMVP_VLM_Images", "MLLM_VLM Images", "MLLM_VLM_Images"])
def test_image_folders_of_mmvp_vlm_go_by_many_names(tmp_path: Path, root: str) -> None:
    folder = mmvp_vlm(tmp_path / "in")
    table = folder / "Questions.csv"
    table.write_text(table.read_text().replace("Quantity", "Camera Perspective"))
    (folder / "MLLM_VLM Images/Quantity").rename(folder / "MLLM_VLM Images/Camera_Perspective")
    (folder / "MLLM_VLM Images/Text").rename(folder / "MLLM_VLM Images/Texts")
    (folder / "MLLM_VLM Images").rename(folder / root)
    raw = read(folder)
    assert all(row.image for row in raw.rows)
    assert strict(raw).benchmark.pairs[2].pattern == "viewpoint"
    for path in list((folder / root).glob("*/*.jpg")):
        path.rename(folder / root / path.name)
    assert all(row.image for row in read(folder).rows), "all images in one folder"


def test_numbers_out_of_place_do_not_move_a_pair_of_mmvp_vlm(tmp_path: Path) -> None:
    folder = mmvp_vlm(tmp_path / "in")
    table = folder / "Questions.csv"
    table.write_text(table.read_text().replace("\n3,", "\n277,").replace("\n4,", "\n278,"))
    for number in (3, 4):
        image = folder / f"MLLM_VLM Images/Text/{number}.jpg"
        image.rename(image.with_name(f"{number + 274}.jpg"))
    raw = read(folder)
    assert codes(raw) == [("number", 3, False), ("number", 4, False)]
    assert [pair.rows[0].statement for pair in pairs_of(raw)] == STATEMENTS[::2]
    assert strict(raw).benchmark.pairs[1].statement_first == "no key"


def test_a_reference_leads_to_the_image_of_another_row(tmp_path: Path) -> None:
    rows: list[list[object]] = [[n, *row[:3], row[3].upper(), B64[n]] for n, row in enumerate(ROWS)]
    rows[2][5], rows[4][5], rows[5][5] = "3", "2", "17"
    rows[3][5] = B64[0]
    raw = read(tsv(tmp_path, rows))
    assert codes(raw) == [("image-reference", 6, True)]
    images = [row.image.read() if row.image else None for row in raw.rows]
    assert images == [IMAGES[0], IMAGES[1], IMAGES[0], IMAGES[0], IMAGES[0], None]
    rows[3][5] = "2"
    assert codes(read(tsv(tmp_path, rows))) == [
        ("image-reference", row, True) for row in (3, 4, 5, 6)
    ]


def test_images_of_a_table_that_are_damaged_or_files(tmp_path: Path) -> None:
    rows: list[list[object]] = [[n, *row[:3], row[3].upper(), B64[n]] for n, row in enumerate(ROWS)]
    rows[1][5] = B64[1][:-3]
    rows[2][5] = base64.b64encode(b"x" * 99).decode()
    raw = read(tsv(tmp_path, rows))
    assert codes(raw) == [("image-data", 2, True)]
    with pytest.raises(FaultyBenchmark) as caught:
        strict(raw)
    assert "row 2, column image: the text of the image is not base64" in str(caught.value)
    assert "row 3: the image 2.jpg cannot be used: not an image" in str(caught.value)

    header = [*TSV[:5], "image_path"]
    rows = [[*row[:5], f"C:\\LMUData\\images\\MMVP\\{n}.jpg"] for n, row in enumerate(rows)]
    (tmp_path / "images/MMVP").mkdir(parents=True)
    for n, data in enumerate(IMAGES):
        (tmp_path / f"images/MMVP/{n}.jpg").write_bytes(data)
    found = strict(read(tsv(tmp_path, rows, header)))
    assert [image.read() for image in found.images.values()] == IMAGES


def test_no_image_outside_of_the_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").write_bytes(jpeg("red"))
    inner = tmp_path / "in"
    inner.mkdir()
    (inner / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    for name in ("../secret.jpg", str(tmp_path / "secret.jpg"), "link.jpg", "a\0b", ".", "x" * 999):
        line: dict[str, object] = {"image": name, "question": "Is it?", "answer": "(a)"}
        raw = read(jsonl(inner, line))
        assert raw.rows[0].image is None
        leads_out = name.startswith(("/", ".."))
        assert codes(raw) == ([("image-path", 1, False)] if leads_out else [])


@pytest.mark.parametrize(
    "line",
    [
        {"question_id": 4, "prompt": "Is it open? (a) Yes (b) No", "answer": "(a)"},
        {"question_id": 4, "prompt": "Is it open?", "answer": "B", "gt_answer": "(a)",
         "text_options": ["Yes", "No"]},
        {"data_id": "4", "question": "Is it open?\nA. Yes\nB. No\nAnswer with the letter.",
         "answer": "B", "gt_answers": "A"},
        {"idx": 4, "question": "Is it open?", "options": ["(a) Yes", "(b) No"], "answer": "Yes"},
        {"idx": 4, "question": "Is it open?", "options": '["A. Yes", "B. No"]', "answer": "A. Yes"},
    ],
    ids=["tsb0601", "Cambrian", "InternVL", "list", "text of a list"],
)  # fmt: skip
def test_lists_of_other_programs(tmp_path: Path, line: dict[str, object]) -> None:
    other = json.loads(json.dumps(line).replace(": 4", ": 5").replace('"4"', '"5"'))
    for key in {"gt_answer", "gt_answers"} & line.keys() or {"answer"}:
        other[key] = "(b)"
    raw = read(jsonl(tmp_path, line, other))
    assert [row.number for row in raw.rows] == ["4", "5"]
    (one,), problems, _ = asked_pairs(raw)
    assert not problems
    assert (one.question.text, one.question.option_a, one.question.option_b) == (
        "Is it open?", "Yes", "No",
    )  # fmt: skip
    assert (one.question.answer_first, one.question.answer_second) == ("a", "b")


def test_answers_in_a_file_beside_the_questions(tmp_path: Path) -> None:
    """As LLaVA's question files are, which have no answers."""
    prompt = "Is it open?\nA. Yes\nB. No\nAnswer with the option's letter."
    path = jsonl(tmp_path, *({"question_id": n, "text": prompt, "image": "1.jpg"} for n in (1, 2)))
    assert asked_pairs(read(path))[0] == []
    key = path.with_name("mmvp_key.jsonl")
    key.write_text(
        '{"question_id": 2, "answer": "A", "pair_id": 9}\n{"question_id": 1, "answer": "B"}'
    )
    assert [(row.answer, row.pair) for row in read(path).rows] == [("B", None), ("A", "9")]
    key.write_text(key.read_text().replace(', "pair_id": 9', ""))
    (one,), problems, _ = asked_pairs(read(path))
    assert (one.question.answer_first, one.question.option_b, problems) == ("b", "No", [])


def test_lines_that_are_no_objects(tmp_path: Path) -> None:
    path = jsonl(tmp_path, {"question": "Is it?", "answer": "a"})
    path.write_text(path.read_text() + "\n[1]\n{\n" + "[" * 99_999 + "\n")
    raw = read(path)
    assert [(fault.code, fault.place.line, fault.stops) for fault in raw.faults] == [
        ("blank-line", 2, False), ("json", 3, True), ("json", 4, True), ("json", 5, True),
    ]  # fmt: skip
    path.write_text("[{},\n{,]")
    assert [fault.place.line for fault in read(path, "jsonl").faults] == [2, None]


def test_parquet_that_is_odd_or_damaged(tmp_path: Path) -> None:
    folder = WRITERS["lmms-eval"][1](tmp_path / "in")
    second = folder / "data/train-00001-of-00002.parquet"
    table = pyarrow.parquet.read_table(second)
    numbers = table.column("Index").cast(pyarrow.string())
    pyarrow.parquet.write_table(table.set_column(0, "Index", numbers), second)
    assert codes(read(folder)) == [("number", None, False)]
    second.write_bytes(second.read_bytes()[:300])
    raw = read(folder)
    assert codes(raw) == [("shard", None, True)]
    assert len(raw.rows) == 4
    with pytest.raises(FaultyBenchmark, match="no Parquet, or damaged"):
        strict(raw)
    with pytest.raises(UnreadableBenchmark, match="no Parquet, or damaged"):
        read(second, "lmms-eval")
    pyarrow.parquet.write_table(pyarrow.table({"question": ["Is it?"]}), second)
    assert codes(read(second)) == [("missing-column", None, True)]


@pytest.mark.parametrize(
    ("answer", "letter"),
    [("(a)", "a"), ("B", "b"), ("b.", "b"), ("(b) No", "b"), ("A. Yes", "a"), ("No", "b"),
     ("(a) No", None), ("c", None), ("", None), ("Maybe", None), ("(c)", None)],
)  # fmt: skip
def test_an_answer_names_an_option(answer: str, letter: str | None) -> None:
    assert letter_of(answer, "Yes", "No") == letter


def test_an_option_that_is_called_like_a_letter() -> None:
    assert letter_of("B", "B", "A") == "a"
    assert letter_of("(b)", "B", "A") == "b"


@pytest.mark.parametrize("text", ["(a) Up (b) Down", "(A)Up(B)Down", "A. Up\nB. Down",
                                  "Options: (a) Up (b) Down", '["Up", "Down"]'])  # fmt: skip
def test_options_are_taken_apart(text: str) -> None:
    assert split_options(text) == ("Up", "Down")


def test_options_that_are_no_two() -> None:
    for text in ("Up or down", "(b) Up (a) Down", '["Up"]', "[", ""):
        assert split_options(text) is None
    assert options_of(["Up", 1]) is None
    assert PATTERNS[0] == "State"


def test_every_format_and_fault_is_documented() -> None:
    told = (Path(__file__).parents[2] / "docs/reading.md").read_text(encoding="utf-8")
    missing = [name for name in (*READERS, *FAULTS) if f"| `{name}` |" not in told]
    assert not missing
