"""/api/agreement, /api/progress, raw annotations and the questions over HTTP, and as commands."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import krippendorff
import pytest
from fastapi.testclient import TestClient
from sklearn.metrics import cohen_kappa_score

from annotator.server import create_routes
from annotator.studio import Studio
from db.adjudication import adjudicate
from db.annotations import decide, write_question
from db.lifecycle import Decision, Ruling
from db.pairs import list_cards
from db.policy import Policy, set_policy
from db.progress import progress
from db.raw_annotations import COLUMNS
from evaluation.statistics import share
from tests.annotator.people import id_of, logged_in, open_shared
from tests.annotator.test_adjudicate_routes import see_all
from tests.annotator.tiny_studio import Mmvp
from tests.disagreeing import TWELVE, labels, say, say_all
from tests.verifying import complete_all, switch_on

Json = dict[str, object]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """Twelve pairs by Ann and Rita, each on their own; two more that only Ann has."""
    with open_shared(tmp_path, n_pairs=14) as opened:
        set_policy(opened.database, Policy(overlap=2))
        ids = [card.id for card in list_cards(opened.database)]
        people = (id_of(opened, "Ann"), id_of(opened, "Rita"))
        say_all(opened.database, ids[:12], people, TWELVE)
        for pair_id in ids[12:]:
            say(opened.database, pair_id, people[0], "text")
        yield opened


@pytest.fixture
def rita(studio: Studio) -> TestClient:
    return logged_in(create_routes(studio), "Rita")


def test_agreement_is_that_of_the_labels(rita: TestClient) -> None:
    found = rita.get("/api/agreement").json()
    decision, pattern = found["decision"], found["pattern"]
    first, second = zip(*labels(TWELVE), strict=True)
    assert decision["n_pairs"] == 12
    assert (decision["raw"]["n"], decision["raw"]["total"]) == (9, 12)
    numbers = [[int(label == "accept") for label in side] for side in (first, second)]
    wanted = krippendorff.alpha(numbers, level_of_measurement="nominal")
    assert decision["alpha"]["value"] == pytest.approx(wanted)
    assert decision["alpha"]["low"] < wanted < decision["alpha"]["high"]
    (couple,) = decision["couples"]
    assert couple["people"] == ["Ann", "Rita"]
    assert couple["kappa"]["value"] == pytest.approx(cohen_kappa_score(first, second))
    ann, theirs = decision["people"]
    assert (ann["name"], ann["n_pairs"], ann["first"]["n"]) == ("Ann", 12, 9)
    assert ann["first_of_others"]["n"] == theirs["first"]["n"] == 8
    assert sum(point["n_pairs"] for point in decision["over_time"]["points"]) == 12
    assert (pattern["n_pairs"], pattern["raw"]["n"]) == (7, 5)
    assert pattern["alpha"] == {
        "value": None,
        "n": 7,
        "why": "too_few",
        "low": None,
        "high": None,
    }
    at = {slug: k for k, slug in enumerate(pattern["categories"])}
    matrix = pattern["confusion"]
    assert matrix[at["color"]][at["color"]] == 3
    assert matrix[at["color"]][at["state"]] == matrix[at["state"]][at["color"]] == 1
    assert sum(map(sum, matrix)) == 5 + 2 * 2


def test_rulings_change_nothing_and_annotators_may_not_look(
    studio: Studio, rita: TestClient
) -> None:
    before = rita.get("/api/agreement").json()
    disputed = [card for card in list_cards(studio.database) if card.state == "disputed"]
    assert len(disputed) == 3
    for card in disputed:
        adjudicate(
            studio.database,
            card.id,
            version=card.version,
            annotator_id=id_of(studio, "Rita"),
            ruling=Ruling.reject,
            reason="Nothing to see.",
        )
    assert rita.get("/api/agreement").json() == before
    ann = logged_in(create_routes(studio), "Ann")
    for path in ("agreement", "annotations.csv", "annotations.json", "verify/questions"):
        assert ann.get(f"/api/{path}").status_code == 403


def test_progress_has_everybody_for_reviewers_and_oneself_for_annotators(
    studio: Studio, rita: TestClient
) -> None:
    found = rita.get("/api/progress").json()
    counted = progress(studio.database)
    assert found["complete"] == 7
    assert [(one["decided"], one["completed"]) for one in found["per_day"]] == [
        (n, m) for _, n, m in counted.per_day
    ]
    assert found["pace"]["last_days"]["decided"] == sum(n for _, n, _ in counted.per_day)
    people = {one["name"]: one for one in found["people"]}
    assert set(people) == {"Ann", "Rita"}
    assert (people["Ann"]["share"]["n"], people["Ann"]["share"]["total"]) == (14, 26)
    assert people["Ann"]["accepted"]["n"] == 11
    assert sum(one["n"] for one in people["Rita"]["over_time"]) == people["Rita"]["accepted"]["n"]
    trouble = found["trouble"]
    assert (trouble["n_pairs"], trouble["n_disputed"], trouble["n_overturned"]) == (12, 3, 0)
    assert sum(one["n"] for one in trouble["by_gap"]) == 3
    by_pattern = {one["key"]: (one["n"], one["total"]) for one in trouble["by_pattern"]}
    assert by_pattern == {"color": (2, 6), "text": (1, 2), "state": (0, 4)}
    assert found["forecast"]["n_missing"] == found["target"] - 7
    mine = logged_in(create_routes(studio), "Ann").get("/api/progress").json()
    assert [one["name"] for one in mine["people"]] == ["Ann"]
    assert mine["n_people"] == 2
    assert mine["trouble"] == trouble


def test_raw_annotations_are_the_same_rows_in_both_forms(studio: Studio, rita: TestClient) -> None:
    say(studio.database, 13, id_of(studio, "Rita"), "text")
    answered = rita.get("/api/annotations.csv")
    assert answered.headers["content-type"].startswith("text/csv")
    assert "attachment" in answered.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answered.content.decode(), newline="")))
    objects = rita.get("/api/annotations.json").json()
    assert len(rows) == len(objects) == 12 * 2 + 3
    for row, given in zip(rows, objects, strict=True):
        assert tuple(row) == COLUMNS
        assert {name: str(value) for name, value in given.items() if value != ""} == {
            name: text for name, text in row.items() if text
        }


def test_formulas_are_made_harmless_in_csv_only(tmp_path: Path) -> None:
    with open_shared(tmp_path, n_pairs=1) as studio:
        card = list_cards(studio.database)[0]

        ann = id_of(studio, "Ann")
        decide(studio.database, card.id, version=0, annotator_id=ann, decision=Decision.accept)
        text = '=HYPERLINK("http://x")'
        write_question(
            studio.database,
            card.id,
            version=1,
            annotator_id=ann,
            text=text,
            option_a="-1",
            option_b="+1",
            answer_first="a",
            answer_second="b",
            pattern="quantity",
            note="@me",
        )
        client = logged_in(create_routes(studio), "Rita")
        (row,) = csv.DictReader(io.StringIO(client.get("/api/annotations.csv").text, newline=""))
        assert row["question"] == f"'{text}"
        assert (row["option_a"], row["option_b"], row["note"]) == ("'-1", "'+1", "'@me")
        (given,) = client.get("/api/annotations.json").json()
        assert (given["question"], given["option_a"], given["note"]) == (text, "-1", "@me")


def test_every_question_with_its_answers(tmp_path: Path) -> None:
    with open_shared(tmp_path, n_pairs=3) as studio:
        complete_all(studio.database, id_of(studio, "Ann"), first="b")
        switch_on(studio.database)
        see_all(studio, "Ada")
        see_all(studio, "Rita")
        client = logged_in(create_routes(studio), "Rita")
        found = client.get("/api/verify/questions").json()
        assert [row["pair_id"] for row in found["questions"]] == [1, 2, 3]
        row = found["questions"][0]
        wanted = share(0, 4)  # the keys are inverted
        assert (row["right"]["n"], row["right"]["total"]) == (0, 4)
        assert row["right"]["high"] == pytest.approx(wanted.high)
        assert row["by_image"]["first"]["total"] == 2
        assert [(one["name"], one["total"]) for one in row["by_person"]] == [
            ("Ada", 2),
            ("Rita", 2),
        ]
        assert found["published"]["accuracy"] == 0.957
        only = client.get("/api/verify/questions", params={"person": "Ada"}).json()
        assert [one["right"]["total"] for one in only["questions"]] == [2, 2, 2]
        assert only["people"] == ["Ada", "Rita"]
        none = client.get("/api/verify/questions", params={"pattern": "text"}).json()
        assert none["questions"] == []
        text = client.get("/api/verify/questions.csv").text
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        assert [one["n_answers"] for one in rows] == ["4", "4", "4"]
        assert rows[0]["people"] == "Ada 0/2; Rita 0/2"


def test_the_commands_print_and_write_the_same(studio: Studio, mmvp: Mmvp, tmp_path: Path) -> None:
    root = studio.workspace.root
    shown = mmvp("agreement", "-w", root)
    assert shown.code == 0
    assert "Accept or reject: 12 pairs" in shown.out
    assert "75.0% of 12 couples" in shown.out
    assert "none: fewer than 10 pairs in common" in shown.out
    as_json = json.loads(mmvp("agreement", "-w", root, "--json").out)
    assert as_json["decision"]["n_pairs"] == 12
    out = tmp_path / "all.csv"
    assert mmvp("annotations", "-w", root, "--out", out).code == 0
    assert len(list(csv.reader(out.open(encoding="utf-8", newline="")))) == 1 + 12 * 2 + 2
    again = mmvp("annotations", "-w", root, "--out", out)
    assert again.code == 1
    assert "--force" in again.err
    assert mmvp("annotations", "-w", root, "--out", out, "--force", "-f", "json").code == 0
    assert len(json.loads(out.read_text(encoding="utf-8"))) == 26
    assert sorted(path.name for path in out.parent.iterdir()) == sorted({"all.csv", "workspace"})
    assert mmvp("annotations", "-w", root, "-f", "xml").code == 2
