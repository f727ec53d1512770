"""The matrix of encoders shows what is counted, counts the rest and opens Explore with a cell."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.test_joint_histogram import follow_jobs
from tests.mapped_workspace import seed_mapped
from tests.serving import Server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def mapped(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(seed_mapped(tmp_path_factory.mktemp("matrix"), n_pairs=2)).start()
    yield server
    server.kill()


def open_matrix(page: Page, server: Server, slugs: str, counts: dict[str, int]) -> list[str]:
    """Returns the queries that were asked, in order."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(urlsplit(route.request.url).query)
        cells = [
            {
                "blind": a,
                "reference": b,
                "n_pairs": counts.get(a + b),
                "state": "counted" if a + b in counts else "unknown",
            }
            for a in slugs
            for b in slugs
            if a != b
        ]
        names = [{"slug": slug, "name": f"Encoder {slug}", "spec": f"hf:{slug}"} for slug in slugs]
        command = "mmvp compare --matrix --workspace '/a b' --blind-min 0.9"
        route.fulfill(json={"encoders": names, "cells": cells, "command": command})

    page.route("**/api/compare/matrix*", answer)
    page.goto(f"{server.url}/explore?view=encoders&blind_min=0.9&reference_max=0.5")
    page.wait_for_function("window.__matrix && window.__matrix.done")
    return asked


def test_cells_say_their_counts_and_open_explore(page: Page, mapped: Server) -> None:
    asked = open_matrix(page, mapped, "abc", {"ab": 1234, "ba": 0, "ca": 7})
    assert asked == ["blind_min=0.9&reference_max=0.5"]
    cell = page.locator("td[data-blind=a][data-reference=b] a")
    expect(cell).to_have_text(re.compile(r"1,234\s*pairs"))
    expect(page.locator("td[data-blind=b][data-reference=a] b")).to_have_text("0")
    expect(page.locator("td[data-blind=b][data-reference=c] b")).to_have_text("?")
    expect(page.locator(".em-self")).to_have_count(3)
    query = parse_qs(urlsplit(cell.get_attribute("href") or "").query)
    assert query == {
        "blind": ["a"],
        "reference": ["b"],
        "blind_min": ["0.9"],
        "reference_max": ["0.5"],
    }
    expect(page.locator(".em-more")).to_be_hidden()


def test_the_unknown_is_counted_on_demand(page: Page, mapped: Server) -> None:
    counts = {"ab": 5}
    open_matrix(page, mapped, "ab", counts)
    posted = follow_jobs(page, kind="matrix", message="counted")
    counts["ba"] = 11
    page.get_by_role("button", name="Count it").click()
    expect(page.locator("td[data-blind=b][data-reference=a] b")).to_have_text("11")
    assert posted == [{"kind": "matrix", "options": {"blind_min": 0.9, "reference_max": 0.5}}]
    expect(page.locator(".em-count")).to_be_hidden()


def test_two_encoders_say_both_directions_and_how_to_get_a_third(
    page: Page, mapped: Server
) -> None:
    open_matrix(page, mapped, "ab", {"ab": 2939, "ba": 4})
    more = page.locator(".em-more")
    expect(more).to_contain_text("Encoder a merges 2,939 pairs that Encoder b tells apart")
    expect(more).to_contain_text("the other way round it is 4")
    expect(more.locator("code")).to_have_text(
        re.compile(r"^mmvp embed .*--blind .* --workspace '/a b'$")
    )


def test_thresholds_are_those_of_the_histogram(page: Page, mapped: Server) -> None:
    asked = open_matrix(page, mapped, "ab", {"ab": 5})
    page.evaluate(
        """document.dispatchEvent(new CustomEvent('explore:thresholds',
            { detail: { blind: 0.85, reference: 0.4 } }))"""
    )
    expect(page.locator("[name=em_blind_min]")).to_have_value("0.85")
    assert asked[-1] == "blind_min=0.85&reference_max=0.4"
    field = page.locator("[name=em_reference_max]")
    field.fill("0.3")
    field.press("Enter")
    page.wait_for_function("location.search.includes('reference_max=0.3')")
    expect(page.locator(".em-lede")).to_contain_text("under 0.3")


def test_it_fits_a_phone(browser: Browser, mapped: Server) -> None:
    context = browser.new_context(viewport={"width": 420, "height": 900})
    page = context.new_page()
    open_matrix(page, mapped, "abcd", {"ab": 5, "cd": 100_000})
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    context.close()
