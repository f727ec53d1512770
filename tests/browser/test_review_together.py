"""Two people at one queue, and a queue that is restricted to a selection."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from annotator.settings import Settings
from annotator.studio import Studio
from db.annotators import ensure_annotator
from db.pairs import list_cards
from db.policy import Policy, set_policy
from db.selections import create_selection, get_filter, set_filter
from tests.browser.test_review_keyboard import open_review, shown, wait_for_another
from tests.seeding import seed
from tests.serving import Server

pytestmark = pytest.mark.browser
READY = "window.__ready && window.__desk_open"


@pytest.fixture
def alone(browser: Browser, tmp_path: Path) -> Iterator[Server]:
    """A server of this test's own: the leases of other tests are not in the way."""
    seed(tmp_path, n_pairs=24)
    started = Server(tmp_path / "workspace").start()
    yield started
    started.kill()


@pytest.fixture
def beside(alone: Server) -> Iterator[Studio]:
    with Studio.open(alone.workspace, Settings(annotator="Ann")) as opened:
        yield opened


def person(browser: Browser, server: Server, name: str) -> Page:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(10_000)
    context.add_cookies([{"name": "mmvp_name", "value": name, "url": server.url}])
    return context.new_page()


def test_two_people_never_see_one_pair(browser: Browser, alone: Server) -> None:
    ann, bea = person(browser, alone, "Ann"), person(browser, alone, "Bea")
    seen: dict[str, list[int]] = {"ann": [], "bea": []}
    for page in (ann, bea):
        open_review(page, alone)
    for step in range(8):
        now = {"ann": shown(ann), "bea": shown(bea)}
        assert now["ann"] != now["bea"]
        for who, pair in now.items():
            if pair not in seen[who]:
                seen[who].append(pair)
        page = (ann, bea, bea)[step % 3]
        pair = shown(page)
        page.keyboard.press("r")
        page.keyboard.press("1")
        wait_for_another(page, pair)
        page.wait_for_function(READY)
    assert not set(seen["ann"]) & set(seen["bea"])
    for page in (ann, bea):
        page.context.close()


def test_a_link_to_somebodys_pair_is_only_to_look_at(browser: Browser, alone: Server) -> None:
    ann, bea = person(browser, alone, "Ann"), person(browser, alone, "Bea")
    pair = open_review(bea, alone)
    open_review(ann, alone, f"?pair={pair}")
    assert shown(ann) == pair
    expect(ann.locator("#state")).to_contain_text("Bea is on this pair until")
    for button in ("#accept", "#reject", "#skip"):
        expect(ann.locator(button)).to_be_disabled()
    ann.keyboard.press("a")
    ann.keyboard.press("j")
    other = wait_for_another(ann, pair)
    expect(ann.locator("#accept")).to_be_enabled()
    bea.goto("about:blank")  # leaving the page lets go of the pair
    ann.wait_for_function(READY)
    assert other != pair
    left = ann.evaluate(
        """async (pair) => {
             for (let tries = 0; tries < 100; tries++) {
               const answer = await fetch('/api/review?pair=' + pair);
               if ((await answer.json()).obstacle === null) return true;
               await new Promise((resolve) => setTimeout(resolve, 50));
             }
             return false;
           }""",
        pair,
    )
    assert left
    for page in (ann, bea):
        page.context.close()


def test_a_page_whose_pair_was_taken_meanwhile_says_so(
    browser: Browser, alone: Server, beside: Studio
) -> None:
    ann, bea = person(browser, alone, "Ann"), person(browser, alone, "Bea")
    pair = open_review(ann, alone)
    with beside.database.write() as session:
        session.connection().exec_driver_sql("DELETE FROM lease")
    assert open_review(bea, alone) == pair
    ann.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # back at the window
    expect(ann.locator("#state")).to_contain_text("Bea is on this pair until")
    expect(ann.locator("#message")).to_contain_text("Press J for the next pair")
    ann.keyboard.press("j")
    wait_for_another(ann, pair)
    for page in (ann, bea):
        page.context.close()


@pytest.mark.parametrize("width", [1440, 720, 360])
def test_long_names_hide_neither_the_time_nor_the_count(
    browser: Browser, alone: Server, beside: Studio, width: int
) -> None:
    bea, ann = person(browser, alone, "Beatrice" * 6), person(browser, alone, "Ann")
    pair = open_review(bea, alone)
    me = ensure_annotator(beside.database, "Ann")
    made = create_selection(beside.database, "Doors " * 13, annotator_id=me, pair_ids=[pair])
    set_filter(beside.database, made.id, annotator_id=me)
    ann.set_viewport_size({"width": width, "height": 800})
    open_review(ann, alone, f"?pair={pair}")
    expect(ann.locator("#only-these .left")).to_have_text("(1 left)")
    expect(ann.locator("#state")).to_contain_text("is on this pair until")
    for part in ("#only-these .left", "#only-these button", "#state .what"):
        expect(ann.locator(part)).to_be_in_viewport(ratio=1)
        fits = "(part) => part.scrollWidth <= part.clientWidth"
        assert part.endswith("button") or ann.locator(part).evaluate(fits)
    assert ann.evaluate("document.documentElement.scrollWidth") <= width
    for page in (ann, bea):
        page.context.close()


def test_only_these_and_all_again(browser: Browser, alone: Server, beside: Studio) -> None:
    ann = ensure_annotator(beside.database, "Ann")
    wanted = [card.id for card in list_cards(beside.database)[10:12]]
    name = "<b>Doors</b> & windows"
    made = create_selection(beside.database, name, annotator_id=ann, pair_ids=wanted)
    page = person(browser, alone, "Ann")
    assert open_review(page, alone, f"?selection={made.id}") == wanted[0]
    assert "selection=" not in page.url
    chip = page.locator("#only-these")
    expect(chip).to_contain_text(f"Only these: {name} (2 left)")
    page.keyboard.press("r")
    page.keyboard.press("1")
    assert wait_for_another(page, wanted[0]) == wanted[1]
    expect(chip).to_contain_text("(1 left)")
    page.wait_for_function(READY)
    page.keyboard.press("r")
    page.keyboard.press("1")
    expect(page.locator("#empty h1")).to_have_text("Nothing left in this selection")
    expect(page.locator("#empty .text")).to_contain_text("22 pairs are left in the whole queue")
    page.get_by_role("button", name="Show all pairs", exact=True).click()
    page.wait_for_function("window.__viewer.shown")
    expect(chip).to_be_hidden()
    assert get_filter(beside.database, annotator_id=ann) is None
    again = create_selection(beside.database, "Again", annotator_id=ann, pair_ids=[shown(page)])
    open_review(page, alone, f"?selection={again.id}")
    expect(chip).to_be_visible()
    chip.get_by_role("button").click()
    expect(chip).to_be_hidden()
    open_review(page, alone, "?selection=999")
    expect(page.locator("#message")).to_contain_text("There is no such selection")
    page.context.close()


def test_the_form_says_which_quotas_are_full(
    browser: Browser, alone: Server, beside: Studio
) -> None:
    set_policy(beside.database, Policy(quota=15, quotas={"text": 0}))
    page = person(browser, alone, "Ann")
    open_review(page, alone)
    page.keyboard.press("a")
    expect(page.locator("#question")).to_be_focused()
    pattern = page.locator(".pattern", has=page.locator("#pattern-text"))
    expect(pattern).to_contain_text("0 of 0, full")
    expect(page.locator(".pattern .quota", has_text="0 of 15")).to_have_count(8)
    page.goto(f"{alone.url}/progress")
    page.wait_for_function("window.__progress && window.__progress.done")
    expect(page.locator(".patterns .total")).to_contain_text("the mark is the quota; 1 of 9 full")
    expect(page.locator(".patterns li[data-pattern=state] .n")).to_have_text("0 of 15")
    page.context.close()
