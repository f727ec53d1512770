"""MMVP folders and our own documents, whole and damaged: rows, places, faults and pairs."""

from pathlib import Path

import pytest

from evaluation.asked import FaultyBenchmark
from evaluation.benchmark import Benchmark
from evaluation.errors import UnknownFormat, UnreadableBenchmark
from evaluation.formats import ExportOptions, export
from evaluation.pairing import pairs_of
from evaluation.raw import FAULTS, RawBenchmark
from evaluation.readers import READERS, read, recognise
from evaluation.strict import ReadBenchmark, strict
from tests.evaluation.benchmark_examples import benchmark, jpeg, jpeg_source

HEADER = "Index,Question,Options,Correct Answer\n"
PAIR = "1,Is it open?,(a) Yes (b) No,(a)\n2,Is it open?,(a) Yes (b) No,(b)\n"
KEY = '"Can you see the key {q}Z{q} in the image?"'


def folder(tmp_path: Path, text: str | bytes, n_images: int = 2, name: str = "MMVP") -> Path:
    made = tmp_path / name
    (made / "MMVP Images").mkdir(parents=True)
    data = text if isinstance(text, bytes) else text.encode()
    (made / "Questions.csv").write_bytes(data)
    for number in range(1, n_images + 1):
        (made / f"MMVP Images/{number}.jpg").write_bytes(jpeg(f"#{number:06x}"))
    return made


def faults(raw: RawBenchmark) -> list[tuple[str, int | None, bool]]:
    assert {fault.code for fault in raw.faults} <= FAULTS.keys()
    return [(fault.code, fault.place.line, fault.stops) for fault in raw.faults]


def exported(read_back: ReadBenchmark, out: Path, name: str = "mmvp") -> dict[str, bytes]:
    export(
        read_back.benchmark, name, out, image_bytes=lambda sha256: read_back.images[sha256].read()
    )
    return contents(out)


def contents(of: Path) -> dict[str, bytes]:
    paths = [path for path in of.rglob("*") if path.is_file()]
    return {path.relative_to(of).as_posix(): path.read_bytes() for path in paths}


def test_rows_and_their_places(tmp_path: Path) -> None:
    raw = read(folder(tmp_path, HEADER + "\n" + PAIR))
    assert (raw.format, raw.name) == ("mmvp", "MMVP")
    assert raw.columns == ("Index", "Question", "Options", "Correct Answer")
    first, second = raw.rows
    assert (first.place.line, first.place.row, second.place.line, second.place.row) == (3, 1, 4, 2)
    assert (first.number, first.question, first.options) == ("1", "Is it open?", "(a) Yes (b) No")
    assert (first.option_a, first.option_b, first.answer) == ("Yes", "No", "(a)")
    assert first.image is not None
    assert first.image.path == tmp_path / "MMVP/MMVP Images/1.jpg"
    assert first.image.read() == jpeg("#000001")
    assert faults(raw) == [("blank-line", 2, False)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\ufeff" + HEADER + PAIR, [("encoding", 1, False)]),
        ((HEADER + PAIR).encode("utf-16"), [("encoding", 1, False)]),
        ((HEADER + PAIR).replace("open", "ópen").encode("cp1252"), [("encoding", 2, True)]),
        ((HEADER + PAIR).replace(",", ";"), [("delimiter", 1, False)]),
        (HEADER + PAIR.replace("(b)\n", "(b),,\n"), [("column-count", 3, False)]),
        (HEADER + PAIR.replace("open?", "open, now?", 1), [("column-count", 2, True)]),
        (HEADER + PAIR.replace(",(b)\n", "\n"), [("column-count", 3, True)]),
        (HEADER + PAIR.replace("2,", "x,"), [("number", 3, True)]),
        (HEADER + PAIR.replace("2,", ",", 1), [("number", 3, True)]),
        (HEADER.replace("Options,", ""), [("missing-column", None, True), ("no-rows", None, True)]),
        ("lndex,Question,Options,Correct Answer,Index\n"
         "1,Is it?,(a) Yes (b) No,(a),2\n2,Is it?,(a) Yes (b) No,(b),2\n", [("number", 2, True)]),
        (HEADER + PAIR.replace("\n", "\r\n"), []),
        (HEADER + PAIR.replace("\n", "\r"), []),
        (HEADER + PAIR.replace("2,", "2.0,"), []),
    ],
)  # fmt: skip
def test_what_is_odd_is_found_in_its_line(
    tmp_path: Path, text: str | bytes, expected: list[tuple[str, int | None, bool]]
) -> None:
    made = folder(tmp_path, text)
    raw = read(made)
    assert faults(raw) == expected
    if not any(stops for _, _, stops in expected):
        asked = strict(raw).benchmark.pairs[0].question
        assert (asked.text, asked.answer_first) == ("Is it open?", "a")
    else:
        with pytest.raises(FaultyBenchmark) as caught:
            strict(raw)
        assert {fault.code for fault in caught.value.faults} >= {code for code, _, _ in expected}


def test_quotes_that_are_not_doubled_are_found_and_read_as_meant(tmp_path: Path) -> None:
    row = "{n}," + KEY.format(q='"') + ",(a) Yes (b) No,({a})\n"
    rows = [row.format(n=n, a=a) for n, a in ((1, "a"), (2, "b"))]
    raw = read(folder(tmp_path, HEADER + "".join(rows)))
    assert faults(raw) == [("quoting", 2, True), ("quoting", 3, True)]
    assert {one.question for one in raw.rows} == {'Can you see the key "Z" in the image?'}
    with pytest.raises(FaultyBenchmark, match=r'line 2, row 1: quotes .* "the key ""Z"" here"'):
        strict(raw)
    proper = row.replace(KEY.format(q='"'), KEY.format(q='""'))
    fine = HEADER + "".join(proper.format(n=n, a=a) for n, a in ((1, "a"), (2, "b")))
    again = read(folder(tmp_path, fine, name="fine"))
    assert faults(again) == []
    assert [one.question for one in again.rows] == [one.question for one in raw.rows]


@pytest.mark.parametrize(
    "broken", ['1,"Is it open?,(a) Yes (b) No,(a)\n', '1,"Is it open,(a) Yes (b) No,(a)\n']
)
def test_a_quote_that_is_never_closed_costs_its_own_line_only(tmp_path: Path, broken: str) -> None:
    more = '2,"Is it open, or not?",(a) Yes (b) No,(b)\n3,Is it?,(a) Yes (b) No,(a)\n'
    raw = read(folder(tmp_path, HEADER + broken + more))
    assert faults(raw)[0] == ("quoting", 2, True)
    assert [row.number for row in raw.rows] == ["1", "2", "3"]
    assert raw.rows[1].question == "Is it open, or not?"


def test_every_problem_is_named_with_row_column_and_what_to_do(tmp_path: Path) -> None:
    text = (
        HEADER + "1,Is it open?,Yes or no,(a)\n2,Is it shut?,(a) Yes (b) No,(c)\n"
        "3,Is it red?,(a) Yes (b) No,(a)\n4,Is it read?,(a) Yes (b) No,(b)\n"
        "5,Is it big?,(a) Yes (b) No,(a)\n6,Is it big?,(a) No (b) Yes,(b)\n"
        "7,Is it old?,(a) Yes (b) No,(a)\n8,Is it old?,(a) Yes (b) No,(a)\n"
        "9,Is it new?,(a) Yes (b) No,(a)\n"
    )
    with pytest.raises(FaultyBenchmark) as caught:
        strict(read(folder(tmp_path, text, 9)))
    said = str(caught.value)
    for piece in (
        "line 2, row 1, column options: pair 1 does not have two options here: 'Yes or no'. Write",
        "line 3, row 2, column answer: pair 1 has the answer '(c)' here, which is none",
        "line 5, row 4, column question: pair 2 does not ask the same question twice: row 3 has",
        "line 7, row 6, column options: pair 3 does not ask the same question twice: this row has",
        "line 9, row 8, column answer: pair 4 has the answer (a) in both rows; the right answers",
        "line 10, row 9: pair 5 does not have two rows but 1 (row 9).",
    ):
        assert piece in said
    assert said.count("\n- ") == 6 == len(caught.value.faults)


def test_many_problems_are_counted(tmp_path: Path) -> None:
    rows = [f"{n},Is it {n}?,(a) Yes (b) No,(a)\n" for n in range(1, 101)]
    with pytest.raises(FaultyBenchmark, match=r"(?s)51 things .*and 31 more") as caught:
        strict(read(folder(tmp_path, HEADER + "".join(rows), 0)))
    assert len(caught.value.faults) == 51
    assert "100 images are missing: MMVP Images/1.jpg, " in str(caught.value)


def test_images_may_lie_elsewhere_and_are_named_where_they_do_not(tmp_path: Path) -> None:
    made = folder(tmp_path, HEADER + PAIR)
    (made / "MMVP Images").rename(tmp_path / "pictures")
    with pytest.raises(FaultyBenchmark, match=r"missing: MMVP Images/2.jpg. .*--images FOLDER"):
        strict(read(made))
    found = strict(read(made), images=tmp_path)
    assert [image.read() for image in found.images.values()] == [jpeg("#000001"), jpeg("#000002")]
    with pytest.raises(UnreadableBenchmark, match="no such folder of images"):
        strict(read(made), images=tmp_path / "nowhere")


def test_images_that_cannot_be_used(tmp_path: Path) -> None:
    made = folder(tmp_path, HEADER + PAIR)
    (made / "MMVP Images/1.jpg").write_bytes(b"no image")
    with pytest.raises(FaultyBenchmark, match=r"row 1: the image MMVP Images/1.jpg cannot be used"):
        strict(read(made))
    (made / "MMVP Images/1.jpg").write_bytes(jpeg("#000002"))
    with pytest.raises(FaultyBenchmark, match="pair 1 has the same image twice"):
        strict(read(made))
    (made / "MMVP Images/1.png").write_bytes(jpeg("#000001"))
    (made / "MMVP Images/3.jpg").write_bytes(jpeg("#000003"))
    (made / "MMVP Images").rename(made / "images")
    raw = read(made)
    assert [fault.code for fault in raw.faults] == ["image-folder", "image-twice"]
    assert raw.unnamed_images == (made / "images/3.jpg",)


def test_what_is_not_known_of_another_benchmark_is_null(tmp_path: Path) -> None:
    text = HEADER.replace("\n", ",pair_id,pattern\n") + "".join(
        f"{number},Is it open?,(a) Yes (b) No,({answer}),{pair}\n"
        for number, answer, pair in (
            (1, "a", "12,Camera_Perspective"), (2, "b", "12,camera perspective"),
            (3, "a", "dog,Glow"), (4, "b", "dog,Glow"),
        )
    )  # fmt: skip
    raw = read(folder(tmp_path, text, 4))
    assert [(pair.pair_id, pair.name) for pair in pairs_of(raw)] == [(12, "12"), (13, "dog")]
    found = strict(raw, created_by="MMVP Studio 9")
    made = found.benchmark
    assert made.blind_encoder is made.blind_min is made.pairs[0].gap is None
    assert [pair.pattern for pair in made.pairs] == ["viewpoint", "glow"]
    assert [(entry.slug, entry.name) for entry in made.patterns] == [
        ("viewpoint", "Viewpoint and Perspective"), ("glow", "Glow"),
    ]  # fmt: skip
    assert found.notes == ("Patterns that are none of MMVP's nine: Glow.",)
    assert made.source is not None
    assert (made.source.format, made.source.name) == ("mmvp", "MMVP")
    assert made.created_by == "MMVP Studio 9"
    assert Benchmark.from_json(made.to_json()) == made


def test_pairs_without_a_pattern_say_so(tmp_path: Path) -> None:
    found = strict(read(folder(tmp_path, HEADER + PAIR)))
    assert [pair.pattern for pair in found.benchmark.pairs] == ["unlabelled"]
    assert [entry.slug for entry in found.benchmark.patterns] == ["unlabelled"]
    assert found.notes == ("Pairs without a visual pattern: 1.",)


def test_rows_counted_from_zero_are_paired_so(tmp_path: Path) -> None:
    raw = read(folder(tmp_path, HEADER + PAIR.replace("1,", "0,", 1).replace("2,", "1,", 1)))
    assert [pair.pair_id for pair in pairs_of(raw)] == [1]
    assert [row.number for row in pairs_of(raw)[0].rows] == ["0", "1"]


@pytest.mark.parametrize("name", ["Questions.csv", "."])
def test_a_table_of_ours_read_and_exported_again_is_the_same(tmp_path: Path, name: str) -> None:
    made = benchmark()
    export(made, "mmvp", tmp_path / "one", image_bytes=jpeg_source(made))
    raw = read(tmp_path / "one" / name)
    assert raw.format == "mmvp"
    again = exported(strict(raw), tmp_path / "two")
    assert again == contents(tmp_path / "one")
    alone = read(tmp_path / "one" / "benchmark.json")
    assert (alone.format, len(alone.rows)) == ("mmvp-json", 6)
    assert exported(strict(alone), tmp_path / "three") == again


def test_the_table_without_the_document_keeps_every_row(tmp_path: Path) -> None:
    made = benchmark()
    export(made, "mmvp", tmp_path / "one", image_bytes=jpeg_source(made))
    (tmp_path / "one/benchmark.json").unlink()
    again = exported(strict(read(tmp_path / "one")), tmp_path / "two")
    before = contents(tmp_path / "one")
    rows = {name for name in before if name == "Questions.csv" or name.endswith(".jpg")}
    assert {name: again[name] for name in rows} == {name: before[name] for name in rows}


def test_a_document_of_ours_is_not_taken_half(tmp_path: Path) -> None:
    made = benchmark()
    out = tmp_path / "one"
    kept = ExportOptions(key_order="kept")
    export(made, "mmvp", out, image_bytes=jpeg_source(made), options=kept)
    table = out / "Questions.csv"
    before = table.read_text()
    table.write_text(before.replace(",(b),1", ",(a),1"))
    with pytest.raises(FaultyBenchmark, match=r"line 3, row 2: this row says something that bench"):
        strict(read(out))
    table.write_text(before)
    (out / "MMVP Images/3.jpg").write_bytes(jpeg("#000003"))
    (out / "MMVP Images/4.jpg").unlink()
    with pytest.raises(
        FaultyBenchmark, match=r"(?s)3.jpg changed since .*4.jpg: this image is mis"
    ):
        strict(read(out))
    document = out / "benchmark.json"
    document.write_text(document.read_text().replace('"a"', '"c"'))
    raw = read(out)
    assert raw.document is None
    assert len(raw.rows) == 6
    with pytest.raises(FaultyBenchmark, match=r"pairs\[0\].question.answer_second: should be"):
        strict(raw)


def test_what_is_no_benchmark(tmp_path: Path) -> None:
    with pytest.raises(UnreadableBenchmark, match="there is no benchmark here"):
        read(tmp_path)
    with pytest.raises(UnreadableBenchmark, match="no such file or folder"):
        read(tmp_path / "nowhere")
    with pytest.raises(UnknownFormat, match="mmvp-json"):
        read(tmp_path, "word")
    for name in READERS:
        with pytest.raises(UnreadableBenchmark):
            read(tmp_path, name)
        with pytest.raises(UnreadableBenchmark):
            read(tmp_path / "nowhere", name)
    (tmp_path / "Questions.csv").write_text("")
    with pytest.raises(UnreadableBenchmark, match="empty"):
        read(tmp_path, "mmvp")
    (tmp_path / "photo.jpg").write_bytes(jpeg("red"))
    assert recognise(tmp_path / "photo.jpg") is None
