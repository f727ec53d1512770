"""Help while writing, in a real browser: fixes, suggestions by key, and the blindness meter."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from annotator.studio import Studio
from db.history import events
from db.lifecycle import PairState
from db.pairs import get_card
from tests.explorable_workspace import open_explorable, seed_explorable
from tests.fake_endpoint import FakeEndpoint
from tests.serving import Server

pytestmark = pytest.mark.browser
SLOW = 60_000  # the first meter waits for torch and a model


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeEndpoint]:
    started = FakeEndpoint()
    yield started
    started.close()


@pytest.fixture(scope="module")
def server(
    browser: Browser, fake: FakeEndpoint, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    workspace = seed_explorable(tmp_path_factory.mktemp("explorable"))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MMVP_LLM_BASE_URL", fake.url)
        environment.setenv("MMVP_LLM_MODEL", "a-model")
        started = Server(workspace).start()
    yield started
    started.kill()


@pytest.fixture(scope="module")
def studio(server: Server) -> Iterator[Studio]:
    with open_explorable(server.workspace) as opened:
        yield opened


def write(page: Page, server: Server) -> int:
    """Accepts the next pair, so that its form is open."""
    page.goto(f"{server.url}/")
    page.wait_for_function("window.__ready && window.__viewer.shown && window.__desk_open")
    page.keyboard.press("a")
    expect(page.locator("#question")).to_be_focused()
    pair_id: int = page.evaluate("window.__viewer.shown")
    return pair_id


def type_options(page: Page, a: str, b: str) -> None:
    page.locator("#option-a").fill(a)
    page.locator("#option-b").fill(b)


def test_a_remark_is_put_right_by_key_and_put_back(page: Page, server: Server) -> None:
    pair_id = write(page, server)
    page.locator("#question").fill("Is the car big?")
    type_options(page, "Big (tall)", "Small")
    page.keyboard.press("Tab")
    fix = page.locator("#write-form .options .fix")
    expect(fix).to_contain_text("Write “Big, tall”")
    page.locator("#option-b").focus()
    page.keyboard.press("Control+.")
    expect(page.locator("#option-a")).to_have_value("Big, tall")
    expect(page.locator("#option-a")).to_be_focused()
    expect(page.locator("#write-form .put-back")).to_be_visible()
    expect(fix).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(page.locator("#option-a")).to_have_value("Big (tall)")
    expect(fix).to_be_visible()
    fix.click()
    expect(page.locator("#option-a")).to_have_value("Big, tall")
    page.locator("#write-form .put-back").click()
    expect(page.locator("#option-a")).to_have_value("Big (tall)")
    assert page.evaluate("window.__viewer.shown") == pair_id, "Ctrl+Z took back no decision"


def test_a_suggestion_is_asked_for_taken_and_saved_by_key(
    page: Page, server: Server, studio: Studio, fake: FakeEndpoint
) -> None:
    pair_id = write(page, server)
    expect(page.locator("#suggest-setup")).to_be_visible()
    expect(page.locator("#suggest")).to_be_hidden()
    page.goto(f"{server.url}/writing-help")
    page.wait_for_function("window.__switch?.state === 'off'")
    expect(page.locator("#suggestion-switch .where")).to_contain_text(f"a-model at {fake.url}")
    page.get_by_role("switch").check()
    page.wait_for_function("window.__switch.state === 'on'")
    expect(page.locator("#suggestion-switch .last")).to_contain_text("Turned on by Ann, today")

    page.goto(f"{server.url}/?pair={pair_id}")
    expect(page.locator("#suggest")).to_be_visible()
    page.locator("#question").focus()
    assert fake.requests == []
    page.keyboard.press("Alt+s")
    expect(page.locator(".suggestion")).to_contain_text("Suggested by a-model")
    expect(page.locator("#question")).to_have_value("")
    page.keyboard.press("Alt+Enter")
    expect(page.locator("#question")).to_have_value("Is the door on the left or on the right?")
    expect(page.locator("#pattern-position")).to_be_checked()
    expect(page.locator("#answer-first-a")).not_to_be_checked()
    card = get_card(studio.database, pair_id)
    assert card is not None
    assert card.state is PairState.accepted, "taken over is not saved"
    page.locator("#answer-first-a").focus()
    page.keyboard.press("b")
    page.keyboard.press("Control+Enter")
    page.wait_for_function(f"window.__viewer.shown !== {pair_id}")
    card = get_card(studio.database, pair_id)
    assert card is not None
    assert card.annotation is not None
    assert card.annotation.question is not None
    assert card.annotation.question.answer_first == "b"
    assert [one.kind for one in events(studio.database)].count("suggesting") == 1

    page.goto(f"{server.url}/progress")
    rate = page.locator("#suggestion-rates li[data-kind=question]")
    expect(rate).to_contain_text("100 % of 1 used: 1 accepted")


def test_the_meter_follows_the_words_and_the_pattern_the_question(
    page: Page, server: Server
) -> None:
    write(page, server)
    page.locator("#question").fill("How many cars are there?")
    type_options(page, "Three", "Four")
    meter = page.locator("#write-form .meter")
    expect(meter).to_have_attribute("data-state", "ready", timeout=SLOW)
    texts = meter.locator(".meter-text")
    expect(texts).to_have_text(
        ["a photo of three cars are there", "a photo of four cars are there"]
    )
    expect(meter.locator("i[data-mark=chosen]")).to_have_count(2)
    before = meter.locator("i").evaluate_all("cells => cells.map((one) => one.title)")

    page.locator("#question").fill("Is it sunny or snowy?")
    type_options(page, "Sunny", "Snowy")
    expect(texts).to_have_text(["a photo of it sunny", "a photo of it snowy"])
    after = meter.locator("i").evaluate_all("cells => cells.map((one) => one.title)")
    assert after != before
    page.locator("#answer-first-a").press("Space")
    expect(meter.locator("i:is([data-mark=right], [data-mark=wrong])")).to_have_count(2)

    page.locator("#question").fill("How many cars are there?")
    type_options(page, "3", "4")
    page.keyboard.press("Tab")
    guess = page.locator("#pattern-guess")
    expect(guess).to_contain_text("Quantity and Count", timeout=SLOW)
    page.keyboard.press("Alt+p")
    expect(page.locator("#pattern-quantity")).to_be_checked()
    expect(guess).to_be_hidden()

    meter.locator(".meter-fold").click()
    expect(meter).to_have_attribute("data-state", "folded")
    expect(meter.locator(".meter-grid")).to_be_hidden()
