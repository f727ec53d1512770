"""The figures of the dataset card as small SVG files: the same bytes for the same benchmark."""

from collections.abc import Callable, Sequence
from math import ceil, floor
from xml.sax.saxutils import escape, quoteattr

from evaluation.benchmark import Benchmark

PATTERNS, COSINES, GAPS = "figures/patterns.svg", "figures/cosines.svg", "figures/gaps.svg"
_WIDTH = 640
_LABELS = 286
_LONGEST_LABEL = 40
_BAR = 26
_MOST_BINS = 60
_PLOT = (48, 604, 52, 216)  # left, right, top, bottom
# Orange and blue that people with any colour vision tell apart, on light and on dark ground.
_STYLE = (
    "<style>svg{font:13px system-ui,sans-serif}.ground{fill:#fff;stroke:#d9dade}text{fill:#3a3d45}"
    ".title{font-weight:600;fill:#1c1d21}.axis{stroke:#b9bec9}.bar{fill:#5b6fd6}"
    ".blind{fill:#d55e00}.reference{fill:#0072b2}.limit{stroke:#1c1d21;stroke-dasharray:4 3}"
    "@media (prefers-color-scheme:dark){.ground{fill:#17181b;stroke:#3a3d45}text{fill:#c3c6ce}"
    ".title{fill:#f1f1f3}.axis{stroke:#5a5e69}.bar{fill:#8b9bf0}.blind{fill:#f08a3c}"
    ".reference{fill:#4fa8dd}.limit{stroke:#f1f1f3}}</style>"
)


def card_figures(benchmark: Benchmark) -> dict[str, bytes]:
    """Path to SVG: pairs per pattern, and where they are known the cosines and their gap."""
    found = {PATTERNS: _patterns(benchmark)}
    blind = [one.blind_cosine for one in benchmark.pairs if one.blind_cosine is not None]
    reference = [
        one.reference_cosine for one in benchmark.pairs if one.reference_cosine is not None
    ]
    gaps = [one.gap for one in benchmark.pairs if one.gap is not None]
    if blind and reference:
        found[COSINES] = _cosines(benchmark, blind, reference)
    if gaps:
        found[GAPS] = _gaps(gaps)
    return {path: svg.encode() for path, svg in found.items()}


def _drawing(title: str, height: int, *parts: str) -> str:
    """A drawing on its own ground, so that it is read on any page."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" role="img" aria-label={quoteattr(title)}>'
    )
    ground = (
        f'<rect class="ground" x=".5" y=".5" width="{_WIDTH - 1}" height="{height - 1}" rx="8"/>'
    )
    top = _text(16, 28, title, kind="title")
    return "\n".join([head, _STYLE, ground, top, *parts, "</svg>"]) + "\n"


def _text(x: float, y: float, text: str, *, kind: str = "", anchor: str = "start") -> str:
    of_kind = f' class="{kind}"' if kind else ""
    return f'<text{of_kind} x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'


def _patterns(benchmark: Benchmark) -> str:
    names = {pattern.slug: pattern.name for pattern in benchmark.patterns}
    counts = benchmark.count_by_pattern()
    most = max([1, *counts.values()])
    room = _WIDTH - _LABELS - 64
    parts = []
    for place, (slug, n) in enumerate(counts.items()):
        y = 46 + place * _BAR
        width = n / most * room
        parts.append(_text(_LABELS - 10, y + 16, _short(names[slug]), anchor="end"))
        if n:
            place_of_bar = f'x="{_LABELS}" y="{y + 3}" width="{width:.1f}" height="18"'
            parts.append(f'<rect class="bar" {place_of_bar} rx="3"/>')
        parts.append(_text(_LABELS + round(width, 1) + 8, y + 16, f"{n:,}"))
    return _drawing("Pairs per visual pattern", 46 + len(counts) * _BAR + 14, *parts)


def _short(name: str) -> str:
    plain = "".join(one if one.isprintable() else " " for one in name)
    return plain if len(plain) <= _LONGEST_LABEL else f"{plain[: _LONGEST_LABEL - 1]}…"


def _cosines(benchmark: Benchmark, blind: Sequence[float], reference: Sequence[float]) -> str:
    limits = [one for one in (benchmark.blind_min, benchmark.reference_max) if one is not None]
    low, high, step = _bins([*blind, *reference, *limits])
    tallest = max(max(_counted(values, low, step, high)) for values in (blind, reference))
    place = _places(low, high)
    parts = [
        *_bars(blind, "blind", (low, high, step), tallest),
        *_bars(reference, "reference", (low, high, step), tallest),
        *(_limit(place(one)) for one in limits),
        *_axis(low, high, tallest, place),
        *_key(412, "blind", "blind encoder"),
        *_key(536, "reference", "reference"),
    ]
    title = "Cosine similarity of the two images of a pair"
    return _drawing(title, 256, *parts)


def _gaps(gaps: Sequence[float]) -> str:
    low, high, step = _bins(gaps)
    tallest = max(_counted(gaps, low, step, high))
    bars = _bars(gaps, "bar", (low, high, step), tallest)
    title = "Gap: cosine in the blind encoder minus cosine in the reference encoder"
    return _drawing(title, 256, *bars, *_axis(low, high, tallest, _places(low, high)))


def _bins(values: Sequence[float]) -> tuple[float, float, float]:
    """Lowest edge, highest edge and width of bins in round numbers, 60 of them at most."""
    spread = max(values) - min(values)
    step = next(
        one for one in (0.01, 0.02, 0.05, 0.1) if spread / one <= _MOST_BINS - 2 or one == 0.1
    )
    low = floor(min(values) / step + 1e-9) * step
    high = max(ceil(max(values) / step - 1e-9) * step, low + step)
    return low, high, step


def _counted(values: Sequence[float], low: float, step: float, high: float) -> list[int]:
    n_bins = round((high - low) / step)
    counts = [0] * n_bins
    for value in values:
        counts[min(n_bins - 1, max(0, floor((value - low) / step + 1e-9)))] += 1
    return counts


def _places(low: float, high: float) -> Callable[[float], float]:
    left, right, _, _ = _PLOT
    return lambda value: round(left + (value - low) / (high - low) * (right - left), 1)


def _bars(
    values: Sequence[float], kind: str, bins: tuple[float, float, float], tallest: int
) -> list[str]:
    low, high, step = bins
    _, _, top, bottom = _PLOT
    place = _places(low, high)
    shapes = []
    for number, n in enumerate(_counted(values, low, step, high)):
        if n:
            x, end = place(low + number * step), place(low + (number + 1) * step)
            height = n / tallest * (bottom - top)
            shapes.append(
                f'<rect class="{kind}" fill-opacity=".8" x="{x + 0.5:g}" y="{bottom - height:.1f}" '
                f'width="{end - x - 1:.1f}" height="{height:.1f}"/>'
            )
    return shapes


def _limit(x: float) -> str:
    _, _, top, bottom = _PLOT
    return f'<line class="limit" x1="{x:g}" x2="{x:g}" y1="{top - 4}" y2="{bottom}"/>'


def _axis(low: float, high: float, tallest: int, place: Callable[[float], float]) -> list[str]:
    left, right, top, bottom = _PLOT
    every = next(
        one for one in (0.02, 0.05, 0.1, 0.2, 0.5) if (high - low) / one <= 10 or one == 0.5
    )
    first = ceil(low / every - 1e-9)
    ticks = [number * every for number in range(first, floor(high / every + 1e-9) + 1)]
    return [
        f'<line class="axis" x1="{left}" x2="{right}" y1="{bottom}" y2="{bottom}"/>',
        *(_text(place(tick), bottom + 20, f"{tick + 0:.2f}", anchor="middle") for tick in ticks),
        _text(left - 8, top + 10, f"{tallest:,}", anchor="end"),
        _text(left - 8, bottom, "0", anchor="end"),
    ]


def _key(x: int, kind: str, name: str) -> list[str]:
    return [
        f'<rect class="{kind}" x="{x}" y="18" width="12" height="12" rx="2"/>',
        _text(x + 17, 28, name),
    ]
