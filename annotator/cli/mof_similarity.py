"""`mmvp mof similarity`: which blind pairs a mixture of both encoders tells apart."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from annotator.cli import options
from annotator.cli.output import emit_json, guarded, heading, note, plain, shown, table

if TYPE_CHECKING:
    from annotator.pipeline.mixtures import MixedPairs, Resolving, SimilarityReport
    from annotator.studio import Studio

Shares = Annotated[
    list[float] | None,
    typer.Option(
        "--reference-share",
        min=0,
        max=1,
        metavar="S",
        show_default="the paper's: 0, 0.25, 0.5, 0.625, 0.75 and 1",
        help="Share of the reference encoder, 1 - alpha; may be given several times.",
    ),
]
BlindMin = Annotated[
    float | None,
    typer.Option(
        "--blind-min",
        min=-1,
        max=1,
        metavar="COSINE",
        show_default="the mining run's, else 0.95",
        help="Cosine that says 'the same': resolved by threshold is a pair at or under it.",
    ),
]
MostAlike = Annotated[
    float | None,
    typer.Option(
        "--most-alike",
        min=0,
        max=1,
        metavar="SHARE",
        show_default="as many as the blind threshold leaves",
        help="Resolved by rank is a pair that is not in this most similar share of any two images.",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        metavar="FILE",
        dir_okay=False,
        show_default=False,
        help="Also write a file; .csv is the table, .json all of it, "
        ".html, .svg, .png or .pdf the plot (all but .html need Chrome).",
    ),
]
Size = Annotated[
    str, typer.Option("--size", metavar="WxH", help="Of the plot, e.g. 85x60mm or 1600x900px.")
]
_WORDS = {"ranked": "by rank", "fixed": "by threshold"}


@guarded
def similarity(
    shares: Shares = None,
    blind_min: BlindMin = None,
    most_alike: MostAlike = None,
    out: Out = None,
    size: Size = "180x95mm",
    blind: options.Blind = None,
    reference: options.Reference = None,
    workspace: options.Workspace = None,
    database_url: options.DatabaseUrl = None,
    as_json: options.Json = False,
) -> None:
    """Show how many blind pairs a mixture of both encoders resolves, by the reference's share.

    Nothing is trained: the vectors are joined side by side, or added after a rotation that brings
    the reference space nearest to the blind one. docs/mof-lens.md says what that means.
    """
    from annotator.pipeline.mixtures import Resolving
    from annotator.pipeline.mixtures import similarity as counted
    from embeddings.mixing import PAPER_SHARES

    _check(out)
    with options.open_studio(options.settings_for(workspace, database_url)) as studio:
        how = Resolving(blind_min, most_alike)
        pairs = _pairs(studio, blind, reference)
        report = counted(pairs, sorted(set(shares or PAPER_SHARES)), how)
        if out is not None:
            _write(studio, report, out, size)
    if as_json:
        emit_json(report)
    else:
        _print(report, how)
    if out is not None:
        note(f"{shown(out)}: {out.stat().st_size / 1000:,.1f} kB")


def _check(out: Path | None) -> None:
    from annotator.errors import AppError
    from annotator.figures.files import FORMATS

    if out is not None and out.suffix.lower().lstrip(".") not in ("csv", "json", *FORMATS):
        raise AppError(
            "it is written as .csv, .json, .html, .svg, .png or .pdf.",
            where=str(out),
            hint="The ending says which.",
        )


def _pairs(studio: "Studio", blind: str | None, reference: str | None) -> "MixedPairs":
    from annotator.pipeline.mixtures import mixed_pairs
    from annotator.pipeline.vectors import embedded_images

    roles = options.roles_of(studio, blind, reference)
    heading("Mix both encoders' vectors")
    embedded = embedded_images(studio, roles)
    image_ids = [image.id for image in embedded.images]
    vectors = embedded.vectors(embedded.blind), embedded.vectors(embedded.reference)
    return mixed_pairs(studio, roles, image_ids, *vectors)


def _write(studio: "Studio", report: "SimilarityReport", out: Path, size: str) -> None:
    import json
    from dataclasses import fields

    from annotator.figures.drawn_mixtures import mixtures_figure
    from annotator.figures.files import write_figure
    from annotator.figures.style import FigureSize
    from annotator.patterns import pattern_names
    from annotator.pipeline.mixtures import ResolvedShare, table_rows
    from embeddings.atomic import write_bytes
    from evaluation.spreadsheets import csv_lines

    kind = out.suffix.lower()
    if kind == ".csv":
        columns = [field.name for field in fields(ResolvedShare)]
        write_bytes(out, "".join(csv_lines(columns, table_rows(report))).encode())
    elif kind == ".json":
        write_bytes(out, (json.dumps(plain(report), indent=2) + "\n").encode())
    else:
        figure_size = FigureSize.parse(size)
        figure = mixtures_figure(report, figure_size, pattern_names(studio))
        write_figure(figure, out, figure_size, title="MMVP Studio: mixture of features")


def _print(report: "SimilarityReport", how: "Resolving") -> None:
    left_out = f"; {report.n_left_out:,} without vectors left out" if report.n_left_out else ""
    print(f"{report.n_pairs:,} candidate pairs, {report.n_images:,} images{left_out}")
    seen = f"{report.n_above:,} of {report.n_background:,} pairs of any two images"
    sampled = " drawn" if report.n_background < report.n_any_pairs else ""
    over = "are counted as most alike" if how.most_alike is not None else "are that alike"
    print(f"threshold {report.blind_min:g}; by rank: {seen}{sampled} {over} to the blind encoder")
    slugs = sorted({one.pattern for one in report.table})
    for slug in slugs:
        print(f"\n{slug}" if slug else "")
        print(table(_rows(report, slug)))


def _rows(report: "SimilarityReport", slug: str) -> list[list[str]]:
    """A line for each share; resolved by addition and by concatenation, both criteria."""
    found = [one for one in report.table if one.pattern == slug]
    columns = sorted({(one.mixing, one.criterion) for one in found}, key=lambda c: (c[0], c[1]))
    header = ["reference share", "alpha"]
    header += [f"{mixing}, {_WORDS[criterion]}" for mixing, criterion in columns]
    rows = [header]
    for share in sorted({one.reference_share for one in found}):
        here = {(one.mixing, one.criterion): one for one in found if one.reference_share == share}
        line = [f"{share:g}", f"{1 - share:g}"]
        for column in columns:
            one = here[column]
            percent = "-" if one.share is None else f"{100 * one.share:.1f} %"
            line.append(f"{percent} ({one.n_resolved:,}/{one.n_pairs:,})")
        rows.append(line)
    return rows
