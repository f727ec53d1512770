"""The fields of the dataset card: one row, compare-and-set, one event a change."""

import pytest
from sqlalchemy import text

from db.card_fields import StaleCardFields, StoredCardFields, get_card_fields, set_card_fields
from db.errors import DatabaseError
from db.history import EventKind, events
from tests.db.seeding import Seeded


def test_a_change_is_one_event_and_no_change_is_none(seeded: Seeded) -> None:
    database = seeded.database
    assert get_card_fields(database) == StoredCardFields()
    set_card_fields(
        database, {"licence": "MIT", "contact": " "}, version=0, annotator_id=seeded.ada
    )
    stored = set_card_fields(database, {"licence": "MIT"}, version=1)
    assert stored == get_card_fields(database) == StoredCardFields(1, {"licence": "MIT"})
    with pytest.raises(StaleCardFields) as stale:
        set_card_fields(database, {}, version=0)
    assert stale.value.current == stored
    assert set_card_fields(database, {}, version=1) == StoredCardFields(2, {})
    found = [event for event in events(database) if event.kind == EventKind.card]
    assert [(event.annotator, event.data) for event in reversed(found)] == [
        ("Ada", {"before": {}, "after": {"licence": "MIT"}}),
        (None, {"before": {"licence": "MIT"}, "after": {}}),
    ]


def test_there_is_one_row(seeded: Seeded) -> None:
    with pytest.raises(DatabaseError, match="one_row"), seeded.database.write() as session:
        session.connection().execute(
            text(
                "INSERT INTO card_fields (id, version, fields, updated_at)"
                " VALUES (2, 1, '{}', '2026-01-01')"
            )
        )
