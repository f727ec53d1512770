"""`mmvp embed`: vectors of all images, here, by several processes or on a cluster."""

from enum import StrEnum
from typing import Annotated

import typer

from annotator.cli import options, steps
from annotator.cli.output import emit_json, guarded


class Role(StrEnum):
    """Which encoder to embed with."""

    blind = "blind"
    reference = "reference"
    both = "both"


class Decoding(StrEnum):
    """How JPEGs are decoded; as `embeddings.embed` has it, which imports too much."""

    full = "full"
    draft = "draft"


class Engine(StrEnum):
    """Where vectors are computed; as `EngineName` of `annotator.pipeline` has it."""

    here = "here"
    ray = "ray"


WhichRole = Annotated[Role, typer.Option("--role", help="Encoder to embed with.")]
BatchSize = Annotated[
    int | None,
    typer.Option(
        "--batch-size",
        min=1,
        metavar="N",
        show_default="found by itself",
        help="Images at once.",
    ),
]
ShardSize = Annotated[
    int,
    typer.Option("--shard-size", min=1, metavar="N", help="Images per file: a kill loses no more."),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=0,
        metavar="N",
        show_default="from the CPUs",
        help="Threads that read images.",
    ),
]
HowDecoded = Annotated[
    Decoding | None,
    typer.Option(
        "--decoding",
        show_default="as before, at first full",
        help="Of JPEGs: draft decodes large ones smaller, if a trial finds cosines to the full "
        "decode of 0.999 and more.",
    ),
]
Compiled = Annotated[
    bool, typer.Option("--compile", help="Compile the models first: quicker, after a minute.")
]
Where = Annotated[
    Engine, typer.Option("--engine", help="Compute here, or on a Ray cluster (extra ray).")
]


@guarded
def embed(
    role: WhichRole = Role.both,
    blind: options.Blind = None,
    reference: options.Reference = None,
    device: options.Device = None,
    batch_size: BatchSize = None,
    shard_size: ShardSize = steps.SHARD_SIZE,
    workers: Workers = None,
    decoding: HowDecoded = None,
    compiled: Compiled = False,
    engine: Where = Engine.here,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Compute the images' vectors with the blind and the reference encoder.

    A killed run goes on where it was. The encoders are remembered for later commands. Started by
    torchrun, its processes embed together, one a GPU.
    """
    from annotator.pipeline import EmbedOptions
    from annotator.pipeline.engines import EngineName, computing

    chosen = [Role.blind, Role.reference] if role is Role.both else [role]
    reports = []
    with computing(EngineName(engine.value)) as given:
        if given is None:
            return
        settings = options.settings_for(workspace, database_url)
        with options.open_studio(settings) as studio:
            roles = options.roles_of(studio, blind, reference)
            wanted = EmbedOptions(
                device=device,
                batch_size=batch_size,
                shard_size=shard_size,
                workers=workers,
                drafts=None if decoding is None else decoding is Decoding.draft,
                compiled=compiled,
                computing=given,
            )
            for one in chosen:
                report = steps.run_embed(studio, roles, one.value, wanted)
                reports.append(report)
                if not as_json:
                    print(steps.embed_text(report))
    if as_json:
        emit_json({"encoders": reports})
