"""Explore's layouts and jobs: a new map is computed, shown, chosen, deleted; a job is cancelled."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from annotator.pipeline.layouts import layout_versions
from annotator.spaces import chosen_roles
from annotator.studio import Studio
from tests.browser.exploring import explore
from tests.explorable_workspace import open_explorable, seed_explorable
from tests.serving import Server

pytestmark = pytest.mark.browser

PATIENCE_MS = 120_000


@pytest.fixture
def server(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    started = Server(seed_explorable(tmp_path_factory.mktemp("laying"))).start()
    yield started
    started.kill()


@pytest.fixture
def beside(server: Server) -> Iterator[Studio]:
    with open_explorable(server.workspace) as opened:
        yield opened


def make(page: Page, *, name: str, seed: int) -> None:
    page.locator(".lay-open").click()
    page.locator(".lay-form [name=name]").fill(name)
    page.locator(".lay-form [name=seed]").fill(str(seed))
    page.get_by_role("button", name="Compute", exact=True).click()


def test_a_layout_is_made_chosen_and_deleted_and_a_job_cancelled(
    page: Page, server: Server, beside: Studio
) -> None:
    roles = chosen_roles(beside)
    before = [str(one.number) for one in layout_versions(beside, roles)]
    explore(page, server)
    page.wait_for_function("window.__layouts?.done && window.__jobs?.done")
    assert page.evaluate("window.__layouts.ids") == before

    make(page, name="spread out", seed=7)
    page.wait_for_function(
        f"window.__layouts.ids.length === {len(before) + 1}", timeout=PATIENCE_MS
    )
    newest = layout_versions(beside, roles)[0]
    assert (newest.name, newest.parameters["seed"]) == ("spread out", 7)
    expect(page.locator(".jobs li")).to_contain_text("Layout 2 of 36 images.")
    expect(page.locator(".lay-open b")).to_have_text("spread out")

    page.locator(".lay-open").click()
    page.locator(f".lay-list li[data-id='{before[0]}'] .lay-pick").click()
    page.wait_for_function(f"window.__layouts.current === '{before[0]}'")
    assert f"layout={before[0]}" in page.url
    page.locator(f".lay-list li[data-id='{newest.number}'] .lay-delete").click()
    page.get_by_role("button", name="Delete spread out").click()
    page.wait_for_function(f"window.__layouts.ids.length === {len(before)}")
    assert [str(one.number) for one in layout_versions(beside, roles)] == before
    page.locator(".lay-close").click()

    page.get_by_role("button", name="Put this notice away").click()
    make(page, name="never", seed=8)
    page.get_by_role("button", name="Cancel: ").click()
    expect(page.locator(".jobs li")).to_have_attribute("data-state", "cancelled", timeout=30_000)
    assert [str(one.number) for one in layout_versions(beside, roles)] == before
