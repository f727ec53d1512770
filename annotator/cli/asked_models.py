"""The models of `mmvp eval mllm`: where they are, and the one that judges the other's answers."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from annotator.cli.output import note, progress_bar

if TYPE_CHECKING:
    from evaluation.items import QuestionSet
    from evaluation.mllms.asking import Answers, Asking, Model
    from evaluation.mllms.judging import Verdicts
    from evaluation.mllms.run import RunReport

ANSWERS, LOCAL = "answers:", "hf:"
JUDGE = "judge"


@dataclass(frozen=True)
class Server:
    """An endpoint and how patient one is with it."""

    base_url: str | None
    key_env: str
    concurrency: int
    max_requests: int | None
    tries: int
    timeout: float

    def of_judge(self, url: str | None, key_env: str | None) -> "Server":
        """The judge's; it is the same one where nothing else is said."""
        # a key goes only to the server that it is meant for
        same = key_env or (self.key_env if url in (None, self.base_url) else "MMVP_LLM_API_KEY")
        return replace(self, base_url=url or self.base_url, key_env=same)


@dataclass(frozen=True)
class Answered:
    """A model's answers, and what is known of how they came about."""

    answers: "Answers"
    asking: "Asking | None" = None
    usage: Mapping[str, int] | None = None
    reports: "tuple[RunReport, ...]" = ()
    verdicts: "Verdicts | None" = None


def check_grader(name: str, judge_model: str | None, against: Sequence[Path] | None = None) -> None:
    """Refuses a grader that does not exist, and a judge that is not named or judged but one side.

    Raises:
        UnknownGrader: there is none of that name.
    """
    from evaluation.graders import grader

    if name != JUDGE:
        grader(name)
    elif judge_model is None:
        raise typer.BadParameter("say which model judges.", param_hint="--judge-model")
    elif against:
        raise typer.BadParameter(
            "nobody judged those answers; compare with another grader.", param_hint="--against"
        )


@contextmanager
def opened(model: str, server: Server, device: str | None) -> "Iterator[Model]":
    """The model of this name: local, or at the server."""
    if model.startswith(LOCAL):
        from evaluation.mllms.local import LocalModel

        yield LocalModel(model.removeprefix(LOCAL), device)
        return
    from evaluation.mllms.chat import ChatClient
    from evaluation.mllms.endpoint import EndpointModel

    if server.base_url is None:
        raise typer.BadParameter(
            "say where the model is served, or give hf:FOLDER or answers:FILE as --model.",
            param_hint="--base-url",
        )
    client = ChatClient(
        server.base_url,
        key=os.environ.get(server.key_env) or None,
        timeout=server.timeout,
        tries=server.tries,
        max_requests=server.max_requests,
        connections=server.concurrency,
    )
    with closing(client):
        yield EndpointModel(client, model)


def judged(
    questions: "QuestionSet",
    answered: Answered,
    judge_model: str,
    out: Path,
    server: Server,
    device: str | None,
) -> Answered:
    """The same answers with what the judge says of them; its replies are kept in `out/judge`."""
    from evaluation.mllms.judging import judge

    with (
        opened(judge_model, server, device) as model,
        progress_bar("judging", "answers") as progress,
    ):
        verdicts, report = judge(
            questions,
            answered.answers,
            model,
            out / "judge",
            concurrency=server.concurrency,
            progress=progress,
        )
    note(f"{report.answered:,} judged now, {report.known:,} known before")
    return replace(answered, verdicts=verdicts, reports=(*answered.reports, report))
