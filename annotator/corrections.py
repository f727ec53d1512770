"""Questions that were put right, as the errata of a benchmark document."""

from collections.abc import Collection, Mapping

from annotator.studio import Studio
from db.problem_reports import Resolution, resolutions
from db.problem_tables import Outcome
from evaluation.errata import Erratum
from evaluation.question import Question


def corrections(studio: Studio, exported: Collection[int]) -> tuple[Erratum, ...]:
    """The corrections of these pairs, one for each time that a question was put right."""
    found: dict[int, list[Resolution]] = {}
    for one in reversed(resolutions(studio.database)):
        if one.outcome is Outcome.fixed and one.report.pair_id in exported:
            found.setdefault(one.event_id, []).append(one)
    return tuple(
        Erratum(
            pair_id=several[0].report.pair_id,
            kinds=sorted({one.report.kind.value for one in several}),
            reason=several[0].reason,
            at=several[0].at.isoformat(),
            before=_reworded(several[0].before),
            after=_reworded(several[0].after),
        )
        for several in found.values()
    )


def _reworded(words: Mapping[str, str]) -> Question:
    return Question(
        text=words["question"],
        option_a=words["option_a"],
        option_b=words["option_b"],
        answer_first="a" if words["answer_first"] == "a" else "b",
        answer_second="a" if words["answer_second"] == "a" else "b",
    )
