"""`mmvp figure` and /api/figures draw the same, on a workspace of real (tiny) encoders."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import plotly
import plotly.io
import pytest
from fastapi.testclient import TestClient

from annotator.comparisons import Comparisons
from annotator.figures.sources import histogram_data
from annotator.payloads import Payload
from annotator.pipeline.comparing import comparison_file
from annotator.routes.figures import PLOTLY_NAME
from annotator.server import create_routes
from annotator.settings import Settings
from annotator.spaces import VectorShelf, chosen_roles
from annotator.studio import Studio
from db.pairs import pair_links
from embeddings.mining import Thresholds, mine
from tests.annotator.tiny_studio import N_PICTURES, Mmvp
from tests.histograms import plotted


@pytest.fixture(scope="module")
def compared(
    built_workspace: Path, mmvp: Mmvp, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Studio]:
    root = shutil.copytree(built_workspace, tmp_path_factory.mktemp("figures") / "workspace")
    done = mmvp("compare", "-w", root)
    assert done.code == 0, done.err
    with Studio.open(root, Settings(annotator="Ann")) as studio:
        yield studio


@pytest.fixture(scope="module")
def client(compared: Studio) -> TestClient:
    return TestClient(create_routes(compared))


def drawn(client: TestClient, kind: str, **wish: Any) -> Any:  # noqa: ANN401 - a plotly figure
    answer = client.post(f"/api/figures/{kind}.json", json=wish)
    assert answer.status_code == 200, answer.text
    return plotly.io.from_json(answer.text)


def test_the_histogram_counts_what_mining_finds(compared: Studio, client: TestClient) -> None:
    roles = chosen_roles(compared)
    found = Comparisons(compared).histogram(roles)
    assert isinstance(found, Payload)
    data = histogram_data(found.header, found.content)
    spaces = VectorShelf(compared).get(roles)
    rng = np.random.default_rng(3)
    blind = spaces.blind.astype(np.float64) @ spaces.blind.T.astype(np.float64)
    pairs = np.triu_indices(len(blind), 1)
    for quantile in rng.uniform(0.05, 0.95, 12):
        row = int(np.searchsorted(data.blind_edges, np.quantile(blind[pairs], quantile)))
        column = int(rng.integers(data.counts.any(axis=0).argmax(), len(data.reference_edges)))
        blind_min = float(data.blind_edges[row])
        reference_max = float(data.reference_edges[column])
        inside = data.inside(blind_min, reference_max)
        mined = mine(spaces.blind, spaces.reference, Thresholds(blind_min, reference_max))
        assert inside.exact
        assert inside.n_pairs == mined.counts.n_over_thresholds
    figure = drawn(client, "histogram", blind_min=blind_min, reference_max=reference_max)
    assert plotted(figure.data[0].customdata).sum() == N_PICTURES * (N_PICTURES - 1) / 2
    assert f"{inside.n_pairs:,} pair" in figure.layout.annotations[0].text


def test_the_map_points_out_what_was_selected(compared: Studio, client: TestClient) -> None:
    link = max(pair_links(compared.database), key=lambda one: one.gap)
    ids = [link.first_image_id, link.second_image_id]
    figure = drawn(client, "map", image_ids=ids, pair_id=link.id, colour="none", tethers=3)
    by_name = {trace.name: trace for trace in figure.data if trace.xaxis == "x"}
    ring, pair = by_name["selected (2)"], by_name["selected pair"]
    ends = list(zip(plotted(pair.x)[:2], plotted(pair.y)[:2], strict=True))
    assert sorted(zip(plotted(ring.x), plotted(ring.y), strict=True)) == sorted(ends)
    n_points = len(plotted(by_name["image"].x))
    assert n_points == N_PICTURES


def test_a_query_draws_the_same_as_a_wish(client: TestClient) -> None:
    asked = client.get("/api/figures/map.json", params={"colour": "state", "width": 120})
    assert asked.status_code == 200
    wished = client.post("/api/figures/map.json", json={"colour": "state", "width": 120})
    assert asked.json() == wished.json()


@pytest.mark.parametrize(
    "wish", [{"width": 1}, {"unit": "cm"}, {"colour": "red"}, {"blind_min": 2}, {"blind": "none"}]
)
def test_what_makes_no_sense_is_refused(client: TestClient, wish: dict[str, Any]) -> None:
    assert client.post("/api/figures/histogram.json", json=wish).status_code in {400, 422}
    assert client.get("/api/figures/pie.json").status_code == 422


def test_a_page_stands_alone(client: TestClient) -> None:
    answer = client.post("/api/figures/histogram.html", json={})
    assert answer.headers["content-disposition"] == 'attachment; filename="mmvp-histogram.html"'
    assert "blind cosine" in answer.text
    assert len(answer.content) > 4_000_000  # the script is in it


def test_the_script_is_kept_for_good(client: TestClient) -> None:
    answer = client.get(f"/vendor/{PLOTLY_NAME}")
    assert plotly.__version__ in PLOTLY_NAME
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"
    again = client.get(f"/vendor/{PLOTLY_NAME}", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert int(answer.headers["content-length"]) < len(answer.content) / 2
    assert answer.content.startswith(b"/**")


def test_the_command_draws_what_the_page_draws(
    compared: Studio, client: TestClient, mmvp: Mmvp, tmp_path: Path
) -> None:
    root, out = compared.workspace.root, tmp_path / "corner.svg"
    corner = ("--blind-min", "0.9", "--reference-max", "0.99")
    done = mmvp("figure", "histogram", "-w", root, "-o", out, *corner, "--json")
    assert done.code == 0, done.err
    assert done.json["n_bytes"] == out.stat().st_size
    drawing = out.read_text(encoding="utf-8")
    figure = drawn(client, "histogram", blind_min=0.9, reference_max=0.99, width=120)
    count = figure.layout.annotations[0].text.split("<br>")[0].strip("<b/>")
    assert count in drawing
    page = tmp_path / "maps.html"
    done = mmvp("figure", "map", "-w", root, "-o", page, "--colour", "label", "--size", "7x4in")
    assert done.code == 0, done.err
    assert '"width":672' in page.read_text(encoding="utf-8")


def test_the_command_says_what_is_wrong(compared: Studio, mmvp: Mmvp, tmp_path: Path) -> None:
    root = compared.workspace.root
    for arguments, reason in (
        (("-o", tmp_path / "figure.gif"), "a figure is a .html"),
        (("-o", tmp_path / "f.html", "--size", "10cm"), "size reads like"),
        (("-o", tmp_path / "f.html", "--blind", "hf:nobody/nothing"), "nothing is embedded"),
    ):
        done = mmvp("figure", "histogram", "-w", root, *arguments)
        assert done.code == 1
        assert reason in done.err
    assert mmvp("figure", "map", "-w", root, "-o", "x.html", "--images", "a").code == 2


def test_before_the_comparison_the_command_for_it_is_named(
    workspace: Path, mmvp: Mmvp, tmp_path: Path
) -> None:
    with Studio.open(workspace, Settings()) as studio:
        comparison_file(studio, chosen_roles(studio)).unlink(missing_ok=True)
    done = mmvp("figure", "histogram", "-w", workspace, "-o", tmp_path / "f.html")
    assert done.code == 1
    assert "mmvp compare --workspace" in done.err
    assert not (tmp_path / "f.html").exists()
    with Studio.open(workspace, Settings()) as studio:
        answer = TestClient(create_routes(studio)).post("/api/figures/histogram.json", json={})
    assert answer.status_code == 400
    assert "mmvp compare" in json.loads(answer.text)["message"]
