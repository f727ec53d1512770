"""Imports from files to the workspace and back: whole or not at all, byte for byte."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator.errors import STUDIO_ERRORS, AppError
from annotator.exchange import Choice, export_benchmark
from annotator.importing import ImportReport, store
from annotator.incoming import read_incoming
from annotator.keys import corrections_of
from annotator.pipeline import index
from annotator.studio import Studio
from db.adjudication import adjudicate
from db.annotators import ensure_annotator
from db.blind_questions import ask
from db.history import events
from db.images import list_images
from db.import_tables import KeptAs
from db.imported import get_import, list_imports, pairs_at_row
from db.imports import AlreadyImported
from db.lifecycle import PairState, Ruling, VerificationPolicy
from db.pairs import get_card, list_cards
from db.verdicts import set_verification_policy
from db.verification import Given, answer
from evaluation.benchmark import Benchmark
from evaluation.corrections import dump_layer
from evaluation.errors import EvaluationError
from evaluation.formats import FORMATS, ExportOptions
from evaluation.key_order import KeyOrder
from tests.annotator.tiny_studio import Mmvp
from tests.db.test_imports import rows_of
from tests.importable import QUESTIONS, exported, made, mmvp_folder


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with Studio.open(tmp_path / "ws") as opened:
        yield opened


def bring(studio: Studio, path: Path, *, dry_run: bool = False, **given: object) -> ImportReport:
    return store(studio, read_incoming(path, **given), dry_run=dry_run)  # type: ignore[arg-type]


def everything(studio: Studio) -> tuple[dict[str, Any], list[Path]]:
    """All rows and all files of a workspace, without the database's own and those to keep."""
    root = studio.workspace.root
    files = [
        path.relative_to(root)
        for path in sorted(root.rglob("*"))
        if not path.name.startswith(("mmvp.db", ".lock")) and path != studio.workspace.imported
        if studio.workspace.thumbnails not in path.parents  # made again at any time
    ]
    return rows_of(studio.database), files


def same_files(first: Path, second: Path) -> bool:
    """Whether two folders hold the same bytes."""
    found = [
        {
            path.relative_to(folder): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }
        for folder in (first, second)
    ]
    return found[0] == found[1]


@pytest.mark.parametrize("order", ["shuffled", "original", "kept"])
@pytest.mark.parametrize("format_name", FORMATS)
def test_our_own_export_comes_back_byte_for_byte(
    studio: Studio, tmp_path: Path, format_name: str, order: KeyOrder
) -> None:
    options = ExportOptions(key_order=order, partial=True)
    before = exported(tmp_path / "before", format_name=format_name, options=options)
    report = bring(studio, before)
    assert (report.n_pairs, report.n_new_images, report.n_known_images) == (3, 6, 0)
    again = ExportOptions(partial=True)
    export_benchmark(studio, format_name, tmp_path / "after", options=again)
    assert same_files(before, tmp_path / "after")


def test_so_it_does_where_numbers_are_taken_and_images_in_another_order(
    studio: Studio, tmp_path: Path
) -> None:
    turned = made(name="Turned")
    pairs = [replace(one, first=one.second, second=one.first) for one in turned.benchmark.pairs]
    pairs.append(replace(pairs[0], pair_id=9, first=pairs[0].first, second=pairs[1].first))
    bring(studio, exported(tmp_path / "other", of=replace(turned)))
    last = replace(turned, benchmark=replace(turned.benchmark, name="Last", pairs=pairs))
    before = exported(tmp_path / "before", of=last)
    report = bring(studio, before)
    assert (report.n_new_images, report.n_known_images, report.folder) == (0, 6, None)
    found = get_import(studio.database, "Last")
    assert found is not None
    assert [one.is_flipped for one in found.pairs] == [True, True, True, False]
    assert {one.pair_id for one in found.pairs}.isdisjoint({1, 2, 3})
    export_benchmark(studio, "mmvp", tmp_path / "after", choice=Choice("Last"))
    assert same_files(before, tmp_path / "after")


@pytest.mark.parametrize("index", ["Index", "lndex"])
def test_the_original_layout_comes_in(studio: Studio, tmp_path: Path, index: str) -> None:
    folder = mmvp_folder(tmp_path / "MMVP", index=index, swapped=[2])
    report = bring(studio, folder)
    assert (report.format, report.n_questions) == ("mmvp", 3)
    assert report.former_patterns == ("unlabelled",)
    cards = list_cards(studio.database)
    questions = [card.annotation.question for card in cards if card.annotation]
    assert [one.answer_first for one in questions if one] == ["a", "b", "a"]
    assert cards[0].first.path == studio.workspace.imported / "MMVP" / "1.jpg"
    assert (studio.workspace.thumbnail(cards[0].first.sha256)).is_file()
    export_benchmark(studio, "mmvp", tmp_path / "after")
    rows = (folder / "Questions.csv").read_text().splitlines()[1:]
    after = (tmp_path / "after" / "Questions.csv").read_text().splitlines()[1:]
    assert [line.rpartition(",")[0] for line in after] == rows
    assert same_files(folder / "MMVP Images", tmp_path / "after" / "MMVP Images")


def test_an_import_without_images_uses_those_of_the_workspace(
    studio: Studio, tmp_path: Path
) -> None:
    bring(studio, exported(tmp_path / "first"))
    pairs = [replace(one, note="another") for one in made().benchmark.pairs]
    alone = tmp_path / "alone.json"
    alone.write_text(replace(made().benchmark, name="Alone", pairs=pairs).to_json())
    assert bring(studio, alone).n_known_images == 6
    with Studio.open(tmp_path / "empty") as empty, pytest.raises(EvaluationError, match="missing"):
        bring(empty, alone)


def lose_an_image(folder: Path) -> None:
    (folder / "MMVP Images" / "4.jpg").unlink()


def spoil_an_image(folder: Path) -> None:
    (folder / "MMVP Images" / "4.jpg").write_bytes(b"\xff\xd8\xff but no picture")


def spoil_a_row(folder: Path) -> None:
    text = (folder / "Questions.csv").read_text()
    (folder / "Questions.csv").write_text(text.replace("(a) 2 (b) 3", "2 or 3"))


def one_image_twice(folder: Path) -> None:
    shutil.copy(folder / "MMVP Images" / "3.jpg", folder / "MMVP Images" / "4.jpg")


@pytest.mark.parametrize("spoil", [lose_an_image, spoil_an_image, spoil_a_row, one_image_twice])
def test_any_fault_leaves_the_workspace_as_it_was(
    studio: Studio, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    bring(studio, exported(tmp_path / "first"))
    folder = mmvp_folder(tmp_path / "MMVP")
    spoil(folder)
    before = everything(studio)
    with pytest.raises(STUDIO_ERRORS, match=r"(4\.jpg|row [3-6]|pair 2)"):
        bring(studio, folder)
    assert everything(studio) == before


def test_a_name_that_is_taken_leaves_the_workspace_as_it_was(
    studio: Studio, tmp_path: Path
) -> None:
    bring(studio, exported(tmp_path / "first"))
    before = everything(studio)
    with pytest.raises(AlreadyImported):
        bring(studio, mmvp_folder(tmp_path / "MMVP"), name="Blocks")
    with pytest.raises(AlreadyImported, match="already"):
        bring(studio, tmp_path / "first", name="Once more")
    assert everything(studio) == before


def test_a_picture_over_the_limit_is_refused_with_its_row(tmp_path: Path) -> None:
    with Studio.open(tmp_path / "ws") as opened:
        small = opened.settings.model_copy(update={"max_pixels": 100})
        before = everything(opened)
        with pytest.raises(AppError, match=r"row 1: the image '1\.jpg' .*too large"):
            bring(replace(opened, settings=small), exported(tmp_path / "first"))
        assert everything(opened) == before


def test_what_a_killed_import_left_is_tidied_by_the_next(studio: Studio, tmp_path: Path) -> None:
    root = studio.workspace.imported
    (root / ".Blocks.unfinished" / "images").mkdir(parents=True)
    (root / "Blocks").mkdir()
    (root / "Blocks" / "1.jpg").write_bytes(b"half")
    (root / "mine").mkdir()
    assert bring(studio, exported(tmp_path / "first")).folder == root / "Blocks"
    (root / ".Blocks.unfinished").mkdir()  # killed right after its transaction
    bring(studio, mmvp_folder(tmp_path / "MMVP", n_pairs=4))
    left = sorted(path.name for path in root.iterdir() if path.name != ".lock")
    assert left == ["Blocks", "MMVP", "mine"]
    assert (root / "Blocks" / "1.jpg").stat().st_size > 10


def test_a_dry_run_says_what_would_happen_and_writes_nothing(
    studio: Studio, tmp_path: Path
) -> None:
    folder = mmvp_folder(tmp_path / "MMVP")
    before = everything(studio)
    report = bring(studio, folder, dry_run=True)
    assert (report.dry_run, report.n_pairs, report.n_new_images) == (True, 3, 6)
    assert everything(studio) == before
    assert not studio.workspace.imported.exists()


def test_pairs_alone_wait_for_review(studio: Studio, tmp_path: Path) -> None:
    report = bring(studio, mmvp_folder(tmp_path / "MMVP"), kept_as=KeptAs.open)
    assert report.former_patterns == ()
    assert {card.state for card in list_cards(studio.database)} == {PairState.unreviewed}
    with pytest.raises(EvaluationError, match="no pair is complete"):
        export_benchmark(studio, "mmvp", tmp_path / "out")


def test_one_import_leaves_one_event(studio: Studio, tmp_path: Path) -> None:
    bring(studio, exported(tmp_path / "first"))
    (event,) = events(studio.database)
    assert event.kind == "import"
    assert event.data["n_pairs"] == 3


def test_a_wrong_key_is_found_blind_and_ruled_on(studio: Studio, tmp_path: Path) -> None:
    folder = mmvp_folder(tmp_path / "MMVP", swapped=[2])
    database = studio.database
    report = bring(studio, folder, kept_as=KeptAs.to_verify)
    assert any("Verify page" in note for note in report.notes)
    set_verification_policy(database, VerificationPolicy(True, 2, 2))
    truth = {f"{row}.jpg": "a" if row % 2 else "b" for row in range(1, 7)}
    options = {text[:-1]: (a, b) for text, a, b, _ in QUESTIONS}
    for name in ("Ada", "Ben"):
        person = ensure_annotator(database, name)
        for _ in range(6):
            asked = ask(database, person).question
            assert asked is not None
            assert asked.image.path is not None
            a, b = options[asked.text.split(", in picture set")[0]]
            seen = a if truth[asked.image.path.name] == "a" else b
            pressed = Given.option_1 if asked.options[0] == seen else Given.option_2
            answer(database, annotator_id=person, token=asked.token, given=pressed)
    (wrong,) = pairs_at_row(database, 3, name="MMVP")
    states = {card.id: card.state for card in list_cards(database)}
    assert states.pop(wrong.pair_id) is PairState.contested
    assert set(states.values()) == {PairState.final}
    card = get_card(database, wrong.pair_id)
    assert card is not None
    cleo = ensure_annotator(database, "Cleo")
    adjudicate(
        database,
        card.id,
        version=card.version,
        annotator_id=cleo,
        ruling=Ruling.swap,
        reason="Both say the opposite.",
    )
    export_benchmark(studio, "mmvp", tmp_path / "now")
    export_benchmark(studio, "mmvp", tmp_path / "then", choice=Choice(key="original"))
    now, then = (
        Benchmark.from_json((tmp_path / name / "benchmark.json").read_text(encoding="utf-8"))
        for name in ("now", "then")
    )
    assert [one.question.answer_first for one in then.pairs] == ["a", "b", "a"]
    assert [one.question.answer_first for one in now.pairs] == ["a", "a", "a"]
    assert [one.annotators for one in now.pairs] == [(), ("Cleo",), ()]
    assert then.created_by == now.created_by
    assert (now.key_layer, then.key_layer) == ("current", None)
    layer = corrections_of(studio, layer="second-look")
    assert [(one.pair_id, one.answer_first, one.reason) for one in layer.corrections] == [
        (2, "a", "Both say the opposite.")
    ]
    (tmp_path / "layer.json").write_text(dump_layer(layer), encoding="utf-8")
    report = export_benchmark(
        studio, "mmvp", tmp_path / "laid", choice=Choice(key=str(tmp_path / "layer.json"))
    )
    assert "Key second-look: 1 pairs changed." in report.notes
    assert same_files(tmp_path / "laid" / "MMVP Images", tmp_path / "now" / "MMVP Images")
    assert (tmp_path / "laid" / "Questions.csv").read_bytes() == (
        tmp_path / "now" / "Questions.csv"
    ).read_bytes()
    with pytest.raises(AppError, match="no key or file"):
        export_benchmark(studio, "mmvp", tmp_path / "x", choice=Choice(key="nobody's"))
    with pytest.raises(EvaluationError, match="none of the corrections 'lmms'"):
        export_benchmark(studio, "mmvp", tmp_path / "x", choice=Choice(key="lmms"))


def test_corrections_are_listed_and_written(tmp_path: Path, mmvp: Mmvp) -> None:
    root = tmp_path / "ws"
    mmvp("import", exported(tmp_path / "own"), "-w", root)
    assert mmvp("corrections", "-w", root).out == "no corrections\n"
    with Studio.open(root) as opened:
        (card,) = [one for one in list_cards(opened.database) if one.id == 2]
        adjudicate(
            opened.database,
            card.id,
            version=card.version,
            annotator_id=ensure_annotator(opened.database, "Cleo"),
            ruling=Ruling.swap,
            reason="Look at it.",
        )
    listed = mmvp("corrections", "-w", root, "--out", tmp_path / "mine.json")
    assert listed.out.splitlines() == [
        'pair 2: (a) (b) Can you see the word "Z"?',
        "  Look at it.",
        f"1 correction in {tmp_path / 'mine.json'}",
    ]
    assert mmvp("corrections", "-w", root, "--out", tmp_path / "mine.json").code == 1
    done = mmvp("export", "-w", root, "-o", tmp_path / "out", "--key", tmp_path / "mine.json")
    assert "1 pairs changed" in done.out
    assert mmvp("export", "-w", root, "-o", tmp_path / "then", "--key", "original").code == 0
    assert same_files(tmp_path / "then", tmp_path / "own")


def test_of_several_imports_one_is_named(studio: Studio, tmp_path: Path) -> None:
    bring(studio, exported(tmp_path / "first"))
    bring(studio, mmvp_folder(tmp_path / "MMVP"))
    with pytest.raises(AppError, match="--imported: 'Blocks', 'MMVP'"):
        export_benchmark(studio, "mmvp", tmp_path / "out")
    with pytest.raises(AppError, match="Imported: 'Blocks', 'MMVP'"):
        export_benchmark(studio, "mmvp", tmp_path / "out", choice=Choice("Block"))
    report = export_benchmark(studio, "mmvp", tmp_path / "out", choice=Choice("MMVP"))
    assert report.n_pairs == 3


def test_the_command_reports_and_refuses(tmp_path: Path, mmvp: Mmvp) -> None:
    folder, root = mmvp_folder(tmp_path / "MMVP"), tmp_path / "ws"
    found = mmvp("import", folder, "-w", root, "--json")
    assert found.json["n_pairs"] == 3
    again = mmvp("import", folder, "-w", root)
    assert (again.code, again.out) == (1, "")
    assert "imported already" in again.err
    assert mmvp("import", folder, "-w", root, "--as", "final").code == 2
    lost = mmvp("import", tmp_path / "nowhere", "-w", tmp_path / "other")
    assert (lost.code, (tmp_path / "other").exists()) == (1, False)
    said = mmvp("import", exported(tmp_path / "own"), "-w", root, "--name", "Own", "--dry-run")
    assert "would bring 3 pairs" in said.out
    with Studio.open(root) as opened:
        assert [view.name for view in list_imports(opened.database)] == ["MMVP"]


@pytest.fixture(scope="session")
def good_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The tables of two benchmarks, to be damaged."""
    root = tmp_path_factory.mktemp("good")
    own, plain = exported(root / "own"), mmvp_folder(root / "MMVP")
    return {
        "own": (own / "benchmark.json").read_bytes(),
        "MMVP": (plain / "Questions.csv").read_bytes(),
    }


@given(data=st.data())
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_damaged_files_come_in_whole_or_not_at_all(
    studio: Studio, good_files: dict[str, bytes], tmp_path: Path, data: st.DataObject
) -> None:
    which = data.draw(st.sampled_from(sorted(good_files)))
    content = bytearray(good_files[which])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    folder = tmp_path / "damaged"
    shutil.rmtree(folder, ignore_errors=True)
    if which == "own":
        exported(folder)
        (folder / "Questions.csv").unlink()
        (folder / "benchmark.json").write_bytes(content)
    else:
        mmvp_folder(folder)
        (folder / "Questions.csv").write_bytes(content)
    before = everything(studio)
    n_before = len(list_imports(studio.database))
    try:
        bring(studio, folder, name=f"import {n_before}")
    except STUDIO_ERRORS:
        assert everything(studio) == before
    else:
        assert len(list_imports(studio.database)) == n_before + 1
        assert all(image.path and image.path.is_file() for image in list_images(studio.database))


def test_a_document_with_absurd_numbers_is_refused(studio: Studio, tmp_path: Path) -> None:
    folder = exported(tmp_path / "own")
    document = json.loads((folder / "benchmark.json").read_text())
    document["pairs"][0]["pair_id"] = 10**30
    (folder / "benchmark.json").write_text(json.dumps(document))
    with pytest.raises(AppError, match="too high"):
        bring(studio, folder)


def shown(studio: Studio) -> list[bytes]:
    """The bytes of all images, each from where the pages read it."""
    files = [one.path for one in list_images(studio.database)]
    return sorted(path.read_bytes() for path in files if path is not None)


def test_a_workspace_that_was_moved_has_its_imported_images(tmp_path: Path) -> None:
    before = exported(tmp_path / "before")
    with Studio.open(tmp_path / "a") as studio:
        bring(studio, before)
        images = shown(studio)
        n_events = len(events(studio.database, limit=99))
    (tmp_path / "a").rename(tmp_path / "b")
    for _ in range(2):
        with Studio.open(tmp_path / "b") as studio:
            assert shown(studio) == images
            found = [one.path for one in list_images(studio.database)]
            assert {one.parent for one in found if one} == {tmp_path / "b/imported/Blocks"}
            assert len(events(studio.database, limit=99)) == n_events + 1, "once, not each time"
    with Studio.open(tmp_path / "b") as studio:
        export_benchmark(studio, "mmvp", tmp_path / "after")
    assert same_files(before, tmp_path / "after")


def test_a_copy_of_a_workspace_stands_alone_once_the_first_is_gone(tmp_path: Path) -> None:
    with Studio.open(tmp_path / "a") as studio:
        bring(studio, exported(tmp_path / "before"))
        images = shown(studio)
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    with Studio.open(tmp_path / "b") as studio:
        assert shown(studio) == images
    shutil.rmtree(tmp_path / "a")
    with Studio.open(tmp_path / "b") as studio:
        assert shown(studio) == images


def test_a_copy_that_was_indexed_forgets_the_paths_of_the_first(tmp_path: Path) -> None:
    with Studio.open(tmp_path / "a") as studio:
        bring(studio, exported(tmp_path / "before"))
        images = shown(studio)
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    with Studio.open(tmp_path / "b") as studio:
        index(studio, tmp_path / "b/imported/Blocks")
    shutil.rmtree(tmp_path / "a")
    with Studio.open(tmp_path / "b") as studio:
        assert shown(studio) == images


@pytest.mark.parametrize("to", ["0", "z"])
def test_images_indexed_where_they_are_now_are_read_from_there(tmp_path: Path, to: str) -> None:
    """Whichever of the two places comes first by name."""
    with Studio.open(tmp_path / "ws") as studio:
        bring(studio, exported(tmp_path / "before"))
        images = shown(studio)
        (tmp_path / "ws/imported/Blocks").rename(tmp_path / to)
        report = index(studio, tmp_path / to)
        assert (report.n_new, report.n_moved, report.n_vanished) == (0, 6, 0)
        assert shown(studio) == images


def test_the_command_line_gives_every_fault_a_line(
    mmvp: Mmvp, studio: Studio, tmp_path: Path
) -> None:
    folder = mmvp_folder(tmp_path / "MMVP")
    table = folder / "Questions.csv"
    table.write_text(table.read_text().replace(",(a)\n", ",(x)\n"))
    result = mmvp("import", folder, "--workspace", studio.workspace.root)
    assert result.code == 1
    head, *faults = result.err.strip().splitlines()[-4:]
    assert head == f"mmvp: {folder}: 3 things have to be put right first:"
    assert [one.startswith("- Questions.csv, line ") for one in faults] == [True] * 3
