"""Review by keyboard: one decision per shown pair, whatever the speed."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import text

from annotator.studio import Studio
from db.history import events
from db.lifecycle import PairState
from db.pairs import get_card
from tests.serving import Server

pytestmark = pytest.mark.browser


def open_review(page: Page, server: Server, query: str = "") -> int:
    page.goto(f"{server.url}/{query}")
    page.wait_for_function("window.__ready && window.__viewer.shown")
    return shown(page)


def shown(page: Page) -> int:
    pair_id: int = page.evaluate("window.__viewer.shown")
    return pair_id


def wait_for_another(page: Page, pair_id: int) -> int:
    page.wait_for_function(f"window.__viewer.shown !== {pair_id}")
    return shown(page)


def decisions_since(studio: Studio, mark: int) -> list[tuple[int | None, str]]:
    found = [event for event in events(studio.database) if event.id > mark]
    return [
        (event.pair_id, event.data["after"]["state"])
        for event in reversed(found)
        if event.kind == "decision"
    ]


def last_event(studio: Studio) -> int:
    return max((event.id for event in events(studio.database)), default=0)


def let_leases_run_out(studio: Studio) -> None:
    """As if every page had been left alone for some minutes."""
    with studio.database.write() as session:
        session.connection().execute(text("UPDATE lease SET expires_at = '2020-01-01 00:00:00'"))


def write_by_keyboard(page: Page) -> None:
    page.locator("#question").fill("Is the door on the left or on the right?")
    page.locator("#option-a").fill("left")
    page.locator("#option-b").fill("right")
    page.keyboard.press("Tab")
    page.keyboard.press("a")
    page.locator("#pattern-orientation").focus()
    page.keyboard.press("5")


def test_accept_write_save_moves_on(page: Page, server: Server, studio: Studio) -> None:
    first = open_review(page, server)
    assert "?pair=" in page.url
    page.keyboard.press("a")
    expect(page.locator("#question")).to_be_focused()
    write_by_keyboard(page)
    assert page.locator("#answer-first-a").is_checked()
    assert page.locator("#answer-second-b").is_checked()
    page.keyboard.press("Control+Enter")
    following = wait_for_another(page, first)
    assert page.url.endswith(f"pair={following}")
    card = get_card(studio.database, first)
    assert card is not None
    assert card.state is PairState.complete
    assert card.annotation is not None
    question = card.annotation.question
    assert question is not None
    assert (question.text, question.option_a, question.option_b) == (
        "Is the door on the left or on the right?",
        "left",
        "right",
    )
    assert (question.answer_first, question.answer_second) == ("a", "b")
    assert question.pattern == "position"
    expect(page.locator("#progress-text")).to_contain_text("of 150 complete")
    page.keyboard.press("k")
    wait_for_another(page, following)
    expect(page.locator("#question")).to_have_value("Is the door on the left or on the right?")


def test_accept_and_reject_at_once_make_one_decision(
    page: Page, server: Server, studio: Studio
) -> None:
    pair = open_review(page, server)
    mark = last_event(studio)
    page.evaluate(
        "document.querySelector('#accept').click(), document.querySelector('#skip').click()"
    )
    expect(page.locator("#question")).to_be_focused()
    assert decisions_since(studio, mark) == [(pair, "accepted")]


def test_eight_quick_accepts_are_one(page: Page, server: Server, studio: Studio) -> None:
    pair = open_review(page, server)
    mark = last_event(studio)
    for _ in range(8):
        page.keyboard.press("a")
    expect(page.locator("#question")).to_be_focused()
    assert decisions_since(studio, mark) == [(pair, "accepted")]


def test_eight_quick_skips_never_hit_a_pair_that_was_not_shown(
    page: Page, server: Server, studio: Studio
) -> None:
    open_review(page, server)
    page.wait_for_function("window.__desk_open")
    mark = last_event(studio)
    page.evaluate(
        """() => {
          window.__seen = [];
          const note = () => window.__seen.push(window.__viewer.shown);
          document.querySelector('#skip').addEventListener('click', note, true);
        }"""
    )
    for _ in range(8):
        page.keyboard.press("s")
    page.wait_for_function("window.__desk_open")  # the last one is kept
    expect(page.locator("#state")).to_be_hidden()
    decided = [pair for pair, _ in decisions_since(studio, mark)]
    assert 1 <= len(decided) <= 8
    assert len(set(decided)) == len(decided)
    assert set(decided) <= set(page.evaluate("window.__seen"))


def test_eight_skips_at_reading_speed_are_eight(page: Page, server: Server, studio: Studio) -> None:
    pair = open_review(page, server)
    mark = last_event(studio)
    wanted = []
    for _ in range(8):
        wanted.append((pair, "skipped"))
        page.keyboard.press("s")
        pair = wait_for_another(page, pair)
        page.wait_for_function("window.__desk_open")
    assert decisions_since(studio, mark) == wanted


def test_reject_with_a_reason_and_undo(page: Page, server: Server, studio: Studio) -> None:
    pair = open_review(page, server)
    page.keyboard.press("r")
    expect(page.locator("#reasons")).to_be_visible()
    page.keyboard.press("2")
    following = wait_for_another(page, pair)
    card = get_card(studio.database, pair)
    assert card is not None
    assert card.annotation is not None
    assert (card.state, card.annotation.reason) == (PairState.rejected, "no_visible_difference")
    page.wait_for_function("window.__desk_open")
    page.keyboard.press("Control+z")
    assert wait_for_another(page, following) == pair
    expect(page.locator("#message")).to_contain_text(f"pair {pair} is unreviewed again")
    again = get_card(studio.database, pair)
    assert again is not None
    assert again.state is PairState.unreviewed


def test_reject_by_mouse_in_own_words(page: Page, server: Server, studio: Studio) -> None:
    pair = open_review(page, server)
    page.locator("#reject").click()
    page.locator("#other-reason").fill("too dark")
    page.keyboard.press("Enter")
    wait_for_another(page, pair)
    card = get_card(studio.database, pair)
    assert card is not None
    assert card.annotation is not None
    assert card.annotation.reason == "other: too dark"


def test_typing_and_dialogs_trigger_nothing(page: Page, server: Server, studio: Studio) -> None:
    pair = open_review(page, server)
    mark = last_event(studio)
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    page.keyboard.press("s")
    page.keyboard.press("Escape")
    expect(page.locator("#shortcuts")).to_be_hidden()
    page.locator("#annotator-name").focus()
    page.keyboard.type("rsu")
    page.keyboard.press("Escape")
    expect(page.locator("#annotator-name")).not_to_be_focused()
    expect(page.locator("#annotator-name")).to_have_value("Ann")
    assert page.context.cookies() == []  # where a new name would be
    page.keyboard.press("a")
    expect(page.locator("#question")).to_be_focused()
    page.locator("#note").focus()
    page.keyboard.type("a razor s u r 1 j k ? f d w +")
    page.keyboard.press("ArrowLeft")
    page.locator("#pattern-text").focus()
    page.keyboard.press("r")
    page.keyboard.press("s")
    expect(page.locator("#note")).to_have_value("a razor s u r 1 j k ? f d w +")
    assert shown(page) == pair
    assert decisions_since(studio, mark) == [(pair, "accepted")]


def test_two_windows_on_one_pair(
    page: Page, context: BrowserContext, server: Server, studio: Studio
) -> None:
    pair = open_review(page, server)
    browser = context.browser
    assert browser is not None
    other = browser.new_context()
    other.add_cookies([{"name": "mmvp_name", "value": "Bob%20%C3%96", "url": server.url}])
    theirs = other.new_page()
    let_leases_run_out(studio)
    open_review(theirs, server, f"?pair={pair}")
    theirs.keyboard.press("r")
    theirs.keyboard.press("1")
    wait_for_another(theirs, pair)
    other.close()
    mark = last_event(studio)
    page.keyboard.press("a")
    wait_for_another(page, pair)
    expect(page.locator("#message")).to_contain_text(
        "Bob Ö decided this pair a moment ago: rejected. Showing the next one."
    )
    assert decisions_since(studio, mark) == []
