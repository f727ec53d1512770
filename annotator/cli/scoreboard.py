"""The tables that `mmvp eval` prints."""

from typing import TYPE_CHECKING

from annotator.cli.output import table

if TYPE_CHECKING:
    from evaluation.items import QuestionSet
    from evaluation.mllms.evaluation import Evaluation
    from evaluation.statistics import Difference, Share


def scoreboard(evaluation: "Evaluation", questions: "QuestionSet") -> str:
    """All that a person should see beside a pair accuracy."""
    scores, n = evaluation.scores, evaluation.n_pairs
    rows = [["", "pair accuracy", "single accuracy"]]
    rows.append(["all", accuracy(scores.overall.pair), accuracy(scores.overall.single)])
    rows += [
        [questions.patterns.get(slug, slug), accuracy(found.pair), accuracy(found.single)]
        for slug, found in scores.by_pattern.items()
        if found.pair.total
    ]
    rows.append(["chance", percent(evaluation.chance), percent(0.5)])
    rows.append(["people on MMVP", percent(evaluation.human), ""])
    parts = [
        f"{evaluation.model} on {evaluation.benchmark}: {n:,} pairs, graded by {evaluation.grader}",
        table(rows),
        _doubts(evaluation),
        "By grader:",
        table(
            [["", "pair accuracy", "single accuracy", "ungradable"]]
            + [
                [name, accuracy(one.pair), accuracy(one.single), f"{one.ungradable.n:,}"]
                for name, one in evaluation.by_grader.items()
            ]
        ),
    ]
    from evaluation.published import published_mllms

    published = ", ".join(f"{one.model} {percent(one.pair_accuracy)}" for one in published_mllms())
    return "\n".join([*parts, f"Published for MMVP itself: {published}."])


def comparison(model: str, other: str, by_pair: "Difference | None") -> str:
    """Whether one model is better than the other on the pairs that both answered."""
    if by_pair is None:
        return f"{model} and {other} have no answered pair in common."
    return (
        f"{model} minus {other}: {100 * by_pair.value:+.1f} points of pair accuracy on "
        f"{by_pair.total:,} pairs, 95 % between {100 * by_pair.low:+.1f} and "
        f"{100 * by_pair.high:+.1f}; right alone {by_pair.only_first:,} and "
        f"{by_pair.only_second:,} times, McNemar p = {by_pair.p_value:.3g}"
    )


def _doubts(evaluation: "Evaluation") -> str:
    scores = evaluation.scores
    bias = scores.bias
    lines = [
        f"(a) is {accuracy(bias.said_a)} of the answers, and half of the key. Both images got (a) "
        f"in {bias.always_a.n:,} pairs and (b) in {bias.always_b.n:,}, of {bias.always_a.total:,}.",
        f"Ungradable answers, counted as wrong: {scores.ungradable.n:,} of "
        f"{scores.ungradable.total:,}.",
    ]
    if scores.unanswered:
        lines.append(
            f"Left out, because an answer is missing: {scores.unanswered:,} of "
            f"{evaluation.n_pairs:,} pairs."
        )
    if evaluation.cut_off:
        lines.append(f"Answers cut off at the token limit: {evaluation.cut_off:,}.")
    if len(evaluation.repeats) > 1:
        each = ", ".join(percent(found.value) for found in evaluation.repeats)
        lines.append(
            f"Pair accuracy of each repeat: {each}. The same reading every time: "
            f"{accuracy(evaluation.steady)} of the images."
        )
    return "\n".join(lines)


def accuracy(found: "Share") -> str:
    """A share with its interval and counts, or a dash where there is nothing to count."""
    if found.low is None or found.high is None:
        return "-"
    return (
        f"{percent(found.value)} [{100 * found.low:.1f}, {100 * found.high:.1f}]"
        f" {found.n:,}/{found.total:,}"
    )


def percent(value: float | None) -> str:
    """A fraction in percent with one decimal."""
    return "-" if value is None else f"{100 * value:.1f} %"
