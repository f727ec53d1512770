"""`mmvp index`, `mine`, `map`, `compare`: each calls one step and prints its report."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from annotator.cli import options, steps
from annotator.cli.output import emit_json, guarded, plain


class LayoutKind(StrEnum):
    """How two maps belong together; as `embeddings.layouts` has it, which imports too much."""

    aligned = "aligned"
    umap = "umap"


Source = Annotated[
    Path,
    typer.Argument(
        metavar="IMAGES",
        exists=True,
        show_default=False,
        help="Folder of images, or a CSV, JSONL or Parquet manifest with a path column.",
    ),
]


@guarded
def index(
    source: Source,
    workspace: options.Workspace = None,
    max_pixels: options.MaxPixels = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Find the images of a folder or manifest, and make their thumbnails.

    A manifest's caption, label and group columns are kept; run it again to pick up new, moved and
    vanished files. What cannot be read is skipped and listed with reasons.
    """
    settings = options.settings_for(workspace, database_url)
    with options.open_studio(settings, create=True) as studio:
        report = steps.run_index(studio, source, max_pixels)
    emit_json(report) if as_json else print(steps.index_text(report))


@guarded
def mine(
    blind_min: options.BlindMin = 0.95,
    reference_max: options.ReferenceMax = 0.6,
    limit: options.Limit = None,
    max_per_image: options.MaxPerImage = 3,
    keep_near_duplicates: options.KeepNearDuplicates = False,
    one_per_group: options.OnePerGroup = True,
    memory: options.Memory = None,
    suggest: options.Suggest = False,
    pairs: options.Pairs = None,
    blind: options.Blind = None,
    reference: options.Reference = None,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Find the pairs that the blind encoder merges and the reference encoder tells apart.

    Exact: every two images are compared. The result becomes the review queue, largest gap first;
    pairs that somebody decided stay as they are. An interrupted run goes on where it was, and after
    images were added only their pairs are compared.
    """
    from annotator.pipeline import MiningOptions

    wanted = MiningOptions(
        blind_min=blind_min,
        reference_max=reference_max,
        limit=limit,
        max_per_image=max_per_image or None,
        keep_near_duplicates=keep_near_duplicates,
        one_per_group=one_per_group,
    )
    settings = options.settings_for(workspace, database_url)
    n_pairs = pairs or settings.target_pairs
    with options.open_studio(settings) as studio:
        roles = options.roles_of(studio, blind, reference)
        if suggest:
            suggestion = steps.run_suggest(studio, roles, n_pairs)
            emit_json(suggestion) if as_json else print(steps.suggest_text(suggestion))
            return
        n_bytes = round(memory * 2**30) if memory else None
        report = steps.run_mine(studio, roles, wanted, n_bytes)
        result: dict[str, Any] = plain(report)
        text = steps.mine_text(report)
        if not report.n_pairs:
            suggestion = steps.run_suggest(studio, roles, n_pairs)
            result["suggestion"] = suggestion
            text += "\n" + steps.recommendation(suggestion)
    emit_json(result) if as_json else print(text)


@guarded
def map(
    kind: Annotated[
        LayoutKind,
        typer.Option("--kind", help="Both maps laid out together, or each on its own."),
    ] = LayoutKind.aligned,
    neighbors: options.MapNeighbors = 30,
    min_dist: options.MinDist = 0.5,
    seed: options.Seed = 42,
    name: Annotated[
        str, typer.Option("--name", metavar="TEXT", help="A name for this layout.")
    ] = "",
    listed: Annotated[
        bool, typer.Option("--list", help="Make nothing; list the stored layouts.")
    ] = False,
    blind: options.Blind = None,
    reference: options.Reference = None,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Lay the images out in two dimensions, in both encoders' spaces, for the Explore page.

    `aligned`: both at once, so that an image moves between the maps only where its neighbours
    changed. `umap`: each on its own. Every layout is kept as a version; the page shows the newest.
    """
    from annotator.pipeline import MapOptions
    from annotator.pipeline.layouts import layout_versions
    from embeddings import layouts
    from embeddings.projection import LayoutOptions

    wanted = LayoutOptions(neighbors, min_dist, seed)
    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        roles = options.roles_of(studio, blind, reference)
        if listed:
            found = layout_versions(studio, roles)
            emit_json({"layouts": found}) if as_json else print(steps.layouts_text(found))
            return
        chosen = MapOptions(layouts.LayoutKind(kind.value), wanted, name)
        report = steps.run_map(studio, roles, chosen)
    emit_json(report) if as_json else print(steps.map_text(report))


@guarded
def compare(
    neighbors: options.NeighborCount = 10,
    matrix: options.Matrix = False,
    blind_min: options.BlindMin = 0.95,
    reference_max: options.FarBelow = None,
    blind: options.Blind = None,
    reference: options.Reference = None,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Measure how much of the reference space's neighbourhoods the blind space loses.

    Per image and region, and both cosines of all pairs, for the Explore page. An interrupted
    comparison goes on where it was. The blind threshold only matters with --matrix.
    """
    from annotator.pipeline import comparison_options
    from embeddings.mining import Thresholds

    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        if matrix:
            below = Thresholds().reference_max if reference_max is None else reference_max
            counted = steps.run_count_matrix(studio, Thresholds(blind_min, below))
            emit_json(counted) if as_json else print(steps.matrix_text(counted))
            return
        roles = options.roles_of(studio, blind, reference)
        wanted = comparison_options(studio, k=neighbors, reference_max=reference_max)
        report = steps.run_compare(studio, roles, wanted)
    emit_json(report) if as_json else print(steps.compare_text(report))
