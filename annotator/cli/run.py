"""`mmvp run` and `mmvp demo`: all the steps in a row, then the app."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from annotator.cli import options, steps
from annotator.cli.output import emit_json, guarded, heading, plain, progress_bar
from annotator.cli.pipeline import Source
from annotator.cli.serve import check_address, run_server

if TYPE_CHECKING:
    from annotator.pipeline import EncoderRoles, MiningOptions
    from annotator.studio import Studio

DEMO_WORKSPACE = Path("demo-workspace")


@guarded
def run(
    source: Source,
    blind: options.Blind = None,
    reference: options.Reference = None,
    device: options.Device = None,
    blind_min: options.BlindMin = 0.95,
    reference_max: options.ReferenceMax = 0.6,
    limit: options.Limit = None,
    max_pixels: options.MaxPixels = None,
    serve: options.Serve = True,
    host: options.Host = None,
    port: options.Port = None,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Go from a folder of images to the review page: index, embed, mine, map, compare, serve.

    Each step resumes where it was and does nothing twice, so run it again after an interruption
    or when there are new images.
    """
    from annotator.pipeline import MiningOptions

    settings = options.settings_for(workspace, database_url, host, port)
    wanted = MiningOptions(blind_min=blind_min, reference_max=reference_max, limit=limit)
    with options.open_studio(settings, create=True) as studio:
        roles = options.roles_of(studio, blind, reference)
        if serve:
            check_address(studio)
        _all_steps(studio, source, roles, wanted, device, max_pixels, as_json=as_json)
        if serve:
            run_server(studio)


@guarded
def demo(
    count: Annotated[
        int, typer.Option("--count", min=2, metavar="N", help="Scenes to draw.")
    ] = 2000,
    seed: Annotated[
        int, typer.Option("--seed", min=0, metavar="N", help="Another seed, other scenes.")
    ] = 0,
    serve: options.Serve = True,
    host: options.Host = None,
    port: options.Port = None,
    workspace: Annotated[
        Path,
        typer.Option(
            "--workspace",
            "-w",
            metavar="FOLDER",
            help="Folder of the demo's workspace.",
            file_okay=False,
        ),
    ] = DEMO_WORKSPACE,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Try everything offline: drawn scenes and two small real encoders that ship with it."""
    from annotator import demo as demo_workspace

    settings = options.settings_for(workspace, database_url, host, port)
    demo_workspace.check_is_demo(settings.workspace)
    with options.open_studio(settings, create=True) as studio:
        if serve:
            check_address(studio)
        heading(f"Draw {count:,} scenes")
        with progress_bar("drawing", "scenes") as progress:
            manifest = demo_workspace.draw(studio, count=count, seed=seed, progress=progress)
        roles = demo_workspace.roles()
        wanted = demo_workspace.mining_options()
        _all_steps(studio, manifest, roles, wanted, None, None, as_json=as_json)
        if serve:
            run_server(studio)


def _all_steps(
    studio: "Studio",
    source: Path,
    roles: "EncoderRoles",
    wanted: "MiningOptions",
    device: str | None,
    max_pixels: int | None,
    *,
    as_json: bool,
) -> None:
    from annotator.pipeline import EmbedOptions

    result: dict[str, Any] = {}

    def tell(name: str, report: object, text: str) -> None:
        result[name] = plain(report)
        if not as_json:
            print(text, flush=True)

    indexed = steps.run_index(studio, source, max_pixels)
    tell("index", indexed, steps.index_text(indexed))
    for role, _ in roles:
        embedded = steps.run_embed(studio, roles, role, EmbedOptions(device=device))
        tell(f"embed_{role}", embedded, steps.embed_text(embedded))
    mined = steps.run_mine(studio, roles, wanted)
    tell("mine", mined, steps.mine_text(mined))
    if not mined.n_pairs:
        suggestion = steps.run_suggest(studio, roles, studio.settings.target_pairs)
        tell("suggestion", suggestion, steps.recommendation(suggestion))
    mapped = steps.run_map(studio, roles)
    tell("map", mapped, steps.map_text(mapped))
    compared = steps.run_compare(studio, roles)
    tell("compare", compared, steps.compare_text(compared))
    if as_json:
        emit_json(result)
