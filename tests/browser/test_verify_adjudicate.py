"""Blind verification and adjudication by keyboard, compared with the database."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from annotator.settings import Settings
from annotator.studio import Studio
from db.blind_questions import ask
from db.pairs import get_card, list_cards
from db.verification import Given, answer
from tests.annotator.people import id_of, open_shared
from tests.browser.test_accounts import log_in
from tests.serving import Server
from tests.verifying import LEFT, RIGHT, complete_all, state_of, switch_on

pytestmark = pytest.mark.browser
N_PAIRS = 3


@pytest.fixture
def shared(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Three pairs by Ann, of whom nobody has checked the keys."""
    root = tmp_path_factory.mktemp("blind")
    open_shared(root, n_pairs=N_PAIRS).close()
    started = Server(root / "workspace").start()
    yield started
    started.kill()


@pytest.fixture
def studio(shared: Server) -> Iterator[Studio]:
    with Studio.open(shared.workspace, Settings()) as opened:
        yield opened


def open_as(page: Page, server: Server, name: str, path: str) -> None:
    page.goto(f"{server.url}{path}")
    log_in(page, name)
    page.wait_for_url(f"{server.url}{path}**")


def wait_open(page: Page, what: str, at: str) -> None:
    page.wait_for_function(f"window.{what} && window.{what}.done && window.{what}.open && {at}")


def truth(studio: Studio, page: Page) -> str:
    """The right option for the image that is shown."""
    shown = page.locator("#verify-desk .pane img").get_attribute("src") or ""
    image_id = int(shown.split("/images/")[1].split("?")[0])
    firsts = {card.first.id for card in list_cards(studio.database)}
    return LEFT if image_id in firsts else RIGHT


def press_answer(studio: Studio, page: Page) -> None:
    """The key of the option that the shown image has; waits for the next question."""
    options = page.locator("#verify-desk .option span").all_inner_texts()
    before = page.evaluate("window.__verify.shown")
    page.keyboard.press(str(options.index(truth(studio, page)) + 1))
    wait_open(page, "__verify", f"window.__verify.shown > {before}")


def answer_all(studio: Studio, name: str) -> None:
    """Another person, by what the pictures show."""
    who = id_of(studio, name)
    while question := ask(studio.database, who).question:
        card = get_card(studio.database, int(question.text.split(":")[0]))
        assert card is not None
        right = LEFT if question.image.id == card.first.id else RIGHT
        place = Given.option_1 if question.options[0] == right else Given.option_2
        answer(studio.database, annotator_id=who, token=question.token, given=place)


def test_a_second_person_verifies_by_keyboard_until_the_pairs_are_final(
    shared: Server, studio: Studio, page: Page
) -> None:
    ids = complete_all(studio.database, id_of(studio, "Ann"))
    switch_on(studio.database)
    answer_all(studio, "Ada")
    assert {state_of(studio.database, pair_id) for pair_id in ids} == {"complete"}
    open_as(page, shared, "Rita", "/verify")
    wait_open(page, "__verify", "window.__verify.token")
    expect(page.locator("#verify-progress")).to_have_text("You have answered 0 · 6 left for you")
    assert page.locator("#verify-desk .pane img").count() == 1
    for _ in range(2):
        press_answer(studio, page)
    asked = page.locator("#verify-question").inner_text()
    before = page.evaluate("window.__verify.shown")
    page.keyboard.press("c")
    wait_open(page, "__verify", f"window.__verify.shown > {before}")
    expect(page.locator("#verify-progress")).to_have_text("You have answered 3 · 3 left for you")
    page.keyboard.press("u")
    wait_open(page, "__verify", f"window.__verify.shown > {before + 1}")
    expect(page.locator("#verify-question")).to_have_text(asked)
    for _ in range(4):
        press_answer(studio, page)
    expect(page.get_by_role("heading", name="Nothing left for you")).to_be_visible()
    assert {state_of(studio.database, pair_id) for pair_id in ids} == {"final"}
    page.get_by_role("button", name="Results").click()
    expect(page.locator("#verify-results .value")).to_have_text("100 %")
    expect(page.locator("#verify-results [name=enabled]")).to_be_disabled()
    expect(page.locator("#verify-results .admins")).to_be_visible()
    page.goto(f"{shared.url}/export")
    expect(page.locator("#export .ready h2")).to_have_text("3 complete, 3 of them verified")


def test_a_bad_question_needs_words_and_keys_typed_there_answer_nothing(
    shared: Server, studio: Studio, page: Page
) -> None:
    complete_all(studio.database, id_of(studio, "Ann"))
    switch_on(studio.database, 1, 1)
    open_as(page, shared, "Rita", "/verify")
    wait_open(page, "__verify", "window.__verify.token")
    page.keyboard.press("x")
    expect(page.locator("#bad-comment")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("window.__verify.answered") == 0
    page.keyboard.type("1 door, 2 windows: <b>cut</b>")
    page.keyboard.press("Enter")
    wait_open(page, "__verify", "window.__verify.answered === 1")
    expect(page.locator("#bad-comment")).to_be_hidden()


def test_wrong_keys_are_adjudicated_swapped_and_final(
    shared: Server, studio: Studio, page: Page
) -> None:
    ids = complete_all(studio.database, id_of(studio, "Ann"), first="b")
    switch_on(studio.database, 1, 1)
    answer_all(studio, "Ada")
    assert {state_of(studio.database, pair_id) for pair_id in ids} == {"contested"}
    open_as(page, shared, "Rita", f"/adjudicate?pair={ids[0]}")
    wait_open(page, "__adjudicate", f"window.__adjudicate.pair === {ids[0]}")
    desk = page.locator("#adjudicate-desk")
    expect(desk.locator(".hint")).to_contain_text("probably swapped")
    expect(desk.locator("tbody tr")).to_have_count(2)
    expect(desk.locator("tbody")).to_contain_text("against the key")
    page.keyboard.press("s")
    expect(desk.locator("[name=reason]")).to_have_value(
        "All blind answers were the other way round."
    )
    page.keyboard.press("Enter")
    wait_open(page, "__adjudicate", f"window.__adjudicate.pair === {ids[1]}")
    assert state_of(studio.database, ids[0]) == "final"
    page.keyboard.press("u")
    wait_open(page, "__adjudicate", f"window.__adjudicate.pair === {ids[0]}")
    assert state_of(studio.database, ids[0]) == "contested"
    page.keyboard.press("s")
    page.keyboard.press("Enter")
    wait_open(page, "__adjudicate", f"window.__adjudicate.pair === {ids[1]}")
    page.keyboard.press("e")
    desk.locator("[name=question]").fill("On which side is the brown door?")
    desk.locator("[name=answer_first]").select_option("a")
    page.keyboard.press("Control+Enter")
    expect(desk.locator("#message")).to_contain_text("needs a reason")
    desk.locator("[name=reason]").fill("Its number was in the words, and the key was inverted.")
    page.keyboard.press("Control+Enter")
    wait_open(page, "__adjudicate", f"window.__adjudicate.pair === {ids[2]}")
    page.goto(f"{shared.url}/adjudicate?pair={ids[1]}")
    wait_open(page, "__adjudicate", f"window.__adjudicate.pair === {ids[1]}")
    expect(desk.locator(".version")).to_have_count(2)
    expect(desk.locator(".version.current .text")).to_have_text("On which side is the brown door?")
    expect(desk.locator(".version:not(.current) ins").first).to_be_visible()
    expect(desk.locator(".rulings li")).to_contain_text("Its number was in the words")
    assert [state_of(studio.database, pair_id) for pair_id in ids] == [
        "final",
        "complete",
        "contested",
    ]


def test_an_annotator_answers_but_sees_neither_results_nor_disputes(
    shared: Server, studio: Studio, context: BrowserContext
) -> None:
    complete_all(studio.database, id_of(studio, "Rita"))
    switch_on(studio.database)
    page = context.new_page()
    open_as(page, shared, "Ann", "/verify?view=results")
    wait_open(page, "__verify", "window.__verify.token")
    expect(page.get_by_role("button", name="Results")).to_be_hidden()
    expect(page.locator("#verify-results")).to_be_hidden()
    expect(page.locator("#navigation a", has_text="Adjudicate")).to_be_hidden()
    expect(page.locator("#verify-question")).to_be_visible()
