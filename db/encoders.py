"""The encoders that mining runs used."""

from sqlmodel import select

from db.database import Database
from db.history import EventKind, add_event
from db.tables import EncoderRecord


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
