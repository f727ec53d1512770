"""Exports from the app: where they may go, what is refused, and what the download holds."""

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from annotator.errors import AppError
from annotator.exports import earlier_exports, export_folder, plan
from annotator.pages.export import outcome
from annotator.server import create_routes
from annotator.studio import Studio
from db.pairs import list_cards
from db.workspace import Workspace
from evaluation.formats import FORMATS, ExportOptions
from tests.mapped_workspace import accept, complete, open_mapped, seed_mapped

REFUSED_NAMES = ("", " ", ".", "..", "../up", "a/b", "a\\b", "/etc", "a\0b", ".hidden", "a.", "~")
MORE_REFUSED_NAMES = ("C:", "x" * 81, "a\nb", "a\u202eb", "-force", "%2e%2e", "aux/../x")
TEXT = 'Is the "door" left, or right?'


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """Two complete pairs, one accepted without a question, one open."""
    with open_mapped(seed_mapped(tmp_path, n_pairs=4)) as opened:
        cards = list_cards(opened.database)
        complete(opened, cards[0], text=TEXT)
        complete(opened, cards[1], text=TEXT, pattern="state", name="Bo")
        accept(opened, cards[2])
        yield opened


@pytest.fixture
def client(studio: Studio) -> TestClient:
    return TestClient(create_routes(studio))


@pytest.mark.parametrize("name", ["mmvp", "My set 2", "v1.0", "日本", "a-b_c"])
def test_plain_names_are_folders_below_exports(tmp_path: Path, name: str) -> None:
    workspace = Workspace(tmp_path).create()
    assert export_folder(workspace, f" {name} ") == workspace.exports / name


@pytest.mark.parametrize(
    "name",
    REFUSED_NAMES + MORE_REFUSED_NAMES,
)
def test_names_that_could_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(AppError, match="not a folder name"):
        export_folder(Workspace(tmp_path).create(), name)


@given(st.text(max_size=30))
def test_whatever_is_accepted_lies_directly_below_exports(name: str) -> None:
    workspace = Workspace(Path("somewhere"))
    try:
        folder = export_folder(workspace, name)
    except AppError:
        return
    assert folder.resolve().parent == workspace.exports.resolve()
    assert folder.name not in {"", ".", ".."}


def test_a_link_in_the_exports_is_not_followed(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "ws").create()
    (tmp_path / "precious").mkdir()
    (workspace.exports / "out").symlink_to(tmp_path / "precious")
    with pytest.raises(AppError, match="link"):
        export_folder(workspace, "out")


def test_the_plan_says_what_goes_in_and_what_is_missing(studio: Studio) -> None:
    planned = plan(studio)
    cards = list_cards(studio.database)
    assert planned["n_complete"] == 2
    assert {one["slug"]: one["n"] for one in planned["patterns"] if one["n"]} == {
        "position": 1,
        "state": 1,
    }
    assert [one["pair_id"] for one in planned["unwritten"]] == [cards[2].id]
    assert {state: n for state, n in planned["left_out"].items() if n} == {"unreviewed": 1}
    assert planned["earlier"] == []


def test_one_person_alone_exports_complete_pairs(studio: Studio) -> None:
    found = plan(studio)
    assert found["verification"] is False
    assert (found["n_complete"], found["n_verified"], found["n_exported"]) == (2, 0, 2)
    assert "complete" not in found["left_out"]


def test_a_one_sided_key_is_told_before_the_export(tmp_path: Path) -> None:
    with open_mapped(seed_mapped(tmp_path, n_pairs=10)) as studio:
        cards = list_cards(studio.database)
        for card in cards[:9]:
            complete(studio, card, text=TEXT)
        assert not plan(studio)["balance"], "nine pairs may be chance"
        complete(studio, cards[9], text=TEXT)
        assert "In 10 of 10 pairs the first image's answer is (a)" in plan(studio)["balance"]


def test_an_export_holds_what_was_typed(studio: Studio) -> None:
    shown = outcome(studio, "mmvp", "Doors", "doors", False)
    assert shown["problem"] is None
    done = shown["outcome"]
    folder = studio.workspace.exports / "doors"
    assert done["folder"] == str(folder.resolve())
    assert (done["n_pairs"], done["n_rows"]) == (2, 4)
    assert done["n_files"] == sum(path.is_file() for path in folder.rglob("*"))
    with (folder / "Questions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["Question"] for row in rows} == {TEXT}
    assert [row["question"] for row in done["rows"]] == [row["Question"] for row in rows]
    cards = sorted(list_cards(studio.database), key=lambda card: card.id)
    answer_of = {
        image.id: f"({answer})"
        for card in cards
        if card.annotation and card.annotation.question
        for image, answer in (
            (card.first, card.annotation.question.answer_first),
            (card.second, card.annotation.question.answer_second),
        )
    }
    assert {row["image_id"]: row["answer"] for row in done["rows"]} == answer_of
    assert {row["index"]: row["answer"] for row in done["rows"]} == {
        row["Index"]: row["Correct Answer"] for row in rows
    }
    assert shown["plan"]["earlier"][0]["name"] == "doors"
    assert shown["plan"]["earlier"][0]["n_pairs"] == 2


def test_an_export_is_not_replaced_without_asking(studio: Studio) -> None:
    assert outcome(studio, "mmvp", "Doors", "doors", False)["problem"] is None
    before = (studio.workspace.exports / "doors" / "benchmark.json").read_bytes()
    refused = outcome(studio, "mmvp", "Other", "doors", False)
    assert refused["outcome"] is None
    assert "doors" in refused["problem"]
    assert (studio.workspace.exports / "doors" / "benchmark.json").read_bytes() == before
    replaced = outcome(studio, "mmvp", "Other", "doors", True)
    assert replaced["problem"] is None
    after = (studio.workspace.exports / "doors" / "benchmark.json").read_bytes()
    assert b'"Other"' in after


def test_problems_are_sentences(studio: Studio) -> None:
    for given_name, words in (("../x", "not a folder name"), ("", "not a folder name")):
        shown = outcome(studio, "mmvp", "Doors", given_name, True)
        assert words in shown["problem"]
        assert shown["outcome"] is None
    assert "no export format" in outcome(studio, "nope", "Doors", "doors", False)["problem"]
    long = outcome(studio, "mmvp", "x" * 81, "doors", False)["problem"]
    assert "printable" in long
    assert earlier_exports(studio.workspace) == []


def test_nothing_complete_is_refused(tmp_path: Path) -> None:
    with open_mapped(seed_mapped(tmp_path, n_pairs=1)) as studio:
        shown = outcome(studio, "mmvp", "Doors", "doors", False)
        assert "no pair is complete" in shown["problem"]
        assert not (studio.workspace.exports / "doors").exists()


def test_the_download_is_the_folder(studio: Studio, client: TestClient) -> None:
    outcome(studio, "mmvp", "Doors", "my doors", False)
    folder = studio.workspace.exports / "my doors"
    (folder / "leak").symlink_to(studio.workspace.database_path)
    answer = client.get("/exports/my%20doors.zip")
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    expected = {
        f"my doors/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }
    assert held == expected
    assert client.get("/exports/my%20doors.zip").content == answer.content


def test_nothing_else_can_be_downloaded(studio: Studio, client: TestClient) -> None:
    (studio.workspace.exports / "private").mkdir()  # no export: it has no benchmark.json
    for name in ("nothing", "private", "..%2fthumbnails", "..", "%2e%2e", ".", "a%00b"):
        assert client.get(f"/exports/{name}.zip").status_code == 404


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_format_shows_its_first_rows(studio: Studio, format_name: str) -> None:
    options = ExportOptions(key_order="original", partial=True)
    found = outcome(studio, format_name, "Doors", "doors", options=options)
    assert found["problem"] is None
    rows = found["outcome"]["rows"]
    assert [row["index"] for row in rows] == ["1", "2", "3", "4"]
    assert [row["answer"] for row in rows] == ["(a)", "(b)", "(a)", "(b)"]
    assert all(row["image_id"] for row in rows)


def test_too_few_pairs_of_a_pattern_are_said_and_refused(studio: Studio) -> None:
    found = outcome(studio, "mmvp-vlm", "Doors", "doors")
    assert "15 pairs of each" in found["problem"]
    assert found["outcome"] is None
