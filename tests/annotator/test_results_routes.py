"""/api/results: scores beside statsmodels, changes at once, failures, hand grades, files."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import statsmodels.stats.contingency_tables
import statsmodels.stats.proportion
from fastapi.testclient import TestClient

from annotator.results import Results
from annotator.server import create_routes
from annotator.studio import Studio
from db.history import events
from db.pairs import list_cards
from evaluation.items import Item
from evaluation.published import published_mllms
from evaluation.results.hand import grades_path
from tests.annotator.people import id_of, logged_in, open_shared
from tests.answering import answer_blind, ask_all_pairs, keep_answers, reword, right, skilled, wrong
from tests.seeding import NASTY
from tests.verifying import switch_on

N_PAIRS = 12


def knows_early(item: Item) -> str:
    """Right about the pairs 1 to 8, says nothing of the ninth, and always (a) then."""
    if item.pair_id <= 8:
        return right(item)
    return "Who knows?" if item.pair_id == 9 else "A"


def knows_even(item: Item) -> str:
    return right(item) if item.pair_id % 2 == 0 else wrong(item)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """Twelve questions by Ann and two models."""
    with open_shared(tmp_path, n_pairs=N_PAIRS) as opened:
        ask_all_pairs(opened, id_of(opened, "Ann"))
        keep_answers(opened, "early", knows_early)
        keep_answers(opened, "even", knows_even, label="options swapped")
        yield opened


@pytest.fixture
def rita(studio: Studio) -> TestClient:
    return logged_in(create_routes(studio), "Rita")


def board(client: TestClient, **query: str) -> dict[str, Any]:
    answer = client.get("/api/results", params=query)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    return found | {"by_run": {run["run"]: run for run in found["runs"]}}


def failing(client: TestClient, **query: Any) -> dict[str, Any]:  # noqa: ANN401
    answer = client.get("/api/results/failures", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def pairs_of(found: dict[str, Any]) -> list[int]:
    return [pair["pair_id"] for pair in found["pairs"]]


def test_the_leaderboard_is_what_the_answers_say(rita: TestClient) -> None:
    found = board(rita)
    assert [run["run"] for run in found["runs"]] == ["early", "even"]
    scores = found["by_run"]["early"]["scores"]
    assert (scores["pair"]["n"], scores["pair"]["total"], scores["single"]["n"]) == (8, 12, 19)
    low, high = statsmodels.stats.proportion.proportion_confint(8, 12, method="wilson")
    assert scores["pair"]["low"] == pytest.approx(low)
    assert scores["pair"]["high"] == pytest.approx(high)
    assert (scores["ungradable"]["n"], scores["always_a"]["n"], scores["before"]) == (2, 3, None)
    assert (scores["said_a"]["n"], scores["said_a"]["total"]) == (8 + 6, 22)
    assert sum(one["pair"]["total"] for one in scores["by_pattern"].values()) == N_PAIRS
    assert (found["chance"], found["human"], found["n_pairs"]) == (0.25, 0.957, N_PAIRS)
    assert [one["model"] for one in found["published"]] == [m.model for m in published_mllms()]
    assert found["by_run"]["even"]["label"] == "options swapped"
    assert found["by_run"]["early"]["by_grader"]["option-text"]["pair"]["n"] == 0
    assert board(rita, grader="option-text")["by_run"]["early"]["scores"]["pair"]["n"] == 0
    assert rita.get("/api/results", params={"grader": "gpt"}).status_code == 400


def test_two_models_are_compared_as_statsmodels_does(rita: TestClient) -> None:
    query = {"first": "early", "second": "even"}
    found = rita.get("/api/results/compare", params=query).json()
    # early alone: 1 3 5 7; even alone: 10 12; both: 2 4 6 8; neither: 9 11
    table = [[4, 4], [2, 2]]
    exact = statsmodels.stats.contingency_tables.mcnemar(table, exact=True)
    assert found["pair"]["p_value"] == pytest.approx(exact.pvalue)
    assert (found["pair"]["only_first"], found["pair"]["only_second"]) == (4, 2)
    assert found["pair"]["value"] == pytest.approx(2 / 12)
    assert found["pair"]["low"] < 2 / 12 < found["pair"]["high"]
    assert found["single"]["total"] == 2 * N_PAIRS
    missing = rita.get("/api/results/compare", params=query | {"second": "none"})
    assert (missing.status_code, "no run 'none'" in missing.json()["message"]) == (404, True)


def test_an_edit_scores_all_runs_again_at_once(studio: Studio, rita: TestClient) -> None:
    before = board(rita)["by_run"]
    ann = id_of(studio, "Ann")
    reword(studio, 1, ann, "Another question?")
    reword(studio, 3, ann, "Where is door 2?", first="b")
    found = board(rita)["by_run"]
    early, even = found["early"]["scores"], found["even"]["scores"]
    assert (early["stale"], early["corrected"], early["unanswered"]) == ([1], [3], 1)
    assert (early["pair"]["n"], early["pair"]["total"]) == (6, 11)
    assert (even["pair"]["n"], even["pair"]["total"]) == (7, 11)
    for name, run in found.items():
        assert run["scores"]["before"]["pair"] == before[name]["scores"]["pair"]
        assert run["scores"]["before"]["single"] == before[name]["scores"]["single"]
    changed = failing(rita, failing="changed")
    assert pairs_of(changed) == [1, 3]
    answer = changed["pairs"][0]["answers"][0]["first"]
    assert (answer["stale"], answer["right"], answer["right_then"]) == (True, None, True)
    assert answer["asked"]["text"] == "Where is door 0?"
    assert {piece["kind"] for piece in answer["difference"]} > {"removed", "added"}


def test_failures_by_filter(studio: Studio, rita: TestClient) -> None:
    assert pairs_of(failing(rita, failing="all-wrong")) == [9, 11]
    assert pairs_of(failing(rita, failing="disagree")) == [1, 3, 5, 7, 10, 12]
    assert pairs_of(failing(rita, failing="ungradable")) == [9]
    assert pairs_of(failing(rita, failing="humans-right")) == []
    assert failing(rita, failing="every", run="even", limit=5, offset=10)["total"] == N_PAIRS
    assert pairs_of(failing(rita, failing="all-wrong", run=["even"])) == [1, 3, 5, 7, 9, 11]
    switch_on(studio.database, 1, 1)
    answer_blind(studio, id_of(studio, "Ada"))
    assert pairs_of(failing(rita, failing="humans-right")) == [9, 11]
    assert board(rita)["people"]["n"] == board(rita)["people"]["total"] == N_PAIRS
    assert "People, answering blind" in rita.get("/api/results/table.md").text
    pair = failing(rita, pair=9)["pairs"][0]
    assert pair["images"]["first"]["people"] == {"n": 1, "total": 1}
    assert pair["pattern"] == "quantity"
    assert pairs_of(failing(rita, failing="every", pattern="quantity")) == [3, 9]
    assert rita.get(pair["images"]["second"]["thumbnail"]).status_code in (200, 410)


def grade_body(answer: dict[str, Any], given: str, **more: object) -> dict[str, object]:
    return {
        "pair_id": 9, "image": "first", "repeat": 1, "answer": answer["answer"], "given": given,
        "seen": answer["n_grades"], **more,
    }  # fmt: skip


def test_a_person_grades_what_no_rule_can(studio: Studio, rita: TestClient) -> None:
    path = "/api/results/runs/early/grades"
    answer = failing(rita, pair=9)["pairs"][0]["answers"][0]["first"]
    kept = rita.post(path, json=grade_body(answer, "a"))
    assert (kept.status_code, kept.json()["by"], kept.json()["n"]) == (200, "Rita", 1)
    again = rita.post(path, json=grade_body(answer, "b"))
    assert (again.status_code, "Rita graded" in again.json()["message"]) == (409, True)
    second = failing(rita, pair=9)["pairs"][0]["answers"][0]["second"]
    assert rita.post(path, json=grade_body(second, "b", image="second")).status_code == 200
    found = board(rita)["by_run"]["early"]["scores"]
    assert (found["pair"]["n"], found["by_hand"], found["ungradable"]["n"]) == (9, 2, 0)
    shown = failing(rita, pair=9)["pairs"][0]["answers"][0]["first"]
    assert (shown["hand"]["by"], shown["chosen"]) == ("Rita", "a")
    assert rita.post(path, json=grade_body(shown, "open")).status_code == 200
    assert board(rita)["by_run"]["early"]["scores"]["ungradable"]["n"] == 1
    file = grades_path(studio.workspace.results / "early.jsonl")
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(one["given"], one["by"]) for one in lines] == [
        ("a", "Rita"), ("b", "Rita"), ("open", "Rita"),
    ]  # fmt: skip
    told = [one for one in events(studio.database) if one.kind == "grade"][::-1]
    assert [(one.data["image"], one.data["given"]) for one in told] == [
        ("first", "a"), ("second", "b"), ("first", "open"),
    ]  # fmt: skip
    assert {one.annotator for one in told} == {"Rita"}
    assert rita.post(path, json=grade_body(shown, "none", seen=2)).status_code == 200
    assert pairs_of(failing(rita, failing="ungradable")) == []  # somebody could tell
    for bad, status in (
        (grade_body(shown, "c"), 422),
        (grade_body(shown | {"answer": "0"}, "a"), 404),
    ):
        assert rita.post(path, json=bad).status_code == status
    assert rita.post("/api/results/runs/no/grades", json=grade_body(shown, "a")).status_code == 404
    ann = logged_in(create_routes(studio), "Ann")
    assert ann.post(path, json=grade_body(shown, "a")).status_code == 403
    assert ann.get("/api/results").status_code == 403


def test_tables_for_spreadsheets_and_papers(studio: Studio, rita: TestClient) -> None:
    keep_answers(studio, "formula", skilled(0.9, 1))
    path = studio.workspace.results / "formula.jsonl"
    path.write_text(path.read_text().replace('"model": "formula"', '"model": "=1+1|_{x}&%"', 1))
    rows = list(csv.DictReader(io.StringIO(rita.get("/api/results/table.csv").text)))
    assert len(rows) == 3 + len(published_mllms())
    by_model = {row["model"]: row for row in rows}
    assert by_model["'=1+1|_{x}&%"]["from"] == "here"
    assert float(by_model["early"]["pair_accuracy"]) == pytest.approx(8 / 12)
    assert "CVPR 2024" in by_model["GPT-4V"]["from"]
    markdown = rita.get("/api/results/table.md").text
    assert r"=1+1\|\_\{x\}&%" in markdown
    assert "| early |  | 66.7 % | 39.1-86.2 |" in markdown
    latex = rita.get("/api/results/table.tex").text
    assert r"=1+1|\_\{x\}\&\%" in latex
    assert latex.count(r"\\") == 1 + 3 + len(published_mllms()) + 2
    assert rita.get("/api/results/table.xls").status_code == 422


@pytest.mark.parametrize("kind", ["leaderboard", "patterns", "radar"])
def test_figures_draw_what_the_board_says(rita: TestClient, kind: str) -> None:
    wish = {"runs": ["even"], "width": 120, "height": 90}
    figure = rita.post(f"/api/results/figures/{kind}.json", json=wish).json()
    if kind == "leaderboard":
        ours, published = figure["data"]
        assert (len(ours["y"]), len(published["y"])) == (2, len(published_mllms()))
        assert "error_x" not in published
        assert figure["layout"]["width"] == round(120 * 96 / 25.4)
    else:
        (drawn,) = figure["data"]
        values = board(rita)["by_run"]["even"]["scores"]["by_pattern"]
        shown = drawn["y"] if kind == "patterns" else drawn["r"][:-1]
        known = [one["pair"]["value"] for one in values.values() if one["pair"]["total"]]
        assert shown == pytest.approx([100 * value for value in known])
    page = rita.post(f"/api/results/figures/{kind}.html", json=wish)
    assert "attachment" in page.headers["content-disposition"]


def test_a_damaged_run_hides_no_other(studio: Studio, rita: TestClient) -> None:
    path = studio.workspace.results / "even.jsonl"
    path.write_text(path.read_text()[:-30])
    found = board(rita)
    assert [run["run"] for run in found["runs"]] == ["early"]
    assert "is damaged" in found["problems"][0]


def test_before_anybody_asked_a_model(tmp_path: Path) -> None:
    with open_shared(tmp_path, n_pairs=2) as studio:
        client = logged_in(create_routes(studio), "Rita")
        found = board(client)
        assert (found["runs"], found["n_pairs"]) == ([], 0)
        assert failing(client)["total"] == 0
        assert client.post("/api/results/figures/radar.json", json={}).status_code == 400
        ask_all_pairs(studio, id_of(studio, "Ann"), options=(NASTY, "Right"))
        assert board(client)["n_pairs"] == 2


def test_runs_are_read_once(studio: Studio) -> None:
    results = studio.shared(Results)
    asked = results.asked()
    first = results.read("early", asked, "strict").run
    assert results.read("early", asked, "strict").run is first
    keep_answers(studio, "early", wrong)
    again = results.read("early", asked, "strict")
    assert again.readings is not None
    assert not any(one.right for one in again.readings)
    assert len(list_cards(studio.database)) == N_PAIRS
