"""The statements for MMVP-VLM in the write form, in a real browser."""

import pytest
from playwright.sync_api import Locator, Page, expect

from annotator.studio import Studio
from db.pairs import get_card
from db.views import QuestionView
from tests.serving import Server

pytestmark = pytest.mark.browser


def accept_one(page: Page, server: Server) -> int:
    page.goto(f"{server.url}/")
    page.wait_for_function("window.__ready && window.__viewer.shown && window.__desk_open")
    page.keyboard.press("a")
    expect(page.locator("#question")).to_be_focused()
    pair_id: int = page.evaluate("window.__viewer.shown")
    return pair_id


def ask(page: Page) -> None:
    page.locator("#question").fill("Is the door open or closed?")
    page.locator("#option-a").fill("Open")
    page.locator("#option-b").fill("Closed")
    page.locator("#answer-first-a").press("Space")


def save(page: Page, pair_id: int) -> None:
    page.locator("#pattern-state").press("Space")
    page.keyboard.press("Control+Enter")
    page.wait_for_function(f"window.__viewer.shown !== {pair_id}")


def stored(studio: Studio, pair_id: int) -> QuestionView:
    card = get_card(studio.database, pair_id)
    assert card is not None
    assert card.annotation is not None
    assert card.annotation.question is not None
    return card.annotation.question


def fields(page: Page) -> tuple[Locator, Locator]:
    return page.locator("#statement-first"), page.locator("#statement-second")


def test_statements_follow_the_question_until_somebody_changes_them(
    page: Page, server: Server, studio: Studio
) -> None:
    pair_id = accept_one(page, server)
    first, second = fields(page)
    expect(first).to_be_hidden()
    ask(page)
    page.locator(".statements summary").click()
    expect(first).to_have_value("the door open")
    expect(second).to_have_value("the door closed")
    page.locator("#option-b").fill("Shut")
    page.locator("#question").fill("Is the door open or shut?")
    expect(second).to_have_value("the door shut")
    first.fill("A photo of a wide open door")
    expect(page.locator("#about-statements .fix")).to_be_visible()
    page.keyboard.press("Control+.")
    expect(first).to_have_value("a wide open door")
    expect(page.locator(".statements [data-side=first] .count")).to_have_text("9 of 77 tokens")
    page.locator("#answer-first-b").press("Space")
    expect(second).to_have_value("a wide open door")
    expect(first).to_have_value("the door shut")
    expect(page.locator(".statements .state")).to_have_text("one by hand")
    save(page, pair_id)
    written = stored(studio, pair_id)
    both = (written.statement_first, written.statement_second)
    assert both == ("the door shut", "a wide open door")
    page.goto(f"{server.url}/?pair={pair_id}")
    expect(second).to_have_value("a wide open door")
    expect(first).to_have_value("the door shut")
    expect(page.locator(".statements .state")).to_have_text("one by hand")
    page.locator(".statements [data-side=second] .as-said").click()
    expect(second).to_have_value("the door open")
    page.keyboard.press("Control+Enter")
    page.wait_for_function(f"window.__viewer.shown !== {pair_id}")
    assert stored(studio, pair_id).statement_first is None


def test_a_statement_that_is_too_long_is_shown_and_not_saved(page: Page, server: Server) -> None:
    accept_one(page, server)
    first, _ = fields(page)
    ask(page)
    page.locator("#pattern-state").press("Space")
    page.locator(".statements summary").click()
    expect(first).to_have_value("the door open")
    first.fill("an open " + "very " * 70 + "old door")
    expect(page.locator(".statements [data-side=first] .count")).to_have_class("count hint over")
    page.locator(".statements summary").click()
    expect(first).to_be_hidden()
    page.keyboard.press("Control+Enter")
    expect(first).to_be_focused()
    expect(page.locator("#about-statements")).to_contain_text("has 79 of CLIP's 77 tokens")
    expect(first).to_have_attribute("aria-invalid", "true")
