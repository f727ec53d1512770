"""Guidelines in versions, examples, and problem reports up to their resolution."""

import pytest
from sqlalchemy.exc import SQLAlchemyError

from db.annotations import decide, write_question
from db.changes import StaleVersion
from db.database import Database
from db.errors import DatabaseError
from db.guideline_tables import GuidelinesRecord
from db.guidelines import (
    GuidelinesError,
    StaleGuidelines,
    drop_example,
    list_examples,
    list_versions,
    save_guidelines,
    set_example,
)
from db.history import EventKind, add_event, events
from db.lifecycle import Decision, PairState
from db.pairs import get_card
from db.problem_reports import count_open, open_reports, resolutions
from db.problem_tables import Outcome, ProblemKind
from db.problems import NoSuchProblem, ProblemError, close_report, fix_question, report_problem
from db.undo import undo
from tests.db.seeding import Seeded

WORDS = {
    "question": "Is the door open?",
    "option_a": "Open",
    "option_b": "Shut",
    "answer_first": "a",
    "answer_second": "b",
    "pattern": "state",
}


@pytest.fixture
def pair_id(seeded: Seeded) -> int:
    """A pair with a question, at version 2."""
    pair_id, who = seeded.pair_ids[0], {"annotator_id": seeded.ada}
    decide(seeded.database, pair_id, version=0, decision=Decision.accept, **who)
    fields = {**WORDS, "text": WORDS["question"]}
    fields.pop("question")
    write_question(seeded.database, pair_id, version=1, **who, **fields)
    return pair_id


def standing(database: Database, pair_id: int) -> tuple[str, PairState, int]:
    """The words, the state and the version of a pair."""
    card = get_card(database, pair_id)
    assert card is not None
    assert card.annotation is not None
    assert card.annotation.question is not None
    return card.annotation.question.text, card.state, card.version


def test_every_save_is_a_version_of_its_own(seeded: Seeded) -> None:
    database = seeded.database
    assert save_guidelines(database, "# One\r\n", expected=0, annotator_id=seeded.ada) == 1
    assert save_guidelines(database, "# Two", expected=1) == 2
    assert save_guidelines(database, "# One", expected=2, restores=1) == 3
    found = [(one.version, one.text, one.by, one.restores) for one in list_versions(database)]
    assert found == [
        (3, "# One\n", None, 1),
        (2, "# Two\n", None, None),
        (1, "# One\n", "Ada", None),
    ]
    kinds = [event.kind for event in events(database)]
    assert kinds.count("guidelines") == 3


def test_two_editors_do_not_overwrite_each_other(seeded: Seeded) -> None:
    database = seeded.database
    save_guidelines(database, "# Mine", expected=0, annotator_id=seeded.ben)
    with pytest.raises(StaleGuidelines, match="Ben saved version 1"):
        save_guidelines(database, "# Theirs", expected=0, annotator_id=seeded.ada)
    assert [one.text for one in list_versions(database)] == ["# Mine\n"]


@pytest.mark.parametrize("text", ["", " \n", "x" * 100_001])
def test_a_text_of_no_or_any_length_is_refused(database: Database, text: str) -> None:
    with pytest.raises(GuidelinesError):
        save_guidelines(database, text, expected=0)
    assert list_versions(database) == []


def test_saved_versions_cannot_be_altered(seeded: Seeded) -> None:
    save_guidelines(seeded.database, "# One", expected=0)

    def alter() -> None:
        with seeded.database.write() as session:
            record = session.get(GuidelinesRecord, 1)
            assert record is not None
            record.text = "# Other"
            session.add(record)
            session.flush()

    with pytest.raises((SQLAlchemyError, DatabaseError)):
        alter()
    assert [one.text for one in list_versions(seeded.database)] == ["# One\n"]


def test_an_example_shows_the_question_that_stands(seeded: Seeded, pair_id: int) -> None:
    database, who = seeded.database, {"annotator_id": seeded.ben}
    with pytest.raises(GuidelinesError, match="no question"):
        set_example(database, seeded.pair_ids[1], is_good=True, why="clear", **who)
    with pytest.raises(GuidelinesError, match="what the example shows"):
        set_example(database, pair_id, is_good=True, why=" ", **who)
    set_example(database, pair_id, is_good=True, why="clear", **who)
    set_example(database, pair_id, is_good=False, why="not  so clear", **who)
    (shown,) = list_examples(database)
    assert (shown.is_good, shown.why, shown.by) == (False, "not so clear", "Ben")
    assert shown.card.id == pair_id
    drop_example(database, pair_id, **who)
    assert list_examples(database) == []
    assert standing(database, pair_id)[2] == 2
    assert [event.kind for event in events(database)][:3] == ["example"] * 3


def test_a_report_leaves_the_pair_alone_and_is_put_right_once(seeded: Seeded, pair_id: int) -> None:
    database = seeded.database
    for who, kind in ((seeded.ben, ProblemKind.wrong_key), (seeded.cyd, ProblemKind.wording)):
        report_problem(database, pair_id, annotator_id=who, kind=kind, words="look  again")
    assert standing(database, pair_id) == ("Is the door open?", PairState.complete, 2)
    assert [(one.by, one.words) for one in open_reports(database)] == [
        ("Ben", "look again"),
        ("Cyd", "look again"),
    ]
    new = {**WORDS, "question": "Is the green door open?", "answer_first": "b"}
    new["answer_second"] = "a"
    fix = {"annotator_id": seeded.cyd, "question": new, "reason": "the key was swapped"}
    with pytest.raises(StaleVersion):
        fix_question(database, pair_id, version=1, **fix)
    with pytest.raises(ProblemError, match="Nothing is changed"):
        fix_question(database, pair_id, version=2, **{**fix, "question": WORDS})
    assert fix_question(database, pair_id, version=2, **fix).state is PairState.complete
    assert standing(database, pair_id) == ("Is the green door open?", PairState.complete, 3)
    assert count_open(database) == 0
    found = resolutions(database)
    assert {one.report.by for one in found} == {"Ben", "Cyd"}
    assert {one.outcome for one in found} == {Outcome.fixed}
    assert found[0].before == WORDS
    assert found[0].after == new
    with pytest.raises(NoSuchProblem):
        fix_question(database, pair_id, version=3, **{**fix, "question": WORDS})
    (newest, *_) = events(database, pair_id=pair_id)
    assert (newest.kind, newest.data["problems"]) == ("adjudication", [1, 2])


def test_a_fix_that_is_taken_back_opens_its_reports_again(seeded: Seeded, pair_id: int) -> None:
    database = seeded.database
    report_problem(
        database, pair_id, annotator_id=seeded.ben, kind=ProblemKind.wording, words="odd"
    )
    fix_question(
        database,
        pair_id,
        version=2,
        annotator_id=seeded.cyd,
        question={**WORDS, "question": "Is the gate open?"},
        reason="it is a gate",
    )
    assert count_open(database) == 0
    undo(database, annotator_id=seeded.cyd, only=EventKind.adjudication)
    assert standing(database, pair_id)[0] == "Is the door open?"
    assert count_open(database) == 1
    assert resolutions(database) == []


def test_no_fault_needs_a_reason_and_resolves_one_report(seeded: Seeded, pair_id: int) -> None:
    database, kind = seeded.database, ProblemKind.ambiguous
    first = report_problem(database, pair_id, annotator_id=seeded.ben, kind=kind, words="hm")
    report_problem(database, pair_id, annotator_id=seeded.cyd, kind=kind, words="hm too")
    with pytest.raises(ProblemError, match="reason"):
        close_report(database, first, annotator_id=seeded.cyd, reason="  ")
    close_report(database, first, annotator_id=seeded.cyd, reason="it is clear enough")
    with pytest.raises(NoSuchProblem):
        close_report(database, first, annotator_id=seeded.cyd, reason="again")
    assert [one.by for one in open_reports(database)] == ["Cyd"]
    (done,) = resolutions(database)
    assert (done.outcome, done.before, done.after) == (Outcome.no_fault, {}, {})
    assert standing(database, pair_id)[2] == 2


def test_only_a_question_can_be_reported(seeded: Seeded) -> None:
    with pytest.raises(NoSuchProblem, match="no question"):
        report_problem(
            seeded.database,
            seeded.pair_ids[1],
            annotator_id=seeded.ben,
            kind=ProblemKind.other,
            words="dark",
        )
    assert events(seeded.database)[0].kind != "problem"


def test_a_redone_fix_resolves_again_and_may_be_undone_again(seeded: Seeded, pair_id: int) -> None:
    database, cyd = seeded.database, seeded.cyd
    report_problem(
        database, pair_id, annotator_id=seeded.ben, kind=ProblemKind.wording, words="odd"
    )
    question = {**WORDS, "question": "Is the gate open?"}
    fix_question(database, pair_id, version=2, annotator_id=cyd, question=question, reason="a gate")
    waiting = [count_open(database)]
    for kind in (EventKind.undo, EventKind.redo, EventKind.undo):
        last = events(database, pair_id=pair_id)[0]
        with database.write() as session:
            add_event(session, kind, last.data, annotator_id=cyd, pair_id=pair_id, undoes=last.id)
        waiting.append(count_open(database))
    assert waiting == [0, 1, 0, 1]
