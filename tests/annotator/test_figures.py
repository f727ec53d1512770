"""Figures: the numbers drawn are those of the data, and a file is what its ending says."""

import json
import re
from pathlib import Path

import numpy as np
import plotly.io
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from annotator.charts import STATE_COLOURS
from annotator.errors import AppError
from annotator.figures.data import HistogramData, MapData, Selection
from annotator.figures.drawn_histogram import histogram_figure
from annotator.figures.drawn_map import MOST_VECTOR_POINTS, map_figure
from annotator.figures.files import write_figure
from annotator.figures.sources import histogram_data
from annotator.figures.style import DENSITY, GAP, LABELS, FigureSize
from tests.histograms import fake_histogram, plotted

SIZE = FigureSize.parse("120x95mm")
WIDGETS = Path(__file__).parents[2] / "annotator" / "widgets"


def made_map(n: int = 60, n_pairs: int = 20, seed: int = 0) -> MapData:
    rng = np.random.default_rng(seed)
    states = sorted(STATE_COLOURS)
    return MapData(
        image_ids=np.arange(100, 100 + n),
        points={role: rng.uniform(-1, 1, (n, 2)) for role in ("blind", "reference")},
        labels=rng.choice([0, 1, 254, 255], n),
        label_names=["cat", "<b>dog</b>"],
        pair_ids=np.arange(1, n_pairs + 1),
        first=np.arange(n_pairs),
        second=np.arange(n_pairs) + n_pairs,
        gap=np.sort(rng.uniform(0.3, 0.9, n_pairs))[::-1],
        states=[states[k % len(states)] for k in range(n_pairs)],
        names={"blind": "ViT-L-14", "reference": "<i>dino</i>"},
    )


@pytest.fixture(scope="module")
def histogram() -> HistogramData:
    made = fake_histogram()
    return histogram_data(made.header, made.content)


def test_the_histogram_draws_every_count(histogram: HistogramData) -> None:
    figure = histogram_figure(histogram, SIZE, blind_min=0.95, reference_max=0.6)
    cells = figure.data[0]
    counts = np.asarray(cells.customdata)
    assert counts.sum() == histogram.counts.sum()
    drawn = 10 ** np.asarray(cells.z, dtype=np.float64)
    assert np.allclose(np.nan_to_num(drawn), counts, rtol=1e-5)
    for k, edges in enumerate((histogram.reference_edges, histogram.blind_edges)):
        centres = np.asarray((cells.x, cells.y)[k])
        steps = (centres - edges[0]) / (edges[1] - edges[0]) - 0.5
        assert np.allclose(steps, np.round(steps), atol=1e-6)
        first = round(steps[0])
        rows = [slice(None), slice(None)]
        rows[1 - k] = slice(first, first + len(centres))
        assert histogram.counts[tuple(rows)].sum() == counts.sum()


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 399), st.integers(1, 199))
def test_the_count_in_the_corner_is_that_of_brute_force(row: int, column: int) -> None:
    made = fake_histogram(n_pairs=3000, seed=1)
    data = histogram_data(made.header, made.content)
    blind_min, reference_max = data.blind_edges[row], data.reference_edges[column]
    inside = data.inside(blind_min, reference_max)
    assert inside.exact
    assert inside.standard_error == 0
    assert inside.n_pairs == made.n_over(blind_min, reference_max)


def test_the_corner_says_its_count_and_lies_on_the_edges(histogram: HistogramData) -> None:
    figure = histogram_figure(histogram, SIZE, blind_min=0.9512, reference_max=0.6)
    inside = histogram.inside(0.95, 0.6)
    (corner,) = [shape for shape in figure.layout.shapes if shape.name == "thresholds"]
    assert (corner.y0, corner.x1) == (0.95, 0.6)
    (count,) = [each for each in figure.layout.annotations if each.name == "count"]
    assert f"{inside.n_pairs:,} pair" in count.text
    assert [trace.name for trace in figure.data] == ["pairs"]  # nothing was sampled


def test_what_is_sampled_is_hatched_and_said() -> None:
    made = fake_histogram(exact_above=0.8, scale=10)
    data = histogram_data(made.header, made.content)
    figure = histogram_figure(data, SIZE, blind_min=0.7, reference_max=0.9)
    hatched = figure.data[1]
    assert hatched.name == "sampled"
    assert max(hatched.y) == 0.8
    inside = data.inside(0.7, 0.9)
    assert not inside.exact
    assert "≈" in inside.words
    truth = made.n_over(0.7, 0.9)
    assert abs(inside.n_pairs - truth) < 5 * inside.standard_error
    assert data.inside(0.8, 0.9).exact


@pytest.mark.parametrize("colour", ["gap", "state", "label", "none"])
def test_each_map_draws_every_image_where_it_is(colour: str) -> None:
    data = made_map()
    figure = map_figure(data, SIZE, colour=colour, tethers=0)  # type: ignore[arg-type]
    for role, axis in (("blind", "x"), ("reference", "x2")):
        dots = [trace for trace in figure.data if trace.xaxis == axis]
        drawn = np.concatenate([np.column_stack([trace.x, trace.y]) for trace in dots])
        expected = data.points[role]
        assert sorted(map(tuple, drawn)) == sorted(map(tuple, expected))


def test_an_image_has_the_colour_of_its_widest_gap() -> None:
    data = made_map()
    figure = map_figure(data, SIZE, tethers=0)
    (coloured,) = [
        trace for trace in figure.data if trace.name == "image in a pair" and trace.xaxis == "x"
    ]
    by_place = dict(
        zip(zip(coloured.x, coloured.y, strict=True), coloured.marker.color, strict=True)
    )
    for pair in range(len(data.gap)):
        for image in (data.first[pair], data.second[pair]):
            assert by_place[tuple(data.points["blind"][image])] == data.gap[pair]
    assert len(by_place) == 2 * len(data.gap)


def test_states_have_their_colours_and_one_legend_entry() -> None:
    figure = map_figure(made_map(), SIZE, colour="state")
    entries = [trace.name for trace in figure.data if trace.showlegend]
    assert sorted(entries) == sorted(["image", *STATE_COLOURS])
    for trace in figure.data:
        if trace.name in STATE_COLOURS:
            assert trace.marker.color == STATE_COLOURS[trace.name]


def test_tethers_are_the_widest_gaps() -> None:
    data = made_map()
    figure = map_figure(data, SIZE, tethers=7)
    for role, axis in (("blind", "x"), ("reference", "x2")):
        ends = set()
        for trace in figure.data:
            if trace.name == "pairs" and trace.xaxis == axis:
                line = np.column_stack([trace.x, trace.y]).reshape(-1, 3, 2)
                ends |= {(tuple(a), tuple(b)) for a, b, _ in line}
        xy = data.points[role]
        assert ends == {(tuple(xy[data.first[p]]), tuple(xy[data.second[p]])) for p in range(7)}


def test_the_selection_is_marked_on_both_maps() -> None:
    data = made_map()
    chosen = Selection([103, 131, 99_999], pair_id=5)
    figure = map_figure(data, SIZE, selection=chosen)
    rings = [trace for trace in figure.data if trace.name == "selected (2)"]
    assert [trace.xaxis for trace in rings] == ["x", "x2"]
    for trace, role in zip(rings, ("blind", "reference"), strict=True):
        places = {tuple(data.points[role][k]) for k in (3, 31)}
        assert set(zip(trace.x, trace.y, strict=True)) == places
    pairs = [trace for trace in figure.data if trace.name == "selected pair"]
    assert (pairs[0].x[0], pairs[0].y[0]) == tuple(data.points["blind"][data.first[4]])
    assert sum(bool(trace.showlegend is not False) for trace in pairs) == 1


def test_many_points_are_one_picture_and_few_are_vectors() -> None:
    kinds = {
        n: {trace.type for trace in map_figure(made_map(n), SIZE, colour="none", tethers=0).data}
        for n in (60, MOST_VECTOR_POINTS + 1)
    }
    assert kinds == {60: {"scatter"}, MOST_VECTOR_POINTS + 1: {"scattergl"}}


def test_names_are_text_and_not_markup() -> None:
    figure = map_figure(made_map(), SIZE, colour="label")
    words = json.dumps(figure.to_plotly_json(), default=str)
    assert "<i>dino</i>" not in words
    assert "&lt;i&gt;dino" in words
    assert "<b>dog</b>" not in words


def test_no_pair_and_no_image_is_no_error() -> None:
    map_figure(made_map(5, 0), SIZE)
    map_figure(made_map(0, 0), SIZE, colour="state")
    empty = fake_histogram(n_pairs=0)
    data = histogram_data(empty.header, empty.content)
    figure = histogram_figure(data, SIZE, blind_min=0.95, reference_max=0.6)
    assert "0 pairs" in figure.layout.annotations[0].text


@pytest.mark.parametrize(
    ("text", "points", "pixels", "font"),
    [
        ("25.4x50.8mm", None, (96, 192), None),
        ("2x1in", 9, (192, 96), 12),
        ("1500x900", None, (1500, 900), 20),
        ("180x95mm", None, (680.3, 359.1), 10.67),
    ],
)
def test_sizes_are_those_of_print(
    text: str, points: float | None, pixels: tuple[float, float], font: float | None
) -> None:
    if min(pixels) < 100:
        with pytest.raises(AppError, match="sides are from 100"):
            FigureSize.parse(text, points)
        return
    size = FigureSize.parse(text, points)
    assert (size.width, size.height) == pytest.approx(pixels, abs=0.1)
    if font is not None:
        assert size.font == pytest.approx(font, abs=0.01)


@pytest.mark.parametrize("text", ["", "180", "axbmm", "10x10cm", "-5x100mm", "1e9x100px"])
def test_a_size_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(AppError):
        FigureSize.parse(text)


def test_the_colours_are_those_of_the_page() -> None:
    density = (WIDGETS / "joint_histogram" / "colours.js").read_text(encoding="utf-8")
    assert json.dumps(list(DENSITY)) in density
    maps = (WIDGETS / "embedding_map" / "colours.js").read_text(encoding="utf-8")
    assert json.dumps(list(GAP)) in maps
    assert all(f'"{colour}"' in maps for colour in LABELS)


def test_files_are_what_their_ending_says(histogram: HistogramData, tmp_path: Path) -> None:
    figure = histogram_figure(histogram, SIZE, blind_min=0.95, reference_max=0.6)
    paths = {kind: tmp_path / f"figure.{kind}" for kind in ("html", "svg", "png", "pdf")}
    for path in paths.values():
        write_figure(figure, path, SIZE, title="<Figure>", dpi=192)
    page = paths["html"].read_text(encoding="utf-8")
    assert "<title>&lt;Figure&gt;</title>" in page
    assert not re.search(r'<script[^>]+src="http', page)
    drawing = paths["svg"].read_text(encoding="utf-8")
    assert drawing.startswith("<svg")
    assert "blind cosine" in drawing
    with Image.open(paths["png"]) as picture:
        assert picture.size == (2 * round(SIZE.width), 2 * round(SIZE.height))
        assert len(picture.convert("RGB").getcolors(1 << 20) or []) > 50
    assert paths["pdf"].read_bytes().startswith(b"%PDF")
    with pytest.raises(AppError, match=r"\.html, \.svg"):
        write_figure(figure, tmp_path / "figure.gif", SIZE, title="")


def test_without_chrome_the_reason_is_said(
    histogram: HistogramData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("BROWSER_PATH", str(tmp_path / "none"))
    monkeypatch.setenv("HOME", str(tmp_path))
    figure = histogram_figure(histogram, SIZE, blind_min=0.95, reference_max=0.6)
    with pytest.raises(AppError, match="Chrome") as caught:
        write_figure(figure, tmp_path / "figure.svg", SIZE, title="")
    assert "BROWSER_PATH" in caught.value.hint
    assert not (tmp_path / "figure.svg").exists()


def test_a_figure_is_plotlys_json(histogram: HistogramData) -> None:
    figure = histogram_figure(histogram, SIZE, blind_min=0.95, reference_max=0.6)
    again = plotly.io.from_json(figure.to_json())
    assert again.layout.width == round(SIZE.width)
    assert plotted(again.data[0].customdata).sum() == histogram.counts.sum()
