"""Export: complete or not at all, the same bytes each time, and no file of a person is lost."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from evaluation.benchmark import Benchmark, Question
from evaluation.errors import (
    EmptyBenchmark,
    ExportError,
    ExportExists,
    ExportFailed,
    NotAnExport,
    UnfitForFormat,
    UnknownFormat,
)
from evaluation.formats import FORMATS, ExportOptions, ExportReport, export
from tests.evaluation.benchmark_examples import benchmark, jpeg_source, pair

ROOT = Path(__file__).parents[2]
MADE = benchmark()


def run(
    out: Path,
    made: Benchmark = MADE,
    *,
    force: bool = False,
    image_bytes: Callable[[str], bytes] | None = None,
) -> ExportReport:
    source = image_bytes or jpeg_source(made)
    kept = ExportOptions(key_order="kept")
    return export(made, "mmvp", out, image_bytes=source, options=kept, force=force)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def failing(_sha256: str) -> bytes:
    raise RuntimeError("no such image")


def test_the_folder_holds_what_the_report_says(tmp_path: Path) -> None:
    report = run(tmp_path / "deep" / "er" / "out")
    assert report.folder == tmp_path / "deep" / "er" / "out"
    assert report.n_pairs == 3
    assert [path.relative_to(report.folder).as_posix() for path in report.files] == [
        *(f"MMVP Images/{n}.jpg" for n in range(1, 7)),
        "Questions.csv",
        "README.md",
        "benchmark.json",
        "figures/cosines.svg",
        "figures/gaps.svg",
        "figures/patterns.svg",
    ]
    assert names(report.folder.parent) == ["out"], "no stage, no lock left"


def test_the_same_benchmark_gives_the_same_bytes(tmp_path: Path) -> None:
    run(tmp_path / "one")
    run(tmp_path / "two", benchmark(*reversed(MADE.pairs)))
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_exporting_the_exported_document_gives_the_same_bytes(tmp_path: Path) -> None:
    first = run(tmp_path / "one")
    again = Benchmark.from_json((first.folder / "benchmark.json").read_text(encoding="utf-8"))
    run(tmp_path / "two", again)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_an_existing_folder_is_left_alone(tmp_path: Path) -> None:
    run(tmp_path / "out")
    before = contents(tmp_path / "out")
    with pytest.raises(ExportExists, match="--force"):
        run(tmp_path / "out", benchmark(pair(7)))
    assert contents(tmp_path / "out") == before
    (tmp_path / "empty").mkdir()
    with pytest.raises(ExportExists):
        run(tmp_path / "empty")


def test_force_replaces_an_older_export_whole(tmp_path: Path) -> None:
    run(tmp_path / "out")
    (tmp_path / "out" / ".DS_Store").write_bytes(b"litter")
    report = run(tmp_path / "out", benchmark(pair(7)), force=True)
    assert report.n_pairs == 1
    assert names(tmp_path / "out" / "MMVP Images") == ["1.jpg", "2.jpg"]
    assert names(tmp_path) == ["out"]


def test_force_fills_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    run(tmp_path / "out", force=True)
    assert "Questions.csv" in names(tmp_path / "out")


@pytest.mark.parametrize(
    "precious",
    [
        "thesis.txt",
        "MMVP Images/mine.png",
        "MMVP Images/mine.jpg",
        "MMVP Images/old/1.jpg",
        "copy/benchmark.json",
        "answers/run1.jsonl",
    ],
)
def test_force_does_not_destroy_files_of_a_person(tmp_path: Path, precious: str) -> None:
    run(tmp_path / "out")
    path = tmp_path / "out" / precious
    path.parent.mkdir(exist_ok=True)
    path.write_text("years of work")
    before = contents(tmp_path / "out")
    with pytest.raises(NotAnExport, match=precious):
        run(tmp_path / "out", benchmark(pair(7)), force=True)
    assert contents(tmp_path / "out") == before
    assert names(tmp_path) == ["out"]


def test_force_does_not_destroy_a_folder_without_our_document(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "README.md").write_text("mine")
    with pytest.raises(NotAnExport):
        run(out, force=True)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(NotAnExport, match="a file of that name"):
        run(tmp_path / "file", force=True)
    with pytest.raises(NotAnExport):
        run(Path("/"), force=True)
    assert contents(tmp_path) == {"out/README.md": b"mine", "file": b"mine"}


def test_a_link_to_an_export_is_followed(tmp_path: Path) -> None:
    run(tmp_path / "out")
    (tmp_path / "link").symlink_to("out")
    report = run(tmp_path / "link", benchmark(pair(7)), force=True)
    assert report.folder == tmp_path / "out"
    assert names(tmp_path) == ["link", "out"]


def test_a_failed_export_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="no such image"):
        run(tmp_path / "out", image_bytes=failing)
    assert names(tmp_path) == []


def test_a_failed_replacement_leaves_the_older_export(tmp_path: Path) -> None:
    run(tmp_path / "out")
    before = contents(tmp_path / "out")
    with pytest.raises(RuntimeError):
        run(tmp_path / "out", force=True, image_bytes=failing)
    assert contents(tmp_path / "out") == before
    assert names(tmp_path) == ["out"]


def test_a_rename_that_fails_brings_the_older_export_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path / "out")
    before = contents(tmp_path / "out")
    rename = Path.rename

    def no_rename_of_the_stage(self: Path, target: Path) -> Path:
        if self.name.endswith("-stage"):
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", no_rename_of_the_stage)
    with pytest.raises(ExportFailed, match="Permission denied"):
        run(tmp_path / "out", benchmark(pair(7)), force=True)
    assert contents(tmp_path / "out") == before
    assert names(tmp_path) == ["out"]


def test_an_image_that_has_gone_is_told_as_an_export_that_failed(tmp_path: Path) -> None:
    with pytest.raises(ExportFailed, match=r"lost\.png"):
        run(tmp_path / "out", image_bytes=lambda _: Path("lost.png").read_bytes())
    assert names(tmp_path) == []


def test_a_place_that_cannot_be_written_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(ExportFailed, match="could not be written"):
        run(tmp_path / "file" / "out")


KILLED = """
import os, signal, sys
from pathlib import Path
from evaluation.formats import export
from tests.evaluation.benchmark_examples import benchmark, jpeg_source
made = benchmark()
source, calls = jpeg_source(made), []
def killed_at_the_third_image(sha256):
    calls.append(sha256)
    if len(calls) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return source(sha256)
out = Path(sys.argv[1])
export(made, "mmvp", out, image_bytes=killed_at_the_third_image, force=out.exists())
"""


@pytest.mark.parametrize("older", [False, True])
def test_a_killed_export_leaves_no_half_and_the_next_one_tidies_up(
    tmp_path: Path, older: bool
) -> None:
    out = tmp_path / "out"
    if older:
        run(out)
    before = contents(out) if older else None
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(out)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert (contents(out) if out.exists() else None) == before
    assert ".out.mmvp-export-stage" in names(tmp_path)
    run(out, benchmark(pair(7)), force=older)
    assert len(contents(out)) == 8
    assert names(tmp_path) == ["out"]


def test_an_export_killed_between_its_two_renames_gives_the_older_one_back(tmp_path: Path) -> None:
    run(tmp_path / "out")
    before = contents(tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / ".out.mmvp-export-replaced")
    with pytest.raises(ExportExists):
        run(tmp_path / "out", benchmark(pair(7)))
    assert contents(tmp_path / "out") == before
    assert names(tmp_path) == ["out"]


def test_an_export_killed_before_it_deletes_the_older_one_is_tidied(tmp_path: Path) -> None:
    run(tmp_path / "out")
    run(tmp_path / ".out.mmvp-export-replaced", benchmark(pair(7)))
    run(tmp_path / "out", benchmark(pair(8)), force=True)
    assert names(tmp_path) == ["out"]


def test_of_two_exports_to_one_place_one_wins_whole(tmp_path: Path) -> None:
    def attempt(_: int) -> str:
        try:
            run(tmp_path / "out")
        except ExportExists:
            return "refused"
        return "done"

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(attempt, range(4)))
    assert outcomes == ["done", "refused", "refused", "refused"]
    assert len(contents(tmp_path / "out")) == 12
    assert names(tmp_path) == ["out"]


def test_a_folder_that_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    out = tmp_path / "out"

    def appearing(sha256: str) -> bytes:
        out.mkdir(exist_ok=True)
        (out / "mine.txt").write_text("mine")
        return jpeg_source(MADE)(sha256)

    with pytest.raises(ExportFailed):
        run(out, image_bytes=appearing)
    assert contents(tmp_path) == {"out/mine.txt": b"mine"}


def test_nothing_to_export_and_unknown_formats_are_told(tmp_path: Path) -> None:
    with pytest.raises(EmptyBenchmark, match="no complete pair"):
        run(tmp_path / "out", replace(MADE, pairs=()))
    with pytest.raises(UnknownFormat, match=r"Formats: .*mmvp, "):
        export(MADE, "xls", tmp_path / "out", image_bytes=failing)
    assert names(tmp_path) == []


def test_options_with_parentheses_are_refused_with_their_pair(tmp_path: Path) -> None:
    question = Question(
        text="Is it open?",
        option_a="Yes (wide)",
        option_b="No",
        answer_first="a",
        answer_second="b",
    )
    with pytest.raises(UnfitForFormat, match=r"pair 5 \(Yes \(wide\)\)"):
        run(tmp_path / "out", benchmark(pair(5, question=question), pair(6)))
    assert names(tmp_path) == []


def test_images_must_come_as_jpeg(tmp_path: Path) -> None:
    with pytest.raises(UnfitForFormat, match="pair 1"):
        run(tmp_path / "out", image_bytes=lambda _: b"\x89PNG")
    assert names(tmp_path) == []


def test_progress_counts_pairs_and_may_cancel(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []

    def count(done: int, total: int) -> None:
        seen.append((done, total))
        if len(seen) == 5:
            raise KeyboardInterrupt

    source = jpeg_source(MADE)
    export(MADE, "mmvp", tmp_path / "out", image_bytes=source, progress=count)
    assert seen == [(1, 3), (2, 3), (3, 3)]
    with pytest.raises(KeyboardInterrupt):
        export(MADE, "mmvp", tmp_path / "two", image_bytes=source, progress=count)
    assert names(tmp_path) == ["out"]


def test_every_format_says_what_it_is() -> None:
    assert "mmvp" in FORMATS
    for name, form in FORMATS.items():
        assert form.name == name
        assert form.about
        assert form.readers
        assert "benchmark.json" in form.files
    assert all(issubclass(error, ExportError) for error in (EmptyBenchmark, NotAnExport))


def test_the_card_counts_pairs_and_survives_odd_names(tmp_path: Path) -> None:
    made = benchmark(pair(1), pair(3), pair(6), name='Cats | "dogs": *all*')
    card = (run(tmp_path / "out", made).folder / "README.md").read_text(encoding="utf-8")
    assert card.startswith('---\npretty_name: "Cats | \\"dogs\\": *all*"\n')
    assert '\n# Cats \\| "dogs": \\*all\\*\n' in card
    assert "| State and Condition | 2 |" in card
    assert "| Orientation and Direction | 0 |" in card
    assert "| **All** | **3** |" in card
    assert "Tiny CLIP (`open_clip:tiny`, 64 dimensions); cosine similarity above 0.95" in card
    assert "cosine similarity below 0.6" in card
    assert "(a) in 2 of 3 pairs" in card
    assert "Written by MMVP Studio 0.1.0." in card


def test_the_cards_loading_code_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = run(tmp_path / "out").folder
    card = (folder / "README.md").read_text(encoding="utf-8")
    code = card.split("```python\n")[1].split("```")[0]
    monkeypatch.chdir(folder)
    found: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), found)
    assert found["right"] == "(b)"
    assert Path(str(found["image"])).is_file()
