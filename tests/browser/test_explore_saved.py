"""Kept selections: one is given back as it was picked out, and a deleted one stays away."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from annotator.studio import Studio
from db.selections import create_selection, list_selections, picked_images, selected_pairs
from db.views import PairCard
from tests.browser.exploring import draw, explore, hook, pairs_of, wait
from tests.mapped_workspace import seed_mapped
from tests.serving import Server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def mapped(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(seed_mapped(tmp_path_factory.mktemp("keeping"), n_pairs=40)).start()
    yield server
    server.kill()


@pytest.mark.parametrize("which", ["touching", "inside"])
def test_a_saved_selection_gives_back_what_was_picked_out(
    page: Page, mapped: Server, beside: Studio, cards: list[PairCard], which: str
) -> None:
    explore(page, mapped)
    page.keyboard.press("b")
    draw(page, "reference", [(0.1, 0.1), (0.6, 0.6)])
    wait(page, "picked.length > 0")
    before = set(hook(page, "picked"))
    touching, within = pairs_of(cards, before)
    assert touching != within
    page.locator(".emap-picked").get_by_role("button", name=which).click()
    page.get_by_role("button", name="Save…").click()
    page.locator(".emap-name").fill("Upper left")
    page.keyboard.press("Enter")
    expect(page.locator(".emap-picked .emap-told")).to_have_text("Saved as “Upper left”.")
    (kept,) = list_selections(beside.database, annotator_id=1)
    pairs = {pair for pair, *_ in selected_pairs(beside.database, kept.id)}
    assert pairs == (touching if which == "touching" else within)
    assert set(picked_images(beside.database, kept.id)) == before
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Clear", exact=True).click()
    wait(page, "picked.length === 0")
    page.locator(".emap-saved summary").click()
    row = page.locator(".emap-saved-list li")
    expect(row.locator("small")).to_have_text(re.compile(rf"^{len(pairs)} pairs?"))
    row.locator(".load").click()
    wait(page, "picked.length > 0")
    assert set(hook(page, "picked")) == before
    expect(page.locator(".emap-source")).to_have_text("Upper left")
    page.locator(".emap-saved summary").click()
    row.get_by_role("button", name="Delete Upper left").click()
    expect(row).to_have_text("No selection is saved yet.")
    assert list_selections(beside.database, annotator_id=1) == []


def test_what_arrives_while_one_types_a_name_leaves_the_field_alone(
    page: Page, mapped: Server
) -> None:
    held: list[Route] = []
    page.route("**/api/compare/measures.json*", lambda route: held.append(route))
    explore(page, mapped)
    page.keyboard.press("b")
    draw(page, "reference", [(0.1, 0.1), (0.6, 0.6)])
    wait(page, "picked.length > 0")
    page.get_by_role("button", name="Save…").click()
    field = page.locator(".emap-name")
    field.fill("Upper left")
    page.evaluate("window.__bar = document.querySelector('.emap-picked .emap-sum')")
    (late,) = held
    late.fallback()
    page.wait_for_function("!window.__bar.isConnected")  # drawn anew
    expect(field).to_be_focused()
    expect(field).to_have_value("Upper left")


def test_a_list_read_before_a_deletion_does_not_bring_the_row_back(
    page: Page, mapped: Server, beside: Studio, cards: list[PairCard]
) -> None:
    create_selection(
        beside.database, "Two doors", annotator_id=1, pair_ids=[card.id for card in cards[:2]]
    )
    held: list[Route] = []
    explore(page, mapped)
    saved = page.locator(".emap-saved summary")
    row = page.locator(".emap-saved-list li")
    saved.click()
    expect(row.locator("b")).to_have_text("Two doors")
    shown = page.evaluate("fetch('/api/selections').then((answer) => answer.json())")
    saved.click()
    page.route("**/api/selections", lambda route: held.append(route))
    saved.click()
    page.wait_for_function("document.querySelector('.emap-saved').open")
    row.get_by_role("button", name="Delete Two doors").click()
    expect(row).to_have_text("No selection is saved yet.")
    (late,) = held
    late.fulfill(json=shown)
    page.evaluate("() => new Promise((done) => setTimeout(done, 100))")
    expect(row).to_have_text("No selection is saved yet.")
    assert list_selections(beside.database, annotator_id=1) == []
