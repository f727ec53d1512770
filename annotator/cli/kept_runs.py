"""Where `mmvp eval mllm` keeps a run: a folder of its own, and the workspace's results."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from annotator.cli.asked_models import ANSWERS, Answered
from annotator.cli.output import note, shown

if TYPE_CHECKING:
    from annotator.settings import Settings
    from evaluation.items import QuestionSet
    from evaluation.mllms.asking import Asking


@dataclass(frozen=True)
class Kept:
    """Where a run goes: its own folder, and the workspace's results if it is one of them."""

    out: Path
    model: str
    run: str
    results: Path | None


def place_of(
    settings: "Settings",
    model: str,
    asking: "Asking",
    *,
    name: str | None,
    run: str | None,
    out: Path | None,
    keeps: bool,
) -> Kept:
    """Where this run goes; `keeps` says whether the workspace keeps it too.

    Raises:
        BadRun: the name that was given is none, or its file is damaged.
        OtherRun: a run of that name is another model's.
        AppError: there is no such workspace.
    """
    from annotator.errors import AppError
    from db.workspace import Workspace
    from evaluation.results.stored import refuse_other_run, run_name, run_path

    elsewhere = model.startswith(ANSWERS)
    called = name or (Path(model.removeprefix(ANSWERS)).stem if elsewhere else model)
    label = "" if elsewhere else asking.label
    chosen = run or run_name(f"{called} {label}")
    results = None
    if keeps:
        workspace = Workspace(settings.workspace)
        if not workspace.exists():
            raise AppError("there is no workspace here.", where=shown(workspace.root))
        results = workspace.results
        given = {} if elsewhere else asdict(asking)
        refuse_other_run(run_path(results, chosen), called, label, given)
        out = out or results / chosen
    if out is None:
        raise typer.BadParameter(
            "say where, or with --workspace which workspace keeps the run.", param_hint="--out"
        )
    return Kept(out=out, model=called, run=chosen, results=results)


def keep(
    kept: Kept, questions: "QuestionSet", answered: Answered, source: str, grader: str
) -> None:
    """Keeps the answers in the workspace, from where they are scored again at any time.

    Raises:
        OtherRun: a run of that name is another model's.
    """
    from evaluation.results.rescoring import questions_digest
    from evaluation.results.stored import Manifest, keep_run, stored

    if kept.results is None or not answered.answers:
        return
    asking = answered.asking
    manifest = Manifest(
        model=kept.model,
        label=asking.label if asking else "",
        asking=asdict(asking) if asking else {},
        benchmark=questions.name,
        benchmark_sha256=questions_digest(questions),
        grader=grader,
        source=source,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    answers = stored(questions, answered.answers, answered.verdicts)
    keep_run(kept.results, kept.run, manifest, answers)
    note(f"kept as {kept.run} in {shown(kept.results)}; the page Results shows it")
