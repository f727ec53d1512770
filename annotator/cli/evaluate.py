"""`mmvp eval mllm`: ask a multimodal LLM the questions of a benchmark, and score it."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from annotator.cli import evaluate_options as given
from annotator.cli import options
from annotator.cli.asked_models import (
    ANSWERS,
    Answered,
    Server,
    check_grader,
    judged,
    opened,
)
from annotator.cli.kept_runs import keep, place_of
from annotator.cli.output import emit_json, guarded, heading, note, progress_bar, shown
from annotator.cli.scoreboard import comparison, scoreboard

if TYPE_CHECKING:
    from annotator.settings import Settings
    from evaluation.items import QuestionSet
    from evaluation.mllms.asking import Asking
    from evaluation.mllms.run import RunReport

eval_app = typer.Typer(
    no_args_is_help=True, help="Who is blind, and to what: models on a benchmark."
)


@eval_app.command()
@guarded
def mllm(
    benchmark: given.BenchmarkFolder = None,
    *,
    model: given.ModelSpec,
    out: given.Out = None,
    run: given.RunName = None,
    base_url: given.BaseUrl = None,
    key_env: given.KeyEnv = "MMVP_LLM_API_KEY",
    concurrency: given.Concurrency = 4,
    max_requests: given.MaxRequests = None,
    tries: given.Tries = 6,
    timeout: given.Timeout = 120,
    body: given.Body = "{}",
    style: given.Prompt = given.Style.letter,
    swap_options: given.SwapOptions = False,
    letters: given.Letters = "AB",
    both_images: given.BothImages = False,
    swap_images: given.SwapImages = False,
    no_image: given.NoImage = False,
    repeats: given.Repeats = 1,
    temperature: given.Temperature = 0.0,
    max_tokens: given.MaxTokens = 256,
    device: options.Device = None,
    grader: given.GraderName = "strict",
    judge_model: given.JudgeModel = None,
    judge_url: given.JudgeUrl = None,
    judge_key_env: given.JudgeKeyEnv = None,
    against: given.Against = None,
    name: given.ModelName = None,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Measure a multimodal LLM by pair accuracy: both images of a pair right, or nothing.

    Every answer is kept as it arrives: after Ctrl-C or a failure the same command asks only what
    is missing, and nothing that was answered is asked again.
    """
    from evaluation.mllms.asking import Asking

    check_grader(grader, judge_model, against)
    asking = Asking(
        style=style.value, swap_options=swap_options, letters=letters.upper(),
        both_images=both_images, swap_images=swap_images, no_image=no_image,
        temperature=temperature, max_tokens=max_tokens, repeats=repeats, body=_body(body),
    )  # fmt: skip
    server = Server(base_url, key_env, concurrency, max_requests, tries, timeout)
    judging = server.of_judge(judge_url, judge_key_env)
    settings = options.settings_for(workspace, database_url)
    kept = place_of(
        settings, model, asking, name=name, run=run, out=out,
        keeps=benchmark is None or workspace is not None,
    )  # fmt: skip
    with _questions(benchmark, settings) as questions:
        answered = _answered(questions, model, asking, kept.out, server, device)
        if judge_model:
            answered = judged(questions, answered, judge_model, kept.out, judging, device)
        keep(kept, questions, answered, model, grader)
        _score(questions, answered, kept.model, grader, kept.out, against or [], as_json)
    _finish(answered.reports)


def _answered(
    questions: "QuestionSet",
    model: str,
    asking: "Asking",
    out: Path,
    server: Server,
    device: str | None,
) -> Answered:
    """The answers: read from a file, or asked for now."""
    heading(f"{model} on {questions.name}")
    from evaluation.mllms.evaluation import ask
    from evaluation.results.reading import read_answers

    if model.startswith(ANSWERS):
        return Answered(read_answers(Path(model.removeprefix(ANSWERS)), questions))
    with opened(model, server, device) as asked, progress_bar("asking", "answers") as progress:
        answers, usage, report = ask(
            questions, asked, asking, out, concurrency=server.concurrency, progress=progress
        )
    note(f"{report.answered:,} answered now, {report.known:,} known before")
    return Answered(answers, asking, usage, (report,))


@contextmanager
def _questions(benchmark: Path | None, settings: "Settings") -> "Iterator[QuestionSet]":
    if benchmark is not None:
        from evaluation.folder import read_folder

        yield read_folder(benchmark)
        return
    from annotator.exchange import to_questions

    with options.open_studio(settings) as studio:
        yield to_questions(studio, name=studio.workspace.root.name)


def _score(
    questions: "QuestionSet",
    answered: Answered,
    model: str,
    grader_name: str,
    out: Path,
    against: Sequence[Path],
    as_json: bool,
) -> None:
    from evaluation.mllms.evaluation import evaluate, graded, rule_of, write_evaluation
    from evaluation.results.reading import read_answers
    from evaluation.scores import compare

    found = evaluate(
        questions,
        answered.answers,
        model=model,
        grader_name=grader_name,
        asking=answered.asking,
        usage=answered.usage,
        verdicts=answered.verdicts,
    )
    write_evaluation(out, found, questions, answered.answers, answered.verdicts)
    rule = rule_of(grader_name, answered.verdicts)
    comparisons = {}
    for path in against:
        others = read_answers(path, questions)
        comparisons[str(path)] = compare(
            graded(questions, answered.answers, rule), graded(questions, others, rule)
        )
    if as_json:
        emit_json({**asdict(found), "comparisons": comparisons})
        return
    print(scoreboard(found, questions))
    for other, difference in comparisons.items():
        print(comparison(model, shown(other), difference))


def _finish(reports: "Sequence[RunReport]") -> None:
    """Says why the run is not complete, if it is not, and ends with exit code 1."""
    if not any(report.failures or report.stopped for report in reports):
        return
    failures = Counter(reason for report in reports for reason in report.failures)
    for reason, n in failures.most_common(5):
        note(f"{n:,} not answered: {reason}")
    for reason in {report.stopped for report in reports if report.stopped}:
        note(f"stopped: {reason}")
    note("run the same command again to ask what is missing")
    raise typer.Exit(1)


def _body(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise typer.BadParameter(f"not JSON: {error}", param_hint="--body") from error
    if not isinstance(found, dict):
        raise typer.BadParameter("it should be an object in braces.", param_hint="--body")
    return found
