"""The joint histogram counts as brute force does, its rectangle moves by every means, it mines."""

import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from annotator.studio import Studio
from db.images import list_images
from tests.histograms import BLIND_STEP, REFERENCE_STEP, FakeHistogram, fake_histogram
from tests.mapped_workspace import seed_mapped
from tests.serving import Server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def mapped(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(seed_mapped(tmp_path_factory.mktemp("histogram"), n_pairs=8)).start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def made(beside: Studio) -> FakeHistogram:
    ids = tuple(image.id for image in list_images(beside.database))
    return fake_histogram(image_ids=ids)


def answer_with(page: Page, made: FakeHistogram) -> None:
    page.route("**/api/compare/histogram.json*", lambda route: route.fulfill(json=made.header))
    page.route(
        "**/api/compare/histogram.bin*",
        lambda route: route.fulfill(body=made.content, content_type="application/octet-stream"),
    )


def open_histogram(page: Page, server: Server, made: FakeHistogram, query: str = "") -> None:
    answer_with(page, made)
    page.goto(f"{server.url}/explore?view=histogram{query}")
    page.wait_for_function("window.__histogram && window.__histogram.done")
    page.wait_for_function("document.querySelector('.jh-handle').style.left")


def thresholds(page: Page) -> tuple[float, float]:
    found = page.evaluate("window.__histogram.thresholds")
    return found["blind"], found["reference"]


def wait_for(page: Page, blind: float, reference: float) -> None:
    page.wait_for_function(
        "([b, r]) => window.__histogram.thresholds.blind === b"
        " && window.__histogram.thresholds.reference === r",
        arg=[blind, reference],
    )


def place(page: Page, blind: float, reference: float) -> tuple[float, float]:
    found = page.evaluate(f"window.__histogram.place({blind}, {reference})")
    return found["x"], found["y"]


def shown_count(page: Page) -> int:
    return int(re.sub(r"\D", "", page.locator(".jh-number b").inner_text()))


def test_the_count_is_that_of_brute_force(page: Page, mapped: Server, made: FakeHistogram) -> None:
    open_histogram(page, mapped, made)
    assert thresholds(page) == (0.93, 0.65)  # those of the current run
    assert shown_count(page) == made.n_over(0.93, 0.65)
    expect(page.locator(".jh-badge")).to_have_text("exact")
    rng = np.random.default_rng(5)
    for _ in range(60):
        blind = round(-1 + BLIND_STEP * int(rng.integers(1, 400)), 6)
        reference = round(-1 + REFERENCE_STEP * int(rng.integers(1, 200)), 6)
        counted = page.evaluate(f"window.__histogram.countAt({blind}, {reference})")
        assert counted == made.n_over(blind, reference), (blind, reference)


def test_the_corner_is_dragged_and_everything_follows(
    page: Page, mapped: Server, made: FakeHistogram
) -> None:
    open_histogram(page, mapped, made)
    page.mouse.move(*place(page, 0.93, 0.65))
    page.mouse.down()
    page.mouse.move(*place(page, 0.851, 0.502), steps=5)
    wait_for(page, 0.85, 0.5)  # on the edges of bins
    assert shown_count(page) == made.n_over(0.85, 0.5)
    page.mouse.up()
    page.mouse.move(5, 5)
    wait_for(page, 0.85, 0.5)
    page.wait_for_function("location.search.includes('blind_min=0.85')")
    assert "reference_max=0.5" in page.url
    expect(page.locator("[name=blind_min]")).to_have_value("0.85")
    handle = page.locator(".jh-handle[data-part=corner]")
    expect(handle).to_have_attribute("aria-valuetext", "blind over 0.85, reference under 0.5")
    for example in page.evaluate("window.__histogram.examples"):
        assert example["row"] * BLIND_STEP - 1 >= 0.85 - 1e-9
        assert (example["column"] + 1) * REFERENCE_STEP - 1 <= 0.5 + 1e-9


def test_an_edge_moves_one_threshold_only(page: Page, mapped: Server, made: FakeHistogram) -> None:
    open_histogram(page, mapped, made)
    x, y = place(page, 0.93, 0.3)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, place(page, 0.9, 0.3)[1], steps=4)
    page.mouse.up()
    wait_for(page, 0.9, 0.65)
    x, y = place(page, 0.97, 0.65)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(place(page, 0.97, 0.55)[0], y + 3, steps=4)
    page.mouse.up()
    wait_for(page, 0.9, 0.55)


def test_keys_move_the_handles(page: Page, mapped: Server, made: FakeHistogram) -> None:
    open_histogram(page, mapped, made)
    page.locator(".jh-handle[data-part=corner]").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    wait_for(page, 0.935, 0.64)
    page.keyboard.press("Shift+ArrowDown")
    wait_for(page, 0.885, 0.64)
    page.locator(".jh-handle[data-part=reference]").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("PageUp")
    wait_for(page, 0.885, 0.75)
    page.locator(".jh-handle[data-part=blind]").focus()
    for _ in range(12):
        page.keyboard.press("Shift+ArrowUp")
    wait_for(page, 1, 0.75)  # and no further
    expect(page.locator(".jh-number b")).to_have_text("0")
    expect(page.locator(".jh-none")).to_be_visible()
    expect(page.locator(".jh-mine .jh-go")).to_be_disabled()


def test_a_finger_drags_the_corner(browser: Browser, mapped: Server, made: FakeHistogram) -> None:
    context = browser.new_context(
        viewport={"width": 420, "height": 900}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    open_histogram(page, mapped, made)
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    page.locator(".jh-stage").scroll_into_view_if_needed()
    start, end = place(page, 0.93, 0.65), place(page, 0.8, 0.4)
    session = context.new_cdp_session(page)
    for kind, (x, y) in (("touchStart", start), ("touchMove", end), ("touchEnd", end)):
        points = [] if kind == "touchEnd" else [{"x": x, "y": y}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    page.wait_for_function("window.__histogram.thresholds.blind < 0.85")
    blind, reference = thresholds(page)
    assert blind == pytest.approx(0.8, abs=0.02)
    assert reference == pytest.approx(0.4, abs=0.03)
    assert shown_count(page) == made.n_over(blind, reference)
    context.close()


def test_numbers_snap_and_the_address_keeps_them(
    page: Page, mapped: Server, made: FakeHistogram
) -> None:
    open_histogram(page, mapped, made)
    field = page.locator("[name=blind_min]")
    field.fill("0.8888")
    field.press("Enter")
    wait_for(page, 0.89, 0.65)
    expect(field).to_have_value("0.89")
    page.wait_for_function("location.search.includes('blind_min=0.89')")
    page.reload()
    page.wait_for_function("window.__histogram && window.__histogram.done")
    wait_for(page, 0.89, 0.65)
    page.get_by_role("button", name="Paper\u2019s", exact=True).click()
    wait_for(page, 0.95, 0.6)


def test_what_is_sampled_is_said(page: Page, mapped: Server) -> None:
    made = fake_histogram(exact_above=0.8, scale=20)
    open_histogram(page, mapped, made)
    expect(page.locator(".jh-what")).to_contain_text("above 0.8 is counted")
    page.evaluate("window.__histogram.goTo(0.8, 0.6)")
    expect(page.locator(".jh-badge")).to_have_text("exact")
    assert shown_count(page) == made.n_over(0.8, 0.6)
    page.evaluate("window.__histogram.goTo(0.7, 0.6)")
    expect(page.locator(".jh-badge")).to_contain_text("estimated")
    spread = int(re.sub(r"\D", "", page.locator(".jh-badge").inner_text()))
    assert abs(shown_count(page) - made.n_over(0.7, 0.6)) < 5 * spread


def test_an_example_is_shown_on_the_maps(page: Page, mapped: Server, made: FakeHistogram) -> None:
    open_histogram(page, mapped, made)
    page.evaluate(
        "document.addEventListener('explore:pick', ({ detail }) => (window.__picked = detail))"
    )
    page.locator("[name=jh-order][value=gap] + span").click()
    examples = page.evaluate("window.__histogram.examples")
    gaps = [one["row"] * BLIND_STEP - one["column"] * REFERENCE_STEP for one in examples]
    assert gaps == sorted(gaps, reverse=True)
    page.locator(".jh-list button").nth(2).click()
    picked = page.evaluate("window.__picked")
    assert picked == {"first": examples[2]["first"], "second": examples[2]["second"]}
    expect(page.locator(".view-histogram")).to_be_hidden()
    expect(page.locator(".emap")).to_be_visible()


def test_a_cell_tells_its_count(page: Page, mapped: Server, made: FakeHistogram) -> None:
    open_histogram(page, mapped, made)
    row, column = np.unravel_index(int(made.counts.argmax()), made.counts.shape)
    blind, reference = -1 + BLIND_STEP * (row + 0.5), -1 + REFERENCE_STEP * (column + 0.5)
    page.mouse.move(*place(page, blind, reference))
    card = page.locator(".jh-card")
    expect(card.locator("strong")).to_have_text(f"{int(made.counts.max())} pairs")
    expect(card.locator("img").first).to_have_attribute("src", re.compile("/thumbnails/"))


def follow_jobs(page: Page, *, kind: str, message: str) -> list[dict[str, Any]]:
    """Answers for one job: running, half done, done. Returns what was posted.

    The list of jobs stays the server's: another part of the page may still be asking for it.
    """
    posted: list[dict[str, Any]] = []
    states = [
        {"state": "running", "done": 0, "total": 0, "step": "reading"},
        {"state": "running", "done": 5, "total": 10, "step": "comparing"},
        {"state": "done", "done": 10, "total": 10, "step": "", "message": message},
    ]

    def answer(route: Route) -> None:
        if route.request.method == "POST":
            posted.append(json.loads(route.request.post_data or ""))
        elif route.request.url.endswith("/api/jobs"):
            route.fallback()
            return
        state = states.pop(0) if len(states) > 1 else states[0]
        route.fulfill(json={"id": "7", "kind": kind, "title": kind, "message": "", **state})

    page.route(re.compile(r"/api/jobs(/7)?$"), answer)
    return posted


def test_mining_starts_with_these_thresholds(
    page: Page, mapped: Server, made: FakeHistogram
) -> None:
    open_histogram(page, mapped, made)
    page.evaluate(
        "document.addEventListener('explore:job', ({ detail }) => (window.__job = detail.job))"
    )
    posted = follow_jobs(page, kind="mine", message="123 candidate pairs")
    page.evaluate("window.__histogram.goTo(0.9, 0.5)")
    page.locator(".jh-mine summary").click()
    page.locator(".jh-mine [name=limit]").fill("40")
    page.locator(".jh-mine [name=one_per_group]").uncheck()
    page.get_by_role("button", name="Mine with these").click()
    expect(page.locator(".jh-mine .jh-job p")).to_have_text("123 candidate pairs")
    assert posted == [
        {
            "kind": "mine",
            "options": {
                "blind": "b",
                "reference": "r",
                "blind_min": 0.9,
                "reference_max": 0.5,
                "limit": 40,
                "max_per_image": 3,
                "keep_near_duplicates": False,
                "one_per_group": False,
            },
        }
    ]
    assert page.evaluate("window.__job.id") == "7"
    expect(page.locator(".jh-mine .jh-go")).to_be_enabled()


def test_without_a_comparison_it_says_what_to_run(
    page: Page, mapped: Server, made: FakeHistogram
) -> None:
    command = "mmvp compare --workspace here"
    problem = {
        "what": "These two spaces are not compared yet.",
        "hint": "Run it.",
        "command": command,
    }
    page.route(
        "**/api/compare/histogram.json*", lambda route: route.fulfill(json={"problem": problem})
    )
    page.goto(f"{mapped.url}/explore?view=histogram")
    page.wait_for_function("window.__histogram && window.__histogram.done")
    expect(page.locator(".jh-empty h2")).to_have_text(problem["what"])
    expect(page.locator(".jh-empty code")).to_have_text(command)
    posted = follow_jobs(page, kind="compare", message="")
    page.unroute("**/api/compare/histogram.json*")
    answer_with(page, made)
    page.get_by_role("button", name="Compute now").click()
    expect(page.locator(".jh-number b")).to_have_text(f"{made.n_over(0.93, 0.65):,}")
    assert [job["kind"] for job in posted] == ["compare"]
