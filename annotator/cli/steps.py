"""Runs one step of the pipeline with a heading and a progress bar, and words its report."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from annotator.cli.output import heading, progress_bar, shown, steps_bar, table

if TYPE_CHECKING:
    from annotator.pipeline import (
        CompareReport,
        EmbedOptions,
        EmbedReport,
        EncoderRoles,
        IndexReport,
        MapOptions,
        MapReport,
        MatrixReport,
        MineReport,
        MiningOptions,
        SuggestReport,
    )
    from annotator.studio import Studio
    from embeddings.comparison import ComparisonOptions
    from embeddings.layouts import LayoutVersion
    from embeddings.mining import Thresholds

# Below, the wait is for the first batch and the odd large file.
_MUCH_WAITING = 0.2
N_SKIPPED_SHOWN = 10
SHARD_SIZE = 256
PARAMETERS = ("n_neighbors", "min_dist", "seed")


def run_index(studio: "Studio", source: Path, max_pixels: int | None = None) -> "IndexReport":
    """Indexes with a heading and a bar."""
    from annotator import pipeline

    heading(f"Index {shown(source)}")
    with progress_bar("reading", "files") as progress:
        return pipeline.index(studio, source, max_pixels=max_pixels, progress=progress)


def run_embed(
    studio: "Studio", roles: "EncoderRoles", role: str, options: "EmbedOptions"
) -> "EmbedReport":
    """Embeds with a heading and a bar."""
    from annotator import pipeline

    heading(f"Embed with the {role} encoder, {dict(roles)[role]}")
    with progress_bar("embedding", "images") as progress:
        return pipeline.embed(studio, roles, role, options, progress=progress)


def run_mine(
    studio: "Studio",
    roles: "EncoderRoles",
    options: "MiningOptions",
    memory: int | None = None,
) -> "MineReport":
    """Mines with a heading and a bar."""
    from annotator import pipeline

    heading(f"Mine pairs: blind > {options.blind_min:g}, reference < {options.reference_max:g}")
    with progress_bar("comparing", "pairs") as progress:
        return pipeline.mine(studio, roles, options, memory=memory, progress=progress)


def run_suggest(studio: "Studio", roles: "EncoderRoles", n_pairs: int) -> "SuggestReport":
    """Counts pairs over thresholds with a heading and a bar."""
    from annotator import pipeline

    heading(f"Count pairs over thresholds, looking for {n_pairs}")
    with progress_bar("comparing", "pairs") as progress:
        return pipeline.suggest(studio, roles, n_pairs=n_pairs, progress=progress)


def run_map(
    studio: "Studio", roles: "EncoderRoles", options: "MapOptions | None" = None
) -> "MapReport":
    """Lays both spaces out with a heading and a bar for each step."""
    from annotator import pipeline

    options = options or pipeline.MapOptions()
    heading(f"Map both encoders' spaces, {options.kind.value} ({_about(options)})")
    with steps_bar("") as progress:
        return pipeline.map(studio, roles, options, progress=progress)


def _about(options: "MapOptions") -> str:
    layout = options.layout
    return f"{layout.n_neighbors} neighbours, min_dist {layout.min_dist:g}, seed {layout.seed}"


def run_compare(
    studio: "Studio", roles: "EncoderRoles", options: "ComparisonOptions | None" = None
) -> "CompareReport":
    """Compares both spaces with a heading and a bar."""
    from annotator import pipeline

    heading("Compare the neighbourhoods of both spaces")
    with progress_bar("comparing", "tiles") as progress:
        return pipeline.compare(studio, roles, options, progress=progress)


def run_count_matrix(studio: "Studio", thresholds: "Thresholds") -> "MatrixReport":
    """Counts the pairs of every choice of encoders with a heading and a bar."""
    from annotator import pipeline

    heading(
        f"Count pairs of every two encoders: blind > {thresholds.blind_min:g},"
        f" reference < {thresholds.reference_max:g}"
    )
    with progress_bar("comparing", "tiles") as progress:
        return pipeline.count_matrix(studio, thresholds, progress=progress)


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
        text += f" ({report.images_per_second:.1f} images/s on {report.device}{_limit(report)})"
    skipped = [f"  {shown(Path(name))}: {why}" for name, why in report.skipped.items()]
    if len(skipped) > N_SKIPPED_SHOWN:
        n_more = len(skipped) - N_SKIPPED_SHOWN
        skipped[N_SKIPPED_SHOWN:] = [f"  and {n_more:,} more; --json lists all"]
    return "\n".join([text, *_tried(report), *skipped])


def _tried(report: "EmbedReport") -> list[str]:
    """What a trial on some of the images led to."""
    lines = []
    if report.draft_side is not None:
        side = f"  JPEGs decoded smaller, down to {report.draft_side} pixels on the shorter side"
        cosine = report.draft_cosine
        lines.append(
            side + (f" (cosine to the full decode at least {cosine:.5f})" if cosine else "")
        )
    elif report.draft_cosine is not None:
        lines.append(
            f"  JPEGs decoded in full: smaller, a cosine was only {report.draft_cosine:.5f}"
        )
    if report.precision_cosine is not None:
        cosine = report.precision_cosine
        what = (
            "half precision, a cosine was only" if report.precision == "float32" else "to float32"
        )
        lines.append(f"  computed in {report.precision} ({what} {cosine:.5f})")
    return lines


def _limit(report: "EmbedReport") -> str:
    """Which side of the work the other one waits for."""
    if report.waited is None:
        return ""
    if report.waited > _MUCH_WAITING:
        return f"; reading and decoding are the limit: the encoder waited {report.waited:.0%} of it"
    return "; the encoder is the limit"


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
    if report.already:
        return f"{text} (up to date, not mined again)"
    if report.n_known:
        text += f"\n{report.n_known:,} images had been compared with each other before"
    looked_at = f"{report.n_examined:,} of {counts['n_compared']:,} pairs looked at closely"
    return f"{text}\n{looked_at}, compared by {report.method}"


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
    """One line on the two maps."""
    text = f"layout {report.layout}, {report.kind.value}: {report.n_images:,} images on both maps"
    return text + (" (up to date, not laid out again)" if report.already else "")


def layouts_text(versions: "Sequence[LayoutVersion]") -> str:
    """One line on each stored layout, newest first."""
    if not versions:
        return "No layout of these two encoders yet; `mmvp map` makes one."
    rows = [["layout", "kind", "images", "neighbours", "min_dist", "seed", "made", "name"]]
    for version in versions:
        chosen = [f"{version.parameters.get(name, '?')}" for name in PARAMETERS]
        made = version.created_at[:16].replace("T", " ")
        row = [str(version.number), version.kind.value, f"{version.n_images:,}"]
        rows.append([*row, *chosen, made, version.name])
    return table(rows)


def compare_text(report: "CompareReport") -> str:
    """What the blind space keeps, on a few lines."""
    if report.mean_overlap is None:
        return "There are not two images to compare."
    lines = [
        f"{report.mean_overlap:.1%} of the {report.options.k} nearest neighbours are the same in"
        f" both spaces, on average over {report.n_images:,} images"
        + (" (up to date, not compared again)" if report.already else "")
    ]
    if report.mean_collapse is not None:
        lines.append(
            f"To the images that the reference puts below {report.options.reference_max:g}, the"
            f" highest blind cosines are {report.mean_collapse:.3f} on average"
        )
    counted = (
        f"all {report.n_pairs:,} pairs counted"
        if not report.n_sampled
        else f"{report.n_exact:,} of {report.n_pairs:,} pairs counted (blind cosine above"
        f" {report.exact_above:g}), the others estimated from {report.n_sampled:,}"
    )
    lines.append(f"{counted}; {report.n_regions:,} regions ranked by collapse")
    return "\n".join(lines)


def matrix_text(report: "MatrixReport") -> str:
    """Blind encoders down and reference encoders across, by number, with a list of the names."""
    names = list(dict.fromkeys(cell.blind_encoder for cell in report.cells))
    known = {(cell.blind_encoder, cell.reference_encoder): cell.n_pairs for cell in report.cells}
    rows = [["blind \\ reference", *(str(number) for number in range(1, len(names) + 1))]]
    for number, blind in enumerate(names, start=1):
        counts = [known.get((blind, reference)) for reference in names]
        rows.append([str(number), *("-" if n is None else f"{n:,}" for n in counts)])
    lines = [f"Pairs over {report.blind_min:g} / {report.reference_max:g}, before any filter:"]
    lines += [table(rows), *(f"  {number}: {name}" for number, name in enumerate(names, start=1))]
    lines += [f"  left out, not all images are embedded: {spec}" for spec in report.incomplete]
    return "\n".join(lines)
