"""Explore's colours, legends, morph, regions and views, and what is not there yet."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from annotator.pipeline.layouts import delete_version
from annotator.spaces import chosen_roles
from annotator.studio import Studio
from db.images import list_images
from db.views import PairCard
from embeddings.layouts import LayoutKind
from tests.browser.exploring import (
    all_cards,
    draw,
    explore,
    hook,
    layout_of,
    measures,
    say,
    wait,
)
from tests.mapped_workspace import (
    accept,
    add_layout,
    complete,
    newest_layout,
    open_mapped,
    seed_mapped,
)
from tests.serving import Server

pytestmark = pytest.mark.browser

N_PAIRS = 20
PLAIN = 255
MINUS = "\N{MINUS SIGN}"


@pytest.fixture(scope="module")
def mapped(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of our own: three pairs complete, of two patterns, one accepted, the rest open."""
    workspace = seed_mapped(tmp_path_factory.mktemp("looking"), n_pairs=N_PAIRS)
    with open_mapped(workspace) as studio:
        cards = all_cards(studio)
        complete(studio, cards[2], text="Where is the door?")
        complete(studio, cards[5], text="Is the door open?", pattern="state")
        complete(studio, cards[9], text="Where is the window?")
        accept(studio, cards[7])
    server = Server(workspace).start()
    yield server
    server.kill()


def colour_by(page: Page, value: str) -> None:
    page.locator(".emap-colour select").select_option(value)
    wait(page, f"colour === '{value}'")


def legend(page: Page) -> dict[str, str]:
    entries = page.locator(".emap-swatch")
    return {
        entry.evaluate("(node) => node.childNodes[1].textContent"): entry.locator(
            "small"
        ).inner_text()
        for entry in entries.all()
    }


def test_states_are_counted_hidden_and_shown_alone(
    page: Page, mapped: Server, cards: list[PairCard]
) -> None:
    explore(page, mapped)
    colour_by(page, "state")
    counted = Counter(card.state.value for card in cards)
    assert legend(page) == {state: str(n) for state, n in counted.items()}
    done = next(card for card in cards if card.state.value == "complete")
    open_card = next(card for card in cards if card.state.value == "unreviewed")
    complete_entry = page.locator(".emap-swatch", has_text="complete")
    complete_entry.click()
    expect(complete_entry).to_have_attribute("aria-pressed", "false")
    assert hook(page, f"colourOf({done.first.id})") == PLAIN
    assert hook(page, f"colourOf({open_card.first.id})") != PLAIN
    complete_entry.click()
    assert hook(page, f"colourOf({done.first.id})") != PLAIN
    complete_entry.dblclick()
    assert hook(page, f"colourOf({done.first.id})") != PLAIN
    assert hook(page, f"colourOf({open_card.first.id})") == PLAIN
    # alone already: all of them again
    complete_entry.press("Shift+Enter")
    assert hook(page, f"colourOf({open_card.first.id})") != PLAIN


def test_patterns_are_coloured_and_counted_inside_a_selection(page: Page, mapped: Server) -> None:
    explore(page, mapped)
    colour_by(page, "pattern")
    shown = legend(page)
    assert shown.pop("none yet") == str(N_PAIRS - 3)
    assert sorted(shown.values()) == ["1", "2"]
    page.keyboard.press("b")
    draw(page, "blind", [(0.01, 0.1), (0.98, 0.99)])
    wait(page, "picked.length > 0")
    counts = dict(text.split(" / ") for text in legend(page).values())
    assert sum(int(n) for n in counts) <= N_PAIRS


def test_metadata_columns_have_colours_and_numbers(
    page: Page, mapped: Server, beside: Studio
) -> None:
    """As the layouts' route will serve them: a code per image and column."""
    ids = [image.id for image in list_images(beside.database)]
    codes = np.array([k % 3 if k else 254 for k in range(len(ids))], "<u1")

    def described(route: Route) -> None:
        answer = route.fetch()
        meta = answer.json()
        at = sum(array["length"] * np.dtype(array["dtype"]).itemsize for array in meta["arrays"])
        meta["arrays"].append(
            {"name": "field:camera", "dtype": "uint8", "offset": at, "length": len(ids)}
        )
        values = [{"name": f"<b>{k}", "count": int((codes == k).sum())} for k in range(3)]
        meta["fields"] = [{"name": "camera", "values": values}]
        route.fulfill(json=meta)

    def coordinates(route: Route) -> None:
        answer = route.fetch(headers={**route.request.headers, "accept-encoding": "identity"})
        headers = {"x-map-digest": answer.headers["x-map-digest"]}
        route.fulfill(body=answer.body() + codes.tobytes(), headers=headers)

    page.route("**/api/map.json*", described)
    page.route("**/api/map.bin*", coordinates)
    explore(page, mapped)
    colour_by(page, "field:camera")
    assert legend(page) == {
        **{f"<b>{k}": str((codes == k).sum()) for k in range(3)},
        "other": "1",
    }
    assert hook(page, f"colourOf({ids[4]})") == codes[4]


def test_a_measure_is_fetched_when_it_is_chosen(page: Page, mapped: Server, beside: Studio) -> None:
    ids = [image.id for image in list_images(beside.database)]
    values = np.linspace(-0.2, 0.9, len(ids))
    header, content = measures(ids, collapse=values.tolist(), overlap=[0.5] * len(ids))
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        if "measures.json" in route.request.url:
            route.fulfill(json=header)
        else:
            route.fulfill(body=content)

    page.route("**/api/compare/measures.*", answer)
    explore(page, mapped)
    assert not asked
    colour_by(page, "collapse")
    wait(page, "measure('collapse')")
    assert hook(page, "measure('collapse')") == pytest.approx(values.tolist(), abs=1e-4)
    ramp = page.locator(".emap-ramp")
    expect(ramp).to_contain_text("Collapse")
    low, high = np.sort(values)[[round(0.02 * (len(ids) - 1)), round(0.98 * (len(ids) - 1))]]
    expect(ramp).to_contain_text(f"{low:.3f}".replace("-", MINUS))
    expect(ramp).to_contain_text(f"{high:.3f}")
    steps = [hook(page, f"colourOf({image_id})") for image_id in ids]
    assert steps == sorted(steps)
    assert len(set(steps)) > 10
    colour_by(page, "overlap")
    expect(ramp).to_contain_text("0.500")
    assert len(asked) == 2


JOB = {
    "id": "j3",
    "kind": "compare",
    "title": "Compare the two spaces",
    "state": "running",
    "step": "",
    "done": 0,
    "total": 0,
    "message": "",
}


def test_what_is_not_computed_says_so_and_can_be_started(page: Page, mapped: Server) -> None:
    problem = {"problem": "The two spaces have not been compared.", "command": "mmvp compare"}
    page.route("**/api/compare/measures.json*", lambda route: route.fulfill(json=problem))
    sent: list[Any] = []

    def start(route: Route) -> None:
        if route.request.method == "POST":
            sent.append(json.loads(route.request.post_data or ""))
            route.fulfill(json=JOB)
        else:
            route.fulfill(json=[])

    page.route("**/api/jobs", start)
    page.route(f"**/api/jobs/{JOB['id']}", lambda route: route.fulfill(json=JOB))
    explore(page, mapped)
    page.evaluate(
        "document.addEventListener('explore:job', ({ detail }) => (window.__job = detail.job))"
    )
    colour_by(page, "novelty")
    missing = page.locator(".emap-legend .emap-missing")
    expect(missing).to_contain_text("have not been compared")
    expect(missing.locator("code")).to_have_text("mmvp compare")
    missing.get_by_role("button", name="Compute now").click()
    expect(missing.locator("[role=status]")).to_contain_text("Started")
    assert sent == [{"kind": "compare", "options": {}}]
    assert page.evaluate("window.__job.id") == JOB["id"]
    # a server that cannot start it says that, and the command stays
    page.unroute("**/api/jobs")
    page.route("**/api/jobs", lambda route: route.fulfill(status=404, json={}))
    colour_by(page, "collapse")
    missing.get_by_role("button", name="Compute now").click()
    expect(missing.locator("[role=status]")).to_contain_text("use the command")


@pytest.fixture
def separate(beside: Studio) -> Iterator[int]:
    """The maps of the studio once more, as two layouts that were made without each other."""
    shown = newest_layout(beside)
    images = list_images(beside.database)
    number = add_layout(beside, images, shown.blind, shown.reference, kind=LayoutKind.umap)
    yield number
    delete_version(beside, chosen_roles(beside), str(number))


def test_the_morph_ends_where_the_reference_map_is(
    page: Page, mapped: Server, beside: Studio, separate: int
) -> None:
    explore(page, mapped, f"?layout={separate}")
    ids = sorted(layout_of(beside, "blind"))
    where = {role: {k: hook(page, f"position('{role}', {k})") for k in ids} for role in ROLES}
    slider = page.locator(".emap-morph input")
    slider.fill("50")
    wait(page, "morph === 0.5")
    for k in ids[::5]:
        middle = (np.array(where["blind"][k]) + np.array(where["reference"][k])) / 2
        assert hook(page, f"position('blind', {k})") == pytest.approx(middle.tolist(), abs=1e-6)
    expect(page.locator(".emap-morph-note")).to_be_visible()
    slider.fill("100")
    wait(page, "morph === 1")
    assert {k: hook(page, f"position('blind', {k})") for k in ids} == where["reference"]
    # the whole left map now shows what the right one shows, and can be picked from there
    left = [hook(page, f"at('blind', {k})") for k in ids[:4]]
    right = [hook(page, f"at('reference', {k})") for k in ids[:4]]
    shift = [a["x"] - b["x"] for a, b in zip(left, right, strict=True)]
    assert shift == pytest.approx([shift[0]] * 4, abs=0.5)
    page.mouse.move(left[1]["x"], left[1]["y"])
    wait(page, f"hovered === {ids[1]}")
    slider.fill("0")
    wait(page, "morph === 0")
    assert {k: hook(page, f"position('blind', {k})") for k in ids} == where["blind"]
    expect(page.locator(".emap-morph-note")).to_be_hidden()


ROLES = ("blind", "reference")


def test_playing_goes_there_and_back_but_not_where_motion_is_unwanted(
    page: Page, mapped: Server
) -> None:
    explore(page, mapped)
    play = page.get_by_role("button", name="Play the morph")
    play.click()
    wait(page, "morph > 0.9")
    wait(page, "playing === false && window.__map.morph === 0")
    page.emulate_media(reduced_motion="reduce")
    play.click()
    assert hook(page, "morph") == 1
    assert hook(page, "playing") is False
    play.click()
    assert hook(page, "morph") == 0


def test_aligned_layouts_need_no_warning(page: Page, mapped: Server) -> None:
    explore(page, mapped)
    page.locator(".emap-morph input").fill("70")
    wait(page, "morph === 0.7")
    expect(page.locator(".emap-morph-note")).to_be_hidden()


def test_a_region_is_lit_and_flown_to(page: Page, mapped: Server, cards: list[PairCard]) -> None:
    regions = [
        {
            "rank": rank,
            "image_ids": ids[:12],
            "all_ids": ids,
            "n_images": len(ids),
            "collapse": 0.5 - rank / 10,
            "overlap": 0.1,
            "mean_blind_cosine": 0.97,
            "mean_reference_cosine": 0.41,
        }
        for rank, ids in enumerate(
            ([cards[3].first.id, cards[3].second.id], [cards[8].first.id]), start=1
        )
    ]
    page.route("**/api/compare/regions*", lambda route: route.fulfill(json=regions))
    explore(page, mapped)
    page.get_by_role("tab", name="Widest gaps").focus()
    page.keyboard.press("ArrowRight")
    rows = page.locator(".emap-regions li")
    expect(rows).to_have_count(2)
    expect(page.locator(".emap-list")).to_be_hidden()
    expect(rows.first).to_contain_text("Region 1")
    expect(rows.first).to_contain_text("0.970")
    expect(rows.first.locator("img")).to_have_count(2)
    rows.first.locator("button").click()
    wait(page, "source === 'region'")
    assert set(hook(page, "picked")) == set(regions[0]["all_ids"])
    expect(page.locator(".emap-source")).to_have_text("Region 1")
    wait(page, "zoom('blind') > 3 && !window.__map.flying")
    expect(rows.first.locator("button")).to_have_attribute("aria-current", "")


def test_regions_that_are_not_known_say_what_to_run(page: Page, mapped: Server) -> None:
    page.route("**/api/compare/regions*", lambda route: route.fulfill(status=404, json={}))
    explore(page, mapped)
    page.get_by_role("tab", name="Regions").click()
    expect(page.locator("#emap-list-regions code")).to_have_text("mmvp compare")


def test_two_images_from_elsewhere_are_shown_with_their_cosines(
    page: Page, mapped: Server, cards: list[PairCard]
) -> None:
    page.route(
        "**/api/images/cosines*",
        lambda route: route.fulfill(json={"blind": 0.81, "reference": -0.25}),
    )
    explore(page, mapped)
    two = [cards[0].first.id, cards[6].second.id]
    say(page, "pick", {"first": two[0], "second": two[1]})
    wait(page, "two")
    assert hook(page, "two") == two
    side = page.locator(".emap-detail")
    expect(side.locator(".emap-scale .blind dd")).to_have_text("0.810")
    expect(side.locator(".emap-scale .reference dd")).to_have_text(f"{MINUS}0.250")
    expect(side.locator(".emap-scale .gap dd")).to_have_text("1.060")
    # two that are a candidate pair are shown as that
    say(page, "pick", {"first": cards[4].second.id, "second": cards[4].first.id})
    wait(page, f"selected === {cards[4].id}")
    say(page, "pair", {"pairId": cards[1].id})
    wait(page, f"selected === {cards[1].id}")
    expect(page.get_by_role("link", name="Review this pair")).to_have_attribute(
        "href", f"/?pair={cards[1].id}"
    )


def test_an_image_that_is_picked_is_announced_and_stands_in_the_address(
    page: Page, mapped: Server, cards: list[PairCard]
) -> None:
    explore(page, mapped)
    page.evaluate(
        "document.addEventListener('explore:image', ({ detail }) => (window.__image = detail))"
    )
    spot = hook(page, f"at('reference', {cards[9].first.id})")
    page.mouse.click(spot["x"], spot["y"])
    page.wait_for_function(f"window.__image?.imageId === {cards[9].first.id}")
    assert f"image={cards[9].first.id}" in page.url


def test_views_are_switched_and_stand_in_the_address(page: Page, mapped: Server) -> None:
    explore(page, mapped, "?view=histogram")
    section = page.locator(".explore-view[data-view=maps]")
    expect(section).to_be_hidden()
    page.get_by_role("tab", name="Joint histogram").press("ArrowLeft")
    expect(section).to_be_visible()
    assert "view=" not in page.url
    wait(page, "paintMs('blind') > 0")
    say(page, "view", {"view": "encoders"})
    expect(section).to_be_hidden()
    expect(page.get_by_role("tab", name="Encoders")).to_have_attribute("aria-selected", "true")
    assert "view=encoders" in page.url


def test_choosing_encoders_opens_their_maps(page: Page, mapped: Server) -> None:
    encoders = [{"slug": s, "spec": f"hf:{s}", "name": s.upper()} for s in ("a", "b", "c")]

    def described(route: Route) -> None:
        meta = route.fetch(url=f"{mapped.url}/api/map.json").json()
        meta["encoders"] = encoders
        for role, one in zip(ROLES, encoders, strict=False):
            meta["spaces"][role] = one
        route.fulfill(json=meta)

    def drawn(route: Route) -> None:
        route.fulfill(response=route.fetch(url=f"{mapped.url}/api/map.bin"))

    page.route("**/api/map.json*", described)
    page.route("**/api/map.bin*", drawn)
    explore(page, mapped, "?pair=3&layout=old")
    blind = page.get_by_role("combobox", name="Blind encoder")
    expect(blind).to_have_value("a")
    blind.select_option("c")
    page.wait_for_url(f"{mapped.url}/explore?blind=c&reference=b")
    page.wait_for_function("window.__map && window.__map.done")
    # the one that is the reference already: they change places
    blind.select_option("b")
    page.wait_for_url(f"{mapped.url}/explore?blind=b&reference=a")


def test_new_layouts_are_taken_up_in_place(
    page: Page, mapped: Server, beside: Studio, cards: list[PairCard]
) -> None:
    explore(page, mapped, f"?pair={cards[3].id}")
    page.evaluate("window.__same = true")
    ids = [cards[0].first.id, cards[1].first.id]
    say(page, "images", {"imageIds": ids, "source": "search", "label": "two"})
    images = list_images(beside.database)
    old = layout_of(beside, "blind")
    moved = np.array([-old[image.id] for image in images], np.float32)
    other = layout_of(beside, "reference")
    kept = np.array([other[image.id] for image in images], np.float32)
    number = add_layout(beside, images, moved, kept)
    try:
        say(page, "reload", {})
        x, y = -old[ids[0]]
        page.wait_for_function(
            f"Math.hypot(window.__map.position('blind', {ids[0]})[0] - {x}, "
            f"window.__map.position('blind', {ids[0]})[1] - {y}) < 1e-3"
        )
    finally:
        delete_version(beside, chosen_roles(beside), str(number))
    assert set(hook(page, "picked")) == set(ids)
    assert hook(page, "selected") == cards[3].id
    assert page.evaluate("window.__same")


def test_without_pairs_the_maps_are_shown_and_say_so(page: Page, mapped: Server) -> None:
    def described(route: Route) -> None:
        meta = route.fetch().json()
        none: dict[str, list[int]] = {name: [] for name in meta["pairs"]}
        route.fulfill(json={**meta, "pairs": none, "n_pairs": 0, "n_pairs_on_map": 0})

    page.route("**/api/map.json*", described)
    explore(page, mapped)
    expect(page.locator(".emap-detail")).to_contain_text("mmvp mine")
    expect(page.locator(".emap-counts")).to_contain_text("no candidate pairs yet")
    page.keyboard.press("b")
    draw(page, "blind", [(0.05, 0.15), (0.95, 0.95)])
    wait(page, "picked.length > 0")
    expect(page.get_by_role("button", name="Only these…")).to_be_disabled()
    expect(page.locator(".emap-n-pairs")).to_have_text("0pairs")
