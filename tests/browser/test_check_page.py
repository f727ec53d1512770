"""The Check page: what the rules found, filtered, and one click to the pair."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from annotator.checking import checked
from annotator.studio import Studio
from tests.annotator.people import id_of, open_shared
from tests.browser.test_verify_adjudicate import open_as
from tests.serving import Server
from tests.verifying import complete_all

pytestmark = pytest.mark.browser


@pytest.fixture
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Twelve complete pairs whose key follows the row number, and which ask much the same."""
    with open_shared(tmp_path_factory.mktemp("check"), n_pairs=12) as opened:
        complete_all(opened.database, id_of(opened, "Ann"))
        yield opened


@pytest.fixture
def server(studio: Studio) -> Iterator[Server]:
    started = Server(studio.workspace.root).start()
    yield started
    started.kill()


def test_findings_are_filtered_and_lead_to_their_pair(
    browser: Browser, studio: Studio, server: Server, page: Page
) -> None:
    open_as(page, server, "Rita", "/check")
    page.wait_for_function("window.__check && window.__check.done === 1")
    found = checked(studio)
    for severity, n in found["counts"].items():
        expect(page.locator(f".tiles [data-severity={severity}] b")).to_have_text(str(n))
    same = [one for one in found["findings"] if one["code"] == "W409"]
    group = page.locator("[data-code=W409]")
    expect(group.locator("li")).to_have_count(8)
    group.locator(".more").click()
    expect(group.locator("li")).to_have_count(len(same))

    names = [one["name"] for one in found["baselines"] if one["beats_chance"]]
    expect(page.locator(".bars .guess")).to_have_count(len(found["baselines"]))
    bars = page.locator(".bars .beats")
    assert [bar.get_attribute("data-name") for bar in bars.all()] == names

    page.locator(".tiles [data-severity=advice]").click()
    assert page.evaluate("window.__check.shown") == found["counts"]["advice"]
    page.locator("[name=filter]").fill("w409 pair 7")
    assert page.evaluate("window.__check.shown") == 1
    page.locator("[name=filter]").fill("no such words")
    expect(page.locator(".nothing")).to_have_text("No finding fits the filter.")
    page.locator("[name=filter]").fill("w409 pair 7")
    page.set_viewport_size({"width": 420, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") == 420
    page.get_by_role("link", name="Pair 7").click()
    page.wait_for_function("window.__ready && window.__desk_open")
    assert page.url.endswith("/?pair=7")

    mine = browser.new_context()
    ann = mine.new_page()
    open_as(ann, server, "Ann", "/progress")
    ann.wait_for_function("window.__work && window.__work.done === 1")
    expect(ann.locator("#navigation a", has_text="Check")).to_be_hidden()
    mine.close()
