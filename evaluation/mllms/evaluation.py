"""From answers to scores, and the two files that an evaluation leaves."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from embeddings.atomic import write_bytes
from embeddings.progress import Progress
from evaluation.graders import GRADERS, JUDGE, Grader, grader
from evaluation.items import Item, QuestionSet
from evaluation.mllms.asking import (
    Answer,
    Answers,
    Asking,
    Model,
    gold_shown,
    options_shown,
    requests_for,
)
from evaluation.mllms.judging import Verdicts
from evaluation.mllms.log import open_log
from evaluation.mllms.run import RunReport, ask_all
from evaluation.published import published_human
from evaluation.question import Choice
from evaluation.scores import CHANCE, GradedAnswer, Scores, score
from evaluation.statistics import Share, share

ANSWERS, SCORES = "answers.jsonl", "scores.json"


@dataclass(frozen=True, kw_only=True)
class GraderScore:
    """The same answers under one grader."""

    pair: Share
    single: Share
    ungradable: Share


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """One model on one benchmark.

    ``scores`` are those of the first repeat under ``grader``; ``repeats`` holds the pair accuracy
    of every one and ``steady`` how many images got the same reading in all of them.
    ``by_grader`` says how the first repeat's scores move with the rule.
    """

    benchmark: str
    n_pairs: int
    model: str
    grader: str
    asking: Mapping[str, Any] | None
    scores: Scores
    by_grader: Mapping[str, GraderScore] = field(hash=False)
    repeats: tuple[Share, ...]
    steady: Share
    cut_off: int
    """Answers that the model was not allowed to finish."""
    usage: Mapping[str, int] = field(hash=False)
    chance: float
    human: float


def ask(
    questions: QuestionSet,
    model: Model,
    asking: Asking,
    out: Path,
    *,
    concurrency: int = 4,
    progress: Progress | None = None,
) -> tuple[Answers, Counter[str], RunReport]:
    """Ask the model everything that ``out`` does not know yet.

    Returns the answers, the tokens that the server counted for them, and what the run did.
    """
    requests = requests_for(questions, asking, model.identity)
    with open_log(out) as log:
        report = ask_all(requests.values(), model, log, concurrency=concurrency, progress=progress)
        replies = {place: log.get(request.key) for place, request in requests.items()}
    answers = {
        place: Answer(
            text=reply.text,
            swapped=asking.swap_options,
            letters=asking.letters,
            finish_reason=reply.finish_reason,
        )
        for place, reply in replies.items()
        if reply is not None
    }
    usage: Counter[str] = Counter()
    billed = {requests[place].key: reply for place, reply in replies.items() if reply}
    for reply in billed.values():
        usage.update({name: n for name, n in reply.usage.items() if type(n) is int})
    return answers, usage, report


def evaluate(
    questions: QuestionSet,
    answers: Answers,
    *,
    model: str,
    grader_name: str,
    asking: Asking | None = None,
    usage: Mapping[str, int] | None = None,
    verdicts: Verdicts | None = None,
) -> Evaluation:
    """The scores of a model's answers; ``verdicts`` are what a judge said of them.

    Raises:
        UnknownGrader: there is no such grader.
    """
    rule = rule_of(grader_name, verdicts)
    rules: dict[str, Rule] = {**GRADERS, **({JUDGE: verdicts} if verdicts is not None else {})}
    repeats = sorted({repeat for _, _, repeat in answers}) or [1]
    first = _scores(questions, answers, rule, repeats[0])
    by_grader = {name: _scores(questions, answers, one, repeats[0]) for name, one in rules.items()}
    return Evaluation(
        benchmark=questions.name,
        n_pairs=len(questions.pair_ids),
        model=model,
        grader=grader_name,
        asking=asdict(asking) if asking else None,
        scores=first,
        by_grader={
            name: GraderScore(
                pair=found.overall.pair,
                single=found.overall.single,
                ungradable=found.ungradable,
            )
            for name, found in by_grader.items()
        },
        repeats=tuple(_scores(questions, answers, rule, repeat).overall.pair for repeat in repeats),
        steady=_steady(questions, answers, rule, repeats),
        cut_off=sum(answer.finish_reason == "length" for answer in answers.values()),
        usage=dict(usage or {}),
        chance=CHANCE,
        human=published_human(),
    )


Rule = Grader | Verdicts
"""What reads an answer: a rule, or what a judge said of each."""


def rule_of(name: str, verdicts: Verdicts | None = None) -> Rule:
    """The rule of this name; that of the judge is its verdicts.

    Raises:
        UnknownGrader: there is none, or no judge was asked.
    """
    return verdicts if name == JUDGE and verdicts is not None else grader(name)


def graded(
    questions: QuestionSet, answers: Answers, rule: Rule, repeat: int = 1
) -> Iterator[GradedAnswer]:
    """Each answer of one repeat as the rule reads it."""
    for item in questions.items:
        answer = answers.get((item.pair_id, item.side, repeat))
        if answer is not None:
            yield GradedAnswer(
                pair_id=item.pair_id,
                side=item.side,
                gold=item.gold,
                chosen=chosen_option(item, answer, rule, repeat),
                pattern=item.pattern,
            )


def chosen_option(item: Item, answer: Answer, rule: Rule, repeat: int) -> Choice | None:
    """The option that an answer counts as under a rule, by the benchmark's letter."""
    if isinstance(rule, Grader):
        return answer.read(item, rule)
    verdict = rule.get((item.pair_id, item.side, repeat))
    return verdict.chosen if verdict else None


def write_evaluation(
    out: Path,
    evaluation: Evaluation,
    questions: QuestionSet,
    answers: Answers,
    verdicts: Verdicts | None = None,
) -> None:
    """Write ``answers.jsonl`` (which the authors' own grader reads too) and ``scores.json``."""
    rule = rule_of(evaluation.grader, verdicts)
    asking = Asking(**evaluation.asking) if evaluation.asking else None
    lines = []
    for repeat in sorted({repeat for _, _, repeat in answers}):
        for item in questions.items:
            answer = answers.get((item.pair_id, item.side, repeat))
            if answer is None:
                continue
            a, b = options_shown(item, swapped=answer.swapped)
            gold = answer.letters["ab".index(gold_shown(item, swapped=answer.swapped))].lower()
            chosen = chosen_option(item, answer, rule, repeat)
            line = {
                "question_id": item.row,
                "prompt": asking.prompt(item) if asking else f"{item.question} (a) {a} (b) {b}",
                "answer": f"({gold})",
                "response": answer.text,
                "model_id": evaluation.model,
                "pair_id": item.pair_id,
                "image": item.side,
                "pattern": item.pattern,
                "repeat": repeat,
                "options_swapped": answer.swapped,
                "letters": answer.letters,
                "finish_reason": answer.finish_reason,
                "chosen": chosen,
                "right": chosen == item.gold,
            }
            lines.append(json.dumps(line) + "\n")
    write_bytes(out / ANSWERS, "".join(lines).encode())
    text = json.dumps(asdict(evaluation), indent=2, allow_nan=False)
    write_bytes(out / SCORES, f"{text}\n".encode())


def _scores(questions: QuestionSet, answers: Answers, rule: Rule, repeat: int) -> Scores:
    return score(
        graded(questions, answers, rule, repeat),
        patterns=list(questions.patterns),
        pair_ids=questions.pair_ids,
    )


def _steady(questions: QuestionSet, answers: Answers, rule: Rule, repeats: list[int]) -> Share:
    readings = []
    for item in questions.items:
        given = {repeat: answers.get((item.pair_id, item.side, repeat)) for repeat in repeats}
        if all(given.values()):
            readings.append(
                {chosen_option(item, one, rule, repeat) for repeat, one in given.items() if one}
            )
    return share(sum(len(found) == 1 for found in readings), len(readings))
