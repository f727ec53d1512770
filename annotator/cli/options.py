"""Options that several commands share, and how they open a workspace and name the encoders."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from annotator.pipeline import EncoderRoles
    from annotator.settings import Settings
    from annotator.studio import Studio

_ENCODERS, _WORKSPACE = "Encoders", "Workspace"

Workspace = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        "-w",
        metavar="FOLDER",
        help="Folder of the workspace.",
        show_default="MMVP_WORKSPACE, else ./mmvp-workspace",
        file_okay=False,
        rich_help_panel=_WORKSPACE,
    ),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database-url",
        metavar="URL",
        help="SQLAlchemy URL of another database.",
        show_default="MMVP_DATABASE_URL, else the workspace's SQLite file",
        rich_help_panel=_WORKSPACE,
    ),
]
Json = Annotated[
    bool, typer.Option("--json", help="Print the result as one JSON object on stdout.")
]
Blind = Annotated[
    str | None,
    typer.Option(
        "--blind",
        metavar="SPEC",
        help="Encoder that confuses the images, e.g. open_clip:ViT-B-32/openai.",
        show_default="the workspace's last one, else OpenAI CLIP ViT-L/14",
        rich_help_panel=_ENCODERS,
    ),
]
Reference = Annotated[
    str | None,
    typer.Option(
        "--reference",
        metavar="SPEC",
        help="Encoder that tells them apart, e.g. hf:facebook/dinov2-base.",
        show_default="the workspace's last one, else DINOv2 ViT-L/14",
        rich_help_panel=_ENCODERS,
    ),
]
Device = Annotated[
    str | None,
    typer.Option(
        "--device",
        metavar="NAME",
        help="cpu, cuda, cuda:1, mps.",
        show_default="a GPU if there is one",
        rich_help_panel=_ENCODERS,
    ),
]
MaxPixels = Annotated[
    int | None,
    typer.Option(
        "--max-pixels",
        min=1,
        metavar="N",
        help="Skip images with more pixels than this.",
        show_default="MMVP_MAX_PIXELS, else 100 million",
    ),
]
BlindMin = Annotated[
    float,
    typer.Option(
        "--blind-min", min=-1, max=1, metavar="COSINE", help="The blind cosine must be above this."
    ),
]
ReferenceMax = Annotated[
    float,
    typer.Option(
        "--reference-max",
        min=-1,
        max=1,
        metavar="COSINE",
        help="The reference cosine must be below this.",
    ),
]
Limit = Annotated[
    int | None,
    typer.Option(
        "--limit", min=1, metavar="N", help="Keep only this many pairs, largest gap first."
    ),
]
Memory = Annotated[
    float | None,
    typer.Option(
        "--memory",
        min=0.01,
        metavar="GIB",
        show_default="a quarter of the machine's",
        help="Memory to use beside the vectors; vectors that take more are read from a file.",
    ),
]
MaxPerImage = Annotated[
    int,
    typer.Option(
        "--max-per-image", min=0, metavar="N", help="Pairs one image may be in; 0: no cap."
    ),
]
KeepNearDuplicates = Annotated[
    bool,
    typer.Option(
        "--keep-near-duplicates",
        help="Also pair an image with its own resized or recompressed copy.",
    ),
]
OnePerGroup = Annotated[
    bool,
    typer.Option(
        "--one-per-group/--all-in-group",
        help="If the manifest had a group column: one pair per group, or all.",
    ),
]
Suggest = Annotated[
    bool,
    typer.Option("--suggest", help="Mine nothing; show how many pairs thresholds would give."),
]
Pairs = Annotated[
    int | None,
    typer.Option(
        "--pairs",
        min=1,
        metavar="N",
        show_default="MMVP_TARGET_PAIRS, else 150",
        help="How many pairs the suggested thresholds should give.",
    ),
]
MapNeighbors = Annotated[
    int,
    typer.Option(
        "--neighbors",
        min=2,
        max=500,
        metavar="N",
        help="Neighbours of each image that are kept together: few show detail, many the whole.",
    ),
]
MinDist = Annotated[
    float,
    typer.Option(
        "--min-dist",
        min=0,
        max=1,
        metavar="DISTANCE",
        help="How close neighbours may come: 0 packs them, 1 spreads them.",
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        "--seed", min=0, max=2**32 - 1, metavar="N", help="Another seed, another map as good."
    ),
]
FarBelow = Annotated[
    float | None,
    typer.Option(
        "--reference-max",
        min=-1,
        max=1,
        metavar="COSINE",
        show_default="the mining run's, else 0.6",
        help="Images with a reference cosine below this are far apart.",
    ),
]
NeighborCount = Annotated[
    int,
    typer.Option(
        "--neighbors", min=1, metavar="K", help="Nearest neighbours whose overlap is measured."
    ),
]
Matrix = Annotated[
    bool,
    typer.Option(
        "--matrix",
        help="Compare nothing; count the blind pairs of every two encoders of the workspace.",
    ),
]
Host = Annotated[
    str | None,
    typer.Option(
        "--host",
        metavar="ADDRESS",
        help="Address to listen on.",
        show_default="MMVP_HOST, else 127.0.0.1",
    ),
]
Port = Annotated[
    int | None,
    typer.Option(
        "--port",
        metavar="N",
        min=0,
        max=65535,
        help="Port to listen on.",
        show_default="MMVP_PORT, else 7860",
    ),
]
PublicHost = Annotated[
    list[str] | None,
    typer.Option(
        "--public-host",
        metavar="NAME",
        help="Name by which others reach the server; may be given several times.",
        show_default="MMVP_PUBLIC_HOSTS",
    ),
]
BehindProxy = Annotated[
    bool | None,
    typer.Option(
        "--behind-proxy",
        help="A proxy with https is in front: believe its X-Forwarded headers.",
        show_default="MMVP_BEHIND_PROXY",
    ),
]
Serve = Annotated[
    bool, typer.Option("--serve/--no-serve", help="Open the app when everything is ready.")
]


def settings_for(
    workspace: Path | None,
    database_url: str | None,
    host: str | None = None,
    port: int | None = None,
    *,
    public_hosts: list[str] | None = None,
    behind_proxy: bool | None = None,
) -> "Settings":
    """The environment's settings, with what was given on the command line on top."""
    from annotator.settings import load_settings

    return load_settings(
        workspace=workspace,
        database_url=database_url,
        host=host,
        port=port,
        public_hosts=",".join(public_hosts) if public_hosts else None,
        behind_proxy=behind_proxy,
    )


@contextmanager
def open_studio(settings: "Settings", *, create: bool = False) -> "Iterator[Studio]":
    """The workspace of the settings; only `create` makes one that is not there yet."""
    from annotator.studio import Studio

    with Studio.open(settings.workspace, settings, create=create) as studio:
        yield studio


def roles_of(studio: "Studio", blind: str | None, reference: str | None) -> "EncoderRoles":
    """The encoders to use; a spec that cannot be read is bad usage."""
    from annotator.pipeline import encoder_roles
    from embeddings.encoder import EncoderSpec
    from embeddings.errors import EmbeddingsError

    for option, spec in (("--blind", blind), ("--reference", reference)):
        if spec is not None:
            try:
                EncoderSpec.parse(spec)
            except EmbeddingsError as error:
                raise typer.BadParameter(str(error), param_hint=option) from error
    return encoder_roles(studio, blind=blind, reference=reference)
