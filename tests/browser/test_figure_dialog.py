"""The figure dialog previews what the server draws and saves it in each format."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.mapped_workspace import seed_mapped
from tests.serving import Server

pytestmark = pytest.mark.browser

N_PAIRS = 6


@pytest.fixture(scope="module")
def mapped(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(seed_mapped(tmp_path_factory.mktemp("dialog"), n_pairs=N_PAIRS)).start()
    yield server
    server.kill()


def open_dialog(page: Page, server: Server, query: str = "") -> None:
    page.goto(f"{server.url}/explore{query}")
    page.wait_for_function("window.__map && window.__map.done")
    page.locator(".emap [data-figure=map]").click()
    page.wait_for_function("window.__figure && window.__figure.done", timeout=30_000)


def test_the_maps_are_saved_as_svg_png_and_html(page: Page, mapped: Server) -> None:
    open_dialog(page, mapped)
    assert page.evaluate("window.__figure.width") == 680  # 180 mm
    saved = {}
    for kind in ("svg", "png", "html"):
        with page.expect_download() as waiting:
            page.locator(f"[data-format={kind}]").click()
        assert waiting.value.suggested_filename == f"mmvp-map.{kind}"
        saved[kind] = waiting.value.path()
    drawing = ET.fromstring(saved["svg"].read_bytes())
    assert drawing.tag.endswith("svg")
    with Image.open(saved["png"]) as picture:
        assert picture.size[0] == pytest.approx(180 / 25.4 * 300, abs=3)
    assert "plotly" in saved["html"].read_text(encoding="utf-8")[:100_000]


def test_the_selected_pair_is_pointed_out_on_demand(page: Page, mapped: Server) -> None:
    open_dialog(page, mapped, "?pair=1")
    tick = page.locator(".fd-tick")
    expect(tick).to_contain_text("the selected pair")
    marked = page.evaluate("window.__figure.traces")
    page.locator(".fd [name=selection]").uncheck()
    page.wait_for_function(f"window.__figure.done && window.__figure.traces === {marked} - 2")


def test_a_size_that_is_too_small_is_said(page: Page, mapped: Server) -> None:
    open_dialog(page, mapped)
    page.locator(".fd [name=width]").fill("1")
    expect(page.locator(".fd-problem")).to_contain_text("sides are from 100")
