"""Imports into the database: whole or not at all, the original kept, the queue left alone."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from db.accounts import list_accounts
from db.annotations import write_question
from db.cards import find_card
from db.claims import claim
from db.copies import all_tables
from db.database import Database
from db.errors import DatabaseError
from db.history import events
from db.image_files import FoundFile
from db.import_tables import KeptAs
from db.imported import get_import, list_imports, origin_of, pairs_at_row
from db.imports import AlreadyImported, ImportSummary, NewImport, NewPairOf, record_import
from db.lifecycle import PairState, RunKind
from db.pairs import current_run, current_run_id, get_card, list_cards, pair_links, record_run
from db.pattern_fields import PatternFields
from db.patterns import list_patterns
from db.policy import Policy, set_policy
from db.progress import progress
from db.queue import upcoming
from db.trouble import list_troubled
from db.undo import undo
from db.views import QuestionView
from tests.db.seeding import Seeded, found_file

FOLDER = Path("/ws/imported/Doors")
SHIPPED = [PatternFields("state", "State", "What state it is in."), PatternFields("text", "T", "T")]


def file(number: int) -> FoundFile:
    return found_file(f"{FOLDER}/{number}.jpg", 1000 + number, size_bytes=9)


def question(first: str = "a", pattern: str = "state") -> QuestionView:
    second = "b" if first == "a" else "a"
    return QuestionView(
        "Is the door open?",
        "Yes",
        "No",
        first,  # type: ignore[arg-type]
        second,
        pattern,
    )


def new_pair(number: int, first: FoundFile, second: FoundFile, **given: object) -> NewPairOf:
    values: dict[str, Any] = {
        "number": number,
        "first": first.sha256,
        "second": second.sha256,
        "rows": (2 * number - 1, 2 * number),
        "entry": {"pair_id": number, "kept": "word for word"},
        "question": question(),
    }
    return NewPairOf(**values | given)


def new_import(*pairs: NewPairOf, **given: object) -> NewImport:
    values: dict[str, Any] = {
        "name": "Doors",
        "format": "mmvp",
        "source": "Questions.csv",
        "digest": "d" * 64,
        "kind": RunKind.benchmark,
        "kept_as": KeptAs.complete,
        "author": "Doors (imported)",
        "document": {"name": "Doors"},
        "patterns": [PatternFields("unlabelled", "No pattern yet", "It does not say.")],
        "pairs": pairs,
    }
    return NewImport(**values | given)


def bring(database: Database, new: NewImport, *files: FoundFile) -> ImportSummary:
    folder = FOLDER if files else None
    return record_import(database, new, files, folder=folder, shipped=SHIPPED)


def rows_of(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that is stored."""
    with database.read() as session:
        return {
            table.name: [tuple(row) for row in session.connection().execute(select(table))]
            for table in all_tables().sorted_tables
        }


def test_a_pair_keeps_its_number_question_and_words(database: Database) -> None:
    done = bring(database, new_import(new_pair(49, file(1), file(2))), file(1), file(2))
    card = get_card(database, 49)
    assert card is not None
    assert (card.state, card.run_kind) == (PairState.complete, RunKind.benchmark)
    assert (card.blind_cosine, card.gap, card.encoders, card.blind_min) == (None,) * 4
    assert card.annotation is not None
    assert card.annotation.question == question()
    assert card.annotation.annotator == done.author == "Doors (imported)"
    assert [account.can_log_in for account in list_accounts(database)] == [False]
    (view,) = list_imports(database)
    assert (view.name, view.n_pairs, view.kept_as, view.folder) == ("Doors", 1, "complete", "Doors")
    found = get_import(database, "Doors")
    assert found is not None
    assert found.document == {"name": "Doors"}
    assert found.pairs[0].entry == {"pair_id": 49, "kept": "word for word"}
    assert [event.kind for event in events(database)] == ["import"]


def test_images_in_the_other_order_have_their_answers_swapped(seeded: Seeded) -> None:
    early, late = found_file("/photos/1.png", 1), found_file("/photos/4.png", 4)
    bring(seeded.database, new_import(new_pair(700, late, early), new_pair(701, early, late)))
    flipped, straight = (get_card(seeded.database, number) for number in (700, 701))
    assert flipped
    assert flipped.annotation
    assert flipped.annotation.question
    assert flipped.first.sha256 == early.sha256
    assert flipped.annotation.question.answer_first == "b"
    assert straight
    assert straight.annotation
    assert straight.annotation.question
    assert straight.annotation.question.answer_first == "a"
    found = get_import(seeded.database, "Doors")
    assert found is not None
    assert [one.is_flipped for one in found.pairs] == [True, False]


def test_numbers_that_are_taken_are_not_reused_and_counting_goes_on(seeded: Seeded) -> None:
    numbers = (3, 50, -4, 2_000_000_000)
    pairs = [new_pair(n, file(n), file(n + 1), rows=(1, 2)) for n in numbers]
    files = {one: file(one) for n in numbers for one in (n, n + 1)}
    bring(seeded.database, new_import(*pairs), *files.values())
    found = get_import(seeded.database, "Doors")
    assert found is not None
    ids = {one.number: one.pair_id for one in found.pairs}
    assert ids[50] == 50
    assert ids[3] > 50
    assert len({*ids.values(), *seeded.pair_ids}) == 10
    record_run(seeded.database, seeded.run, seeded.new_pairs((0, 3), (0, 4)))
    assert len(list_cards(seeded.database)) == 6


def test_the_queue_stays_with_the_mined_run(seeded: Seeded) -> None:
    database = seeded.database
    before = [card.id for card in upcoming(database, seeded.ada)]
    mined = current_run(database)
    bring(database, new_import(new_pair(90, file(1), file(2))), file(1), file(2))
    assert [card.id for card in upcoming(database, seeded.ada)] == before
    assert current_run(database) == mined
    assert progress(database).n_pairs == 7
    assert progress(database).per_day == []  # nobody worked
    assert 90 not in {link.id for link in pair_links(database)}
    assert [one.gap for one in list_troubled(database)] == [None]


def test_pairs_to_review_are_the_queue(seeded: Seeded) -> None:
    database = seeded.database
    new = new_import(
        new_pair(90, file(1), file(2)),
        new_pair(91, file(2), file(3), question=None, blind_cosine=0.9, reference_cosine=0.2),
        kind=RunKind.pairs,
        kept_as=KeptAs.open,
    )
    bring(database, new, file(1), file(2), file(3))
    assert [card.id for card in upcoming(database, seeded.ada)] == [90, 91]
    taken = claim(database, seeded.ada, minutes=5)
    assert taken.pair is not None
    assert (taken.pair.id, taken.pair.annotation) == (90, None)
    assert {link.id: link.gap for link in pair_links(database)} == {91: pytest.approx(0.7)}


def test_a_benchmark_alone_is_the_current_run(database: Database) -> None:
    bring(database, new_import(new_pair(1, file(1), file(2))), file(1), file(2))
    with database.read() as session:
        assert session.connection().execute(select(current_run_id())).scalar() == 1
    assert current_run(database) is None
    assert [card.id for card in list_cards(database)] == [1]
    assert progress(database).by_state[PairState.complete] == 1


@pytest.mark.parametrize(
    "broken",
    [
        {"pairs": [new_pair(1, file(1), file(2)), new_pair(2, file(2), file(2))]},
        {"pairs": [new_pair(1, file(1), file(2), question=question(pattern=" "))]},
        {"pairs": [new_pair(1, file(1), file(2)), new_pair(1, file(1), file(2))]},
        {"name": " "},
    ],
    ids=["one image twice", "no pattern", "one number twice", "no name"],
)
def test_what_is_refused_leaves_nothing(seeded: Seeded, broken: dict[str, Any]) -> None:
    before = rows_of(seeded.database)
    new = dataclasses.replace(new_import(new_pair(1, file(1), file(2))), **broken)
    with pytest.raises(DatabaseError):
        bring(seeded.database, new, file(1), file(2))
    assert rows_of(seeded.database) == before


def test_the_same_again_is_refused_in_words(database: Database) -> None:
    new = new_import(new_pair(1, file(1), file(2)))
    bring(database, new, file(1), file(2))
    before = rows_of(database)
    with pytest.raises(AlreadyImported, match=r"already, on \d+-\d+-\d+, as 'Doors'"):
        bring(database, dataclasses.replace(new, name="Gates"), file(1), file(2))
    with pytest.raises(AlreadyImported, match="--name"):
        bring(database, dataclasses.replace(new, digest="e" * 64), file(1), file(2))
    assert rows_of(database) == before


def test_unknown_patterns_are_there_but_out_of_use(database: Database) -> None:
    pair = new_pair(1, file(1), file(2), question=question(pattern="unlabelled"))
    done = bring(database, new_import(pair), file(1), file(2))
    assert done.former_patterns == ("unlabelled",)
    stored = list_patterns(database)
    assert [(one.fields.slug, one.is_active) for one in stored] == [
        ("state", True),
        ("text", True),
        ("unlabelled", False),
    ]
    again = new_import(pair, name="More", digest="e" * 64)
    assert bring(database, again).former_patterns == ()


def test_an_author_with_an_account_is_not_taken_for_the_import(database: Database) -> None:
    first = new_import(new_pair(1, file(1), file(2)))
    assert bring(database, first, file(1), file(2)).author == "Doors (imported)"
    again = dataclasses.replace(first, name="More", digest="e" * 64)
    assert bring(database, again).author == "Doors (imported) 2"


def test_how_many_annotate_a_pair_is_nothing_to_an_import(seeded: Seeded) -> None:
    database = seeded.database
    bring(database, new_import(new_pair(90, file(1), file(2))), file(1), file(2))
    set_policy(database, Policy(overlap=3))
    card = get_card(database, 90)
    assert card is not None
    assert card.state is PairState.complete


def test_a_change_of_an_imported_question_can_be_taken_back(seeded: Seeded) -> None:
    database = seeded.database
    bring(database, new_import(new_pair(90, file(1), file(2))), file(1), file(2))
    before = get_card(database, 90)
    write_question(
        database,
        90,
        version=0,
        annotator_id=seeded.ada,
        text="Is the door shut?",
        option_a="Yes",
        option_b="No",
        answer_first="b",
        answer_second="a",
        pattern="state",
    )
    changed = get_card(database, 90)
    assert changed
    assert changed.annotation
    assert changed.annotation.annotator == "Ada"
    undo(database, annotator_id=seeded.ada)
    after = get_card(database, 90)
    assert before
    assert after
    assert after.annotation == before.annotation
    assert after.state is PairState.complete


def test_a_pair_is_found_by_its_row(database: Database) -> None:
    new = new_import(new_pair(49, file(1), file(2)), new_pair(50, file(2), file(3)))
    bring(database, new, file(1), file(2), file(3))
    assert [one.number for one in pairs_at_row(database, 99)] == [50]
    assert [one.number for one in pairs_at_row(database, 98, name="doors")] == [49]
    assert pairs_at_row(database, 98, name="Gates") == []
    assert pairs_at_row(database, 101) == []
    origin = origin_of(database, 49)
    assert origin is not None
    assert (origin.name, origin.rows) == ("Doors", (97, 98))
    assert origin_of(database, 1) is None


def test_known_images_are_used_again(seeded: Seeded) -> None:
    with seeded.database.read() as session:
        before = session.connection().execute(select(func.count()).select_from(_images())).scalar()
    known = found_file("/photos/2.png", 2)
    bring(seeded.database, new_import(new_pair(90, known, file(1))), file(1))
    with seeded.database.read() as session:
        after = session.connection().execute(select(func.count()).select_from(_images())).scalar()
        card = find_card(session, 90)
    assert (before, after) == (7, 8)
    assert card is not None
    assert card.first.path == Path("/photos/2.png")
    assert card.second.path == FOLDER / "1.jpg"


def _images() -> Any:  # noqa: ANN401 - a table
    return all_tables().tables["image"]
