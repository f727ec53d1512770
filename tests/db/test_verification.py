"""Blind verification: verdicts, the order of questions, answers, rewording, taking back."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from db.annotations import StaleVersion, decide, write_question
from db.asking import APART, OpenQuestion, choose, first_option
from db.blind_questions import Waiting, ask
from db.database import Database
from db.history import events
from db.lifecycle import (
    BlindAnswer,
    Decision,
    PairState,
    Side,
    VerificationPolicy,
    looks_swapped,
    n_wanted,
    verdict,
)
from db.pairs import get_card
from db.undo import undo
from db.verdicts import get_verification_policy, set_verification_policy
from db.verification import Given, NotAsked, answer, take_back
from db.verification_tables import VerificationLease
from tests.db.seeding import Seeded

KEY = {Side.first: "a", Side.second: "b"}
ANSWERS = st.lists(st.tuples(st.sampled_from(Side), st.sampled_from(BlindAnswer)), max_size=12)
POLICIES = st.integers(1, 4).flatmap(
    lambda n: st.builds(VerificationPolicy, st.just(True), st.just(n), st.integers(1, n))
)


@given(answers=ANSWERS, policy=POLICIES)
def test_a_pair_is_final_exactly_if_enough_agree_about_both(
    answers: list[tuple[Side, BlindAnswer]], policy: VerificationPolicy
) -> None:
    agree = {side: answers.count((side, BlindAnswer(KEY[side]))) for side in Side}
    n_in = {side: sum(asked == side for asked, _ in answers) for side in Side}
    is_final = all(agree[side] >= policy.agreements for side in Side)
    found = verdict(answers, KEY, policy)
    assert (found is PairState.final) == is_final
    is_over = all(agree[side] >= policy.agreements or n_in[side] >= policy.answers for side in Side)
    assert (found is PairState.complete) == (not is_over)
    assert (found is PairState.contested) == (is_over and not is_final)


@given(answers=ANSWERS, policy=POLICIES, side=st.sampled_from(Side))
def test_no_more_is_asked_than_can_still_matter(
    answers: list[tuple[Side, BlindAnswer]], policy: VerificationPolicy, side: Side
) -> None:
    left = n_wanted(answers, KEY, side, policy)
    n_in = sum(asked == side for asked, _ in answers)
    assert 0 <= left <= policy.answers
    right = [(side, BlindAnswer(KEY[side]))] * left
    after = [*answers, *right]
    assert n_wanted(after, KEY, side, policy) == 0
    if left:
        assert n_in + left == policy.answers


def test_a_swapped_key_needs_both_images_and_nothing_else() -> None:
    inverted = [(Side.first, BlindAnswer.b), (Side.second, BlindAnswer.a)]
    assert looks_swapped(inverted, KEY)
    assert not looks_swapped(inverted[:1], KEY)
    assert not looks_swapped([*inverted, (Side.first, BlindAnswer.a)], KEY)
    assert not looks_swapped([*inverted, (Side.first, BlindAnswer.cannot_tell)], KEY)
    assert not looks_swapped([], KEY)


def asked_in_a_row(n_pairs: int, seed: str) -> list[OpenQuestion]:
    """One person alone answers everything that is there."""
    left = [OpenQuestion(pair, side, 0) for pair in range(n_pairs) for side in Side]
    done: list[OpenQuestion] = []
    while left:
        found = choose(left, [one.pair_id for one in reversed(done)], seed=seed)
        if found is None:
            break
        left.remove(found)
        done.append(found)
    return done


@given(n_pairs=st.integers(2, 60), seed=st.text(max_size=4))
def test_the_two_images_of_a_pair_are_as_far_apart_as_possible(n_pairs: int, seed: str) -> None:
    done = asked_in_a_row(n_pairs, seed)
    assert len(done) == 2 * n_pairs
    places: dict[int, list[int]] = {}
    for place, one in enumerate(done):
        places.setdefault(one.pair_id, []).append(place)
    assert all(later - earlier >= min(n_pairs, APART) for earlier, later in places.values())


@given(
    questions=st.sets(st.tuples(st.integers(0, 4), st.sampled_from(Side)), min_size=1),
    recent=st.lists(st.integers(0, 4), max_size=6),
)
def test_never_the_pair_just_seen(questions: set[tuple[int, Side]], recent: list[int]) -> None:
    open_now = [OpenQuestion(pair, side, 0) for pair, side in sorted(questions)]
    found = choose(open_now, recent, seed="x")
    if found is None:
        assert {one.pair_id for one in open_now} == {recent[0]}
    else:
        assert not recent or found.pair_id != recent[0]


def test_people_see_different_orders_and_both_orders_of_the_options() -> None:
    orders = {tuple(asked_in_a_row(8, str(person))) for person in range(6)}
    assert len(orders) == 6
    shown = Counter(first_option("7", pair, Side.first, "d") for pair in range(200))
    assert 60 < shown["a"] < 140


def complete(database: Database, pair_id: int, who: int, text: str = "Open or shut?") -> None:
    version = get_card(database, pair_id).version  # type: ignore[union-attr]
    decide(database, pair_id, version=version, annotator_id=who, decision=Decision.accept)
    write(database, pair_id, who, text)


def write(
    database: Database, pair_id: int, who: int, text: str = "Open or shut?", first: str = "a"
) -> None:
    write_question(
        database,
        pair_id,
        version=get_card(database, pair_id).version,  # type: ignore[union-attr]
        annotator_id=who,
        text=text,
        option_a="open",
        option_b="shut",
        answer_first=first,
        answer_second="b" if first == "a" else "a",
        pattern="state",
    )


def state(database: Database, pair_id: int) -> str:
    card = get_card(database, pair_id)
    assert card is not None
    return card.state.value


@pytest.fixture
def verifying(seeded: Seeded) -> Seeded:
    """Three complete pairs by Ada, and two answers about each image asked for."""
    for pair_id in (1, 2, 3):
        complete(seeded.database, pair_id, seeded.ada)
    set_verification_policy(seeded.database, VerificationPolicy(True, 2, 2))
    return seeded


def reply(database: Database, who: int, *, right: bool = True) -> tuple[int, int]:
    """Answer the next question with or against the key; the pair and image it was about."""
    asked = ask(database, who).question
    assert asked is not None
    with database.read() as session:  # images are in several pairs
        lease = select(VerificationLease).where(VerificationLease.token == asked.token)
        pair_id = session.exec(lease).one().pair_id
    card = get_card(database, pair_id)
    assert card is not None
    assert card.annotation is not None
    question = card.annotation.question
    assert question is not None
    is_first = asked.image.id == card.first.id
    key = question.answer_first if is_first else question.answer_second
    wanted = {"a": question.option_a, "b": question.option_b}[
        key if right else "ab"[key == "a"]  # type: ignore[index]
    ]
    place = Given.option_1 if asked.options[0] == wanted else Given.option_2
    answer(database, annotator_id=who, token=asked.token, given=place, seconds=2.5)
    return pair_id, asked.image.id


def test_off_by_default(seeded: Seeded) -> None:
    assert get_verification_policy(seeded.database) == VerificationPolicy()
    complete(seeded.database, 1, seeded.ada)
    assert ask(seeded.database, seeded.ben).waiting is Waiting.off


def test_two_people_make_pairs_final_and_nobody_is_asked_more(verifying: Seeded) -> None:
    database = verifying.database
    for who in (verifying.ben, verifying.cyd):
        assert ask(database, who).n_left == 6
        for n in range(6):
            assert ask(database, who).n_answered == n
            reply(database, who)
        done = ask(database, who)
        assert (done.question, done.n_left, done.waiting) == (None, 0, Waiting.nothing)
    assert [state(database, n) for n in (1, 2, 3)] == ["final"] * 3
    assert ask(database, verifying.ada).waiting is Waiting.nothing


def test_nobody_is_asked_about_their_own_pairs(verifying: Seeded) -> None:
    database = verifying.database
    assert ask(database, verifying.ada).question is None
    decide(
        database,
        4,
        version=0,
        annotator_id=verifying.ben,
        decision=Decision.skip,
    )
    complete(database, 4, verifying.ada)
    assert ask(database, verifying.ben).n_left == 6
    assert ask(database, verifying.cyd).n_left == 8


def test_one_answer_is_asked_of_one_person_at_a_time(verifying: Seeded) -> None:
    database = verifying.database
    set_verification_policy(database, VerificationPolicy(True, 1, 1))
    ben, cyd = (ask(database, who) for who in (verifying.ben, verifying.cyd))
    assert ben.ahead is not None
    assert cyd.ahead is not None
    with database.read() as session:
        held = session.exec(select(VerificationLease)).all()
    assert len({(one.pair_id, one.side) for one in held}) == len(held) == 4
    assert ask(database, verifying.ben).question == ben.question


def test_wrong_answers_contest_and_rewording_starts_anew(verifying: Seeded) -> None:
    database = verifying.database
    set_verification_policy(database, VerificationPolicy(True, 1, 1))
    while ask(database, verifying.ben).question:
        reply(database, verifying.ben, right=False)
    assert [state(database, n) for n in (1, 2, 3)] == ["contested"] * 3
    write(database, 1, verifying.ada, "Is it open?")
    assert state(database, 1) == "complete"
    assert ask(database, verifying.ben).n_left == 2
    undo(database, annotator_id=verifying.ada)
    assert state(database, 1) == "contested"
    write(database, 2, verifying.ada, first="b")  # only the key: the same words were asked
    assert state(database, 2) == "final"


def test_a_question_that_is_reworded_while_shown_is_refused(verifying: Seeded) -> None:
    database = verifying.database
    asked = ask(database, verifying.ben).question
    assert asked is not None
    for pair_id in (1, 2, 3):
        write(database, pair_id, verifying.ada, "Is it open?")
    with pytest.raises(NotAsked, match="reworded"):
        answer(database, annotator_id=verifying.ben, token=asked.token, given=Given.option_1)
    with pytest.raises(NotAsked, match="no longer yours"):
        answer(database, annotator_id=verifying.cyd, token=asked.token, given=Given.option_1)
    again = ask(database, verifying.ben).question
    assert again is not None
    assert again.text == "Is it open?"


def test_taking_back_asks_the_same_again_and_keeps_the_history(verifying: Seeded) -> None:
    database = verifying.database
    assert not take_back(database, annotator_id=verifying.ben)
    before = ask(database, verifying.ben)
    pair_id, image_id = reply(database, verifying.ben, right=False)
    following = ask(database, verifying.ben).question
    assert following is not None
    assert before.ahead == following.image
    assert take_back(database, annotator_id=verifying.ben)
    again = ask(database, verifying.ben)
    assert again.question is not None
    assert before.question is not None
    assert (again.question.image.id, again.n_answered) == (image_id, 0)
    assert again.question.options == before.question.options
    kinds = [(one.kind, one.data.get("taken_back")) for one in events(database, pair_id=pair_id)]
    assert kinds[:2] == [("verification", True), ("verification", False)]


def test_a_settled_pair_is_not_edited_unseen(verifying: Seeded) -> None:
    database = verifying.database
    set_verification_policy(database, VerificationPolicy(True, 1, 1))
    version = get_card(database, 1).version  # type: ignore[union-attr]
    while ask(database, verifying.ben).question:
        reply(database, verifying.ben)
    with pytest.raises(StaleVersion, match="it is now final"):
        decide(
            database,
            1,
            version=version,
            annotator_id=verifying.ada,
            decision=Decision.reject,
            reason="unsuitable",
        )


def test_the_last_image_left_of_the_pair_just_seen_waits(seeded: Seeded) -> None:
    database = seeded.database
    complete(database, 1, seeded.ada)
    set_verification_policy(database, VerificationPolicy(True, 2, 2))
    reply(database, seeded.ben)
    waiting = ask(database, seeded.ben)
    assert (waiting.question, waiting.n_left) == (None, 1)
    assert waiting.waiting is Waiting.too_close
    assert waiting.again_at is not None
    complete(database, 3, seeded.ada)
    assert ask(database, seeded.ben).question is not None
