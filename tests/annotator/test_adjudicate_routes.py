"""/api/adjudicate over HTTP: who may, what is shown, and how each ruling ends a dispute."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from annotator.server import create_routes
from annotator.studio import Studio
from db.blind_questions import ask
from db.lifecycle import PairState
from db.pairs import get_card
from db.tables import Draft
from db.verification import Given, answer
from tests.annotator.people import id_of, logged_in, open_shared
from tests.verifying import LEFT, QUESTION, RIGHT, complete_all, state_of, switch_on

Json = dict[str, Any]
WHY = "I looked at both images."


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """Four pairs by Ann whose key is inverted; Rita has answered all of them by what she sees."""
    with open_shared(tmp_path, n_pairs=4) as opened:
        complete_all(opened.database, id_of(opened, "Ann"), first="b")
        switch_on(opened.database, 1, 1)
        see_all(opened, "Rita")
        yield opened


def see_all(studio: Studio, name: str) -> int:
    """This person answers every question that is asked of them as the pictures are."""
    database, who, n = studio.database, id_of(studio, name), 0
    while question := ask(database, who).question:
        pair = int(question.text.split(":")[0])
        card = get_card(database, pair)
        assert card is not None
        truth = LEFT if question.image.id == card.first.id else RIGHT
        given = Given.option_1 if question.options[0] == truth else Given.option_2
        answer(database, annotator_id=who, token=question.token, given=given)
        n += 1
    return n


@pytest.fixture
def rita(studio: Studio) -> TestClient:
    return logged_in(create_routes(studio), "Rita")


def rule(client: TestClient, pair_id: int, ruling: str, **body: object) -> Any:  # noqa: ANN401
    """Rules on a pair as it is now."""
    shown = client.get(f"/api/adjudicate?pair={pair_id}").json()["dispute"]
    given = {"version": shown["version"], "ruling": ruling, "reason": WHY, **body}
    return client.post(f"/api/adjudicate/{pair_id}", json=given)


def words(**other: str) -> Json:
    """A whole question, in the words of the page."""
    given = {
        "question": f"1: {QUESTION}",
        "option_a": LEFT,
        "option_b": RIGHT,
        "answer_first": "a",
        "answer_second": "b",
        "pattern": "orientation",
    }
    return given | other


def test_an_annotator_may_neither_look_nor_rule(studio: Studio) -> None:
    ann = logged_in(create_routes(studio), "Ann")
    body = {"version": 0, "ruling": "keep", "reason": WHY}
    for answered in (
        ann.get("/api/adjudicate"),
        ann.get("/api/adjudicate?pair=1"),
        ann.post("/api/adjudicate/1", json=body),
        ann.post("/api/adjudicate/undo"),
        ann.post("/api/adjudicate/redo"),
        ann.get("/api/verify/results"),
    ):
        assert answered.status_code == 403
        assert "reviewer" in answered.json()["message"]
    assert state_of(studio.database, 1) == "contested"


def test_the_bench_shows_every_voice_and_the_likely_reason(rita: TestClient) -> None:
    found = rita.get("/api/adjudicate").json()
    assert [line["pair_id"] for line in found["lines"]] == [1, 2, 3, 4]
    assert all(line["why"] == ["key may be swapped"] for line in found["lines"])
    dispute = found["dispute"]
    assert (dispute["pair_id"], dispute["looks_swapped"]) == (1, True)
    assert {(one["by"], one["side"], one["said"]) for one in dispute["voices"]} == {
        ("Rita", "first", LEFT),
        ("Rita", "second", RIGHT),
    }
    assert [one["is_right"] for one in dispute["voices"]] == [False, False]
    assert [(one["by"], one["is_current"]) for one in dispute["versions"]] == [("Ann", True)]
    assert rita.get("/api/adjudicate?pair=999").json()["message"] == "There is no pair 999."


def test_swapping_the_key_makes_the_pair_final_and_undo_brings_it_back(
    studio: Studio, rita: TestClient
) -> None:
    done = rule(rita, 1, "swap")
    assert done.status_code == 200
    assert done.json()["message"] == "Pair 1 is final: the blind answers agree with it."
    assert done.json()["dispute"]["pair_id"] == 2
    card = get_card(studio.database, 1)
    assert card is not None
    assert card.annotation is not None
    assert card.annotation.question is not None
    assert card.annotation.question.answer_first == "a"
    kept = rita.get("/api/adjudicate?pair=1").json()["dispute"]
    assert [(one["by"], one["ruling"], one["reason"]) for one in kept["rulings"]] == [
        ("Rita", "swap", WHY)
    ]
    assert [one["other_key"] for one in kept["versions"]] == [False, True]
    back = rita.post("/api/adjudicate/undo").json()
    assert back["dispute"]["pair_id"] == 1
    assert back["dispute"]["rulings"] == []
    assert state_of(studio.database, 1) == "contested"
    again = rita.post("/api/adjudicate/redo").json()
    assert again["message"] == "Ruled again."
    assert [one["ruling"] for one in again["dispute"]["rulings"]] == ["swap"]
    assert state_of(studio.database, 1) == "final"
    assert (
        rita.post("/api/adjudicate/redo").json()["message"] == "There is no ruling to make again."
    )


def test_kept_questions_are_asked_of_people_who_have_not_seen_them(
    studio: Studio, rita: TestClient
) -> None:
    rule(rita, 3, "keep")  # a pair alone would wait between its images
    done = rule(rita, 2, "keep")
    assert "asked anew" in done.json()["message"]
    assert state_of(studio.database, 2) == "complete"
    voices = rita.get("/api/adjudicate?pair=2").json()["dispute"]["voices"]
    assert all(one["set_aside"] for one in voices)
    assert see_all(studio, "Rita") == 0
    assert see_all(studio, "Ada") == 4
    assert state_of(studio.database, 2) == "contested"


def test_merged_words_stand_and_old_answers_do_not_count_for_them(
    studio: Studio, rita: TestClient
) -> None:
    new = words(question="1: Where is the door, seen from the window?")
    assert rule(rita, 1, "merge", question=new).status_code == 200
    assert state_of(studio.database, 1) == "complete"
    dispute = rita.get("/api/adjudicate?pair=1").json()["dispute"]
    mine, old = dispute["versions"]
    assert (mine["by"], mine["is_current"], mine["question"]) == ("Rita", True, new)
    assert (old["by"], old["is_current"]) == ("Ann", False)
    kinds = {piece["kind"] for piece in old["diff"]["question"]}
    assert kinds == {"same", "added", "removed"}
    assert [one["is_right"] for one in dispute["voices"]] == [None, None]
    assert see_all(studio, "Rita") == 0  # she has seen both images now
    rule(rita, 2, "keep")  # a pair alone would wait between its images
    assert see_all(studio, "Ada") == 4
    assert state_of(studio.database, 1) == "final"


def test_an_older_version_can_be_chosen(studio: Studio, rita: TestClient) -> None:
    rule(rita, 1, "merge", question=words(question="1: Which side is it on, the brown door?"))
    chosen = words(answer_first="b", answer_second="a")
    assert rule(rita, 1, "choose", question=chosen).status_code == 200
    card = get_card(studio.database, 1)
    assert card is not None
    assert card.annotation is not None
    assert card.annotation.annotator == "Ann"
    assert card.state is PairState.complete  # the answers against it are set aside


def test_sent_back_and_rejected(studio: Studio, rita: TestClient) -> None:
    ann = id_of(studio, "Ann")
    assert "went back to its authors" in rule(rita, 3, "send_back").json()["message"]
    assert state_of(studio.database, 3) == "accepted"
    with studio.database.read() as session:
        draft = session.get(Draft, (3, ann))
        assert draft is not None
        assert draft.fields["text"] == f"3: {QUESTION}"
    assert rule(rita, 4, "reject").status_code == 200
    assert state_of(studio.database, 4) == "rejected"
    assert [line["pair_id"] for line in rita.get("/api/adjudicate").json()["lines"]] == [1, 2]


def test_what_is_refused_changes_nothing(studio: Studio, rita: TestClient) -> None:
    before = get_card(studio.database, 1)
    assert before is not None
    stale = rule(rita, 1, "keep", version=before.version - 1)
    assert stale.status_code == 409
    assert stale.json()["dispute"]["version"] == before.version
    assert "Your words are still here" in stale.json()["message"]
    for body, told in (
        ({"ruling": "keep", "reason": "  "}, "needs a reason"),
        ({"ruling": "merge"}, ""),
        ({"ruling": "merge", "question": words(option_b=LEFT)}, ""),
        ({"ruling": "merge", "question": words(pattern="no such")}, ""),
    ):
        refused = rule(rita, 1, **body)
        assert refused.status_code == 422, body
        assert refused.json()["message"]
        assert told in refused.json()["message"]
    assert rule(rita, 1, "burn").status_code == 422
    assert get_card(studio.database, 1) == before


def test_a_settled_pair_is_not_ruled_on(studio: Studio, rita: TestClient) -> None:
    rule(rita, 4, "reject")
    again = rule(rita, 4, "keep")
    assert again.status_code == 422
    assert "nothing to rule on" in again.json()["message"]
