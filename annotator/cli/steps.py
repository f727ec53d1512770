"""Runs one step of the pipeline with a heading and a progress bar, and words its report."""

from pathlib import Path
from typing import TYPE_CHECKING

from annotator.cli.output import heading, progress_bar, shown, table

if TYPE_CHECKING:
    from annotator.pipeline import (
        EmbedReport,
        EncoderRoles,
        IndexReport,
        MapReport,
        MineReport,
        MiningOptions,
        SuggestReport,
    )
    from annotator.studio import Studio

N_SKIPPED_SHOWN = 10
SHARD_SIZE = 256


def run_index(studio: "Studio", source: Path, max_pixels: int | None = None) -> "IndexReport":
    """Indexes with a heading and a bar."""
    from annotator import pipeline

    heading(f"Index {shown(source)}")
    with progress_bar("reading", "files") as progress:
        return pipeline.index(studio, source, max_pixels=max_pixels, progress=progress)


def run_embed(
    studio: "Studio",
    roles: "EncoderRoles",
    role: str,
    *,
    device: str | None = None,
    batch_size: int | None = None,
    shard_size: int = SHARD_SIZE,
    workers: int | None = None,
) -> "EmbedReport":
    """Embeds with a heading and a bar."""
    from annotator import pipeline

    heading(f"Embed with the {role} encoder, {dict(roles)[role]}")
    with progress_bar("embedding", "images") as progress:
        return pipeline.embed(
            studio,
            roles,
            role,
            device=device,
            batch_size=batch_size,
            shard_size=shard_size,
            workers=workers,
            progress=progress,
        )


def run_mine(studio: "Studio", roles: "EncoderRoles", options: "MiningOptions") -> "MineReport":
    """Mines with a heading and a bar."""
    from annotator import pipeline

    heading(f"Mine pairs: blind > {options.blind_min:g}, reference < {options.reference_max:g}")
    with progress_bar("comparing", "pairs") as progress:
        return pipeline.mine(studio, roles, options, progress=progress)


def run_suggest(studio: "Studio", roles: "EncoderRoles", n_pairs: int) -> "SuggestReport":
    """Counts pairs over thresholds with a heading and a bar."""
    from annotator import pipeline

    heading(f"Count pairs over thresholds, looking for {n_pairs}")
    with progress_bar("comparing", "pairs") as progress:
        return pipeline.suggest(studio, roles, n_pairs=n_pairs, progress=progress)


def run_map(studio: "Studio", roles: "EncoderRoles", role: str) -> "MapReport":
    """Lays out with a heading; UMAP tells no progress."""
    from annotator import pipeline

    heading(f"Map the {role} encoder's space, {dict(roles)[role]}")
    return pipeline.map(studio, roles, role)


def index_text(report: "IndexReport") -> str:
    """Counts on one line; then what was skipped, by reason, with the first files."""
    lines = [
        f"{report.n_images:,} images in the workspace; this source: {report.n_new:,} new,"
        f" {report.n_unchanged:,} unchanged, {report.n_moved:,} moved,"
        f" {report.n_vanished:,} vanished, {report.n_duplicates:,} exact duplicates,"
        f" {len(report.skipped):,} skipped"
    ]
    if report.skipped:
        lines.append(table([(why, f"{n:,}") for why, n in report.skipped_by_reason.items()]))
        lines += [
            f"  {shown(item.path)}: {item.reason}" + (f" ({item.detail})" if item.detail else "")
            for item in report.skipped[:N_SKIPPED_SHOWN]
        ]
        n_more = len(report.skipped) - N_SKIPPED_SHOWN
        lines.append((f"  and {n_more:,} more; " if n_more > 0 else "  ") + f"see {report.report}")
    return "\n".join(lines)


def embed_text(report: "EmbedReport") -> str:
    """One line on one encoder; then the first images that it skipped, with reasons."""
    text = f"{report.role}: {report.n_embedded:,} embedded, {report.n_already:,} were already"
    if report.skipped:
        text += f", {len(report.skipped):,} skipped"
    if report.n_embedded and report.images_per_second is not None:
        text += f" ({report.images_per_second:.1f} images/s on {report.device})"
    skipped = [f"  {shown(Path(name))}: {why}" for name, why in report.skipped.items()]
    if len(skipped) > N_SKIPPED_SHOWN:
        n_more = len(skipped) - N_SKIPPED_SHOWN
        skipped[N_SKIPPED_SHOWN:] = [f"  and {n_more:,} more; --json lists all"]
    return "\n".join([text, *skipped])


def mine_text(report: "MineReport") -> str:
    """How many pairs are left and where the others went."""
    counts = report.counts
    dropped = {
        "near-duplicates": counts["n_near_duplicates"],
        "second of a group": counts["n_same_group_dropped"],
        "over the cap per image": counts["n_over_image_cap"],
        "over the limit": counts.get("n_over_limit", 0),
    }
    spared = ", ".join(f"{n:,} {why}" for why, n in dropped.items() if n)
    text = (
        f"{report.n_pairs:,} candidate pairs from {counts['n_images']:,} images;"
        f" {counts['n_over_thresholds']:,} over the thresholds"
    )
    text += f", less {spared}" if spared else ""
    return text + (" (up to date, not mined again)" if report.already else "")


def suggest_text(report: "SuggestReport") -> str:
    """The grid, blind thresholds down and reference thresholds across, and the recommendation."""
    rows = [["blind >  \\  reference <", *(f"{value:g}" for value in report.reference_grid)]]
    for value, counts in zip(report.blind_grid, report.counts, strict=True):
        rows.append([f"{value:g}", *(f"{n:,}" for n in counts)])
    return "\n".join(
        ["Pairs over the thresholds, before any filter:", table(rows), recommendation(report)]
    )


def recommendation(report: "SuggestReport") -> str:
    """The thresholds to try, as the option to type."""
    if report.blind_min is None or report.reference_max is None:
        return f"No thresholds on this grid give {report.n_wanted:,} pairs; add images."
    return (
        f"For {report.n_wanted:,} pairs or more: mmvp mine --blind-min {report.blind_min:g}"
        f" --reference-max {report.reference_max:g} ({report.n_pairs:,} pairs)"
    )


def map_text(report: "MapReport") -> str:
    """One line on one map."""
    return f"{report.role}: {report.n_images:,} images" + (
        " (up to date, not laid out again)" if report.already else ""
    )
