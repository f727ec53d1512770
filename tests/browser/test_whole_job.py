"""The main job from nothing: the demo, one pair by keyboard, and the exported benchmark."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from annotator.settings import Settings
from annotator.studio import Studio
from db.lifecycle import PairState
from db.pairs import get_card, list_cards
from tests.serving import ROOT, Server

pytestmark = pytest.mark.browser

N_SCENES = 300
QUESTION = 'Which word, "OPEN" or another, would you choose for this picture, and why?'


@pytest.fixture(scope="module")
def demo(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    workspace = tmp_path_factory.mktemp("demo") / "workspace"
    command = [sys.executable, "-m", "annotator.cli", "demo", "--workspace", str(workspace)]
    subprocess.run(
        [*command, "--count", str(N_SCENES), "--no-serve"],
        check=True,
        cwd=workspace.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    server = Server(workspace).start()
    yield server
    server.kill()


def accept_and_write(page: Page, server: Server) -> int:
    page.goto(server.url)
    page.wait_for_function("window.__ready && window.__viewer.shown")
    pair_id: int = page.evaluate("window.__viewer.shown")
    page.keyboard.press("a")
    expect(page.locator("#question")).to_be_focused()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Tab")
    page.keyboard.type("one, or more")
    page.keyboard.press("Tab")
    page.keyboard.type("none")
    page.locator("#answer-first-b").check()
    assert page.locator("#answer-second-a").is_checked()
    page.locator("#pattern-quantity").check()
    page.keyboard.press("Control+Enter")
    page.wait_for_function(f"window.__viewer.shown !== {pair_id}")
    return pair_id


def export(page: Page, server: Server) -> Path:
    page.goto(f"{server.url}/export")
    page.wait_for_function("window.__export && window.__export.done")
    page.locator("#export-dataset input, #export-dataset textarea").fill("Scenes")
    page.locator("#export-folder input, #export-folder textarea").fill("scenes")
    page.locator("#export-start").click()
    expect(page.locator(".outcome")).to_be_visible()
    return server.workspace / "exports" / "scenes"


def test_a_pair_goes_from_the_queue_to_the_benchmark(page: Page, demo: Server) -> None:
    pair_id = accept_and_write(page, demo)
    folder = export(page, demo)

    with Studio.open(demo.workspace, Settings(annotator="Ann")) as studio:
        card = get_card(studio.database, pair_id)
        assert card is not None
        assert [c.id for c in list_cards(studio.database, states={PairState.complete})] == [pair_id]
    with (folder / "Questions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    options = "(a) one, or more (b) none"
    assert rows[0] == ["lndex", "Question", "Options", "Correct Answer", "Index"]
    (pair,) = json.loads((folder / "benchmark.json").read_text(encoding="utf-8"))["pairs"]
    assert pair["question"]["text"] == QUESTION
    assert pair["pattern"] == "quantity"
    assert pair["annotators"] == ["Ann"]
    assert pair["blind_cosine"] > 0.95
    assert pair["reference_cosine"] < 0.6
    images = {image.sha256: image for image in (card.first, card.second)}
    answers = {card.first.sha256: "b", card.second.sha256: "a"}
    for row, side in enumerate(("first", "second"), start=1):
        image = images[pair[side]["sha256"]]
        answer = answers[image.sha256]
        assert rows[row] == [str(row), QUESTION, options, f"({answer})", str(row)]
        exported = (folder / "MMVP Images" / f"{row}.jpg").read_bytes()
        assert image.path is not None
        assert exported == image.path.read_bytes()  # the scenes are upright JPEG files already
        assert Image.open(io.BytesIO(exported)).size == (image.width, image.height)


def test_the_demo_shows_both_maps(page: Page, demo: Server) -> None:
    page.goto(f"{demo.url}/explore")
    page.wait_for_function("window.__map && window.__map.done")
    assert page.evaluate("window.__map.n") == N_SCENES


def test_building_the_demo_again_keeps_the_annotations(demo: Server) -> None:
    command = [sys.executable, "-m", "annotator.cli", "demo", "--workspace", str(demo.workspace)]
    again = subprocess.run(
        [*command, "--count", str(N_SCENES), "--no-serve", "--json"],
        check=True,
        capture_output=True,
        text=True,
        cwd=demo.workspace,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    json.loads(again.stdout)
    with Studio.open(demo.workspace, Settings(annotator="Ann")) as studio:
        assert len(list_cards(studio.database, states={PairState.complete})) == 1
