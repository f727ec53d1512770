"""The maps are drawn and linked, the counts are shown, an export holds what was typed."""

import csv
import io
import zipfile
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from annotator.studio import Studio
from db.lifecycle import PairState
from db.pairs import list_cards
from db.progress import progress
from db.views import PairCard
from tests.mapped_workspace import accept, complete, open_mapped, seed_mapped
from tests.seeding import NASTY
from tests.serving import Server

pytestmark = pytest.mark.browser

N_PAIRS = 30
TEXT = f"Where is the door, {NASTY} or elsewhere?"


@pytest.fixture(scope="module")
def mapped(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of our own: two complete pairs, one accepted, the others open."""
    workspace = seed_mapped(tmp_path_factory.mktemp("mapped"), n_pairs=N_PAIRS)
    with open_mapped(workspace) as studio:
        cards = list_cards(studio.database)
        complete(studio, cards[3], text=TEXT)
        complete(studio, cards[5], text=TEXT, pattern="state", name="Bo")
        accept(studio, cards[7], name=NASTY)
    server = Server(workspace).start()
    yield server
    server.kill()


@pytest.fixture
def cards(beside: Studio) -> list[PairCard]:
    """By gap, widest first, as the page ranks them."""
    return sorted(list_cards(beside.database), key=lambda card: (-card.gap, card.id))


def explore(page: Page, server: Server, query: str = "") -> None:
    page.goto(f"{server.url}/explore{query}")
    page.wait_for_function("window.__map && window.__map.done")


def hook(page: Page, expression: str) -> object:
    found: object = page.evaluate(f"window.__map.{expression}")
    return found


def place(page: Page, expression: str) -> tuple[float, float]:
    found = page.evaluate(f"window.__map.{expression}")
    return found["x"], found["y"]


def wait(page: Page, condition: str) -> None:
    page.wait_for_function(f"window.__map.{condition}")


def test_both_maps_are_drawn_with_every_image_and_pair(page: Page, mapped: Server) -> None:
    explore(page, mapped)
    assert hook(page, "n") == 2 * N_PAIRS
    assert hook(page, "pairs") == N_PAIRS
    for role, name in (("blind", "ViT-L-14-336/openai"), ("reference", "dinov2-large")):
        panel = page.locator(f".emap-panel[data-role={role}]")
        expect(panel.locator("h2")).to_contain_text(role)
        expect(panel.locator("h2")).to_contain_text(name)
        colours = panel.locator(".emap-points").evaluate(
            """(canvas) => {
                const { data } = canvas.getContext('2d')
                    .getImageData(0, 0, canvas.width, canvas.height);
                return new Set(new Uint32Array(data.buffer)).size;
            }"""
        )
        assert colours > 10  # the ground alone would be one


def test_hovering_shows_the_image_and_marks_it_on_both_maps(
    page: Page, mapped: Server, cards: list[PairCard]
) -> None:
    explore(page, mapped)
    image = cards[8].first
    page.mouse.move(*place(page, f"at('reference', {image.id})"))
    wait(page, f"hovered === {image.id}")
    card = page.locator(".emap-card")
    expect(card).to_be_visible()
    expect(card.locator("img")).to_have_attribute("src", f"/thumbnails/{image.id}")
    expect(card.locator("strong")).to_have_text(image.file_name)
    expect(card.locator("span")).to_have_text(image.caption or "")
    assert page.evaluate("window.__hacked") is None
    page.mouse.move(5, 5)
    wait(page, "hovered === null")
    expect(card).to_be_hidden()


def test_a_tether_selects_its_pair_and_review_opens_it(
    page: Page, mapped: Server, cards: list[PairCard]
) -> None:
    explore(page, mapped)
    card = cards[6]
    page.mouse.click(*place(page, f"middle('reference', {card.id})"))
    wait(page, f"selected === {card.id}")
    side = page.locator(".emap-side")
    expect(side.locator("h3").first).to_have_text(f"Pair 7 of {N_PAIRS}")
    expect(side.locator(".emap-scale .blind dd")).to_have_text(f"{card.blind_cosine:.3f}")
    expect(side.locator(".emap-scale .reference dd")).to_have_text(f"{card.reference_cosine:.3f}")
    expect(side.locator(".emap-chip")).to_have_text(card.state)
    assert page.url.endswith(f"pair={card.id}")
    page.get_by_role("link", name="Review this pair").click()
    page.wait_for_url(f"{mapped.url}/?pair={card.id}")
    page.wait_for_function("window.__ready")


def test_an_image_selects_the_pair_it_is_in(
    page: Page, mapped: Server, cards: list[PairCard]
) -> None:
    explore(page, mapped)
    page.mouse.click(*place(page, f"at('reference', {cards[9].second.id})"))
    wait(page, f"selected === {cards[9].id}")
    page.keyboard.press("Escape")
    wait(page, "selected === null")


def test_the_keyboard_reaches_everything(page: Page, mapped: Server, cards: list[PairCard]) -> None:
    explore(page, mapped)
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.keyboard.press("n")
    wait(page, f"selected === {cards[1].id}")
    page.keyboard.press("p")
    wait(page, f"selected === {cards[0].id}")
    panel = page.locator(".emap-panel[data-role=reference]")
    panel.focus()
    page.keyboard.press("+")
    page.keyboard.press("+")
    wait(page, "zoom('reference') > 2")
    assert hook(page, "zoom('blind')") == 1
    before = page.evaluate("window.__map.centre('reference')")
    page.keyboard.press("ArrowRight")
    after = page.evaluate("window.__map.centre('reference')")
    assert after[0] > before[0]
    page.keyboard.press("0")
    wait(page, "zoom('reference') === 1")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{mapped.url}/?pair={cards[0].id}")


def test_the_wheel_zooms_at_the_pointer_and_pictures_appear(
    page: Page, mapped: Server, cards: list[PairCard]
) -> None:
    explore(page, mapped)
    page.keyboard.press("Escape")
    spot = place(page, f"at('blind', {cards[2].first.id})")
    page.mouse.move(*spot)
    for _ in range(6):
        page.mouse.wheel(0, -240)
    wait(page, "zoom('blind') > 8")
    moved = place(page, f"at('blind', {cards[2].first.id})")
    # the pointer stands on whole pixels, so at most one of them is magnified
    assert moved == pytest.approx(spot, abs=page.evaluate("window.__map.zoom('blind')"))
    wait(page, "pictures > 0")


def test_a_link_to_a_pair_opens_with_it(page: Page, mapped: Server, cards: list[PairCard]) -> None:
    explore(page, mapped, f"?pair={cards[11].id}")
    assert hook(page, "selected") == cards[11].id
    explore(page, mapped, "?pair=nonsense")
    assert hook(page, "selected") == cards[0].id
    expect(page.locator(".emap-told")).to_contain_text("There is no pair “nonsense”")
    assert page.url.endswith(f"pair={cards[0].id}")


def test_the_sheet_of_keys_is_that_of_the_page(page: Page, mapped: Server) -> None:
    explore(page, mapped)
    selected = hook(page, "selected")
    page.keyboard.press("?")
    sheet = page.locator("#shortcuts")
    expect(sheet).to_contain_text("Open the pair in Review")
    expect(sheet).not_to_contain_text("Accept")
    page.keyboard.press("n")
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    assert hook(page, "selected") == selected
    page.keyboard.press("n")
    wait(page, f"selected !== {selected}")


def test_nothing_is_wider_than_a_phone(browser: Browser, mapped: Server) -> None:
    context = browser.new_context(
        viewport={"width": 420, "height": 860}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    for path, done in (("explore", "__map"), ("progress", "__progress"), ("export", "__export")):
        page.goto(f"{mapped.url}/{path}")
        page.wait_for_function(f"window.{done} && window.{done}.done")
        assert page.evaluate("document.documentElement.scrollWidth") <= 420, path
        if path == "progress":
            expect(page.locator("#by-annotator .ytick text")).to_have_count(3)
    assert not errors
    context.close()


def test_progress_shows_the_counts(page: Page, mapped: Server, beside: Studio) -> None:
    page.goto(f"{mapped.url}/progress")
    page.wait_for_function("window.__progress && window.__progress.done")
    found = progress(beside.database)
    expect(page.locator(".goal .big")).to_have_text("2 of 150 pairs complete")
    of_many = {"partial", "disputed", "final", "contested"}
    for state in set(PairState) - {PairState(one) for one in of_many}:
        count = page.locator(f".states li[data-state={state.value}] b")
        expect(count).to_have_text(str(found.by_state[state]))
    expect(page.locator(".patterns li[data-pattern=state] .n")).to_have_text("1")
    expect(page.locator(".patterns li .n")).to_have_count(9)
    people = page.locator("#by-annotator .ytick text")
    expect(people).to_have_count(3)
    names = [text.strip() for text in people.all_text_contents()]
    assert sorted(names) == sorted(["Ann", "Bo", NASTY[:19] + "…"])
    assert page.evaluate("window.__hacked") is None


def test_progress_counts_again_on_demand(page: Page, mapped: Server, beside: Studio) -> None:
    page.goto(f"{mapped.url}/progress")
    page.wait_for_function("window.__progress && window.__progress.done")
    accepted = page.locator(".states li[data-state=accepted] b")
    expect(accepted).to_have_text("1")
    open_card = list_cards(beside.database, states={PairState.unreviewed})[-1]
    accept(beside, open_card)
    page.locator("#refresh").click()
    expect(accepted).to_have_text("2")


def test_an_export_from_the_page_holds_what_was_typed(
    page: Page, mapped: Server, cards: list[PairCard]
) -> None:
    page.goto(f"{mapped.url}/export")
    page.wait_for_function("window.__export && window.__export.done")
    waiting = [card for card in cards if card.state is PairState.accepted]
    for card in waiting:
        expect(page.locator(f".unwritten a[href='/?pair={card.id}']")).to_be_visible()
    page.locator("#export-dataset input, #export-dataset textarea").fill("Doors")
    page.locator("#export-folder input, #export-folder textarea").fill("my doors")
    expect(page.locator("#export-start")).to_have_text("Export 2 pairs")
    page.locator("#export-start").click()
    folder = mapped.workspace / "exports" / "my doors"
    expect(page.locator(".folder code")).to_have_text(str(folder.resolve()))
    with (folder / "Questions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["Question"] for row in rows] == [TEXT] * 4
    assert rows[0]["Options"] == "(a) on the left (b) on the right"
    expect(page.locator("tbody tr")).to_have_count(4)
    expect(page.locator("tbody tr").first).to_contain_text(TEXT)
    assert page.evaluate("window.__hacked") is None
    with page.expect_download() as waiting_for:
        page.locator(".outcome .download").click()
    archive = zipfile.ZipFile(io.BytesIO(waiting_for.value.path().read_bytes()))
    questions = archive.read("my doors/Questions.csv")
    assert questions == (folder / "Questions.csv").read_bytes()
    page.locator("#export-start").click()
    expect(page.locator(".board .problem")).to_be_visible()
    expect(page.locator(".outcome")).to_be_hidden()
    page.locator("#export-replace input").check()
    page.locator("#export-start").click()
    expect(page.locator(".outcome")).to_be_visible()
    expect(page.locator(".board .problem")).to_be_hidden()


def test_without_maps_explore_says_what_to_run(page: Page, mapped: Server, beside: Studio) -> None:
    layouts = beside.workspace.layouts
    put_by = layouts.rename(layouts.with_name("put by"))
    try:
        explore(page, mapped)
        expect(page.locator(".emap-empty h2")).to_contain_text("have no map yet")
        expect(page.locator(".emap-empty code")).to_contain_text("mmvp map --workspace")
        expect(page.locator(".emap-body")).to_be_hidden()
    finally:
        put_by.rename(layouts)
