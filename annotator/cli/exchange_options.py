"""Options of `mmvp import`, `mmvp export` and `mmvp corrections`."""

from pathlib import Path
from typing import Annotated

import typer

ImportPath = Annotated[
    Path, typer.Argument(metavar="PATH", help="File or folder to import.", show_default=False)
]
ImportFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        "-f",
        metavar="FORMAT",
        help="What it is.",
        show_default="recognised by a look inside",
    ),
]
Images = Annotated[
    Path | None,
    typer.Option(
        "--images",
        metavar="FOLDER",
        help="Where its images are.",
        show_default="where it says",
        file_okay=False,
    ),
]
ImportName = Annotated[
    str | None,
    typer.Option(
        "--name", metavar="TEXT", help="Name to know it by.", show_default="the benchmark's own"
    ),
]
As = Annotated[
    str,
    typer.Option(
        "--as",
        metavar="STATE",
        help="What its pairs are at first: complete, to-verify or open.",
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Read and check everything, change nothing.")
]
Imported = Annotated[
    str | None,
    typer.Option(
        "--imported",
        metavar="NAME",
        help="Export this imported benchmark, and not the workspace's own pairs.",
        show_default="the only one, where no own pair is finished",
    ),
]
Key = Annotated[
    str,
    typer.Option(
        "--key",
        metavar="KEY",
        help="Answers of an imported benchmark: current, original, lmms, or a layer's file.",
    ),
]
OfImport = Annotated[
    str | None,
    typer.Option(
        "--imported", metavar="NAME", help="Which import.", show_default="the only benchmark"
    ),
]
Unverified = Annotated[
    bool,
    typer.Option(
        "--unverified",
        help="Also complete pairs that are not final, although verification is on.",
    ),
]
