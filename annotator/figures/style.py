"""The look of every figure: size in print units, readable type, a white ground, no ornament."""

import re
from dataclasses import dataclass
from typing import Any, Final

import plotly.graph_objects as go

from annotator.errors import AppError

# As the density ramp of widgets/joint_histogram/colours.js for light ground.
DENSITY: Final = ("#d3e8e4", "#8cc5c4", "#4597b4", "#3a609f", "#37327a", "#1d1238")
# As the gap ramp and the categories of widgets/embedding_map/colours.js for light ground.
GAP: Final = ("#f0b64b", "#e5722f", "#b3305f", "#56186e")
LABELS: Final = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#d55e00",
    "#cc79a7",
    "#56b4e9",
    "#a89c00",
    "#000000",
    "#7b5a3c",
)
INK: Final = "#1c1d21"
PALE: Final = "#b9bec9"
LINE: Final = "#d9dade"
BLIND: Final = "#d55e00"
REFERENCE: Final = "#0072b2"
ROLE_COLOURS: Final = {"blind": BLIND, "reference": REFERENCE}

# Browsers and SVG count 96 pixels to the inch.
_PIXELS: Final = {"px": 1.0, "mm": 96 / 25.4, "in": 96.0}
_POINT: Final = 96 / 72
_PRINT_POINTS: Final = 8.0
_SCREEN_SHARE: Final = 1 / 75
_LARGEST = 8000  # pixels a side
_FAMILY = "Helvetica, Arial, DejaVu Sans, sans-serif"


@dataclass(frozen=True)
class FigureSize:
    """How large a figure is.

    Attributes:
        width: pixels of 1/96 inch, from 100 to 8,000.
        height: likewise.
        font: size of the type in the same pixels.
        print_unit: whether it was given in mm or inches; a bitmap of it then has more dots.
    """

    width: float
    height: float
    font: float
    print_unit: bool = False

    @classmethod
    def of(
        cls, width: float, height: float, unit: str = "px", points: float | None = None
    ) -> "FigureSize":
        """A size in px, mm or in, with type of so many points (8 in print, more on a slide).

        Raises:
            AppError: another unit, or a side that is too small or too large.
        """
        if unit not in _PIXELS:
            raise AppError("a figure's size is in px, mm or in.", where=unit)
        pixels = [side * _PIXELS[unit] for side in (width, height)]
        if not all(100 <= side <= _LARGEST for side in pixels):
            raise AppError(
                f"a figure's sides are from 100 to {_LARGEST:,} pixels (26 to 2,116 mm).",
                where=f"{width:g}x{height:g}{unit}",
            )
        if points is not None:
            font = points * _POINT
        else:
            font = _PRINT_POINTS * _POINT if unit != "px" else max(11.0, pixels[0] * _SCREEN_SHARE)
        return cls(pixels[0], pixels[1], font, print_unit=unit != "px")

    @classmethod
    def parse(cls, text: str, points: float | None = None) -> "FigureSize":
        """Reads 180x90mm, 7x3.5in or 1600x900px.

        Raises:
            AppError: it reads differently, or as in `of`.
        """
        number = r"(\d+(?:\.\d+)?)"
        found = re.fullmatch(rf"\s*{number}\s*[x\u00d7]\s*{number}\s*(px|mm|in)?\s*", text)
        if found is None:
            raise AppError(
                "a figure's size reads like 180x90mm, 7x3.5in or 1600x900px.", where=text
            )
        width, height, unit = found.groups()
        return cls.of(float(width), float(height), unit or "px", points)


def scale_of(colours: tuple[str, ...]) -> list[list[object]]:
    """A plotly colour scale with these colours at even distances."""
    return [[place / (len(colours) - 1), colour] for place, colour in enumerate(colours)]


def styled(figure: go.Figure, size: FigureSize, **layout: Any) -> go.Figure:  # noqa: ANN401
    """The figure in the house's print style, with more of plotly's layout on top."""
    figure.update_layout(
        template="none",
        width=round(size.width),
        height=round(size.height),
        autosize=False,
        paper_bgcolor="#ffffff",
        plot_bgcolor="#ffffff",
        font={"family": _FAMILY, "size": size.font, "color": INK},
        hoverlabel={"font": {"family": _FAMILY, "size": max(12, size.font)}},
        dragmode="pan",
        **layout,
    )
    return figure


def colour_bar(title: str, size: FigureSize, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """A slim bar beside the plot."""
    return {
        "title": {"text": title, "side": "right", "font": {"size": size.font}},
        "thickness": size.font * 0.9,
        "thicknessmode": "pixels",
        "len": 0.9,
        "outlinewidth": 0,
        "xpad": size.font * 0.6,
        "ticks": "outside",
        "ticklen": size.font * 0.3,
        **more,
    }
