"""Named selections, and queues that are restricted to one."""

from pathlib import Path

import pytest

from db.annotations import decide
from db.claims import claim
from db.errors import DatabaseError
from db.history import events
from db.images import list_images, record_scan
from db.lifecycle import Decision
from db.pairs import get_card, record_run
from db.policy import Policy, set_policy
from db.queue import upcoming
from db.selections import (
    NameTaken,
    NotYours,
    create_selection,
    delete_selection,
    get_filter,
    get_selection,
    list_selections,
    picked_images,
    selected_pairs,
    set_filter,
)
from tests.db.seeding import Seeded, found_file


def reject(seeded: Seeded, pair_id: int, who: int, decision: Decision = Decision.reject) -> None:
    card = get_card(seeded.database, pair_id)
    assert card is not None
    decide(
        seeded.database,
        pair_id,
        version=card.version,
        annotator_id=who,
        decision=decision,
        reason="unsuitable",
    )


def queue(seeded: Seeded, who: int) -> list[int]:
    return [card.id for card in upcoming(seeded.database, who, n=9)]


def test_without_pairs_a_selection_is_the_pairs_of_its_images(seeded: Seeded) -> None:
    image = seeded.image_ids[4]
    made = create_selection(
        seeded.database,
        "  Doors  and\nwindows ",
        annotator_id=seeded.ada,
        image_ids=[image, image],
    )
    assert (made.name, made.n_pairs, made.n_left) == ("Doors and windows", 2, 2)
    pairs = selected_pairs(seeded.database, made.id)
    assert [pair_id for pair_id, *_ in pairs] == [4, 5]
    assert all(image in both for _, *both in pairs)
    assert picked_images(seeded.database, made.id) == [image]
    newest = events(seeded.database)[0]
    assert (newest.kind, newest.annotator) == ("selection", "Ada")
    assert (newest.data["pair_ids"], newest.data["image_ids"]) == ([4, 5], [image])


def test_a_selection_gives_back_the_images_that_were_picked(seeded: Seeded) -> None:
    # pairs have images that were not picked, and an image is picked that no pair has
    files = [found_file("/more/lonely.png", 99)]
    record_scan(seeded.database, Path("/more"), files, complete=True)
    lonely = max(image.id for image in list_images(seeded.database))
    picked = [seeded.image_ids[1], lonely]
    some = create_selection(
        seeded.database, "some", annotator_id=seeded.ada, pair_ids=[2, 2], image_ids=picked
    )
    assert [pair_id for pair_id, *_ in selected_pairs(seeded.database, some.id)] == [2]
    assert picked_images(seeded.database, some.id) == picked

    none = create_selection(seeded.database, "no pair", annotator_id=seeded.ada, image_ids=[lonely])
    assert (none.n_pairs, picked_images(seeded.database, none.id)) == (0, [lonely])

    pairs = create_selection(seeded.database, "pairs", annotator_id=seeded.ada, pair_ids=[2])
    ((_, *both),) = selected_pairs(seeded.database, pairs.id)
    assert picked_images(seeded.database, pairs.id) == sorted(both)

    delete_selection(seeded.database, some.id, annotator_id=seeded.ada)
    assert picked_images(seeded.database, some.id) == []
    assert picked_images(seeded.database, none.id) == [lonely]


def test_what_cannot_be_a_selection_is_refused_and_leaves_nothing(seeded: Seeded) -> None:
    create_selection(seeded.database, "one", annotator_id=seeded.ada, pair_ids=[1])
    n_events = len(events(seeded.database))
    with pytest.raises(NameTaken, match="one"):
        create_selection(seeded.database, "one", annotator_id=seeded.ben, pair_ids=[2])
    for name, pairs, images in (
        (" ", [1], []),
        ("x" * 81, [1], []),
        ("x", [], []),
        ("x", [99], []),
    ):
        with pytest.raises(DatabaseError):
            create_selection(
                seeded.database, name, annotator_id=seeded.ada, pair_ids=pairs, image_ids=images
            )
    with pytest.raises(DatabaseError, match="no image 1000000000"):
        create_selection(seeded.database, "x", annotator_id=seeded.ada, image_ids=[10**9])
    assert [one.name for one in list_selections(seeded.database, annotator_id=seeded.ada)] == [
        "one"
    ]
    assert len(events(seeded.database)) == n_events


def test_a_filter_restricts_one_persons_queue(seeded: Seeded) -> None:
    made = create_selection(seeded.database, "some", annotator_id=seeded.ada, pair_ids=[5, 2])
    set_filter(seeded.database, made.id, annotator_id=seeded.ben)
    assert queue(seeded, seeded.ben) == [2, 5]
    assert queue(seeded, seeded.ada) == [1, 2, 3, 4, 5, 6]
    shown = claim(seeded.database, seeded.ben, minutes=5)
    assert (shown.pair and shown.pair.id, [card.id for card in shown.ahead]) == (2, [5])
    reject(seeded, 2, seeded.ben)
    left = get_filter(seeded.database, annotator_id=seeded.ben)
    assert left is not None
    assert (left.n_pairs, left.n_left) == (2, 1)
    reject(seeded, 5, seeded.ben, Decision.skip)
    assert queue(seeded, seeded.ben) == [5]
    assert claim(seeded.database, seeded.ben, minutes=5, after_pair_id=5).pair is None
    set_filter(seeded.database, None, annotator_id=seeded.ben)
    assert get_filter(seeded.database, annotator_id=seeded.ben) is None
    assert queue(seeded, seeded.ben) == [1, 3, 4, 6, 5]


def test_a_selection_keeps_pairs_that_the_current_run_did_not_find(seeded: Seeded) -> None:
    made = create_selection(seeded.database, "some", annotator_id=seeded.ada, pair_ids=[3, 4])
    record_run(seeded.database, seeded.run, seeded.new_pairs((3, 4)))
    assert queue(seeded, seeded.ada) == [4]
    set_filter(seeded.database, made.id, annotator_id=seeded.ada)
    assert queue(seeded, seeded.ada) == [4, 3]


def test_deleting_a_selection_lifts_the_filters_that_use_it(seeded: Seeded) -> None:
    made = create_selection(seeded.database, "some", annotator_id=seeded.ada, pair_ids=[3])
    for who in (seeded.ada, seeded.ben):
        set_filter(seeded.database, made.id, annotator_id=who)
    with pytest.raises(NotYours, match="Ada made the selection some"):
        delete_selection(seeded.database, made.id, annotator_id=seeded.cyd)
    assert queue(seeded, seeded.ben) == [3]
    delete_selection(seeded.database, made.id, annotator_id=seeded.cyd, anybodys=True)
    assert get_selection(seeded.database, made.id, annotator_id=seeded.ada) is None
    assert queue(seeded, seeded.ben) == [1, 2, 3, 4, 5, 6]
    assert events(seeded.database)[0].data == {"id": made.id, "name": "some", "deleted": True}
    with pytest.raises(DatabaseError):
        delete_selection(seeded.database, made.id, annotator_id=seeded.cyd)
    with pytest.raises(DatabaseError):
        set_filter(seeded.database, made.id, annotator_id=seeded.ada)


def test_what_is_left_is_counted_for_each_person(seeded: Seeded) -> None:
    set_policy(seeded.database, Policy(overlap=2))
    made = create_selection(seeded.database, "some", annotator_id=seeded.ada, pair_ids=[1, 2])
    reject(seeded, 1, seeded.ada)
    reject(seeded, 2, seeded.ada, Decision.accept)
    for who, n_left in ((seeded.ada, 1), (seeded.ben, 2)):
        found = get_selection(seeded.database, made.id, annotator_id=who)
        assert found is not None
        assert found.n_left == n_left
