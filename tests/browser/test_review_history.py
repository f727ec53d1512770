"""Undo and redo by keys, a pair's timeline, both texts of a stale write, a draft over a crash."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from annotator.settings import Settings
from annotator.studio import Studio
from db.active_time import active_seconds
from db.annotators import ensure_annotator
from db.history import EventKind, events
from db.pairs import get_card
from tests.browser.test_review_keyboard import (
    let_leases_run_out,
    open_review,
    shown,
    wait_for_another,
    write_by_keyboard,
)
from tests.browser.test_review_together import READY, person
from tests.seeding import seed
from tests.serving import Server

pytestmark = pytest.mark.browser
N_PAIRS = 8
REWORDED = "Is the <b>door</b> on the left or in the middle?"
THEIRS = "Is the door on the left or in the <i>middle</i>?"
FOCUS = "(is) => Object.defineProperty(document, 'hasFocus', {value: () => is, writable: true})"


@pytest.fixture
def alone(browser: Browser, tmp_path: Path) -> Iterator[Server]:
    """A server of this test's own, which may be killed."""
    seed(tmp_path, n_pairs=N_PAIRS)
    started = Server(tmp_path / "workspace").start()
    yield started
    started.kill()


@pytest.fixture
def beside(alone: Server) -> Iterator[Studio]:
    with Studio.open(alone.workspace, Settings(annotator="Ann")) as opened:
        yield opened


@pytest.fixture
def ann(browser: Browser, alone: Server) -> Iterator[Page]:
    page = person(browser, alone, "Ann")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.context.close()
    assert not errors, errors


def press(page: Page, key: str) -> None:
    """A key of the desk, once it takes one."""
    page.wait_for_function(READY)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press(key)
    page.wait_for_function(READY)


def state_of(studio: Studio, pair_id: int) -> str:
    card = get_card(studio.database, pair_id)
    assert card is not None
    return card.state.value


def text_of(studio: Studio, pair_id: int) -> str | None:
    card = get_card(studio.database, pair_id)
    question = card.annotation.question if card and card.annotation else None
    return question.text if question else None


def save(page: Page, text: str) -> None:
    page.locator("#question").fill(text)
    page.keyboard.press("Control+Enter")


def test_undo_and_redo_by_keys(ann: Page, alone: Server, beside: Studio) -> None:
    first = open_review(ann, alone)
    redo = ann.locator("#redo")
    expect(redo).to_be_hidden()
    press(ann, "a")
    write_by_keyboard(ann)
    ann.keyboard.press("Control+Enter")
    second = wait_for_another(ann, first)
    press(ann, "s")
    wait_for_another(ann, second)
    for pair, state in ((second, "unreviewed"), (first, "accepted"), (first, "unreviewed")):
        press(ann, "u")
        assert shown(ann) == pair
        assert state_of(beside, pair) == state
        expect(redo).to_be_visible()
    for pair, state in ((first, "accepted"), (first, "complete"), (second, "skipped")):
        press(ann, "Shift+U")
        assert shown(ann) == pair
        assert state_of(beside, pair) == state
    expect(redo).to_be_hidden()
    press(ann, "Shift+U")  # no button, and no undo either
    assert state_of(beside, second) == "skipped"
    press(ann, "Control+z")
    press(ann, "Control+Shift+Z")
    assert state_of(beside, second) == "skipped"
    press(ann, "u")
    press(ann, "r")
    ann.keyboard.press("1")
    wait_for_another(ann, second)
    expect(redo).to_be_hidden()
    kinds = [event.kind for event in reversed(events(beside.database, pair_id=first))]
    assert kinds == ["decision", "question", "undo", "undo", "redo", "redo"]
    ann.keyboard.press("?")
    expect(ann.locator("#shortcuts")).to_contain_text("Do again what you took back")
    assert active_seconds(beside.database, [first])[first] > 0


def test_the_timeline_brings_a_version_back(ann: Page, alone: Server, beside: Studio) -> None:
    pair = open_review(ann, alone)
    press(ann, "a")
    write_by_keyboard(ann)
    original = ann.locator("#question").input_value()
    ann.keyboard.press("Control+Enter")
    wait_for_another(ann, pair)
    press(ann, "k")
    save(ann, REWORDED)
    wait_for_another(ann, pair)
    press(ann, "k")
    ann.keyboard.press("t")
    panel = ann.locator("#pair-history-panel")
    expect(panel).to_have_attribute("data-state", "ready")
    rows = panel.locator("li")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("Ann rewrote the question")
    expect(rows.nth(0)).to_contain_text("stands now")
    expect(rows.nth(0).locator("ins").first).to_contain_text("<b>")
    expect(rows.nth(0).locator(".text del").last).to_have_text("right")
    expect(rows.nth(2)).to_contain_text("Ann accepted it")
    rows.nth(1).get_by_role("button", name="Restore this version").click()
    expect(rows).to_have_count(4)
    expect(rows.nth(0)).to_contain_text("restored an earlier version: its question")
    expect(ann.locator("#question")).to_have_value(original)
    assert text_of(beside, pair) == original
    press(ann, "u")
    expect(rows).to_have_count(5)
    expect(rows.nth(0)).to_contain_text("took back the restoration")
    expect(rows.nth(1)).to_contain_text("taken back")
    expect(ann.locator("#question")).to_have_value(REWORDED)
    press(ann, "Shift+U")
    expect(ann.locator("#question")).to_have_value(original)
    ann.set_viewport_size({"width": 420, "height": 860})
    expect(panel).to_be_in_viewport()
    assert ann.evaluate("document.documentElement.scrollWidth") <= 420
    ann.keyboard.press("t")
    expect(panel).to_be_hidden()


def both_write(ann: Page, bea: Page, alone: Server, beside: Studio) -> int:
    """Ann's lease runs out while she writes; Bea writes and saves; Ann's page does not know."""
    pair = open_review(ann, alone)
    press(ann, "a")
    write_by_keyboard(ann)
    let_leases_run_out(beside)
    open_review(bea, alone, f"?pair={pair}")
    write_by_keyboard(bea)
    bea.locator("#option-b").fill("middle")
    save(bea, THEIRS)
    wait_for_another(bea, pair)
    ann.keyboard.press("Control+Enter")
    expect(ann.locator("dialog.both")).to_be_visible(timeout=20_000)
    return pair


@pytest.mark.parametrize("width", [1440, 420])
def test_a_stale_write_shows_both_texts(
    browser: Browser, ann: Page, alone: Server, beside: Studio, width: int
) -> None:
    bea = person(browser, alone, "Bea")
    pair = both_write(ann, bea, alone, beside)
    dialog = ann.locator("dialog.both")
    ann.set_viewport_size({"width": width, "height": 860})
    theirs, mine = dialog.locator(".theirs"), dialog.locator(".mine")
    expect(dialog.locator("h2")).to_have_text("Bea saved another text meanwhile")
    expect(theirs.locator(".text")).to_have_text(THEIRS)
    expect(mine.locator(".text")).to_have_text("Is the door on the left or on the right?")
    expect(theirs.locator("dd del")).to_have_text("middle")
    expect(mine.locator("dd ins")).to_have_text("right")
    one, other = theirs.bounding_box(), mine.bounding_box()
    assert one
    assert other
    beside_each_other = one["y"] == other["y"]
    assert beside_each_other is (width > 720)
    assert ann.evaluate("document.documentElement.scrollWidth") <= width
    for name in ("Keep theirs", "Edit mine", "Use mine"):
        expect(dialog.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
    assert text_of(beside, pair) == THEIRS
    ann.keyboard.press("Escape")  # edit: the form has one's own words, on the new version
    expect(dialog).to_be_hidden()
    expect(ann.locator("#option-b")).to_have_value("right")
    if width == 1440:
        save(ann, "Is the door left or right?")
        wait_for_another(ann, pair)
        assert text_of(beside, pair) == "Is the door left or right?"
    bea.context.close()


def test_keeping_theirs_and_using_mine(
    browser: Browser, ann: Page, alone: Server, beside: Studio
) -> None:
    bea = person(browser, alone, "Bea")
    pair = both_write(ann, bea, alone, beside)
    ann.get_by_role("button", name="Keep theirs").click()
    expect(ann.locator("#question")).to_have_value(THEIRS)
    ann.wait_for_function(READY)
    let_leases_run_out(beside)
    open_review(bea, alone, f"?pair={pair}")
    bea.keyboard.press("r")
    bea.keyboard.press("1")
    wait_for_another(bea, pair)
    save(ann, "Is the door left or right?")
    dialog = ann.locator("dialog.both")
    expect(dialog.locator(".theirs")).to_contain_text("Bea rejected it: near-duplicate images")
    expect(dialog.get_by_role("button", name="Edit mine")).to_be_hidden()
    dialog.get_by_role("button", name="Accept it and use mine").click()
    wait_for_another(ann, pair)
    assert text_of(beside, pair) == "Is the door left or right?"
    me = ensure_annotator(beside.database, "Ann")
    last = events(beside.database, pair_id=pair, limit=1)[0]
    assert (last.kind, last.annotator, me > 0) == (EventKind.question, "Ann", True)
    bea.context.close()


def test_a_draft_outlives_a_killed_server(ann: Page, alone: Server) -> None:
    pair = open_review(ann, alone)
    press(ann, "a")
    ann.locator("#question").fill("Is the door on the le")
    ann.locator("#option-a").fill("left")
    expect(ann.locator("#draft-state")).to_have_text("Draft saved")
    alone.kill()
    ann.locator("#option-b").fill("right")  # typed while nobody listens
    expect(ann.locator("#draft-state")).to_contain_text("Draft not saved")
    alone.start()
    ann.reload()
    ann.wait_for_function("window.__ready && window.__viewer.shown")
    assert shown(ann) == pair
    values = [
        ann.locator(f"#{name}").input_value() for name in ("question", "option-a", "option-b")
    ]
    assert values == ["Is the door on the le", "left", "right"]
    expect(ann.locator("#draft-state")).to_have_text("Your draft is restored")
    fresh = ann.context.new_page()  # another window, without this one's memory
    fresh.goto(f"{alone.url}/?pair={pair}")
    fresh.wait_for_function("window.__ready && window.__viewer.shown")
    expect(fresh.locator("#question")).to_have_value("Is the door on the le")
    expect(fresh.locator("#option-a")).to_have_value("left")


def test_time_counts_only_while_the_page_is_in_use(
    ann: Page, alone: Server, beside: Studio
) -> None:
    ann.clock.install()
    pair = open_review(ann, alone)
    ann.mouse.move(300, 300)
    ann.clock.run_for(20_000)
    ann.mouse.move(400, 300)
    ann.clock.run_for(600_000)  # away from the keyboard
    ann.mouse.move(300, 300)
    ann.evaluate(
        "Object.defineProperty(document, 'hasFocus', { value: () => false, configurable: true })"
    )
    ann.evaluate("window.dispatchEvent(new Event('blur'))")
    ann.clock.run_for(30_000)
    ann.evaluate(
        "Object.defineProperty(document, 'hasFocus', { value: () => true, configurable: true })"
    )
    ann.evaluate("window.dispatchEvent(new Event('focus'))")
    ann.keyboard.press("s")
    wait_for_another(ann, pair)
    sent = events(beside.database, pair_id=pair, limit=1)[0].data["active_seconds"]
    assert 79 <= sent <= 85, json.dumps(sent)
