"""The options of `mmvp patterns discover`."""

from pathlib import Path
from typing import Annotated

import typer

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
Tag = Annotated[
    float | None,
    typer.Option(
        "--tag",
        min=0,
        max=1,
        metavar="SURE",
        show_default="tag none",
        help="With --apply: have pairs without a pattern read with theirs, if it is this sure.",
    ),
]
