"""The review page beyond the keys: views, drafts, links, names, and text that tries to be HTML."""

import itertools

import pytest
from playwright.sync_api import Browser, FloatRect, Page, Route, expect

from annotator.studio import Studio
from db.annotations import load_draft
from db.annotators import ensure_annotator
from db.pairs import list_cards
from tests.browser.test_review_keyboard import open_review, shown, wait_for_another
from tests.seeding import NASTY
from tests.serving import Server

pytestmark = pytest.mark.browser


def draft_of(studio: Studio, pair: int) -> dict[str, str]:
    annotator = ensure_annotator(studio.database, "Ann")
    return load_draft(studio.database, pair, annotator_id=annotator)


def test_a_draft_survives_a_reload(page: Page, server: Server, studio: Studio) -> None:
    pair = open_review(page, server)
    page.keyboard.press("a")
    expect(page.locator("#question")).to_be_focused()
    page.locator("#question").fill("Is the door open?")
    page.locator("#option-a").fill("yes")
    page.locator("#answer-second-a").check()
    page.locator("#pattern-state").check()
    expect(page.locator("#draft-state")).to_have_text("Draft saved")
    assert draft_of(studio, pair)["pattern"] == "state"
    page.locator("#note").fill("typed just before leaving")
    page.reload()
    page.wait_for_function("window.__ready")
    assert shown(page) == pair
    expect(page.locator("#draft-state")).to_have_text("Your draft is restored")
    expect(page.locator("#question")).to_have_value("Is the door open?")
    expect(page.locator("#option-a")).to_have_value("yes")
    expect(page.locator("#note")).to_have_value("typed just before leaving")
    assert page.locator("#answer-first-b").is_checked()
    assert page.locator("#answer-second-a").is_checked()
    assert page.locator("#pattern-state").is_checked()


def test_what_is_wrong_is_said_and_blocks_saving(page: Page, server: Server) -> None:
    pair = open_review(page, server)
    page.keyboard.press("a")
    expect(page.locator("#question")).to_be_focused()
    page.locator("#question").fill("Which image shows a door")
    page.locator("#option-a").focus()
    expect(page.locator("#about-text")).to_contain_text("a model sees only one image at a time")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#about-options")).to_contain_text("Option a")
    expect(page.locator("#message")).not_to_be_empty()
    assert shown(page) == pair


def test_pattern_definitions_are_at_hand(page: Page, server: Server) -> None:
    open_review(page, server)
    page.keyboard.press("a")
    expect(page.locator("#question")).to_be_focused()
    page.locator(".pattern", has=page.locator("#pattern-text")).hover()
    expect(page.locator("#write-form .definition")).to_contain_text("letters, words")
    expect(page.locator("#write-form .example")).to_contain_text("(a)")
    assert page.locator("#write-form .pattern").count() == 9


def test_deep_links(page: Page, server: Server, studio: Studio) -> None:
    last = list_cards(studio.database)[-1].id
    assert open_review(page, server, f"?pair={last}") == last
    for wrong in ("?pair=999999", "?pair=abc", "?pair=-1", f"?pair={10**30}"):
        pair = open_review(page, server, wrong)
        expect(page.locator("#message")).to_contain_text("Showing the next one.")
        assert page.url.endswith(f"pair={pair}")


def test_user_text_stays_text(page: Page, server: Server, studio: Studio) -> None:
    first = next(
        card for card in list_cards(studio.database) if card.second.file_name.startswith("<")
    )
    open_review(page, server, f"?pair={first.id}")
    caption = page.locator("#pair-viewer .captions .second")
    expect(caption).to_contain_text(f"{NASTY}.jpg")
    assert page.locator("img[src=x]").count() == 0
    assert page.evaluate("window.__hacked") is None


def test_views_share_one_zoom(page: Page, server: Server) -> None:
    open_review(page, server)
    box = page.locator("#pair-viewer .pane.first").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] / 2)
    page.mouse.wheel(0, -400)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.4)
    page.mouse.up()
    shapes = page.evaluate(
        """[...document.querySelectorAll('#pair-viewer img')]
             .map((image) => getComputedStyle(image).transform)"""
    )
    assert len(shapes) == 2
    assert shapes[0] == shapes[1] != "none"
    assert page.evaluate("window.__viewer.view.z") > 1.2
    for key, mode in (("d", "difference"), ("w", "wipe"), ("f", "flicker"), ("f", "side")):
        page.keyboard.press(key)
        expect(page.locator("#pair-viewer .viewer")).to_have_attribute("data-mode", mode)
    page.keyboard.down(" ")
    expect(page.locator("#pair-viewer .viewer")).to_have_attribute("data-mode", "flicker")
    page.keyboard.up(" ")
    expect(page.locator("#pair-viewer .viewer")).to_have_attribute("data-mode", "side")
    page.keyboard.press("0")
    expect(page.locator("#pair-viewer .level")).to_have_text("100%")


def test_name_and_theme_are_remembered(page: Page, server: Server) -> None:
    open_review(page, server)
    expect(page.locator("#annotator-name")).to_have_value("Ann")
    page.locator("#theme-toggle").click()
    dark = page.evaluate("document.body.classList.contains('dark')")
    page.locator("#annotator-name").fill("Zoë Ångström")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_function("window.__ready")
    expect(page.locator("#annotator-name")).to_have_value("Zoë Ångström")
    assert page.evaluate("document.body.classList.contains('dark')") == dark


def box_of(page: Page, selector: str) -> FloatRect:
    box = page.locator(selector).first.bounding_box()
    assert box is not None, selector
    return box


def lengthen_names(route: Route) -> None:
    """The server's answer, but as if encoders and files had very long names."""
    answer = route.fetch()
    desk = answer.json()
    for role in ("blind", "reference"):
        desk["pair"][f"{role}_name"] = "a-long-encoder-name/" * 6
    for side in ("first", "second"):
        desk["pair"][side]["file_name"] = "long_file_name_" * 12 + ".jpg"
    route.fulfill(response=answer, json=desk)


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1280, 720), (1120, 720), (420, 860)])
def test_everything_fits(browser: Browser, server: Server, width: int, height: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.route("**/api/review", lengthen_names)
    open_review(page, server)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    accept = box_of(page, "#accept")
    assert height - 130 <= accept["y"] + accept["height"] <= height
    for cosine in (".evidence .blind dd", ".evidence .reference dd"):
        assert box_of(page, cosine)["x"] + box_of(page, cosine)["width"] <= width
    page.keyboard.press("a")
    expect(page.locator("#question")).to_be_focused()
    labels = page.locator(".axis .scale")
    spans = [label.bounding_box() for label in labels.all()]
    ordered = sorted((span["x"], span["x"] + span["width"]) for span in spans if span)
    assert len(ordered) >= 2
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(ordered))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (420, 860)])
def test_every_message_can_be_read_beside_its_field(
    browser: Browser, server: Server, width: int, height: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    open_review(page, server)
    page.keyboard.press("a")
    expect(page.locator("#question")).to_be_focused()
    page.locator("#question").fill("Which image shows a door")
    page.locator("#option-a").fill("Door ")
    page.locator("#option-b").fill("door")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#about-pattern li")).to_be_visible()
    expect(page.locator("#answer-first-a")).to_be_focused()
    messages = page.locator(".findings li")
    assert messages.count() >= 5
    for field in (*messages.all(), page.locator("#note")):
        field.scroll_into_view_if_needed()
        save, box = box_of(page, "#save"), field.bounding_box()
        assert box is not None
        assert save["y"] + save["height"] <= height
        assert box["y"] + box["height"] <= height
    note, last = box_of(page, "#note"), messages.last.bounding_box()
    assert last is not None
    assert last["y"] + last["height"] < note["y"]
    context.close()


def test_every_shortcut_is_announced(page: Page, server: Server) -> None:
    open_review(page, server)
    announced = {
        "#accept": "A",
        "#undo": "U Control+Z",
        "#save": "Control+Enter",
        "#next": "J ArrowRight",
    }
    for button, keys in announced.items():
        expect(page.locator(button)).to_have_attribute("aria-keyshortcuts", keys)
    page.locator("#skip").focus()
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_contain_text("Accept, then write the question")
    expect(page.locator("#shortcuts .close")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#skip")).to_be_focused()
    page.keyboard.press("r")
    page.locator("#other-reason").focus()
    page.keyboard.press("Escape")
    expect(page.locator("#reasons")).to_be_hidden()
    expect(page.locator("#reject")).to_be_focused()


def test_a_server_that_does_not_answer(page: Page, server: Server) -> None:
    pair = open_review(page, server)
    page.route("**/decision", lambda route: route.abort())
    page.keyboard.press("s")
    expect(page.locator("#message")).to_contain_text("The server does not answer")
    assert shown(page) == pair
    page.unroute("**/decision")
    page.keyboard.press("s")
    wait_for_another(page, pair)


def test_an_image_that_vanished_can_still_be_rejected(
    page: Page, server: Server, studio: Studio
) -> None:
    card = list_cards(studio.database)[-2]
    assert card.first.path is not None
    content = card.first.path.read_bytes()
    card.first.path.unlink()
    open_review(page, server, f"?pair={card.id}")
    expect(page.locator("#pair-viewer .first .broken")).to_contain_text("cannot be read")
    assert page.locator("#pair-viewer img").count() == 1
    card.first.path.write_bytes(content)
    page.keyboard.press("r")
    page.keyboard.press("4")
    wait_for_another(page, card.id)


def test_one_bar_of_links_on_every_page(page: Page, server: Server) -> None:
    open_review(page, server)
    for title in ("Progress", "Explore", "Export", "Review"):
        page.get_by_role("link", name=title, exact=True).click()
        expect(page.locator("#navigation [aria-current]")).to_have_text(title)
        expect(page).to_have_title(f"{title} · MMVP Studio")
        expect(page.locator(".nav-holder")).to_be_hidden()
