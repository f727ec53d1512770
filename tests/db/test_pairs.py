"""Mining runs: ranks, re-mining, and what stays in view."""

from dataclasses import replace
from pathlib import Path

import pytest

from db.annotations import decide
from db.database import Database
from db.encoders import ensure_encoder
from db.errors import DatabaseError
from db.history import events
from db.images import record_scan
from db.lifecycle import Decision, PairState
from db.pairs import (
    NewPair,
    current_run,
    get_card,
    get_run,
    link_of,
    list_cards,
    list_runs,
    pair_links,
    record_run,
)
from tests.db.seeding import Seeded


def test_cards_are_by_rank_with_all_that_was_mined(seeded: Seeded) -> None:
    cards = list_cards(seeded.database)
    assert [card.rank for card in cards] == [1, 2, 3, 4, 5, 6]
    card = cards[1]
    assert get_card(seeded.database, card.id) == card
    assert (card.first.id, card.second.id) == (seeded.image_ids[1], seeded.image_ids[2])
    assert (card.first.file_name, card.second.file_name) == ("1.png", "2.png")
    assert card.blind_cosine == pytest.approx(0.989)
    assert card.gap == card.blind_cosine - card.reference_cosine
    assert (card.blind_encoder, card.reference_encoder) == ("open_clip:tiny/x", "hf:tiny")
    assert (card.blind_min, card.reference_max) == (0.95, 0.6)
    assert (card.state, card.version, card.annotation) == (PairState.unreviewed, 0, None)


def test_the_sides_of_a_pair_are_in_the_order_of_their_ids(seeded: Seeded) -> None:
    a, b = seeded.image_ids[4], seeded.image_ids[0]
    record_run(seeded.database, seeded.run, [NewPair(a, b, 0.97, 0.2)])
    card = list_cards(seeded.database)[0]
    assert (card.first.id, card.second.id) == (b, a)


def test_mining_again_keeps_ids_states_and_annotations(seeded: Seeded) -> None:
    database = seeded.database
    decide(database, 3, version=0, annotator_id=seeded.ada, decision=Decision.accept)
    again = replace(seeded.run, blind_min=0.9)
    record_run(database, again, seeded.new_pairs((2, 3), (0, 5), (0, 1)))
    cards = list_cards(database)
    assert [(card.id, card.rank) for card in cards[::2]] == [(3, 1), (1, 3)]
    assert cards[1].id not in seeded.pair_ids
    assert [card.state for card in cards] == ["accepted", "unreviewed", "unreviewed"]
    assert cards[0].blind_cosine == pytest.approx(0.99)
    assert cards[0].blind_min == 0.9
    assert cards[0].version == 1
    assert cards[0].annotation is not None
    assert get_card(database, 2) is not None, "a pair that was not found again stays stored"


def test_decided_pairs_stay_in_view_when_not_found_again(seeded: Seeded) -> None:
    decide(
        seeded.database,
        2,
        version=0,
        annotator_id=seeded.ada,
        decision=Decision.reject,
        reason="unsuitable",
    )
    record_run(seeded.database, seeded.run, seeded.new_pairs((0, 1)))
    assert [card.id for card in list_cards(seeded.database)] == [1, 2]
    assert [link.id for link in pair_links(seeded.database)] == [1, 2]
    rejected = list_cards(seeded.database, states={PairState.rejected})
    assert [card.id for card in rejected] == [2]
    assert list_cards(seeded.database, states=[]) == []


def test_other_encoders_make_other_pairs(seeded: Seeded) -> None:
    other = ensure_encoder(
        seeded.database, spec="hf:tiny", name="tiny", dimension=8, weights_digest="new weights"
    )
    run = replace(seeded.run, reference_encoder_id=other)
    record_run(seeded.database, run, seeded.new_pairs((0, 1)))
    (card,) = list_cards(seeded.database)
    assert card.id not in seeded.pair_ids


def test_the_newest_run_is_the_current_one(seeded: Seeded) -> None:
    run_id = record_run(
        seeded.database, replace(seeded.run, n_compared=2**40), [], annotator_id=seeded.ben
    )
    run = current_run(seeded.database)
    assert run is not None
    assert (run.id, run.n_pairs, run.n_compared) == (run_id, 0, 2**40)
    assert run.options == {"limit": None}
    assert (run.blind_encoder, run.reference_encoder) == ("open_clip:tiny/x", "hf:tiny")
    assert list_cards(seeded.database) == []
    event = events(seeded.database, limit=1)[0]
    assert (event.kind, event.annotator, event.data["run_id"]) == ("run", "Ben", run_id)


def test_a_pair_names_the_newest_run_that_found_it(seeded: Seeded) -> None:
    other = ensure_encoder(
        seeded.database, spec="hf:tiny", name="tiny", dimension=8, weights_digest="new weights"
    )
    decide(seeded.database, 2, version=0, annotator_id=seeded.ada, decision=Decision.accept)
    again = record_run(seeded.database, seeded.run, seeded.new_pairs((0, 1)))
    renewed = replace(seeded.run, reference_encoder_id=other, blind_min=0.5)
    last = record_run(seeded.database, renewed, seeded.new_pairs((0, 1)))
    cards = {card.id: card for card in list_cards(seeded.database)}
    found_again = get_card(seeded.database, 1)
    assert found_again is not None
    assert found_again.run_id == again
    assert cards.pop(2).run_id == 1
    assert [card.run_id for card in cards.values()] == [last]

    runs = list_runs(seeded.database)
    assert [run.id for run in runs] == [1, again, last]
    assert runs[-1] == current_run(seeded.database) == get_run(seeded.database, last)
    assert (runs[-1].reference_encoder, runs[-1].reference_encoder_id) == ("hf:tiny", other)
    assert runs[0].reference_encoder_id == seeded.run.reference_encoder_id
    assert get_run(seeded.database, 99) is None


def test_before_the_first_run(database: Database) -> None:
    assert current_run(database) is None
    assert list_runs(database) == []
    assert list_cards(database) == []
    assert get_card(database, 1) is None
    assert link_of(database, 1) is None


@pytest.mark.parametrize("indices", [[(0, 0)], [(0, 1), (1, 0)], [(0, 1), (2, 3), (0, 1)]])
def test_a_pair_of_itself_or_twice_is_refused(
    seeded: Seeded, indices: list[tuple[int, int]]
) -> None:
    before = current_run(seeded.database)
    with pytest.raises(DatabaseError, match="cannot be a pair"):
        record_run(seeded.database, seeded.run, seeded.new_pairs(*indices))
    assert current_run(seeded.database) == before


def test_a_run_of_unknown_images_leaves_nothing(seeded: Seeded) -> None:
    before = current_run(seeded.database)
    with pytest.raises(DatabaseError, match="refused"):
        record_run(seeded.database, seeded.run, [NewPair(1, 999, 0.99, 0.1)])
    assert current_run(seeded.database) == before


def test_links_say_what_cards_say(seeded: Seeded) -> None:
    links, cards = pair_links(seeded.database), list_cards(seeded.database)
    assert [(k.id, k.first_image_id, k.second_image_id, k.gap, k.state) for k in links] == [
        (c.id, c.first.id, c.second.id, c.gap, c.state) for c in cards
    ]
    assert link_of(seeded.database, 2) == links[1]


def test_pairs_outlive_their_files(seeded: Seeded) -> None:
    record_scan(seeded.database, Path("/photos"), [], complete=True)
    card = list_cards(seeded.database)[0]
    assert (card.first.path, card.first.file_name) == (None, "0.png")
