"""`mmvp queue`: how many annotate each pair, in which order, and how many of each pattern."""

from typing import Annotated, Any

import typer

from annotator.cli import options
from annotator.cli.output import emit_json, guarded, heading, progress_bar, table
from db.queue_tables import QueueOrder

app = typer.Typer(
    no_args_is_help=True, help="How the pairs are worked through: overlap, order, quotas."
)

Overlap = Annotated[
    int | None,
    typer.Option(
        "--overlap",
        min=1,
        max=50,
        metavar="N",
        show_default="as it is; at first 1",
        help="Independent annotations for each pair.",
    ),
]
Order = Annotated[
    QueueOrder | None,
    typer.Option(
        "--order",
        show_default="as it is; at first gap",
        help="gap: widest first. novelty: what differs most from the pairs before it."
        " short: patterns whose quota lacks most.",
    ),
]
Quota = Annotated[
    int | None,
    typer.Option(
        "--quota",
        min=0,
        metavar="N",
        show_default="as it is; at first none",
        help="Complete pairs wanted of each visual pattern (MMVP-VLM has 15).",
    ),
]
QuotaOf = Annotated[
    list[str] | None,
    typer.Option(
        "--quota-of", metavar="PATTERN=N", help="Another quota for one pattern; repeatable."
    ),
]
NoQuota = Annotated[bool, typer.Option("--no-quota", help="Take all quotas away first.")]


@app.command()
@guarded
def show(
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Print the policy that holds."""
    from annotator.queueing import policy_json

    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        policy = policy_json(studio)
    emit_json(policy) if as_json else print(policy_text(policy))


@app.command("set")
@guarded
def set_(
    overlap: Overlap = None,
    order: Order = None,
    quota: Quota = None,
    quota_of: QuotaOf = None,
    no_quota: NoQuota = False,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Change what is given, for everybody; people may be at work meanwhile.

    More annotations a pair reopen the pairs that fewer had settled; fewer settle what was waiting.
    """
    from annotator.queueing import policy_json, update_policy

    quotas = _parsed(quota_of or [])
    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        n_changed = update_policy(
            studio, overlap=overlap, order=order, quota=quota, quotas=quotas, no_quota=no_quota
        )
        policy = {**policy_json(studio), "n_pairs_changed": n_changed}
    emit_json(policy) if as_json else print(policy_text(policy))


@app.command("order")
@guarded
def order_(
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Work out novelty and likely patterns of the current pairs anew.

    `mmvp mine` does so at its end; do it again after more questions were written, for the likely
    patterns are guessed from them.
    """
    from annotator import pipeline

    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        heading("Order the pairs by novelty and likely pattern")
        with progress_bar("ordering", "pairs") as progress:
            report = pipeline.order(studio, progress=progress)
    if as_json:
        emit_json(report if report is not None else {"n_pairs": 0})
    elif report is None:
        print("No pairs are mined yet.")
    else:
        print(f"{report.n_ordered:,} of {report.n_pairs:,} pairs in order of novelty")
        print(_likely_text(report.n_written, report.n_likely, report.n_right, report.n_commonest))


def policy_text(policy: dict[str, Any]) -> str:
    """The policy as a small table."""
    quotas = policy["quotas"].items()
    rows = [
        ["annotations per pair", str(policy["overlap"])],
        ["order", policy["order"]],
        ["quota per pattern", "none" if policy["quota"] is None else str(policy["quota"])],
        *([f"quota of {slug}", str(n)] for slug, n in sorted(quotas)),
    ]
    if policy.get("n_pairs_changed"):
        rows.append(["pairs with another state now", f"{policy['n_pairs_changed']:,}"])
    return table(rows)


def _likely_text(n_written: int, n_likely: int, n_right: int, n_commonest: int) -> str:
    if not n_likely:
        return f"no likely patterns: {n_written:,} complete pairs are too few to guess from"
    return (
        f"{n_likely:,} likely patterns, guessed from {n_written:,} complete pairs; of these"
        f" {n_right:,} are guessed right from the others (the commonest pattern: {n_commonest:,})"
    )


def _parsed(given: list[str]) -> dict[str, int | None]:
    quotas: dict[str, int | None] = {}
    for text in given:
        pattern, _, number = text.partition("=")
        if not number.isascii() or not number.isdigit():
            raise typer.BadParameter(f"{text!r} is not PATTERN=N.", param_hint="--quota-of")
        quotas[pattern.strip()] = int(number)
    return quotas
