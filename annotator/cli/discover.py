"""`mmvp patterns discover`: visual patterns that a benchmark's questions have in common."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from annotator.cli import evaluate_options as given
from annotator.cli import options
from annotator.cli.output import guarded, heading, note, progress_bar, shown, table

if TYPE_CHECKING:
    from annotator.studio import Studio
    from evaluation.discovery.discovered import Discovery
    from evaluation.items import QuestionSet

_MODEL, _OFFLINE = "With a language model", "Without one"

Benchmark = Annotated[
    Path | None,
    typer.Argument(
        metavar="BENCHMARK",
        exists=True,
        show_default="the workspace's finished pairs",
        help="Folder or file of a benchmark, in any format that is read.",
    ),
]
Offline = Annotated[
    bool,
    typer.Option(
        "--offline",
        help="Cluster the questions by their words; nothing is sent.",
        rich_help_panel=_OFFLINE,
    ),
]
Encoder = Annotated[
    str | None,
    typer.Option(
        "--encoder",
        metavar="SPEC",
        help="Cluster the vectors of this encoder's text tower; demo: the demo's.",
        rich_help_panel=_OFFLINE,
    ),
]
Number = Annotated[
    int | None,
    typer.Option(
        "--patterns",
        min=2,
        max=60,
        metavar="N",
        show_default="what separates best",
        help="How many clusters.",
        rich_help_panel=_OFFLINE,
    ),
]
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        metavar="NAME",
        help="Language model at --base-url.",
        rich_help_panel=_MODEL,
    ),
]
BaseUrl = Annotated[
    str | None,
    typer.Option(
        "--base-url",
        metavar="URL",
        help="OpenAI-compatible server, for example http://localhost:8000/v1.",
        rich_help_panel=_MODEL,
    ),
]
Batch = Annotated[
    int,
    typer.Option(
        "--batch",
        min=4,
        max=500,
        metavar="N",
        help="Questions in one request.",
        rich_help_panel=_MODEL,
    ),
]
Most = Annotated[
    int,
    typer.Option(
        "--most",
        min=2,
        max=60,
        metavar="N",
        help="Patterns that the model may propose.",
        rich_help_panel=_MODEL,
    ),
]
Prompt = Annotated[
    Path | None,
    typer.Option(
        "--prompt",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="Your own prompts, TOML; begin with what --show-prompt prints.",
        rich_help_panel=_MODEL,
    ),
]
ShowPrompt = Annotated[
    bool,
    typer.Option("--show-prompt", help="Print the prompts and do nothing.", rich_help_panel=_MODEL),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", "-o", metavar="FILE", dir_okay=False, help="Write the patterns as JSON."),
]
Apply = Annotated[
    bool,
    typer.Option("--apply", help="Add the patterns to the workspace's; no question is changed."),
]


@guarded
def discover(
    benchmark: Benchmark = None,
    *,
    model: Model = None,
    base_url: BaseUrl = None,
    key_env: given.KeyEnv = "MMVP_LLM_API_KEY",
    batch: Batch = 50,
    most: Most = 12,
    prompt: Prompt = None,
    show_prompt: ShowPrompt = False,
    max_requests: given.MaxRequests = None,
    timeout: given.Timeout = 300,
    offline: Offline = False,
    encoder: Encoder = None,
    patterns: Number = None,
    seed: options.Seed = 0,
    out: Out = None,
    apply: Apply = False,
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
    with _opened(benchmark, workspace, database_url, apply) as (questions, studio):
        if model is None:
            found = _by_clusters(questions, encoder, patterns, seed)
        else:
            server: dict[str, Any] = {"base_url": base_url, "key_env": key_env, "timeout": timeout}
            how = {"model": model, "batch": batch, "most": most, "prompts": read_prompts(prompt)}
            server |= {"max_requests": max_requests, "log": _log_folder(studio, out)}
            found = _by_model(questions, how, server)
        _report(found, out, as_json)
        if apply and studio is not None:
            _apply(studio, found)


@contextmanager
def _opened(
    benchmark: Path | None, workspace: Path | None, database_url: str | None, apply: bool
) -> "Iterator[tuple[QuestionSet, Studio | None]]":
    """The questions, and the workspace where it is needed."""
    from evaluation.folder import read_folder

    if benchmark is not None and not apply:
        yield read_folder(benchmark), None
        return
    from annotator.exchange import to_questions

    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        if benchmark is not None:
            yield read_folder(benchmark), studio
        else:
            yield to_questions(studio, name=studio.workspace.root.name), studio


def _by_clusters(
    questions: "QuestionSet", spec: str | None, n_patterns: int | None, seed: int
) -> "Discovery":
    from evaluation.discovery.by_clusters import discover_by_clusters
    from evaluation.discovery.discovered import questions_of

    asked = questions_of(questions)
    tower = None
    if spec is not None:
        from embeddings.demo import blind_spec
        from embeddings.encoder import load_encoder
        from evaluation.vlm.evaluation import with_text_tower

        tower = with_text_tower(load_encoder(blind_spec() if spec == "demo" else spec))
    heading(f"Cluster {len(asked):,} questions")
    return discover_by_clusters(
        asked, benchmark=questions.name, n_patterns=n_patterns, encoder=tower, seed=seed
    )


def _by_model(questions: "QuestionSet", how: dict[str, Any], server: dict[str, Any]) -> "Discovery":
    from evaluation.discovery.by_model import Discovering, discover_by_model
    from evaluation.discovery.discovered import questions_of
    from evaluation.mllms.chat import ChatClient
    from evaluation.mllms.remembering import remembering

    if server["base_url"] is None:
        raise typer.BadParameter("say where the model is served.", param_hint="--base-url")
    asked = questions_of(questions)
    heading(f"Ask {how['model']} about {len(asked):,} questions")
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
            asked, remembered, Discovering(**how), benchmark=questions.name, progress=progress
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


def _apply(studio: "Studio", found: "Discovery") -> None:
    from annotator.patterns import add_discovered

    added = add_discovered(studio, found.patterns)
    note(f"added to the workspace: {', '.join(map(shown, added)) or 'nothing new'}")
