"""How far the benchmark is: counts by state, pattern, person and day."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, tzinfo

from sqlalchemy import func, select
from sqlmodel import Session, col

from db.cards import IS_CURRENT
from db.database import Database
from db.lifecycle import DONE_STATES, WRITTEN_STATES, Decision, PairState, RunKind, own_state
from db.pairs import current_run_id, read_current_run
from db.pattern_tables import read_pattern
from db.policy import read_policy
from db.tables import Annotation, Annotator, CandidatePair, ImagePath, MiningRun
from db.views import AnnotatorProgress, Progress


def progress(
    database: Database, *, target_pairs: int = 150, timezone: tzinfo | None = None
) -> Progress:
    """How many pairs are where, of the current run and all that somebody dealt with.

    Args:
        timezone: in which a day begins; None means that of this machine.
    """
    with database.read() as session:
        counts = _live_pairs(session)
        by_state = _by_state(counts)
        if read_policy(session).overlap > 1:
            counts = _own_annotations(session)
        people = session.connection().execute(select(col(Annotator.name), col(Annotator.id)))
        return Progress(
            target_pairs=target_pairs,
            by_state=by_state,
            by_pattern=_by_pattern(session),
            by_annotator=[
                _of_annotator(name, {state: counts[state, person] for state in PairState})
                for name, person in sorted((name, person) for name, person in people)
            ],
            per_day=_per_day(session, timezone),
            n_images=session.connection().execute(_N_IMAGES).scalar_one(),
            n_pairs=sum(by_state.values()),
            current_run=read_current_run(session),
        )


def count_states(database: Database) -> dict[PairState, int]:
    """Only the counts by state of ``progress``; they change with every decision."""
    with database.read() as session:
        return _by_state(_live_pairs(session))


_BENCHMARKS = select(col(MiningRun.id)).where(col(MiningRun.kind) == RunKind.benchmark.value)
_N_IMAGES = select(func.count(func.distinct(col(ImagePath.image_id)))).where(col(ImagePath.present))


# The pairs of ``is_live`` as two queries, each answered by an index alone and built once.
_DECIDED = (
    select(col(CandidatePair.state), col(CandidatePair.decided_by), func.count())
    .where(
        col(CandidatePair.state).in_(
            [state.value for state in PairState if state is not PairState.unreviewed]
        )
    )
    .group_by(col(CandidatePair.state), col(CandidatePair.decided_by))
)
_UNREVIEWED = select(func.count()).where(
    col(CandidatePair.run_id) == current_run_id(),
    col(CandidatePair.state) == PairState.unreviewed.value,
)


def _live_pairs(session: Session) -> Counter[tuple[PairState, int | None]]:
    """How many pairs count, by state and by who set it."""
    connection = session.connection()
    decided = connection.execute(_DECIDED)
    counts = Counter({(PairState(state), person): n for state, person, n in decided})
    counts[PairState.unreviewed, None] = connection.execute(_UNREVIEWED).scalar_one()
    return counts


def _own_annotations(session: Session) -> Counter[tuple[PairState, int | None]]:
    """Where pairs stand for each person, which counts where several annotate the same one."""
    has_question = col(Annotation.question).is_not(None)
    columns = (col(Annotation.annotator_id), col(Annotation.decision), has_question)
    query = select(*columns, func.count()).group_by(*columns)
    counts: Counter[tuple[PairState, int | None]] = Counter()
    for person, decision, written, n in session.connection().execute(query):
        counts[own_state(Decision(decision), has_question=written), person] += n
    return counts


def _by_state(counts: Counter[tuple[PairState, int | None]]) -> dict[PairState, int]:
    by_state = dict.fromkeys(PairState, 0)
    for (state, _), n in counts.items():
        by_state[state] += n
    return by_state


def _of_annotator(name: str, counts: Mapping[PairState, int]) -> AnnotatorProgress:
    return AnnotatorProgress(
        name=name,
        accepted=counts[PairState.accepted],
        rejected=counts[PairState.rejected],
        skipped=counts[PairState.skipped],
        complete=sum(counts[state] for state in WRITTEN_STATES),
    )


def _by_pattern(session: Session) -> dict[str, int]:
    pattern = read_pattern()
    query = (
        select(pattern, func.count())
        .select_from(Annotation)
        .join(CandidatePair, IS_CURRENT)
        .where(col(CandidatePair.state).in_([state.value for state in DONE_STATES]))
        .group_by(pattern)
        .order_by(pattern)
    )
    return {pattern or "": n for pattern, n in session.connection().execute(query)}


def _per_day(session: Session, timezone: tzinfo | None) -> list[tuple[date, int, int]]:
    query = (
        select(col(CandidatePair.state), col(Annotation.decided_at), col(Annotation.written_at))
        .join(Annotation, IS_CURRENT)
        .where(col(CandidatePair.state) != PairState.skipped.value)
        .where(col(CandidatePair.run_id).not_in(_BENCHMARKS))  # nobody's work of a day
    )
    decided: Counter[date] = Counter()
    completed: Counter[date] = Counter()
    for state, decided_at, written_at in session.connection().execute(query):
        decided[_day(decided_at, timezone)] += 1
        if state in WRITTEN_STATES and written_at is not None:
            completed[_day(written_at, timezone)] += 1
    return [(day, decided[day], completed[day]) for day in sorted(decided | completed)]


def _day(at: datetime, timezone: tzinfo | None) -> date:
    return at.astimezone(timezone).date()
