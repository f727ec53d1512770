"""Encoders' scores on a workspace's questions as JSON values, and how they go with the models'."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from annotator.errors import explain
from annotator.leaderboard import leaderboard
from annotator.results import Results
from evaluation.correlation import Correlation, PatternAccuracies, TooFewPatterns, correlate
from evaluation.errors import EvaluationError
from evaluation.published import published_correlations, published_vlms
from evaluation.results.rescoring import questions_digest
from evaluation.statistics import share
from evaluation.vlm.evaluation import VlmEvaluation
from evaluation.vlm.kept import read_kept
from evaluation.vlm.pairs import StatementSet, from_questions

_RESAMPLES = 2000


@dataclass(frozen=True)
class EncoderScores:
    """What is known of the encoders that were run on the workspace's pairs."""

    evaluation: VlmEvaluation
    measured: Sequence[tuple[str, int]]
    """When each was run, and how many pairs of now it has not seen as they are."""
    problems: Sequence[str]
    stamp: object
    """Changes when any of it may."""


@dataclass(frozen=True)
class Together:
    """An encoder, models, and the encoder's correlation with each of them, in the same order."""

    encoder: PatternAccuracies
    models: Sequence[PatternAccuracies]
    correlations: Sequence[Correlation]


def encoder_scores(results: Results) -> EncoderScores:
    """Every kept encoder, best first, scored on the questions as they are now."""
    asked = results.asked()
    files = sorted(results.encoders.glob("*.json"))
    stamps = tuple((path.name, path.stat().st_mtime_ns) for path in files)
    stamp = (questions_digest(asked.questions), asked.questions.patterns, stamps)
    return results.once(
        "encoders", stamp, lambda: _encoder_scores(files, from_questions(asked.questions), stamp)
    )


def _encoder_scores(
    files: Sequence[Path], statements: StatementSet, stamp: object
) -> EncoderScores:
    found, problems = [], []
    for path in files:
        try:
            kept = read_kept(path)
            found.append((*kept.now(statements), kept.at))
        except EvaluationError as error:
            problems.append(explain(error))
    found.sort(
        key=lambda one: (-(one[0].scores.overall.of("text_to_image").value or 0.0), one[0].spec)
    )
    evaluation = VlmEvaluation(
        benchmark=statements.name,
        n_pairs=len(statements.pairs),
        n_written=statements.n_written,
        patterns=statements.patterns,
        results=[result for result, _, _ in found],
        not_run={},
    )
    measured = [(at, unseen) for _, unseen, at in found]
    return EncoderScores(evaluation, measured, problems, stamp)


def correlations(results: Results, grader_name: str) -> list[Together]:
    """Each encoder with the scored models that share enough patterns with it."""
    stamp = encoder_scores(results).stamp, results.stamps()
    return results.once(
        ("correlations", grader_name), stamp, lambda: _correlations(results, grader_name)
    )


def _correlations(results: Results, grader_name: str) -> list[Together]:
    board = leaderboard(results, grader_name)
    models = [
        PatternAccuracies(
            model=run["model"] + (f" ({run['label']})" if run["label"] else ""),
            published=False,
            by_pattern={
                slug: share(one["pair"]["n"], one["pair"]["total"])
                for slug, one in run["scores"]["by_pattern"].items()
                if one["pair"]["total"]
            },
        )
        for run in board["runs"]
        if run["scores"]
    ]
    found = []
    for result in encoder_scores(results).evaluation.results:
        encoder = PatternAccuracies(
            model=result.spec,
            published=False,
            by_pattern={
                slug: one.of("text_to_image") for slug, one in result.scores.by_pattern.items()
            },
        )
        pairs = [(model, _correlated(encoder, model)) for model in models]
        both = [(model, one) for model, one in pairs if one is not None]
        found.append(Together(encoder, [model for model, _ in both], [one for _, one in both]))
    return found


def _correlated(encoder: PatternAccuracies, model: PatternAccuracies) -> Correlation | None:
    try:
        return correlate(encoder, model, resamples=_RESAMPLES)
    except TooFewPatterns:
        return None


def encoder_board(results: Results, grader_name: str) -> dict[str, Any]:
    """The section on encoders: shares by pattern, the paper's ten, and the correlations."""
    found = encoder_scores(results)
    together = correlations(results, grader_name)
    patterns = found.evaluation.patterns
    return {
        "patterns": [{"slug": slug, "name": name} for slug, name in patterns.items()],
        "n_pairs": found.evaluation.n_pairs,
        "n_written": found.evaluation.n_written,
        "chance": found.evaluation.chance["text_to_image"],
        "encoders": [
            {
                "spec": result.spec,
                "image_size": result.image_size,
                "parameters_millions": result.parameters_millions,
                "at": at,
                "unseen": unseen,
                "overall": {
                    name: asdict(getattr(result.scores.overall, name))
                    for name in ("text_to_image", "image_to_text", "group", "single")
                },
                "by_pattern": {
                    slug: asdict(one.of("text_to_image"))
                    for slug, one in result.scores.by_pattern.items()
                },
            }
            for result, (at, unseen) in zip(found.evaluation.results, found.measured, strict=True)
        ],
        "published": [asdict(one) for one in published_vlms()],
        "correlations": [asdict(one) for several in together for one in several.correlations],
        "paper": [asdict(one) for one in published_correlations()],
        "problems": list(found.problems),
    }
