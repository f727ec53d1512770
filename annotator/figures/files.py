"""A figure as a file: HTML that stands alone, or SVG, PNG and PDF through Chrome."""

import importlib
from html import escape
from pathlib import Path
from typing import Final

import plotly.graph_objects as go
import plotly.io

from annotator.errors import AppError
from annotator.figures.style import FigureSize
from embeddings.atomic import write_bytes

FORMATS: Final = ("html", "svg", "png", "pdf")
_CSS_DPI = 96


def figure_html(figure: go.Figure, title: str) -> str:
    """A page that needs nothing else, plotly's script included (5 MB)."""
    page: str = plotly.io.to_html(
        figure,
        include_plotlyjs=True,
        full_html=True,
        config={"displaylogo": False, "responsive": False},
    )
    return page.replace("<head>", f"<head><title>{escape(title)}</title>", 1)


def write_figure(
    figure: go.Figure, path: Path, size: FigureSize, *, title: str, dpi: int = 300
) -> None:
    """Writes the file in one step; its ending says which format.

    Args:
        dpi: dots an inch of a PNG whose size is in mm or inches; in pixels it is dot for dot.

    Raises:
        AppError: another ending, or no Chrome to draw with.
    """
    kind = format_of(path)
    if kind == "html":
        content = figure_html(figure, title).encode()
    else:
        scale = dpi / _CSS_DPI if kind == "png" and size.print_unit else 1.0
        content = _rendered(figure, kind, size, scale)
    try:
        write_bytes(path, content)
    except OSError as error:
        raise AppError(
            f"the figure cannot be written: {(error.strerror or 'error').lower()}.",
            where=str(path),
        ) from error


def format_of(path: Path) -> str:
    """The format that a file's ending names.

    Raises:
        AppError: it names none of ours.
    """
    kind = path.suffix.lower().lstrip(".")
    if kind not in FORMATS:
        raise AppError(
            "a figure is a .html, .svg, .png or .pdf file.",
            where=str(path),
            hint="The ending says which.",
        )
    return kind


def _rendered(figure: go.Figure, kind: str, size: FigureSize, scale: float) -> bytes:
    kaleido = importlib.import_module("kaleido")
    errors = importlib.import_module("kaleido.errors")
    options = {
        "format": kind,
        "width": round(size.width),
        "height": round(size.height),
        "scale": scale,
    }
    try:
        # MathJax would come from a server on the Internet; no figure has formulas.
        content: bytes = kaleido.calc_fig_sync(
            figure.to_dict(), opts=options, kopts={"mathjax": False}
        )
    except errors.ChromeNotFoundError as error:
        raise AppError(
            f"a {kind} file is drawn by Chrome or Chromium, and there is none.",
            hint="Install Chromium, or name a browser in BROWSER_PATH; .html needs none.",
        ) from error
    return content
