"""Two people disagree and a reviewer rules; Agreement, Progress and Results beside the database."""

import csv
import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from annotator.agreement import agreement
from annotator.dashboards import dashboard
from annotator.settings import Settings
from annotator.studio import Studio
from db.lifecycle import PairState
from db.pairs import list_cards
from db.policy import Policy, set_policy
from db.raw_annotations import raw_rows
from tests.annotator.people import id_of, open_shared
from tests.browser.test_accounts import log_in
from tests.browser.test_review_keyboard import shown
from tests.browser.test_verify_adjudicate import answer_all, open_as, wait_open
from tests.disagreeing import TWELVE, say, say_all
from tests.serving import Server
from tests.verifying import complete_all, state_of, switch_on

pytestmark = pytest.mark.browser


@pytest.fixture
def shared(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Thirteen pairs for two people each; Ada and Rita have done twelve."""
    root = tmp_path_factory.mktemp("agreement")
    with open_shared(root, n_pairs=13) as studio:
        set_policy(studio.database, Policy(overlap=2))
        ids = [card.id for card in list_cards(studio.database)]
        people = (id_of(studio, "Ada"), id_of(studio, "Rita"))
        say_all(studio.database, ids[1:], people, TWELVE)
    started = Server(root / "workspace").start()
    yield started
    started.kill()


@pytest.fixture
def studio(shared: Server) -> Iterator[Studio]:
    with Studio.open(shared.workspace, Settings()) as opened:
        yield opened


def open_board(page: Page, server: Server, path: str, hook: str) -> None:
    page.goto(f"{server.url}{path}")
    page.wait_for_function(f"window.{hook} && window.{hook}.done")


def test_two_people_disagree_and_a_reviewer_rules(
    shared: Server, studio: Studio, browser: Browser, page: Page
) -> None:
    pair_id = list_cards(studio.database)[0].id
    say(studio.database, pair_id, id_of(studio, "Ada"), "color")
    assert state_of(studio.database, pair_id) == "partial"
    other = browser.new_context(viewport={"width": 1280, "height": 800})
    ann = other.new_page()
    ann.goto(f"{shared.url}/")
    log_in(ann, "Ann")
    ann.wait_for_function("window.__ready && window.__desk_open")
    assert shown(ann) == pair_id
    expect(ann.locator("#review")).not_to_contain_text("Which wall has the door?")
    ann.keyboard.press("r")
    with ann.expect_response(f"**/api/pairs/{pair_id}/decision") as answered:
        ann.keyboard.press("1")
    assert answered.value.ok
    other.close()
    assert state_of(studio.database, pair_id) == "disputed"

    open_as(page, shared, "Rita", f"/adjudicate?pair={pair_id}")
    wait_open(page, "__adjudicate", f"window.__adjudicate.pair === {pair_id}")
    desk = page.locator("#adjudicate-desk")
    expect(desk.locator(".opinions")).to_contain_text("Ada accepted")
    expect(desk.locator(".opinions")).to_contain_text("Ann rejected")
    page.keyboard.press("r")
    desk.locator("[name=reason]").fill("The images show the same wall.")
    page.keyboard.press("Control+Enter")
    wait_open(page, "__adjudicate", f"window.__adjudicate.pair !== {pair_id}")
    assert state_of(studio.database, pair_id) == "rejected"

    # the two still disagreed, whatever the ruling
    open_board(page, shared, "/agreement", "__agreement")
    found = agreement(studio)["decision"]
    assert (found["n_pairs"], found["raw"]["n"]) == (13, 9)
    expect(page.locator("[data-measure=decision] .raw")).to_contain_text("9 of 13 times")
    page.set_viewport_size({"width": 420, "height": 860})
    page.goto(f"{shared.url}/adjudicate")
    page.wait_for_function("window.__adjudicate && window.__adjudicate.open")
    bar = page.locator("#adjudicate-desk .actions")
    assert bar.evaluate("(bar) => bar.scrollWidth <= bar.clientWidth")
    for button in bar.locator("button").all():
        expect(button).to_be_in_viewport(ratio=1)


def test_the_agreement_page_says_what_the_database_says(
    shared: Server, studio: Studio, page: Page
) -> None:
    open_as(page, shared, "Rita", "/agreement")
    page.wait_for_function("window.__agreement && window.__agreement.done")
    found = agreement(studio)
    decision, pattern = found["decision"], found["pattern"]
    card = page.locator("[data-measure=decision]")
    expect(card.locator(".value")).to_have_text(f"{decision['alpha']['value']:.2f}")
    expect(card.locator(".total")).to_have_text("12 pairs, 2 people")
    expect(card.locator(".raw")).to_contain_text("75.0 % agreed outright, 9 of 12 times")
    other = page.locator("[data-measure=pattern]")
    expect(other.locator(".value")).to_be_hidden()
    expect(other.locator(".what")).to_contain_text("Too few pairs to say. 7 pairs so far")
    couple = page.locator(".couples tbody tr")
    expect(couple).to_have_count(1)
    kappa = decision["couples"][0]["kappa"]["value"]
    expect(couple.locator("td").nth(2)).to_have_text(f"{kappa:.2f}")
    expect(couple.locator("td").nth(5)).to_have_text("too few: 7 of 10")
    people = page.locator("#agreement .people tbody tr")
    expect(people).to_have_count(2)
    expect(people.first).to_contain_text("75.0 %")
    drawn = [
        [int(text or 0) for text in row.locator("td").all_inner_texts()]
        for row in page.locator(".heat tbody tr").all()
    ]
    assert drawn == pattern["confusion"]
    for width in (1440, 420):
        page.set_viewport_size({"width": width, "height": 860})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_progress_shows_pace_people_and_trouble(
    shared: Server, studio: Studio, browser: Browser, page: Page
) -> None:
    open_as(page, shared, "Rita", "/progress")
    page.wait_for_function("window.__work && window.__work.done === 1")
    found = dashboard(studio)
    facts = page.locator("#work-board .facts")
    pace = found["pace"]["last_days"]
    expect(facts.locator("[data-fact=decided]")).to_contain_text(
        f"{pace['decided']} pairs decided, {pace['completed']} completed"
    )
    for person in found["people"]:
        row = page.locator(f"#work-board tr[data-person={person['name']}]")
        expect(row.locator("td").nth(1)).to_have_text(str(person["share"]["n"]))
        expect(row.locator("td").nth(5)).to_contain_text(f"{person['accepted']['value']:.1%}"[:-1])
        expect(row.locator("circle")).to_have_count(len(person["over_time"]))
    for group in found["trouble"]["by_gap"] + found["trouble"]["by_pattern"]:
        line = page.locator(f"#work-board li[data-key='{group['key']}']")
        expect(line.locator(".n")).to_have_text(f"{group['n']} of {group['total']}")
    expect(page.locator(".trouble .total")).to_contain_text("3 disputed")
    expect(page.locator(".goal .forecast")).to_contain_text("Too little for a forecast")
    say(studio.database, list_cards(studio.database)[0].id, id_of(studio, "Ada"), "text")
    page.locator("#refresh").click()
    page.wait_for_function("window.__work && window.__work.done === 2")
    assert page.evaluate("window.__work.found.people[0].share.n") == 13
    mine = browser.new_context()
    ann = mine.new_page()
    open_as(ann, shared, "Ann", "/progress")
    ann.wait_for_function("window.__work && window.__work.done === 1")
    expect(ann.locator("#work-board .people")).to_be_hidden()  # Ann did nothing yet
    expect(ann.locator("#navigation a", has_text="Agreement")).to_be_hidden()
    mine.close()


def test_results_list_every_question_and_export_has_raw_annotations(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, page: Page
) -> None:
    root = tmp_path_factory.mktemp("questions")
    with open_shared(root, n_pairs=4) as studio:
        complete_all(studio.database, id_of(studio, "Ann"))
        switch_on(studio.database, 1, 1)
        answer_all(studio, "Ada")
        server = Server(root / "workspace").start()
        try:
            open_as(page, server, "Rita", "/verify?view=results")
            page.wait_for_function("window.__questions && window.__questions.done")
            rows = page.locator(".questions tbody tr")
            expect(rows).to_have_count(4)
            expect(rows.first).to_contain_text("Ada 2/2")
            page.locator(".questions th button[data-column=pair]").click()
            page.locator(".questions th button[data-column=pair]").click()
            expect(rows.first).to_have_attribute("data-pair", "4")
            page.locator(".questions [name=person]").select_option("Ada")
            page.wait_for_function("window.__questions.query.includes('Ada')")
            with page.expect_download() as waiting:
                page.locator(".questions .csv").click()
            with waiting.value.path().open(encoding="utf-8", newline="") as file:
                assert [row["n_right"] for row in csv.DictReader(file)] == ["2"] * 4
            open_board(page, server, "/export", "__export")
            with page.expect_download() as waiting:
                page.get_by_role("link", name="Download .json").click()
            kinds = [row["kind"] for row in json.loads(waiting.value.path().read_text())]
            assert kinds == [row["kind"] for row in raw_rows(studio.database)]
            assert len(kinds) == 4 + 8
        finally:
            server.kill()
        assert list_cards(studio.database, states={PairState.final})
