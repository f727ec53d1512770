"""Statements for MMVP-VLM go wherever their question goes, and never without it."""

from typing import Any

import pytest
from sqlalchemy import text

from db.adjudication import adjudicate
from db.annotations import InvalidQuestion, decide, load_draft
from db.errors import DatabaseError
from db.history import events
from db.lifecycle import Decision, Ruling
from db.pairs import get_card
from db.policy import Policy, set_policy
from db.raw_annotations import COLUMNS, raw_rows
from db.restore import Restorer, restore
from db.timeline import pair_timeline
from db.undo import redo, undo
from db.views import PairCard, QuestionView
from tests.db.seeding import Seeded
from tests.db.test_redo_restore import do, write

BOTH = {"statement_first": "an open door", "statement_second": "a shut door"}


def said(card: PairCard | None) -> tuple[str | None, str | None]:
    assert card is not None
    assert card.annotation is not None
    return of(card.annotation.question)


def of(question: QuestionView | None) -> tuple[str | None, str | None]:
    assert question is not None
    return question.statement_first, question.statement_second


def test_they_are_saved_with_the_question_and_gone_without(seeded: Seeded) -> None:
    do(seeded, "accept")
    assert said(
        write(seeded, statement_first=" an open door ", statement_second="a shut door")
    ) == (
        "an open door",
        "a shut door",
    )
    assert said(get_card(seeded.database, 1)) == ("an open door", "a shut door")
    assert said(write(seeded)) == (None, None)


def test_one_alone_is_refused(seeded: Seeded) -> None:
    do(seeded, "accept")
    with pytest.raises(InvalidQuestion, match="for both images"):
        write(seeded, statement_first="an open door", statement_second="  ")


@pytest.mark.parametrize(
    "values",
    ["statement_first = 'one'", "statement_first = 'one', statement_second = ' '"],
)
def test_the_database_keeps_them_whole(seeded: Seeded, values: str) -> None:
    do(seeded, "accept")
    write(seeded)
    with pytest.raises(DatabaseError, match="statements_whole"), seeded.database.write() as session:
        session.connection().execute(text(f"UPDATE annotation SET {values}"))
    do(seeded, "reject", pair_id=2)
    with pytest.raises(DatabaseError, match="statements_whole"), seeded.database.write() as session:
        session.connection().execute(
            text(
                "UPDATE annotation SET statement_first = 'x', statement_second = 'y'"
                " WHERE pair_id = 2"
            )
        )


def test_undo_redo_and_restore_bring_them_back(seeded: Seeded) -> None:
    do(seeded, "accept")
    write(seeded, **BOTH)
    write(seeded)
    assert said(undo(seeded.database, annotator_id=seeded.ada)) == tuple(BOTH.values())
    assert said(redo(seeded.database, annotator_id=seeded.ada)) == (None, None)
    with_them = events(seeded.database, pair_id=1)[3]
    me = Restorer(seeded.ada)
    done = restore(seeded.database, 1, version=5, event_id=with_them.id, restorer=me)
    assert said(done) == tuple(BOTH.values())
    timeline = pair_timeline(seeded.database, 1, reader=me)
    assert timeline is not None
    versions = [entry.version for entry in timeline.entries[:3]]
    assert [of(one.question) for one in versions if one] == [
        tuple(BOTH.values()),
        (None, None),
        tuple(BOTH.values()),
    ]
    assert timeline.entries[0].is_current


def test_who_accepts_after_all_takes_them_over(seeded: Seeded) -> None:
    do(seeded, "accept")
    write(seeded, **BOTH)
    do(seeded, "reject", seeded.ben)
    assert said(do(seeded, "accept", seeded.ben)) == tuple(BOTH.values())


def disputed(seeded: Seeded) -> int:
    set_policy(seeded.database, Policy(overlap=2))
    do(seeded, "accept")
    write(seeded, **BOTH)
    version = do(seeded, "reject", seeded.ben).version
    card = get_card(seeded.database, 1)
    assert card is not None
    assert card.version == version
    return version


QUESTION = {
    "question": "Is the door open?",
    "option_a": "Open",
    "option_b": "Shut",
    "answer_first": "a",
    "answer_second": "b",
    "pattern": "state",
}


@pytest.mark.parametrize(
    ("changed", "statements"),
    [
        ({"answer_first": "b", "answer_second": "a"}, ("a shut door", "an open door")),
        ({"pattern": "color"}, ("an open door", "a shut door")),
        ({"option_b": "Closed"}, (None, None)),
        ({}, ("an open door", "a shut door")),
    ],
)
def test_a_ruling_keeps_them_for_the_same_options(
    seeded: Seeded, changed: dict[str, Any], statements: tuple[str | None, str | None]
) -> None:
    ruled = adjudicate(
        seeded.database,
        1,
        version=disputed(seeded),
        annotator_id=seeded.cyd,
        ruling=Ruling.merge,
        reason="I looked.",
        question={**QUESTION, **changed},
    )
    assert said(ruled) == statements


def test_what_is_sent_back_is_a_draft_with_them(seeded: Seeded) -> None:
    adjudicate(
        seeded.database,
        1,
        version=disputed(seeded),
        annotator_id=seeded.cyd,
        ruling=Ruling.send_back,
        reason="I looked.",
    )
    draft = load_draft(seeded.database, 1, annotator_id=seeded.ada)
    assert {name: draft[name] for name in BOTH} == BOTH


def test_events_from_before_there_were_any_still_work(seeded: Seeded) -> None:
    do(seeded, "accept")
    write(seeded)
    with seeded.database.write() as session:
        connection = session.connection()
        if not seeded.database.is_sqlite:
            pytest.skip("of SQLite only")
        connection.exec_driver_sql("DROP TRIGGER IF EXISTS event_no_update")
        for name in BOTH:
            connection.exec_driver_sql(
                f"UPDATE event SET data = json_remove(data, '$.after.annotation.{name}')"
                " WHERE data LIKE '%annotation%'"
            )
    do(seeded, "reject")
    written = events(seeded.database, pair_id=1)[1]
    assert "statement_first" not in written.data["after"]["annotation"]
    done = restore(
        seeded.database, 1, version=3, event_id=written.id, restorer=Restorer(seeded.ada)
    )
    assert said(done) == (None, None)


def test_raw_annotations_have_them_last(seeded: Seeded) -> None:
    do(seeded, "accept")
    write(seeded, **BOTH)
    decide(
        seeded.database, 2, version=0, annotator_id=seeded.ada, decision=Decision.skip, reason=None
    )
    assert COLUMNS[-2:] == tuple(BOTH)
    rows = [row for row in raw_rows(seeded.database) if row["kind"] == "annotation"]
    assert [row["statement_second"] for row in rows] == ["a shut door", None]
