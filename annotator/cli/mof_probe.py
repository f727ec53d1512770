"""`mmvp mof probe`: what a linear probe can tell from each encoder and from their mixtures."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from annotator.cli import options
from annotator.cli.output import (
    emit_json,
    guarded,
    heading,
    note,
    plain,
    progress_bar,
    shown,
    table,
)

if TYPE_CHECKING:
    from annotator.pipeline.probing import ProbeReport
    from evaluation.probing import Interval, Probed

Labels = Annotated[
    list[str] | None,
    typer.Option(
        "--labels",
        metavar="COLUMN[=PATTERN]",
        show_default="the answers of the workspace's questions",
        help="Tell the values of this column of the manifest instead, for a visual pattern; "
        "label is the label, in a demo all are the details drawn. May be given several times.",
    ),
]
Shares = Annotated[
    list[float] | None,
    typer.Option(
        "--reference-share",
        min=0,
        max=1,
        metavar="S",
        show_default="0.25, 0.5 and 0.75",
        help="Share of the reference encoder in A-MoF, 1 - alpha; may be given several times.",
    ),
]
Folds = Annotated[
    int, typer.Option("--folds", min=2, max=20, metavar="N", help="Of the cross-validation.")
]
Most = Annotated[
    int,
    typer.Option(
        "--most",
        min=100,
        metavar="N",
        help="Images for one column; more are drawn, those of pairs first.",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", "-o", metavar="FILE", dir_okay=False, help="Also write all of it as .json."
    ),
]

_SHARES = (0.25, 0.5, 0.75)


@guarded
def probe(
    labels: Labels = None,
    shares: Shares = None,
    folds: Folds = 5,
    most: Most = 5000,
    seed: options.Seed = 0,
    out: Out = None,
    blind: options.Blind = None,
    reference: options.Reference = None,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Train linear probes on each encoder's vectors and on their mixtures, pattern by pattern.

    They tell which of a question's two answers an image gets, or with --labels what a column of
    the manifest says of it. No image of a pair is judged by a probe that saw the other one.
    """
    from annotator.pipeline.probing import features_of, label_tasks, question_tasks
    from annotator.pipeline.probing import probe as probed
    from annotator.pipeline.vectors import embedded_images
    from embeddings.atomic import write_bytes
    from evaluation.probing import ProbeOptions

    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        roles = options.roles_of(studio, blind, reference)
        embedded = embedded_images(studio, roles)
        row = {image.id: place for place, image in enumerate(embedded.images)}
        if labels:
            tasks = label_tasks(studio, roles, row, labels, most=most, seed=seed)
            predicts = "the value that the manifest gives an image"
        else:
            tasks = question_tasks(studio, row)
            predicts = "which of its question's two answers an image gets"
        blind_vectors = embedded.vectors(embedded.blind)
        reference_vectors = embedded.vectors(embedded.reference)
        heading(f"Probe {len(tasks):,} tasks")
        with progress_bar("probing", "folds") as progress:
            report = probed(
                roles,
                tasks,
                features_of(blind_vectors, reference_vectors, sorted(set(shares or _SHARES))),
                ProbeOptions(folds=folds, seed=seed),
                predicts=predicts,
                progress=progress,
            )
    if out is not None:
        import json

        write_bytes(out, (json.dumps(plain(report), indent=2) + "\n").encode())
        note(shown(out))
    if as_json:
        emit_json(report)
    else:
        _print(report, by_labels=bool(labels))


def _print(report: "ProbeReport", *, by_labels: bool) -> None:
    print(f"Predicted: {report.predicts}; {report.folds} folds, split by pair")
    for task in report.tasks:
        pattern = f"{task.pattern}: " if task.pattern else ""
        left_out = f", {task.n_left_out:,} with a rare label left out" if task.n_left_out else ""
        print(
            f"\n{pattern}{shown(task.name)} ({len(task.labels)} labels, {task.n_images:,} images, "
            f"{task.n_pairs:,} pairs that differ{left_out}; "
            f"the commonest label alone: {100 * task.majority:.1f} %)"
        )
        print(table(_rows(task)))
    if report.not_probed:
        print("\nNot probed:")
        for one in report.not_probed:
            pattern = f"{one.pattern}: " if one.pattern else ""
            print(f"  {pattern}{shown(one.name)}: {one.reason}")
    if not report.tasks and not report.not_probed:
        hint = "" if by_labels else " Write questions in Review, or give --labels."
        print(f"Nothing to probe.{hint}")


def _rows(task: "Probed") -> list[list[str]]:
    rows = [["", "images right", "95 %", "over blind", "95 %", "both of a pair", "95 %"]]
    for score in task.scores:
        line = [score.features]
        line += _cells(score.images)
        line += _cells(score.gain, signed=True)
        line += _cells(score.pairs)
        rows.append(line)
    return rows


def _cells(found: "Interval | None", *, signed: bool = False) -> list[str]:
    if found is None:
        return ["-", ""]
    mark = "+" if signed else ""
    value, low, high = (
        f"{100 * number:{mark}.1f}" for number in (found.value, found.low, found.high)
    )
    return [f"{value} %", f"{low} to {high}"]
