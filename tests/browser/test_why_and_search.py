"""The Why view on Review and Explore, the search field and the neighbours, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from annotator.search import nearest
from annotator.spaces import VectorShelf
from annotator.studio import Studio
from db.images import list_images
from db.pairs import list_cards
from tests.explorable_workspace import N_SCENES, ROLES, open_explorable, seed_explorable
from tests.serving import Server

pytestmark = pytest.mark.browser
SLOW = 60_000  # the first view waits for torch and two models


@pytest.fixture(scope="module")
def explorable(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    started = Server(seed_explorable(tmp_path_factory.mktemp("explorable"))).start()
    yield started
    started.kill()


@pytest.fixture(scope="module")
def beside(explorable: Server) -> Iterator[Studio]:
    with open_explorable(explorable.workspace) as studio:
        yield studio


def review(page: Page, server: Server) -> int:
    page.goto(f"{server.url}/")
    page.wait_for_function("window.__ready && window.__viewer.shown && window.__why")
    expect(page.locator(".why-open")).to_be_visible()
    pair_id: int = page.evaluate("window.__viewer.shown")
    return pair_id


def wait_for_maps(page: Page, query: str) -> None:
    page.wait_for_function(
        f"window.__why.asked === '{query}' && window.__why.state === 'ready'", timeout=SLOW
    )


def colours(page: Page, role: str, name: str) -> int:
    canvas = page.locator(f".why-row[data-role={role}] figure[data-image={name}] canvas")
    found: int = canvas.evaluate(
        """(canvas) => {
            const { data } = canvas.getContext('2d')
                .getImageData(0, 0, canvas.width, canvas.height);
            return new Set(new Uint32Array(data.buffer)).size;
        }"""
    )
    return found


def explore(page: Page, server: Server, query: str = "") -> None:
    page.goto(f"{server.url}/explore{query}")
    page.wait_for_function(
        "window.__map?.done && window.__search && window.__why && window.__neighbors"
    )
    page.evaluate(
        """() => {
            window.__heard = [];
            for (const name of ['images', 'image']) {
                document.addEventListener('explore:' + name,
                    (event) => window.__heard.push([name, event.detail]));
            }
        }"""
    )


def heard(page: Page, name: str) -> dict[str, object]:
    found = page.evaluate(f"window.__heard.filter(([n]) => n === '{name}').at(-1)?.[1] ?? null")
    assert found is not None
    return dict(found)


def test_h_shows_both_rows_over_the_images_and_asks_nothing_before(
    page: Page, explorable: Server
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    pair = review(page, explorable)
    assert not any("/api/why" in url for url in asked)
    expect(page.locator(".why-panel")).to_be_hidden()
    page.keyboard.press("h")
    wait_for_maps(page, f"pair={pair}")
    for role, name in (("blind", "clip"), ("reference", "dino")):
        row = page.locator(f".why-row[data-role={role}]")
        expect(row.locator(".why-name")).to_contain_text(role)
        expect(row.locator(".why-name")).to_contain_text(name)
        assert colours(page, role, "first") > 20
        assert colours(page, role, "second") > 20
    expect(page.locator(".why-verdict")).to_contain_text("encoder")
    page.keyboard.press("h")
    expect(page.locator(".why-panel")).to_be_hidden()
    page.keyboard.press("h")
    expect(page.locator(".why-panel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".why-panel")).to_be_hidden()


def test_the_view_follows_the_pair_and_decisions_still_work(page: Page, explorable: Server) -> None:
    pair = review(page, explorable)
    page.keyboard.press("h")
    wait_for_maps(page, f"pair={pair}")
    page.keyboard.press("s")
    page.wait_for_function(f"window.__viewer.shown !== {pair}")
    following = page.evaluate("window.__viewer.shown")
    wait_for_maps(page, f"pair={following}")
    first = page.evaluate("window.__why.answer.images.first.id")
    src = page.locator(".why-row[data-role=blind] figure[data-image=first] img")
    assert f"/images/{first}?" in (src.get_attribute("src") or "")
    page.keyboard.press("u")
    wait_for_maps(page, f"pair={pair}")


def test_an_answer_that_comes_too_late_is_not_shown(page: Page, explorable: Server) -> None:
    pair = review(page, explorable)
    held: list[Route] = []

    def hold_back(route: Route) -> None:
        if f"pair={pair}" in route.request.url:
            held.append(route)
        else:
            route.continue_()

    page.route("**/api/why?**", hold_back)
    with page.expect_request("**/api/why?**"):
        page.locator(".why-open").click()
    page.keyboard.press("s")
    page.wait_for_function(f"window.__viewer.shown !== {pair}")
    following = page.evaluate("window.__viewer.shown")
    wait_for_maps(page, f"pair={following}")
    assert held
    ids = page.evaluate("[__why.answer.images.first.id, __why.answer.images.second.id]")
    assert page.evaluate("window.__why.asked") == f"pair={following}"
    assert len(ids) == 2
    page.unroute("**/api/why?**")
    page.keyboard.press("u")
    page.wait_for_function(f"window.__viewer.shown === {pair}")


def test_hovering_joins_a_patch_with_its_best_match(page: Page, explorable: Server) -> None:
    pair = review(page, explorable)
    page.keyboard.press("h")
    wait_for_maps(page, f"pair={pair}")
    box = page.evaluate("window.__why.rect('reference', 'first')")
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.6)
    row = page.locator(".why-row[data-role=reference]")
    expect(row.locator(".why-box").first).to_be_visible()
    expect(row.locator(".why-box").nth(1)).to_be_visible()
    expect(page.locator(".why-line")).to_be_visible()
    at = page.evaluate("window.__why.answer.reference.first[4][3]")
    expect(page.locator(".why-told")).to_contain_text(f"cosine {1 - at:.3f}")
    page.mouse.move(5, 5)
    expect(row.locator(".why-box").first).to_be_hidden()


def test_a_reason_is_shown_in_its_row(page: Page, explorable: Server) -> None:
    pair = review(page, explorable)

    def refuse(route: Route) -> None:
        answer = route.fetch().json()
        kept = {key: answer["blind"][key] for key in ("name", "spec")}
        body = answer | {"state": "ready", "verdict": None}
        route.fulfill(json=body | {"blind": kept | {"reason": "It has no <b>patches</b>."}})

    page.route("**/api/why?**", refuse)
    page.keyboard.press("h")
    wait_for_maps(page, f"pair={pair}")
    note = page.locator(".why-row[data-role=blind] .why-note")
    expect(note).to_contain_text("It has no <b>patches</b>.")


def test_on_explore_it_lies_beside_the_selected_pair(
    page: Page, explorable: Server, beside: Studio
) -> None:
    cards = sorted(list_cards(beside.database), key=lambda card: (-card.gap, card.id))
    explore(page, explorable)
    page.keyboard.press("h")
    wait_for_maps(page, f"pair={cards[0].id}")
    page.keyboard.press("n")
    wait_for_maps(page, f"pair={cards[1].id}")
    one, other = cards[0].first.id, cards[2].second.id
    page.evaluate(
        f"""document.dispatchEvent(new CustomEvent('explore:pick',
            {{ detail: {{ first: {one}, second: {other} }} }}))"""
    )
    wait_for_maps(page, f"first={one}&second={other}")
    assert page.evaluate("window.__why.answer.images.second.id") == other


def test_text_lights_up_on_the_maps_and_esc_clears(
    page: Page, explorable: Server, beside: Studio
) -> None:
    explore(page, explorable)
    page.locator(".find-text").fill("a boat on the sea")
    page.wait_for_function("window.__search.state === 'found'", timeout=SLOW)
    event = heard(page, "images")
    assert event["source"] == "search"
    assert event["label"] == "“a boat on the sea”"
    assert len(event["imageIds"]) == N_SCENES  # type: ignore[arg-type]
    buttons = page.locator(".find-row button")
    expect(buttons.first).to_have_attribute("data-image", str(event["imageIds"][0]))  # type: ignore[index]
    buttons.first.click()
    assert heard(page, "image") == {"imageId": event["imageIds"][0]}  # type: ignore[index]
    page.keyboard.press("Escape")
    page.wait_for_function("window.__search.state === 'empty'")
    assert heard(page, "images")["imageIds"] == []
    expect(page.locator(".find-strip")).to_be_hidden()
    # Esc cleared the search alone
    assert page.evaluate("window.__map.image") == event["imageIds"][0]  # type: ignore[index]


def test_names_and_pictures_are_found(page: Page, explorable: Server, beside: Studio) -> None:
    image = list_images(beside.database)[9]
    explore(page, explorable)
    page.get_by_role("search").get_by_text("Name", exact=True).click()
    page.locator(".find-text").fill(image.file_name)
    page.wait_for_function("window.__search.state === 'found'")
    assert heard(page, "images")["imageIds"] == [image.id]
    page.locator(".find-text").fill("<b>no such name</b>")
    page.wait_for_function("window.__search.lit.length === 0")
    expect(page.locator(".find-strip")).to_contain_text("Nothing found for “<b>no such name</b>”")
    page.locator(".find-file").set_input_files(str(image.path))
    page.wait_for_function("window.__search.found?.blind", timeout=SLOW)
    rows = page.locator(".find-row")
    expect(rows).to_have_count(2)
    for row in (0, 1):
        first = rows.nth(row).locator("button").first
        expect(first).to_have_attribute("data-image", str(image.id))
        expect(first).to_contain_text("1.000")


def test_a_broken_picture_is_refused_in_words(
    page: Page, explorable: Server, tmp_path: Path
) -> None:
    explore(page, explorable)
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture at all")
    page.locator(".find-file").set_input_files(str(broken))
    page.wait_for_function("window.__search.state === 'problem'", timeout=SLOW)
    expect(page.locator(".find-strip .bad")).to_contain_text("broken.png: not an image")


def test_neighbours_are_those_of_both_spaces_and_one_can_walk_on(
    page: Page, explorable: Server, beside: Studio
) -> None:
    explore(page, explorable)
    spaces = VectorShelf(beside).get(ROLES)
    ids = spaces.image_ids
    image = int(ids[4])
    page.evaluate(
        f"""document.dispatchEvent(new CustomEvent('explore:image',
            {{ detail: {{ imageId: {image} }} }}))"""
    )
    page.wait_for_function(f"window.__neighbors.image === {image}")
    expect(page.get_by_role("tab", name="Neighbours")).to_have_attribute("aria-selected", "true")
    for role, vectors in (("blind", spaces.blind), ("reference", spaces.reference)):
        expected = nearest(vectors, vectors[4], 12, without=4)
        buttons = page.locator(f".near [data-role={role}] button")
        expect(buttons).to_have_count(12)
        shown = buttons.evaluate_all("(all) => all.map((one) => Number(one.dataset.image))")
        assert shown == [int(ids[one.row]) for one in expected]
        expect(buttons.first.locator("b")).to_have_text(f"{expected[0].cosine:.3f}")
    n_shared = page.evaluate("window.__neighbors.found.n_shared")
    expect(page.locator(".near [data-role=blind] [data-shared]")).to_have_count(n_shared)
    nearest_id = int(ids[nearest(spaces.reference, spaces.reference[4], 1, without=4)[0].row])
    page.locator(".near [data-role=reference] button").first.click()
    page.wait_for_function(f"window.__neighbors.image === {nearest_id}")
    page.locator(".near-k").select_option("6")
    expect(page.locator(".near [data-role=blind] button")).to_have_count(6)
    page.locator(".near-back").click()
    page.wait_for_function(f"window.__neighbors.image === {image}")


@pytest.mark.parametrize("width", [1440, 420])
def test_nothing_sticks_out_on_any_screen(page: Page, explorable: Server, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    pair = review(page, explorable)
    page.locator("button.why-open").click()
    wait_for_maps(page, f"pair={pair}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    explore(page, explorable)
    page.locator("button.why-open").click()
    page.locator(".find-text").fill("a boat")
    page.wait_for_function("window.__search.state === 'found'", timeout=SLOW)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
