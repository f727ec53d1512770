"""The leaderboard of a workspace's runs as JSON values, and two of them compared."""

from dataclasses import asdict
from functools import partial
from typing import Any

from annotator.errors import explain
from annotator.results import Asked, ReadRun, Results
from evaluation.errors import EvaluationError
from evaluation.graders import DEFAULT_GRADER, GRADERS, JUDGE, grader
from evaluation.published import published_human, published_mllms
from evaluation.results.rescoring import graded_now, questions_digest, rescore, short_score
from evaluation.results.stored import StoredRun
from evaluation.scores import CHANCE, Accuracy, compare

_JUDGE_ABOUT = "a language model, asked of each answer whether it is correct"


def leaderboard(results: Results, grader_name: str = DEFAULT_GRADER) -> dict[str, Any]:
    """All runs under a grader, best first, beside what was published about MMVP itself.

    Everything is counted now: from the stored answers and the questions as they are. A run whose
    file is damaged is named in `problems` and keeps nobody from seeing the others.

    Raises:
        UnknownGrader: there is no such grader.
    """
    if grader_name != JUDGE:
        grader(grader_name)
    asked = results.asked()
    stamp = (questions_digest(asked.questions), asked.questions.patterns, results.stamps())
    found = results.once(
        ("board", grader_name), stamp, lambda: _leaderboard(results, asked, grader_name, stamp)
    )
    return {**found, "people": results.people()}


def _leaderboard(results: Results, asked: Asked, grader_name: str, stamp: object) -> dict[str, Any]:
    runs, problems = [], []
    for name in results.names():
        try:
            read = results.read(name, asked, grader_name)
            make = partial(_by_grader, results, asked, read.run)
            by_grader = results.once(("by grader", name), stamp, make)
            runs.append(_run(read, asked, by_grader))
        except EvaluationError as error:
            problems.append(explain(error))
    runs.sort(key=lambda one: (-_value(one), one["model"], one["label"]))
    known = {rule.name: rule.about for rule in GRADERS.values()}
    if any(one["judged"] for one in runs):
        known[JUDGE] = _JUDGE_ABOUT
    questions = asked.questions
    return {
        "benchmark": questions.name,
        "n_pairs": len(questions.pair_ids),
        "patterns": [{"slug": slug, "name": name} for slug, name in questions.patterns.items()],
        "grader": grader_name,
        "graders": [{"name": name, "about": about} for name, about in known.items()],
        "chance": CHANCE,
        "human": published_human(),
        "published": [asdict(one) for one in published_mllms()],
        "runs": runs,
        "problems": problems,
    }


def _value(run: dict[str, Any]) -> float:
    scores = run["scores"]
    found: float | None = scores["pair"]["value"] if scores else None
    return -1.0 if found is None else found


def _by_grader(results: Results, asked: Asked, run: StoredRun) -> dict[str, Any]:
    by_grader = {}
    for name in results.graders(run):
        found = results.read(run.name, asked, name).readings
        if found is not None:
            by_grader[name] = asdict(short_score(found, asked.questions))
    return by_grader


def _run(read: ReadRun, asked: Asked, by_grader: dict[str, Any]) -> dict[str, Any]:
    run, manifest = read.run, read.run.manifest
    return {
        "run": run.name,
        "model": manifest.model,
        "label": manifest.label,
        "source": manifest.source,
        "benchmark": manifest.benchmark,
        "at": manifest.at,
        "n_answers": len(run.answers),
        "judged": JUDGE in by_grader,
        "by_grader": by_grader,
        "scores": _scores(read, asked),
    }


def _scores(read: ReadRun, asked: Asked) -> dict[str, Any] | None:
    """The run's scores; None under a judge that was not asked about it."""
    if read.readings is None:
        return None
    found = rescore(read.readings, asked.questions)
    now = found.now
    return {
        **_accuracy(now.overall),
        "by_pattern": {slug: _accuracy(one) for slug, one in now.by_pattern.items()},
        "said_a": asdict(now.bias.said_a),
        "always_a": asdict(now.bias.always_a),
        "always_b": asdict(now.bias.always_b),
        "ungradable": asdict(now.ungradable),
        "unanswered": now.unanswered,
        "repeats": [asdict(one) for one in found.repeats],
        "before": _accuracy(found.before.overall) if found.before else None,
        "stale": list(found.stale),
        "corrected": list(found.corrected),
        "gone": list(found.gone),
        "by_hand": found.by_hand,
    }


def _accuracy(found: Accuracy) -> dict[str, Any]:
    return {"pair": asdict(found.pair), "single": asdict(found.single)}


def comparison(results: Results, first: str, second: str, grader_name: str) -> dict[str, Any]:
    """How much more the first run gets right than the second, on what both answered.

    Raises:
        NoSuchRun: one of the two is not there.
    """
    asked = results.asked()
    graded = [
        graded_now(results.read(name, asked, grader_name).readings or [])
        for name in (first, second)
    ]
    pair = compare(graded[0], graded[1], count="pair")
    single = compare(graded[0], graded[1], count="single")
    return {
        "first": first,
        "second": second,
        "grader": grader_name,
        "pair": asdict(pair) if pair else None,
        "single": asdict(single) if single else None,
    }
