"""Found patterns on the Guidelines page: put in order, taken over, taken back, looked for again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from annotator.found_patterns import Group, keep_found, kept_patterns, take_over
from annotator.settings import Settings
from annotator.studio import Studio
from db.ordering import written_pairs
from db.patterns import list_patterns
from tests.annotator.people import id_of, open_shared
from tests.annotator.test_found_patterns import found
from tests.browser.test_guidelines_problems import open_as, wait_for
from tests.serving import Server
from tests.verifying import PATTERN, complete_all

pytestmark = pytest.mark.browser


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Server]:
    """Five pairs with Ann's questions, and two patterns that were found in them."""
    with open_shared(tmp_path, n_pairs=5) as studio:
        complete_all(studio.database, id_of(studio, "Ann"))
        keep_found(studio, found(studio))
    started = Server(tmp_path / "workspace").start()
    yield started
    started.kill()


@pytest.fixture
def studio(shared: Server) -> Iterator[Studio]:
    with Studio.open(shared.workspace, Settings()) as opened:
        yield opened


def patterns(studio: Studio) -> list[str]:
    return sorted(one.pattern for one in written_pairs(studio.database))


def test_a_reviewer_puts_patterns_in_order_and_takes_them_over(
    page: Page, shared: Server, studio: Studio
) -> None:
    open_as(page, shared, "Rita", "/guidelines")
    wait_for(page, "__found?.done", "__patterns?.done")
    doors = page.locator(".fp-card[data-slug=doors]")
    expect(doors.locator(".fp-pairs li")).to_have_count(3)
    doors.locator(".fp-name").fill("Doors and gates")
    total = page.locator(".fp-sum")
    page.locator(".fp-only input").uncheck()
    expect(total).to_have_text("2 new patterns; tags 3 pairs")
    page.locator(".fp-sure input").fill("10")
    expect(total).to_have_text("2 new patterns; tags 4 pairs")
    windows = page.locator(".fp-card[data-slug=windows]")
    windows.locator("select").select_option(label="Doors and gates")
    expect(windows).to_have_class("fp-card joins")
    expect(doors.locator(".fp-n")).to_have_text("4 pairs")
    expect(total).to_have_text("1 new pattern; tags 4 pairs")
    page.get_by_role("button", name="Take over", exact=True).click()
    expect(page.locator(".fp-done")).to_contain_text("4 pairs tagged")
    assert patterns(studio) == ["doors-and-gates"] * 4 + [PATTERN]
    line = page.locator(".ps-list li[data-slug=doors-and-gates]")
    expect(line).to_contain_text("4 of them tagged")
    line.get_by_role("button", name="Take tags back").click()
    expect(line).to_contain_text("0 questions")
    assert patterns(studio) == [PATTERN] * 5


def test_who_wrote_the_question_sees_that_it_is_tagged(
    page: Page, shared: Server, studio: Studio
) -> None:
    kept = kept_patterns(studio)
    assert kept is not None
    doors, _ = kept.patterns
    pair_id = doors.members[0].pair_id
    groups = [Group(found=["doors"], name="Doors", definition="Where one goes in.")]
    take_over(
        studio,
        kept.patterns,
        groups,
        found_by="clusters of words",
        least=0.8,
        only_unlabelled=False,
    )
    open_as(page, shared, "Ann", f"/?pair={pair_id}")
    line = page.locator(".tagged")
    expect(line).to_have_text(
        "Tagged by clusters of words, 90 % sure. "
        "The question itself says Orientation and Direction."
    )
    expect(page.get_by_role("radio", name="Doors")).to_be_checked()
    page.get_by_role("radio", name="Orientation and Direction").press("Space")
    expect(line).to_be_hidden()
    page.get_by_role("radio", name="Doors").press("Space")
    expect(line).to_be_visible()


def test_a_refusal_is_shown_and_changes_nothing(page: Page, shared: Server, studio: Studio) -> None:
    open_as(page, shared, "Rita", "/guidelines")
    wait_for(page, "__found?.done")
    for slug in ("doors", "windows"):
        page.locator(f".fp-card[data-slug={slug}] .fp-name").fill("The same")
    page.get_by_role("button", name="Take over", exact=True).click()
    expect(page.locator(".fp-problem")).to_contain_text("has the name")
    assert list_patterns(studio.database) == []
    page.locator(".fp-card[data-slug=windows] .fp-take input").uncheck()
    page.get_by_role("button", name="Take over", exact=True).click()
    expect(page.locator(".fp-done")).to_be_visible()
    assert [one.fields.name for one in list_patterns(studio.database)][-1] == "The same"


def test_looking_again_replaces_what_was_found(page: Page, shared: Server) -> None:
    open_as(page, shared, "Rita", "/guidelines")
    wait_for(page, "__found?.done")
    drawn = page.evaluate("window.__found.drawn")
    page.get_by_role("button", name="Look by words").click()
    page.wait_for_function(f"window.__found.drawn > {drawn}", timeout=120_000)
    expect(page.locator(".fp-source")).to_contain_text("clusters of words")


def test_annotators_do_not_see_it(page: Page, shared: Server) -> None:
    open_as(page, shared, "Ann", "/guidelines")
    wait_for(page, "__found?.done")
    expect(page.locator(".fp")).to_be_hidden()
