"""What an admin says about the benchmark on its dataset card, such as its licence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from db.card_tables import CardFieldsRecord
from db.database import Database
from db.errors import DatabaseError
from db.history import EventKind, add_event
from db.times import now


class StaleCardFields(DatabaseError):
    """The fields were changed since they were read; ``current`` is how they are now."""

    def __init__(self, current: "StoredCardFields") -> None:
        self.current = current
        super().__init__(
            "The dataset card was changed in the meantime.",
            hint="Nothing was overwritten; look at it again.",
        )


@dataclass(frozen=True)
class StoredCardFields:
    """The fields that are filled in; ``version`` goes back with a change, 0 before the first."""

    version: int = 0
    fields: Mapping[str, str] = field(default_factory=dict)


def get_card_fields(database: Database) -> StoredCardFields:
    """The fields as they are now."""
    with database.read() as session:
        return _stored(session)


def set_card_fields(
    database: Database,
    fields: Mapping[str, str],
    *,
    version: int,
    annotator_id: int | None = None,
) -> StoredCardFields:
    """Replace all fields that were read at ``version``; empty ones are dropped.

    What changes nothing writes nothing.

    Raises:
        StaleCardFields: if they were changed since; nothing is written.
    """
    wanted = {name: text for name, text in sorted(fields.items()) if text.strip()}
    with database.write() as session:
        before = _stored(session, lock=True)
        if before.version != version:
            raise StaleCardFields(before)
        if before.fields == wanted:
            return before
        after = StoredCardFields(version + 1, wanted)
        session.merge(
            CardFieldsRecord(version=after.version, fields=dict(wanted), updated_at=now())
        )
        data: dict[str, Any] = {"before": dict(before.fields), "after": wanted}
        add_event(session, EventKind.card, data, annotator_id=annotator_id)
        session.flush()
        return after


def _stored(session: Session, *, lock: bool = False) -> StoredCardFields:
    found = session.get(CardFieldsRecord, 1, with_for_update=lock or None)
    return StoredCardFields() if found is None else StoredCardFields(found.version, found.fields)
