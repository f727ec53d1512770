"""`mmvp patterns discover`: visual patterns that a benchmark's questions have in common."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from annotator.cli import discover_options as asked
from annotator.cli import evaluate_options as given
from annotator.cli import options
from annotator.cli.output import guarded, heading, note, progress_bar, shown, table

if TYPE_CHECKING:
    from annotator.studio import Studio
    from evaluation.discovery.discovered import AskedQuestion, Discovery


@dataclass(frozen=True)
class _Asked:
    """The questions of a benchmark or of the workspace, under a name."""

    name: str
    questions: "list[AskedQuestion]"


@guarded
def discover(
    benchmark: asked.Benchmark = None,
    *,
    model: asked.Model = None,
    base_url: asked.BaseUrl = None,
    key_env: given.KeyEnv = "MMVP_LLM_API_KEY",
    batch: asked.Batch = 50,
    most: asked.Most = 12,
    prompt: asked.Prompt = None,
    show_prompt: asked.ShowPrompt = False,
    max_requests: given.MaxRequests = None,
    timeout: given.Timeout = 300,
    offline: asked.Offline = False,
    encoder: asked.Encoder = None,
    patterns: asked.Number = None,
    seed: options.Seed = 0,
    out: asked.Out = None,
    apply: asked.Apply = False,
    tag: asked.Tag = None,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Find visual patterns in the questions: kinds of detail that many of them ask for.

    A language model proposes patterns and says which question has which; --offline clusters
    the questions instead. Where pairs have patterns already, both are compared. Answers are kept
    beside --out, or in the workspace: a run that was interrupted goes on and pays nothing twice.
    """
    from evaluation.discovery.prompts import prompts_file, read_prompts

    if show_prompt:
        print(prompts_file().read_text(encoding="utf-8"), end="")
        return
    if offline == (model is not None):
        raise typer.BadParameter("give either --offline, or --model and --base-url.")
    if tag is not None and (benchmark is not None or not apply):
        raise typer.BadParameter("tags are for the workspace's own pairs, with --apply.")
    with _opened(benchmark, workspace, database_url, apply) as (questions, studio):
        if model is None:
            found = _by_clusters(questions, encoder, patterns, seed)
        else:
            server: dict[str, Any] = {"base_url": base_url, "key_env": key_env, "timeout": timeout}
            how = {"model": model, "batch": batch, "most": most, "prompts": read_prompts(prompt)}
            server |= {"max_requests": max_requests, "log": _log_folder(studio, out)}
            found = _by_model(questions, how, server)
        if studio is not None and benchmark is None:
            from annotator.found_patterns import keep_found

            keep_found(studio, found)
        _report(found, out, as_json)
        if apply and studio is not None:
            _apply(studio, found, tag)


@contextmanager
def _opened(
    benchmark: Path | None, workspace: Path | None, database_url: str | None, apply: bool
) -> "Iterator[tuple[_Asked, Studio | None]]":
    """The questions, and the workspace where it is needed."""
    from evaluation.discovery.discovered import questions_of
    from evaluation.folder import read_folder

    def of_folder(folder: Path) -> _Asked:
        questions = read_folder(folder)
        return _Asked(questions.name, questions_of(questions))

    if benchmark is not None and not apply:
        yield of_folder(benchmark), None
        return
    from annotator.found_patterns import workspace_questions

    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        if benchmark is not None:
            yield of_folder(benchmark), studio
        else:
            yield _Asked(studio.workspace.root.name, workspace_questions(studio)), studio


def _by_clusters(
    asked: "_Asked", spec: str | None, n_patterns: int | None, seed: int
) -> "Discovery":
    from evaluation.discovery.by_clusters import discover_by_clusters

    tower = None
    if spec is not None:
        from embeddings.demo import blind_spec
        from embeddings.encoder import load_encoder
        from evaluation.vlm.evaluation import with_text_tower

        tower = with_text_tower(load_encoder(blind_spec() if spec == "demo" else spec))
    heading(f"Cluster {len(asked.questions):,} questions")
    return discover_by_clusters(
        asked.questions, benchmark=asked.name, n_patterns=n_patterns, encoder=tower, seed=seed
    )


def _by_model(asked: "_Asked", how: dict[str, Any], server: dict[str, Any]) -> "Discovery":
    from evaluation.discovery.by_model import Discovering, discover_by_model
    from evaluation.mllms.chat import ChatClient
    from evaluation.mllms.remembering import remembering

    if server["base_url"] is None:
        raise typer.BadParameter("say where the model is served.", param_hint="--base-url")
    heading(f"Ask {how['model']} about {len(asked.questions):,} questions")
    client = ChatClient(
        server["base_url"],
        key=os.environ.get(server["key_env"]) or None,
        timeout=server["timeout"],
        max_requests=server["max_requests"],
    )
    with (
        closing(client),
        remembering(client, server["log"], server["base_url"]) as remembered,
        progress_bar("asking", "requests") as progress,
    ):
        return discover_by_model(
            asked.questions,
            remembered,
            Discovering(**how),
            benchmark=asked.name,
            progress=progress,
        )


def _log_folder(studio: "Studio | None", out: Path | None) -> Path | None:
    """Beside --out, else in the workspace: a run that was interrupted is not paid for twice."""
    if out is not None:
        return out.with_name(f"{out.name}.requests")
    return None if studio is None else studio.workspace.reports / "patterns.requests"


def _report(found: "Discovery", out: Path | None, as_json: bool) -> None:
    from embeddings.atomic import write_bytes

    if out is not None:
        write_bytes(out, found.to_json().encode())
    if as_json:
        print(found.to_json(), end="")
        return
    rows = [["pattern", "pairs", "sure"]]
    for one in found.patterns:
        sure = one.mean_confidence
        rows.append([one.name, f"{len(one.members):,}", "-" if sure is None else f"{sure:.2f}"])
    if found.unassigned:
        rows.append(["(none fits)", f"{len(found.unassigned):,}", ""])
    print(f"{found.n_questions:,} questions of {found.benchmark}, by {found.found_by}")
    print(table(rows))
    print("\n".join(f"{one.name}: {one.definition}" for one in found.patterns))
    agreed = found.agreement
    if agreed is not None:
        print(
            f"Against the {agreed.n_labels} patterns that {agreed.n_pairs:,} pairs have: adjusted "
            f"Rand {agreed.adjusted_rand:.2f} (chance 0, same 1), normalised mutual information "
            f"{agreed.mutual_information:.2f}, best match {100 * agreed.best_match:.1f} %."
        )


def _apply(studio: "Studio", found: "Discovery", least: float | None) -> None:
    from annotator.found_patterns import groups_by_name, take_over

    groups = groups_by_name(studio, found.patterns)
    tagged = take_over(studio, found.patterns, groups, found_by=found.found_by, least=least)
    added = [shown(group.name) for group in groups if group.into is None]
    note(f"added to the workspace: {', '.join(added) or 'nothing new'}")
    if least is not None:
        kept = f", {tagged.n_kept:,} have a pattern already" if tagged.n_kept else ""
        note(f"tagged {tagged.n_tagged:,} pairs{kept}")
