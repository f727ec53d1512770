"""A result that nobody reads to its end must not outlive its transaction on a pooled connection."""

from typing import Any

import pytest
from sqlalchemy import text

from db.annotations import StaleVersion, decide
from db.lifecycle import Decision
from db.pairs import get_card
from tests.db.seeding import Seeded

REJECT = Decision.reject


def test_a_result_that_is_kept_holds_nobody_up(seeded: Seeded) -> None:
    database = seeded.database
    database.close()  # so that there is one connection, which everybody after this gets
    kept: list[Any] = []
    with database.read() as session:
        kept.append(session.connection().execute(text("SELECT id FROM candidate_pair")))
        assert kept[0].fetchone() is not None
    decide(database, 1, version=0, annotator_id=seeded.ada, decision=Decision.accept)
    other = type(database)(database.url.render_as_string(hide_password=False))
    decide(other, 2, version=0, annotator_id=seeded.ada, decision=Decision.accept)
    card = get_card(database, 2)
    assert card is not None
    assert card.version == 1, "read from a state of before"
    decide(
        database, 2, version=1, annotator_id=seeded.ben, decision=Decision.reject, reason="other"
    )
    other.close()


def test_a_refused_write_leaves_a_connection_that_can_write(seeded: Seeded) -> None:
    """The refusal is still in hand, with all that it refers to, while the next page is made."""
    database = seeded.database
    other = type(database)(database.url.render_as_string(hide_password=False))
    decide(database, 1, version=0, annotator_id=seeded.ada, decision=Decision.accept)
    for n in range(2, 5):
        with pytest.raises(StaleVersion) as refused:
            decide(database, 1, version=0, annotator_id=seeded.ada, decision=Decision.accept)
        decide(other, n, version=0, annotator_id=seeded.ben, decision=Decision.accept)
        card = get_card(database, n)
        assert card is not None
        assert card.version == refused.value.current.version == 1
        decide(database, n, version=1, annotator_id=seeded.cyd, decision=REJECT, reason="other")
    other.close()
