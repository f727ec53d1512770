"""The mixture lens shows what the database and the stored vectors say, by pointer and by key."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from annotator.mixtures import Mixtures
from annotator.payloads import Payload
from annotator.studio import Studio
from db.views import PairLink
from tests.browser.exploring import explore, hook
from tests.compared_workspace import ROLES, open_embedded
from tests.mapped_workspace import seed_mapped
from tests.mixable_workspace import BLIND_MIN, mined, seed_mixable
from tests.serving import Server

pytestmark = pytest.mark.browser
MINUS = "\N{MINUS SIGN}"


@pytest.fixture(scope="module")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("lens")
    started = Server(seed_mixable(root, n_pairs=26)).start()
    yield started
    started.kill()


@pytest.fixture(scope="module")
def beside(server: Server) -> Iterator[Studio]:
    with open_embedded(server.workspace) as studio:
        yield studio


@pytest.fixture(scope="module")
def links(beside: Studio) -> list[PairLink]:
    return mined(beside)


def open_lens(page: Page, server: Server, query: str = "") -> None:
    explore(page, server, query)
    page.get_by_role("tab", name="Mixture").click()
    page.wait_for_function("window.__mixture && window.__mixture.done")


def wait(page: Page, condition: str) -> None:
    page.wait_for_function(f"window.__mixture.{condition}")


def shown(page: Page) -> str:
    return page.locator(".mix-now b").inner_text().replace(MINUS, "-")


def payload(studio: Studio, blind_min: float | None = None) -> Payload:
    found = Mixtures(studio).resolved(ROLES, blind_min)
    assert isinstance(found, Payload)
    return found


def test_the_number_shown_is_that_of_the_database(
    page: Page, server: Server, links: list[PairLink]
) -> None:
    open_lens(page, server, f"?pair={links[2].id}")
    wait(page, f"pair === {links[2].id}")
    page.get_by_text("Concatenation", exact=True).click()
    slider = page.get_by_role("slider", name="Share of the reference encoder")
    for share in (0.0, 0.25, 0.62, 1.0):
        slider.fill(str(share))
        wait(page, f"share === {share}")
        straight = (1 - share) * links[2].blind_cosine + share * links[2].reference_cosine
        assert shown(page) == f"{straight:.3f}"
    marks = page.locator(".mix-marks")
    expect(marks).to_contain_text(f"blind {links[2].blind_cosine:.3f}")
    expect(marks).to_contain_text(f"{links[2].reference_cosine:.3f}".replace("-", MINUS))
    # the next pair by key, while the slider has the keyboard
    slider.focus()
    page.keyboard.press("n")
    wait(page, f"pair === {links[3].id}")
    assert shown(page) == f"{links[3].reference_cosine:.3f}"


def test_the_slider_moves_by_key_and_stands_in_the_address(
    page: Page, server: Server, beside: Studio, links: list[PairLink]
) -> None:
    curve = payload(beside).header["curves"]["addition"]["ranked"]
    open_lens(page, server, "?share=0.3")
    slider = page.get_by_role("slider", name="Share of the reference encoder")
    expect(slider).to_have_value("0.3")
    for _ in range(3):
        slider.press("ArrowRight")
    wait(page, "share === 0.33")
    n, total = curve["n_resolved"][33], len(links)
    expect(page.locator(".mix-count")).to_have_text(
        f"{n} of {total} pairs resolved, {100 * n / total:.1f} %"
    )
    expect(slider).to_have_attribute("aria-valuetext", "reference share 0.33, alpha 0.67")
    page.wait_for_function("location.search.includes('share=0.33')")
    # a press on the curve is a place on it
    box = page.locator(".mix-curve").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 292 / 300, box["y"] + box["height"] / 2)
    wait(page, "share === 1")
    assert page.evaluate("window.__mixture.nResolved") == curve["n_resolved"][100]


def test_a_pair_is_resolved_where_its_cosine_meets_the_limit(
    page: Page, server: Server, links: list[PairLink]
) -> None:
    open_lens(page, server, f"?pair={links[0].id}&share=0")
    wait(page, f"pair === {links[0].id}")
    chip = page.locator(".mix-now em")
    expect(chip).to_have_text("still merged")
    slider = page.get_by_role("slider", name="Share of the reference encoder")
    slider.fill("1")
    expect(chip).to_have_text("resolved")
    for share in (0.1, 0.2, 0.3, 0.5):
        slider.fill(str(share))
        wait(page, f"share === {share}")
        mixed, limit = (page.evaluate(f"window.__mixture.{name}") for name in ("mixed", "limit"))
        expect(chip).to_have_text("resolved" if mixed <= limit else "still merged")


def test_another_threshold_is_counted_anew(page: Page, server: Server, beside: Studio) -> None:
    open_lens(page, server, "?share=0.1")
    page.get_by_text("By threshold", exact=True).click()
    field = page.get_by_role("spinbutton", name="blind over")
    expect(field).to_have_value(str(BLIND_MIN))
    field.fill("0.9")
    field.press("Enter")
    wait(page, "blindMin === 0.9")
    wait(page, "limit === 0.9")
    curve = payload(beside, 0.9).header["curves"]["addition"]["fixed"]
    assert page.evaluate("window.__mixture.nResolved") == curve["n_resolved"][10]
    field.fill("7")
    field.press("Enter")
    expect(field).to_have_value("0.9")


def test_tethers_are_coloured_and_hidden_by_it(page: Page, server: Server, beside: Studio) -> None:
    header = payload(beside).header
    counts, total = header["curves"]["addition"]["ranked"]["n_resolved"], header["n_pairs"]
    at = next(k for k, n in enumerate(counts) if 0 < n < total)
    explore(page, server, f"?share={at / 100}")
    page.get_by_role("combobox", name="Colour by").select_option("resolved")
    legend = page.locator(".emap-legend")
    expect(legend).to_contain_text(re.compile(rf"still merged\s*{total - counts[at]}"))
    expect(legend).to_contain_text(re.compile(rf"resolved\s*{counts[at]}"))
    page.get_by_role("tab", name="Mixture").click()
    page.get_by_role("slider", name="Share of the reference encoder").fill("1")
    expect(legend).to_contain_text(re.compile(rf"resolved\s*{counts[100]}"))
    swatch = legend.get_by_role("button", name=re.compile("^resolved"))
    swatch.click()
    expect(swatch).to_have_attribute("aria-pressed", "false")
    assert hook(page, "colour") == "resolved"


def test_the_lens_can_colour_the_tethers_itself(page: Page, server: Server) -> None:
    open_lens(page, server)
    page.get_by_role("button", name="Colour the tethers by it").click()
    expect(page.locator(".emap-legend")).to_contain_text("still merged")
    expect(page.get_by_role("combobox", name="Colour by")).to_have_value("resolved")


def test_on_a_phone_nothing_is_wider_than_the_page(browser: Browser, server: Server) -> None:
    context = browser.new_context(viewport={"width": 420, "height": 900})
    page = context.new_page()
    open_lens(page, server)
    expect(page.locator(".mix-curve")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    assert page.locator("#emap-list-mixture").evaluate(
        "(one) => one.scrollWidth <= one.clientWidth"
    )
    context.close()


def test_without_vectors_it_says_what_to_run(browser: Browser, tmp_path: Path) -> None:
    started = Server(seed_mapped(tmp_path, n_pairs=3)).start()
    page = browser.new_page()
    try:
        open_lens(page, started)
        expect(page.locator(".mix-empty h3")).to_contain_text("no vector of the blind encoder")
        expect(page.locator(".mix-empty code")).to_contain_text("mmvp embed")
        page.get_by_role("combobox", name="Colour by").select_option("resolved")
        expect(page.locator(".emap-legend")).to_contain_text("mmvp embed")
    finally:
        page.close()
        started.kill()
