"""Counts, people, encoders and the history."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from db.annotations import decide, write_question
from db.annotators import ensure_annotator, list_annotators
from db.database import Database
from db.encoders import ensure_encoder, list_encoders
from db.errors import DatabaseError
from db.history import events
from db.lifecycle import Decision, PairState
from db.pairs import current_run, record_run
from db.progress import count_states, progress
from db.undo import undo
from db.views import AnnotatorProgress, EncoderView
from tests.db.seeding import Seeded


def work(seeded: Seeded) -> None:
    """Ada: one complete, one skipped; Ben: one rejected, one accepted."""
    for pair_id, who, decision in [
        (1, seeded.ada, Decision.accept),
        (2, seeded.ada, Decision.skip),
        (3, seeded.ben, Decision.reject),
        (4, seeded.ben, Decision.accept),
    ]:
        decide(
            seeded.database,
            pair_id,
            version=0,
            annotator_id=who,
            decision=decision,
            reason="unsuitable",
        )
    write_question(
        seeded.database,
        1,
        version=1,
        annotator_id=seeded.ada,
        text="How many?",
        option_a="1",
        option_b="2",
        answer_first="a",
        answer_second="b",
        pattern="quantity",
    )


def test_progress_counts_each_pair_once(seeded: Seeded) -> None:
    work(seeded)
    seen = progress(seeded.database, target_pairs=9, timezone=UTC)
    assert seen.by_state == {
        PairState.unreviewed: 2,
        PairState.accepted: 1,
        PairState.complete: 1,
        PairState.rejected: 1,
        PairState.skipped: 1,
        PairState.partial: 0,
        PairState.disputed: 0,
        PairState.final: 0,
        PairState.contested: 0,
    }
    assert seen.by_pattern == {"quantity": 1}
    assert seen.by_annotator == [
        AnnotatorProgress("Ada", accepted=0, rejected=0, skipped=1, complete=1),
        AnnotatorProgress("Ben", accepted=1, rejected=1, skipped=0, complete=0),
        AnnotatorProgress("Cyd", accepted=0, rejected=0, skipped=0, complete=0),
    ]
    assert (seen.target_pairs, seen.n_images, seen.n_pairs) == (9, 7, 6)
    assert seen.current_run == current_run(seeded.database)
    assert sum(day[1] for day in seen.per_day) == 3
    assert sum(day[2] for day in seen.per_day) == 1


def test_a_day_begins_where_the_person_is(seeded: Seeded) -> None:
    work(seeded)
    for hours in (-12, 0, 14):
        zone = timezone(timedelta(hours=hours))
        before = datetime.now(zone).date()
        days = {day for day, _, _ in progress(seeded.database, timezone=zone).per_day}
        assert days <= {before - timedelta(days=1), before}
        assert days


def test_an_edit_does_not_move_a_question_to_another_day(seeded: Seeded) -> None:
    work(seeded)
    write_question(
        seeded.database,
        1,
        version=2,
        annotator_id=seeded.ada,
        text="How many dogs?",
        option_a="1",
        option_b="2",
        answer_first="a",
        answer_second="b",
        pattern="quantity",
    )
    edit = events(seeded.database, pair_id=1)[0].data
    before, after = edit["before"]["annotation"], edit["after"]["annotation"]
    assert before["updated_at"] < after["updated_at"]
    assert [before[key] for key in ("decided_at", "written_at")] == [
        after[key] for key in ("decided_at", "written_at")
    ]


def test_unreviewed_pairs_of_older_runs_are_not_counted(seeded: Seeded) -> None:
    work(seeded)
    record_run(seeded.database, seeded.run, seeded.new_pairs((0, 1), (0, 6)))
    seen = progress(seeded.database)
    assert seen.by_state[PairState.unreviewed] == 1
    assert seen.n_pairs == 5
    assert count_states(seeded.database) == seen.by_state


def test_progress_of_an_empty_database(database: Database) -> None:
    seen = progress(database)
    assert set(seen.by_state.values()) == {0}
    assert (seen.by_annotator, seen.per_day, seen.n_images) == ([], [], 0)
    assert seen.current_run is None


def test_people_are_known_by_name(database: Database) -> None:
    zoe = ensure_annotator(database, "  Zoë ")
    assert ensure_annotator(database, "Zoë") == zoe
    ada = ensure_annotator(database, "ada")
    assert [(person.id, person.name) for person in list_annotators(database)] == [
        (zoe, "Zoë"),
        (ada, "ada"),
    ]
    assert [event.kind for event in events(database)] == ["annotator", "annotator"]
    with pytest.raises(DatabaseError, match="needs a name"):
        ensure_annotator(database, " \t")


def test_encoders_are_known_by_spec_and_weights(database: Database) -> None:
    def ensure(spec: str, digest: str) -> int:
        return ensure_encoder(database, spec=spec, name="x", dimension=4, weights_digest=digest)

    ids = [ensure("hf:x", "1"), ensure("hf:x", "2"), ensure("hf:y", "1")]
    assert len(set(ids)) == 3
    assert ensure("hf:x", "1") == ids[0]
    assert [event.kind for event in events(database)] == ["encoder"] * 3
    assert [encoder.id for encoder in list_encoders(database)] == sorted(ids)
    assert list_encoders(database)[1] == EncoderView(ids[1], "hf:x", "x", 4, "2")


def test_history_is_newest_first_and_limited(seeded: Seeded) -> None:
    work(seeded)
    undo(seeded.database, annotator_id=seeded.ada)
    history = events(seeded.database, limit=3)
    assert [(event.kind, event.annotator, event.pair_id) for event in history] == [
        ("undo", "Ada", 1),
        ("question", "Ada", 1),
        ("decision", "Ben", 4),
    ]
    assert history[0].at.tzinfo is not None
    assert history[0].at >= history[1].at
    assert [event.kind for event in events(seeded.database, pair_id=1)] == [
        "undo",
        "question",
        "decision",
    ]
    oldest = events(seeded.database)[-1]
    assert (oldest.kind, oldest.annotator, oldest.pair_id) == ("scan", None, None)


def test_an_event_holds_before_and_after(seeded: Seeded) -> None:
    work(seeded)
    question, decision = events(seeded.database, pair_id=1)
    assert decision.data["before"] == {
        "state": "unreviewed",
        "decided_by": None,
        "adjudicated_by": None,
        "answers_after": 0,
        "annotation": None,
    }
    assert decision.data["after"] == question.data["before"]
    assert question.data["after"]["state"] == "complete"
    assert question.data["after"]["annotation"]["question"] == "How many?"
