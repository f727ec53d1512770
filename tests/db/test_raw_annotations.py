"""Raw annotations: every row that was said, once, and what a ruling changed as it was before."""

from db import raw_annotations
from db.blind_questions import ask
from db.lifecycle import Decision, Ruling, VerificationPolicy
from db.policy import Policy, set_policy
from db.raw_annotations import COLUMNS, raw_rows
from db.verdicts import set_verification_policy
from db.verification import Given, answer
from tests.db.seeding import Seeded
from tests.db.test_opinions import accept, rule, say, undo


def rows(seeded: Seeded, kind: str) -> list[dict[str, object]]:
    return [row for row in raw_rows(seeded.database) if row["kind"] == kind]


def test_each_persons_annotation_is_a_row_with_its_version(seeded: Seeded) -> None:
    set_policy(seeded.database, Policy(overlap=2))
    one, two = seeded.pair_ids[:2]
    accept(seeded, one, seeded.ada, "text")
    say(seeded, one, seeded.ben, Decision.reject)
    say(seeded, two, seeded.ben, Decision.skip)
    found = rows(seeded, "annotation")
    assert all(set(row) <= set(COLUMNS) for row in found)
    assert [(row["pair_id"], row["person"], row["decision"]) for row in found] == [
        (one, "Ada", "accept"),
        (one, "Ben", "reject"),
        (two, "Ben", "skip"),
    ]
    ada, ben, _ = found
    assert (ada["question"], ada["option_a"], ada["pattern"]) == (
        "Which colour has it?",
        "Red",
        "text",
    )
    assert (ada["answer_first"], ada["answer_second"]) == ("a", "b")
    assert (ada["pair_version"], ben["pair_version"]) == (2, 3)
    assert (ben["reason"], ben["question"]) == ("unsuitable", None)
    assert ada["pair_state"] == ben["pair_state"] == "disputed"
    assert len(str(ada["first_sha256"])) == 64
    assert rows(seeded, "ruling") == rows(seeded, "blind_answer") == []


def test_what_a_ruling_changed_is_there_as_it_was(seeded: Seeded) -> None:
    set_policy(seeded.database, Policy(overlap=2))
    one, two = seeded.pair_ids[:2]
    for pair_id in (one, two):
        accept(seeded, pair_id, seeded.ada)
        say(seeded, pair_id, seeded.ben, Decision.reject)
    rule(seeded, one, seeded.cyd, Ruling.send_back)
    rule(seeded, two, seeded.ada, Ruling.reject)
    before = rows(seeded, "before_ruling")
    assert [(row["pair_id"], row["person"], row["decision"]) for row in before] == [
        (one, "Ada", "accept"),
        (two, "Ada", "accept"),
    ]
    assert all(row["question"] == "Which colour has it?" for row in before)
    assert all(row["written_at"] and row["decided_at"] for row in before)
    rulings = rows(seeded, "ruling")
    assert [(row["ruling"], row["person"], row["taken_back"]) for row in rulings] == [
        ("send_back", "Cyd", False),
        ("reject", "Ada", False),
    ]
    assert rulings[0]["reason"] == "I looked."
    undo(seeded.database, annotator_id=seeded.ada)
    undo(seeded.database, annotator_id=seeded.cyd)
    assert rows(seeded, "before_ruling") == []
    assert [row["taken_back"] for row in rows(seeded, "ruling")] == [True, True]


def test_blind_answers_are_rows_and_those_set_aside_say_so(seeded: Seeded) -> None:
    pair_id = seeded.pair_ids[0]
    accept(seeded, pair_id, seeded.ada)
    set_verification_policy(seeded.database, VerificationPolicy(True, 1, 1))
    question = ask(seeded.database, seeded.ben).question
    assert question is not None
    answer(
        seeded.database,
        annotator_id=seeded.ben,
        token=question.token,
        given=Given.bad_question,
        comment="=odd",
        seconds=3.5,
    )
    (row,) = rows(seeded, "blind_answer")
    assert (row["person"], row["answer"], row["comment"]) == ("Ben", "bad_question", "=odd")
    assert (row["question"], row["seconds"], row["set_aside"]) == (question.text, 3.5, False)


def test_many_rows_come_in_several_reads_and_each_once(seeded: Seeded) -> None:
    for pair_id in seeded.pair_ids:
        accept(seeded, pair_id, seeded.ada)
    with seeded.database.read() as session:
        first = raw_annotations._annotations(session, 0)
        rest = raw_annotations._annotations(session, first[3][0])
    assert [row["pair_id"] for _, row in first] == seeded.pair_ids
    assert rest == first[4:]
    assert [row["pair_id"] for row in raw_rows(seeded.database)] == seeded.pair_ids
