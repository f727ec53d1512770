"""The encoders that mining runs used."""

from sqlmodel import col, select

from db.database import Database
from db.history import EventKind, add_event
from db.tables import EncoderRecord
from db.views import EncoderView


def ensure_encoder(
    database: Database, *, spec: str, name: str, dimension: int, weights_digest: str
) -> int:
    """The id of the encoder with this spec and these weights, which is added if new."""
    known = select(EncoderRecord.id).where(
        EncoderRecord.spec == spec, EncoderRecord.weights_digest == weights_digest
    )
    with database.read() as session:
        if (found := session.exec(known).first()) is not None:
            return found
    row = {"spec": spec, "name": name, "dimension": dimension, "weights_digest": weights_digest}
    with database.write() as session:
        insert = database.insert(EncoderRecord).values(**row)
        added = session.exec(insert.on_conflict_do_nothing()).rowcount
        encoder_id = session.exec(known).one()
        if added:
            add_event(session, EventKind.encoder, {"id": encoder_id, **row})
        return encoder_id


def list_encoders(database: Database) -> list[EncoderView]:
    """All encoders, by id; one spec may stand for several, with different weights."""
    with database.read() as session:
        found = session.exec(select(EncoderRecord).order_by(col(EncoderRecord.id)))
        return [EncoderView(**encoder.model_dump()) for encoder in found]
