"""How far the benchmark is: counts by state, pattern, person and day."""

from collections import Counter
from datetime import date, datetime, tzinfo

from sqlalchemy import Select, func, select
from sqlmodel import Session, col

from db.cards import IS_CURRENT
from db.database import Database
from db.lifecycle import PairState
from db.pairs import is_live, read_current_run
from db.tables import Annotation, Annotator, CandidatePair, ImagePath
from db.views import AnnotatorProgress, Progress


def progress(
    database: Database, *, target_pairs: int = 150, timezone: tzinfo | None = None
) -> Progress:
    """How many pairs are where, of the current run and all that somebody dealt with.

    Args:
        timezone: in which a day begins; None means that of this machine.
    """
    with database.read() as session:
        by_state = dict.fromkeys(PairState, 0)
        by_annotator: dict[str, Counter[PairState]] = {}
        for state, name, n in session.connection().execute(_counts()):
            by_state[PairState(state)] += n
            if name is not None:
                by_annotator.setdefault(name, Counter())[PairState(state)] += n
        people = session.connection().execute(select(col(Annotator.name))).scalars()
        return Progress(
            target_pairs=target_pairs,
            by_state=by_state,
            by_pattern=_by_pattern(session),
            by_annotator=[
                _of_annotator(name, by_annotator.get(name, Counter())) for name in sorted(people)
            ],
            per_day=_per_day(session, timezone),
            n_images=session.connection().execute(_N_IMAGES).scalar_one(),
            n_pairs=sum(by_state.values()),
            current_run=read_current_run(session),
        )


_N_IMAGES = select(func.count(func.distinct(col(ImagePath.image_id)))).where(col(ImagePath.present))


def _counts() -> Select[str, str | None, int]:
    """Live pairs by state and by who set it."""
    return (
        select(col(CandidatePair.state), col(Annotator.name), func.count())
        .select_from(CandidatePair)
        .outerjoin(Annotator, col(Annotator.id) == col(CandidatePair.decided_by))
        .where(is_live())
        .group_by(col(CandidatePair.state), col(Annotator.name))
    )


def _of_annotator(name: str, counts: Counter[PairState]) -> AnnotatorProgress:
    return AnnotatorProgress(
        name=name,
        accepted=counts[PairState.accepted],
        rejected=counts[PairState.rejected],
        skipped=counts[PairState.skipped],
        complete=counts[PairState.complete],
    )


def _by_pattern(session: Session) -> dict[str, int]:
    query = (
        select(col(Annotation.pattern), func.count())
        .join(CandidatePair, IS_CURRENT)
        .where(col(CandidatePair.state) == PairState.complete.value)
        .group_by(col(Annotation.pattern))
        .order_by(col(Annotation.pattern))
    )
    return {pattern or "": n for pattern, n in session.connection().execute(query)}


def _per_day(session: Session, timezone: tzinfo | None) -> list[tuple[date, int, int]]:
    query = (
        select(col(CandidatePair.state), col(Annotation.decided_at), col(Annotation.written_at))
        .join(Annotation, IS_CURRENT)
        .where(col(CandidatePair.state) != PairState.skipped.value)
    )
    decided: Counter[date] = Counter()
    completed: Counter[date] = Counter()
    for state, decided_at, written_at in session.connection().execute(query):
        decided[_day(decided_at, timezone)] += 1
        if state == PairState.complete.value and written_at is not None:
            completed[_day(written_at, timezone)] += 1
    return [(day, decided[day], completed[day]) for day in sorted(decided | completed)]


def _day(at: datetime, timezone: tzinfo | None) -> date:
    return at.astimezone(timezone).date()
