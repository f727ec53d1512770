"""Several annotations a pair, and the orders that the policy chooses between."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.annotations import InvalidDecision, decide, write_question
from db.errors import DatabaseError
from db.history import events
from db.leases import NotFree
from db.lifecycle import Decision, PairState, Vote, has_room, settle
from db.ordering import store_order
from db.pairs import current_run, get_card, list_cards
from db.policy import Policy, get_policy, set_policy
from db.progress import progress
from db.queue import upcoming
from db.queue_tables import QueueOrder
from db.seen import get_card_for
from db.times import now
from db.undo import undo
from db.views import PairCard
from tests.db.seeding import Seeded

VOTES = st.lists(
    st.tuples(st.integers(1, 5), st.sampled_from(["accepted", "complete", "rejected", "skipped"])),
    unique_by=lambda vote: vote[0],
).map(lambda votes: [Vote(who, PairState(state), now()) for who, state in votes])


def say(seeded: Seeded, pair_id: int, who: int, decision: str) -> PairCard:
    card = get_card_for(seeded.database, pair_id, who)
    assert card is not None
    return decide(
        seeded.database,
        pair_id,
        version=card.version,
        annotator_id=who,
        decision=Decision(decision),
        reason="unsuitable",
    )


def write(seeded: Seeded, pair_id: int, who: int, pattern: str = "state") -> PairCard:
    card = get_card_for(seeded.database, pair_id, who)
    assert card is not None
    return write_question(
        seeded.database,
        pair_id,
        version=card.version,
        annotator_id=who,
        text=f"Question of {who}?",
        option_a="yes",
        option_b="no",
        answer_first="a",
        answer_second="b",
        pattern=pattern,
    )


def complete(seeded: Seeded, pair_id: int, who: int, pattern: str = "state") -> PairCard:
    say(seeded, pair_id, who, "accept")
    return write(seeded, pair_id, who, pattern)


def state_of(seeded: Seeded, pair_id: int) -> PairState:
    card = get_card(seeded.database, pair_id)
    assert card is not None
    return card.state


@given(VOTES, st.integers(1, 3))
def test_who_speaks_for_a_pair_has_voted_for_its_state(votes: list[Vote], overlap: int) -> None:
    state, by = settle(votes, overlap=overlap)
    assert (by is None) == (state is PairState.unreviewed) == (not votes)
    done = [vote for vote in votes if vote.is_done]
    settled = state in (PairState.complete, PairState.rejected)
    if overlap > 1:
        assert (state is PairState.disputed or settled) == (len(done) >= overlap)
        assert settled == (len(done) >= overlap and len({vote.state for vote in done}) == 1)
        assert state is not PairState.accepted
    if state not in (PairState.partial, PairState.disputed):
        assert not votes or next(v for v in votes if v.annotator_id == by).state is state


@given(VOTES, st.integers(2, 3), st.integers(1, 6))
def test_there_is_room_until_enough_are_in(votes: list[Vote], overlap: int, who: int) -> None:
    people = {vote.annotator_id for vote in votes if vote.is_in}
    assert has_room(votes, who, overlap=overlap) == (who in people or len(people) < overlap)


def test_agreeing_annotations_settle_a_pair_and_the_first_counts(seeded: Seeded) -> None:
    set_policy(seeded.database, Policy(overlap=2))
    complete(seeded, 1, seeded.ada)
    assert state_of(seeded, 1) is PairState.partial
    complete(seeded, 1, seeded.ben, "color")
    assert state_of(seeded, 1) is PairState.complete
    write(seeded, 1, seeded.ada)  # reworded
    card = get_card(seeded.database, 1)
    assert card is not None
    assert card.annotation is not None
    assert card.annotation.annotator == "Ada"
    assert progress(seeded.database).by_pattern == {"state": 1}
    assert [one.complete for one in progress(seeded.database).by_annotator] == [1, 1, 0]


def test_annotations_that_disagree_are_a_dispute(seeded: Seeded) -> None:
    set_policy(seeded.database, Policy(overlap=2))
    say(seeded, 1, seeded.ada, "reject")
    complete(seeded, 1, seeded.ben)
    assert state_of(seeded, 1) is PairState.disputed
    assert 1 not in {card.id for card in upcoming(seeded.database, seeded.cyd, n=9)}
    with pytest.raises(NotFree, match="all the annotations"):
        say(seeded, 1, seeded.cyd, "reject")
    undo(seeded.database, annotator_id=seeded.ben)
    assert state_of(seeded, 1) is PairState.partial
    say(seeded, 1, seeded.ben, "reject")
    assert state_of(seeded, 1) is PairState.rejected


def test_nobody_sees_what_the_others_say_before_they_have_spoken(seeded: Seeded) -> None:
    set_policy(seeded.database, Policy(overlap=2))
    complete(seeded, 1, seeded.ada)
    for card in (
        get_card_for(seeded.database, 1, seeded.ben),
        upcoming(seeded.database, seeded.ben)[0],
        say(seeded, 1, seeded.ben, "accept"),
    ):
        assert card is not None
        assert card.id == 1
        assert card.annotation is None or card.annotation.annotator == "Ben"
        assert card.annotation is None or card.annotation.question is None
    assert card.state is PairState.accepted
    own = get_card_for(seeded.database, 1, seeded.ada)
    assert own is not None
    assert own.state is PairState.complete
    assert own.annotation is not None
    assert own.annotation.annotator == "Ada"


def test_what_another_says_meanwhile_makes_ones_own_page_not_stale(seeded: Seeded) -> None:
    set_policy(seeded.database, Policy(overlap=2))
    read = get_card_for(seeded.database, 1, seeded.ben)
    assert read is not None
    complete(seeded, 1, seeded.ada)
    done = decide(
        seeded.database,
        1,
        version=read.version,
        annotator_id=seeded.ben,
        decision=Decision.reject,
        reason="unsuitable",
    )
    assert done.version == 3
    assert state_of(seeded, 1) is PairState.disputed


def test_a_skip_takes_no_place(seeded: Seeded) -> None:
    set_policy(seeded.database, Policy(overlap=2))
    for who in (seeded.ada, seeded.ben):
        say(seeded, 1, who, "skip")
    assert state_of(seeded, 1) is PairState.skipped
    say(seeded, 1, seeded.cyd, "reject")
    assert state_of(seeded, 1) is PairState.partial
    assert upcoming(seeded.database, seeded.ada, n=9)[-1].id == 1, "it comes back"
    say(seeded, 1, seeded.ada, "reject")
    assert state_of(seeded, 1) is PairState.rejected
    with pytest.raises(NotFree):
        say(seeded, 1, seeded.ben, "reject")


def test_more_annotations_reopen_and_fewer_settle(seeded: Seeded) -> None:
    complete(seeded, 1, seeded.ada)
    say(seeded, 2, seeded.ada, "reject")
    assert set_policy(seeded.database, Policy(overlap=2), annotator_id=seeded.ada) == 2
    assert [state_of(seeded, n) for n in (1, 2, 3)] == ["partial", "partial", "unreviewed"]
    say(seeded, 1, seeded.ben, "reject")
    newest = next(event for event in events(seeded.database) if event.kind == "policy")
    assert newest.data["n_pairs_changed"] == 2
    assert set_policy(seeded.database, Policy(overlap=1)) == 1
    assert state_of(seeded, 2) is PairState.rejected
    assert state_of(seeded, 1) is PairState.disputed, "asking for fewer does not make them agree"
    undo(seeded.database, annotator_id=seeded.ben)
    assert state_of(seeded, 1) is PairState.complete


def test_only_numbers_that_make_sense(seeded: Seeded) -> None:
    for policy in (
        Policy(overlap=0),
        Policy(overlap=51),
        Policy(quota=-1),
        Policy(quotas={"x": -1}),
    ):
        with pytest.raises(DatabaseError):
            set_policy(seeded.database, policy)
    assert get_policy(seeded.database) == Policy()
    assert set_policy(seeded.database, Policy()) == 0
    assert "policy" not in {event.kind for event in events(seeded.database)}


def test_with_several_annotations_one_cannot_write_what_one_did_not_accept(seeded: Seeded) -> None:
    set_policy(seeded.database, Policy(overlap=2))
    say(seeded, 1, seeded.ada, "accept")
    with pytest.raises(InvalidDecision):
        write(seeded, 1, seeded.ben)


def ids(seeded: Seeded, who: int) -> list[int]:
    return [card.id for card in upcoming(seeded.database, who, n=9)]


def order_run(seeded: Seeded, first: list[int], likely: dict[int, str]) -> None:
    run = current_run(seeded.database)
    assert run is not None
    store_order(seeded.database, run.id, first, likely)


def test_by_novelty_and_then_by_rank(seeded: Seeded) -> None:
    set_policy(seeded.database, Policy(order=QueueOrder.novelty))
    assert ids(seeded, seeded.ada) == [1, 2, 3, 4, 5, 6], "nothing is worked out yet"
    order_run(seeded, [1, 6, 3], {})
    assert ids(seeded, seeded.ada) == [1, 6, 3, 2, 4, 5]
    say(seeded, 6, seeded.ada, "reject")
    assert ids(seeded, seeded.ada) == [1, 3, 2, 4, 5]
    run = current_run(seeded.database)
    assert run is not None
    assert run.n_ordered == 3


def test_patterns_that_lack_most_come_first(seeded: Seeded) -> None:
    order_run(seeded, [], {1: "color", 2: "state", 3: "color", 5: "text"})
    policy = Policy(order=QueueOrder.short, quota=2, quotas={"text": 0})
    set_policy(seeded.database, policy)
    assert ids(seeded, seeded.ada) == [1, 3, 2, 4, 6, 5], "unknown after short, full last"
    complete(seeded, 1, seeded.ada, "color")
    assert ids(seeded, seeded.ada) == [2, 3, 4, 6, 5], "color has one of two"
    complete(seeded, 3, seeded.ada, "color")
    assert ids(seeded, seeded.ada) == [2, 4, 6, 5]
    assert sorted(card.rank for card in list_cards(seeded.database)) == [1, 2, 3, 4, 5, 6]


def test_spread_evenly_everybody_walks_the_same_way(seeded: Seeded) -> None:
    set_policy(seeded.database, Policy(overlap=2))
    people = (seeded.ada, seeded.ben, seeded.cyd)
    for step in range(12):
        who = people[step % 3]
        todo = ids(seeded, who)
        if todo:
            say(seeded, todo[0], who, "reject")
        in_order = [card.state for card in list_cards(seeded.database)]
        rank = {PairState.rejected: 0, PairState.partial: 1, PairState.unreviewed: 2}
        assert all(rank[a] <= rank[b] for a, b in pairwise(in_order)), "nothing is left behind"
    assert set(in_order) == {PairState.rejected}
