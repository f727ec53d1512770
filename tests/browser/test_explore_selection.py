"""Lasso and box: what is picked out is what numpy finds in the layout, on both maps at once."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from annotator.studio import Studio
from db.selections import delete_selection, list_selections, picked_images, selected_pairs
from db.views import PairCard
from tests.browser.exploring import (
    draw,
    explore,
    hook,
    inside,
    layout_of,
    measures,
    pairs_of,
    say,
    wait,
)
from tests.mapped_workspace import seed_mapped
from tests.serving import Server

pytestmark = pytest.mark.browser

N_PAIRS = 40
SHAPE = [(0.2, 0.2), (0.75, 0.25), (0.9, 0.6), (0.5, 0.85), (0.35, 0.5), (0.2, 0.7), (0.2, 0.2)]


@pytest.fixture(scope="module")
def mapped(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(seed_mapped(tmp_path_factory.mktemp("selecting"), n_pairs=N_PAIRS)).start()
    yield server
    server.kill()


def picked(page: Page) -> set[int]:
    return set(hook(page, "picked"))


@pytest.mark.parametrize("role", ["blind", "reference"])
def test_a_lasso_picks_out_what_numpy_finds_inside_it(
    page: Page, mapped: Server, beside: Studio, cards: list[PairCard], role: str
) -> None:
    explore(page, mapped)
    page.keyboard.press("l")
    draw(page, role, SHAPE)
    wait(page, "picked.length > 0")
    expected = inside(layout_of(beside, role), hook(page, "drawn"))
    assert picked(page) == expected
    assert 5 < len(expected) < 2 * N_PAIRS - 5
    touching, within = pairs_of(cards, expected)
    assert touching != within
    assert set(hook(page, "pairIds('touching')")) == touching
    assert set(hook(page, "pairIds('inside')")) == within
    bar = page.locator(".emap-picked")
    expect(bar.locator(".emap-n")).to_have_text(f"{len(expected)} images")
    expect(bar.locator(".emap-n-pairs b")).to_have_text(str(len(touching)))
    bar.get_by_role("button", name="inside").click()
    expect(bar.locator(".emap-n-pairs b")).to_have_text(str(len(within)))
    live = page.locator(".emap-live")
    expect(live).to_contain_text(f"{len(touching)} pairs touch them, {len(within)} lie wholly")


def test_boxes_replace_add_and_take_away(page: Page, mapped: Server, beside: Studio) -> None:
    explore(page, mapped)
    places = layout_of(beside, "reference")
    page.keyboard.press("b")
    draw(page, "reference", [(0.1, 0.1), (0.5, 0.6)])
    wait(page, "picked.length > 0")
    first = inside(places, hook(page, "drawn"))
    assert picked(page) == first
    draw(page, "reference", [(0.4, 0.4), (0.8, 0.9)], modifier="Shift")
    both = first | inside(places, hook(page, "drawn"))
    assert picked(page) == both
    assert both > first
    draw(page, "reference", [(0.3, 0.3), (0.7, 0.7)], modifier="Alt")
    left = both - inside(places, hook(page, "drawn"))
    assert picked(page) == left
    assert left < both
    draw(page, "reference", [(0.6, 0.3), (0.9, 0.7)])
    assert picked(page) == inside(places, hook(page, "drawn"))


def test_what_is_picked_out_is_lit_on_the_other_map_and_the_rest_is_grey(
    page: Page, mapped: Server, beside: Studio
) -> None:
    explore(page, mapped)
    page.keyboard.press("Escape")
    page.keyboard.press("l")
    draw(page, "blind", SHAPE)
    wait(page, "picked.length > 0")
    page.mouse.move(5, 5)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    ids = sorted(layout_of(beside, "reference"))
    strength = page.evaluate(
        """(ids) => {
            const canvas = document.querySelector('[data-role=reference] .emap-points');
            const { data } = canvas.getContext('2d')
                .getImageData(0, 0, canvas.width, canvas.height);
            const corner = canvas.getBoundingClientRect();
            const ratio = canvas.width / corner.width;
            const from = (x, y) => {
                const at = 4 * (Math.round(y) * canvas.width + Math.round(x));
                return Math.hypot(...[0, 1, 2].map((band) => data[at + band] - data[band]));
            };
            return ids.map((id) => {
                const { x, y } = window.__map.at('reference', id);
                return from((x - corner.x) * ratio, (y - corner.y) * ratio);
            });
        }""",
        ids,
    )
    lit = [shade for image_id, shade in zip(ids, strength, strict=True) if image_id in picked(page)]
    grey = [s for image_id, s in zip(ids, strength, strict=True) if image_id not in picked(page)]
    assert min(lit) > 100
    assert sorted(grey)[len(grey) // 2] < 60
    assert hook(page, f"faded({(set(ids) - picked(page)).pop()})")


def test_escape_leaves_a_lasso_half_drawn_and_then_clears(page: Page, mapped: Server) -> None:
    explore(page, mapped)
    page.keyboard.press("l")
    draw(page, "blind", SHAPE)
    wait(page, "picked.length > 0")
    before = picked(page)
    box = page.locator(".emap-panel[data-role=blind]").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 50, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 250, box["y"] + 200, steps=4)
    wait(page, "drawing")
    page.keyboard.press("Escape")
    wait(page, "drawing === false")
    page.mouse.up()
    assert picked(page) == before
    page.keyboard.press("Escape")
    wait(page, "picked.length === 0")
    assert hook(page, "selected") is not None
    page.keyboard.press("Escape")
    wait(page, "selected === null")


def test_without_a_mouse_what_is_in_view_is_picked_out_and_reviewed(
    page: Page, mapped: Server, beside: Studio, cards: list[PairCard]
) -> None:
    explore(page, mapped)
    page.locator(".emap-panel[data-role=reference]").focus()
    for key in ("+", "+", "+", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
    page.keyboard.press("i")
    wait(page, "picked.length > 0")
    corners = page.evaluate(
        """() => {
            const panel = document.querySelector('.emap-panel[data-role=reference]');
            const { left, top } = panel.getBoundingClientRect();
            const [x, y] = [left + panel.clientLeft, top + panel.clientTop];
            const [right, bottom] = [x + panel.clientWidth, y + panel.clientHeight];
            return [[x, y], [right, y], [right, bottom], [x, bottom]]
                .map((spot) => window.__map.inLayout('reference', ...spot));
        }"""
    )
    expected = inside(layout_of(beside, "reference"), corners)
    assert picked(page) == expected
    only = page.get_by_role("button", name="Only these…")
    for _ in range(12):
        page.keyboard.press("Tab")
        if only.evaluate("(button) => button === document.activeElement"):
            break
    page.keyboard.press("Enter")
    field = page.locator(".emap-name")
    expect(field).to_be_focused()
    page.keyboard.type("Corner & <b>")
    page.keyboard.press("Enter")
    link = page.locator(".emap-picked a")
    touching, _ = pairs_of(cards, expected)
    expect(link).to_have_text(f"Review them ({len(touching)})")
    expect(link).to_be_focused()
    (kept,) = list_selections(beside.database, annotator_id=1)
    assert (kept.name, kept.n_pairs) == ("Corner & <b>", len(touching))
    assert {pair for pair, *_ in selected_pairs(beside.database, kept.id)} == touching
    assert set(picked_images(beside.database, kept.id)) == expected
    page.keyboard.press("Enter")
    page.wait_for_url(f"{mapped.url}/**")
    expect(page.locator("#only-these")).to_contain_text(
        f"Only these: Corner & <b> ({len(touching)} left)"
    )
    shown = page.evaluate("fetch('/api/review').then((answer) => answer.json())")
    assert {shown["pair"]["id"], *(pair["id"] for pair in shown["upcoming"])} <= touching
    delete_selection(beside.database, kept.id, annotator_id=1)  # other tests want the whole queue


def test_a_refusal_is_shown_at_the_bar_and_the_name_stays(page: Page, mapped: Server) -> None:
    page.route(
        "**/api/selections",
        lambda route: route.fulfill(status=400, json={"message": "There is one of that name."}),
    )
    explore(page, mapped)
    page.keyboard.press("b")
    draw(page, "blind", [(0.1, 0.1), (0.6, 0.6)])
    page.get_by_role("button", name="Only these…").click()
    page.locator(".emap-name").fill("Doors")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="Doors")).to_have_text(
        "“Doors” was not saved: There is one of that name."
    )
    expect(page.locator(".emap-name")).to_have_value("Doors")
    expect(page.locator(".emap-name")).to_be_enabled()


def test_what_another_widget_found_is_lit_with_its_label(
    page: Page, mapped: Server, cards: list[PairCard]
) -> None:
    explore(page, mapped)
    page.evaluate(
        "document.addEventListener('explore:images', ({ detail }) => (window.__heard = detail))"
    )
    ids = [cards[0].first.id, cards[4].second.id, 999_999]
    say(page, "images", {"imageIds": ids, "source": "search", "label": "a red door"})
    wait(page, "picked.length === 2")
    assert picked(page) == set(ids[:2])
    expect(page.locator(".emap-source")).to_have_text("a red door")
    assert page.evaluate("window.__heard.imageIds.length") == 3
    page.get_by_role("button", name="Clear", exact=True).click()
    wait(page, "picked.length === 0")
    # whoever lit them up learns that they are not any longer
    assert page.evaluate("window.__heard") == {"imageIds": [], "source": "", "label": ""}
    say(page, "images", {"imageIds": ids, "source": "search", "label": "a red door"})
    say(page, "images", {"imageIds": [], "source": "search", "label": ""})
    wait(page, "picked.length === 0")


def test_the_means_of_a_selection_are_those_of_its_images(
    page: Page, mapped: Server, beside: Studio
) -> None:
    ids = sorted(layout_of(beside, "blind"))
    overlap = {image_id: k / len(ids) for k, image_id in enumerate(ids)}
    collapse = {image_id: 1 - k / len(ids) for k, image_id in enumerate(ids)}
    # the last image has not been measured
    known = ids[:-1]
    header, content = measures(
        known, overlap=[overlap[k] for k in known], collapse=[collapse[k] for k in known]
    )
    page.route("**/api/compare/measures.json*", lambda route: route.fulfill(json=header))
    page.route("**/api/compare/measures.bin*", lambda route: route.fulfill(body=content))
    explore(page, mapped)
    page.keyboard.press("b")
    draw(page, "reference", [(0.05, 0.15), (0.95, 0.95)])
    wait(page, "picked.length > 0")
    chosen = picked(page) & set(known)
    facts = page.locator(".emap-fact[title^=Mean]")
    expect(facts).to_have_count(2)
    for fact, value in zip(facts.all(), (overlap, collapse), strict=True):
        mean = sum(value[image_id] for image_id in chosen) / len(chosen)
        assert float(fact.locator("b").inner_text()) == pytest.approx(mean, abs=6e-4)
