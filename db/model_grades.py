"""That a person graded a model's answer: the grade itself lies with the model's run."""

from db.database import Database
from db.history import EventKind, add_event


def record_grade(
    database: Database, *, annotator_id: int, run: str, pair_id: int, image: str, given: str
) -> None:
    """Add the event of a grade by hand; the pair itself does not change."""
    data = {"run": run, "pair_id": pair_id, "image": image, "given": given}
    with database.write() as session:
        add_event(session, EventKind.grade, data, annotator_id=annotator_id)
