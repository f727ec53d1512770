"""`mmvp check` on files and on a workspace, and /api/check."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from annotator.checking import check_workspace, checked
from annotator.importing import store
from annotator.incoming import read_incoming
from annotator.server import create_routes
from annotator.settings import Settings
from annotator.studio import Studio
from db.annotations import write_question
from db.annotators import ensure_annotator
from db.images import known_files
from db.pairs import get_card, list_cards
from evaluation.check import RULES
from tests.annotator.people import id_of, logged_in, open_shared
from tests.annotator.tiny_studio import Mmvp
from tests.evaluation.raw_examples import ASKED, picture
from tests.seeding import seed
from tests.verifying import LEFT, PATTERN, RIGHT, complete_all, switch_on


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    """A clean benchmark as files."""
    folder = tmp_path / "bench"
    (folder / "MMVP Images").mkdir(parents=True)
    lines = ["lndex,Question,Options,Correct Answer,Index"]
    for pair, (question, a, b) in enumerate(ASKED):
        for side, letter in enumerate("ab" if pair % 2 else "ba", start=1):
            number = 2 * pair + side
            lines.append(f"{number},{question},(a) {a} (b) {b},({letter}),{number}")
            (folder / "MMVP Images" / f"{number}.jpg").write_bytes(picture(number))
    (folder / "Questions.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    return folder


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """Eleven complete pairs by Ann; nobody has verified them."""
    with open_shared(tmp_path / "shared", n_pairs=11) as opened:
        complete_all(opened.database, id_of(opened, "Ann"))
        yield opened


def damage(bench: Path, old: str, new: str, *, times: int = 1) -> None:
    table = bench / "Questions.csv"
    text = table.read_text(encoding="utf-8")
    assert old in text
    table.write_text(text.replace(old, new, times), encoding="utf-8")


def test_a_clean_benchmark_ends_well(mmvp: Mmvp, bench: Path) -> None:
    done = mmvp("check", bench, "--strict")
    assert (done.code, done.err) == (0, f"Check {bench}\n")
    assert done.out.startswith("bench (mmvp): 24 rows, 12 pairs, 24 images\n")
    assert done.out.endswith("No rule has found anything.\n")
    assert "\x1b" not in done.out


def test_errors_end_with_1_and_warnings_only_if_strict(mmvp: Mmvp, bench: Path) -> None:
    damage(bench, "Are the apples in the bowl red or green?", "Which image has apples?", times=2)
    assert mmvp("check", bench).code == 0
    assert mmvp("check", bench, "--strict").code == 1
    assert mmvp("check", bench, "--strict", "--ignore", "W402,w407").code == 0
    damage(bench, "(b),5", "(a),5")
    done = mmvp("check", bench)
    assert done.code == 1
    assert "K201 error  Both keys of a pair are equal" in done.out
    assert "\n  bench/Questions.csv:6: Both rows of pair 3" in done.out
    assert mmvp("check", bench, "--select", "S").code == 0


def test_json_and_sarif_hold_the_same_findings(mmvp: Mmvp, bench: Path, tmp_path: Path) -> None:
    (bench / "MMVP Images" / "7.jpg").write_bytes(picture(7)[:300])
    (bench / "MMVP Images" / "99.jpg").write_bytes(picture(99))
    done = mmvp("check", bench, "--json", "--sarif", tmp_path / "out" / "mmvp.sarif")
    assert done.code == 1
    assert [one["code"] for one in done.json["findings"]] == ["I302", "I303"]
    log = json.loads((tmp_path / "out" / "mmvp.sarif").read_text(encoding="utf-8"))
    (run,) = log["runs"]
    assert [one["ruleId"] for one in run["results"]] == ["I302", "I303"]
    location = run["results"][1]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "bench/Questions.csv"
    assert location["region"] == {"startLine": 8}


def test_rules_are_listed_and_explained(mmvp: Mmvp) -> None:
    listed = mmvp("check", "--rules").out.splitlines()
    assert [line[:4] for line in listed] == list(RULES)
    said = mmvp("check", "--explain", "k203").out
    assert said.startswith("K203 (warning): Key follows the row number\n\nThe published MMVP")
    assert mmvp("check", "--rules", "--json").json[0]["code"] == "S101"
    assert mmvp("check", "--explain", "K203", "--json").json["fix"] == RULES["K203"].fix


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["no-such-place"], "there is no such file or folder"),
        (["."], "there is no benchmark here"),
        ([".", "--select", "Q1"], "there is no rule 'Q1'"),
        (["--explain", "Q1"], "there is no rule 'Q1'"),
        ([".", "--format", "mmvq"], "There is no format 'mmvq'"),
        ([], "there is no workspace here"),
    ],
)
def test_what_cannot_be_checked_is_said_in_one_line(
    mmvp: Mmvp, arguments: list[str], reason: str
) -> None:
    done = mmvp("check", *arguments)
    assert done.code == 1
    assert done.out == ""
    assert reason in done.err.splitlines()[-1]


def test_the_workspace_is_checked_as_it_would_be_exported(mmvp: Mmvp, studio: Studio) -> None:
    switch_on(studio.database)  # not verified, and checked all the same
    done = mmvp("check", "-w", studio.workspace.root, "--json")
    assert done.code == 0
    assert (done.json["n_pairs"], done.json["n_images"]) == (11, 22)
    pairs = {card.id for card in list_cards(studio.database)}
    same = [one for one in done.json["findings"] if one["code"] == "W409"]
    assert {int(name) for one in same for name in one["pairs"]} == pairs
    assert "shared/workspace, pair 3: Pair 1 asks" in mmvp("check", "-w", studio.workspace.root).out


def test_images_of_the_workspace_that_changed_are_found(tmp_path: Path) -> None:
    seed(tmp_path, n_pairs=3)
    with Studio.open(tmp_path / "workspace", Settings(annotator="Ann")) as studio:
        complete_all(studio.database, ensure_annotator(studio.database, "Ann"))
        paths = [file.path for file in known_files(studio.database)]
        os.utime(paths[0], ns=(1, 1))  # touched, and still the same
        assert checked(studio)["counts"]["error"] == 0
        paths[1].write_bytes(b"another picture")
        paths[2].unlink()
        found = [one for one in checked(studio)["findings"] if one["code"] == "I303"]
        said = sorted(one["message"].rpartition(": ")[2] for one in found)
        assert said == ["changed since it was indexed.", "vanished since it was indexed."]
        assert [one.code for one in check_workspace(studio, rules=["I303"]).findings] == [
            "I303"
        ] * 2


def test_the_page_gets_what_the_command_says_and_not_twice(studio: Studio) -> None:
    rita = logged_in(create_routes(studio), "Rita")
    found = rita.get("/api/check").json()
    report = check_workspace(studio)
    assert len(found["findings"]) == len(report.findings) > 0
    assert found["counts"]["advice"] == report.count("advice")
    assert [one["name"] for one in found["baselines"]] == [one.name for one in report.baselines]
    assert rita.get("/api/check").json() == found
    card = get_card(studio.database, 1)
    assert card is not None
    write_question(
        studio.database,
        1,
        version=card.version,
        annotator_id=id_of(studio, "Ann"),
        text="Which image has the door",
        option_a=LEFT,
        option_b=RIGHT,
        answer_first="a",
        answer_second="b",
        pattern=PATTERN,
    )
    new = rita.get("/api/check").json()["findings"]
    assert {"W401", "W402"} <= {one["code"] for one in new if one["pairs"] == ["1"]}


def test_without_a_complete_pair_it_says_so(tmp_path: Path) -> None:
    with open_shared(tmp_path, n_pairs=1) as studio:
        rita: TestClient = logged_in(create_routes(studio), "Rita")
        assert rita.get("/api/check").json() == {"empty": "no pair is complete yet."}


def test_an_imported_benchmark_is_checked_by_the_numbers_it_has_here(
    bench: Path, tmp_path: Path
) -> None:
    with Studio.open(tmp_path / "workspace") as opened:
        store(opened, read_incoming(bench))
        report = check_workspace(opened)
        here = {card.id for card in list_cards(opened.database)}
        assert report.n_pairs == 12
        assert {pair for found in report.findings for pair in found.pairs} <= here
        assert [found.code for found in report.findings if found.severity == "error"] == []
        assert "empty" not in checked(opened)
