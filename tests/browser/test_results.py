"""The Results page beside the numbers: graders, choices, failures, grades by hand, files."""

import csv
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from annotator.encoder_scores import encoder_board
from annotator.leaderboard import leaderboard
from annotator.results import Results
from annotator.settings import Settings
from annotator.studio import Studio
from evaluation.items import Item
from tests.annotator.people import id_of, open_shared
from tests.annotator.test_encoder_scores import keep_encoders
from tests.answering import ask_all_pairs, keep_answers, reword, right, skilled, wrong
from tests.browser.test_verify_adjudicate import open_as
from tests.seeding import NASTY
from tests.serving import Server

pytestmark = pytest.mark.browser
N_PAIRS = 18
READY = "window.__leaderboard?.done && window.__gallery?.done"


def shy(item: Item) -> str:
    """Right, in bare letters, but about the second pair."""
    return NASTY if (item.pair_id, item.side) == (2, "first") else right(item)


@pytest.fixture(scope="module")
def shared(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Three models and another with a nasty name; then a question is reworded."""
    root = tmp_path_factory.mktemp("results")
    with open_shared(root, n_pairs=N_PAIRS) as studio:
        ann = id_of(studio, "Ann")
        ask_all_pairs(studio, ann)
        keep_answers(studio, "shy", shy)
        keep_answers(studio, "chatty", skilled(0.7, 3), label="letters X and Y")
        keep_answers(studio, "contrary", wrong)
        keep_answers(studio, "nasty", wrong, model=NASTY, label=NASTY)
        keep_encoders(studio)
        reword(studio, 1, ann, "Another question?")
    started = Server(root / "workspace").start()
    yield started
    started.kill()


@pytest.fixture
def studio(shared: Server) -> Iterator[Studio]:
    with Studio.open(shared.workspace, Settings()) as opened:
        yield opened


def open_results(page: Page, server: Server) -> None:
    open_as(page, server, "Rita", "/results")
    page.wait_for_function(READY)


def percent(value: float) -> str:
    return "100 %" if value == 1 else f"{100 * value:.1f} %"


def test_the_page_says_what_the_answers_say(shared: Server, studio: Studio, page: Page) -> None:
    open_results(page, shared)
    results = studio.shared(Results)
    for name in ("strict", "cambrian"):
        if name != "strict":
            page.locator("[name=grader]").select_option(name)
            page.wait_for_function(f"window.__leaderboard.grader === '{name}' && {READY}")
        found = leaderboard(results, name)
        for run in found["runs"]:
            row = page.locator(f".standing li[data-run={run['run']}]")
            pair = run["scores"]["pair"]
            expect(row.locator(".value b")).to_have_text(percent(pair["value"]))
            expect(row.locator(".value small")).to_contain_text(f"{pair['n']} of {pair['total']}")
            single = percent(run["scores"]["single"]["value"])
            expect(row.locator(".facts")).to_contain_text(f"single {single}")
            expect(row.locator(".facts")).to_contain_text("1 pair asked in other words")
    expect(page.locator(".standing .published")).to_have_count(len(found["published"]))
    expect(page.locator(".scale")).to_contain_text("humans 95.7 %")
    versions = page.locator(".versions tr[data-run=contrary] td")
    expect(versions.nth(1)).to_have_text(f"0.0 % n = {N_PAIRS}")
    expect(versions.nth(2)).to_have_text(f"0.0 % n = {N_PAIRS - 1}")
    page.locator("[name=grader]").select_option("strict")
    page.wait_for_function(f"window.__leaderboard.grader === 'strict' && {READY}")
    dots = page.locator(".patterns li[data-pattern=color] .lane b")
    expect(dots).to_have_count(3)  # the best three are chosen at first
    page.locator(".standing li[data-run=chatty] input").uncheck()
    expect(dots).to_have_count(2)
    page.locator(".versus [name=first]").select_option("shy")
    with page.expect_response("**/api/results/compare**"):
        page.locator(".versus [name=second]").select_option("contrary")
    expect(page.locator(".difference[data-count=pair] b").first).to_have_text("+94.1 points")
    assert page.evaluate("window.__hacked") is None
    for width in (1440, 420):
        page.set_viewport_size({"width": width, "height": 860})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_failures_are_filtered_and_graded_by_hand(
    shared: Server, studio: Studio, page: Page
) -> None:
    open_results(page, shared)
    form = page.locator(".gallery form")
    form.locator("[name=failing]").select_option("changed")
    pairs = page.locator(".pairs > li")
    expect(pairs).to_have_count(1)
    expect(pairs.locator(".asked").first).to_contain_text("asked: Where is door 0?")
    form.locator("[name=failing]").select_option("ungradable")
    card = page.locator(".pairs > li[data-pair='2']")
    cell = card.locator("tr[data-run=shy] td[data-side=first]")
    expect(cell).to_contain_text(NASTY)
    expect(cell).to_contain_text("nobody can tell")
    expect(card.locator("tr[data-run=shy] .mark")).to_have_attribute("data-right", "false")
    expect(card.get_by_role("link", name="Pair 2")).to_have_attribute("href", "/adjudicate?pair=2")
    cell.get_by_role("button", name="(a) Left").click()
    expect(cell).to_contain_text("by hand: (a), Rita")
    expect(card.locator("tr[data-run=shy] .mark")).to_have_attribute("data-right", "true")
    standing = page.locator(".standing li[data-run=shy]")
    expect(standing.locator(".value b")).to_have_text("100 %")
    expect(standing.locator(".facts")).to_contain_text("1 graded by hand")
    scores = leaderboard(studio.shared(Results))["runs"][0]["scores"]
    assert (scores["pair"]["value"], scores["ungradable"]["n"]) == (1.0, 0)
    cell.get_by_role("button", name="Take back").click()
    expect(cell).to_contain_text("nobody can tell")
    form.locator("[name=failing]").select_option("every")
    expect(pairs).to_have_count(12)
    page.get_by_role("button", name="Show more").click()
    expect(pairs).to_have_count(N_PAIRS)
    assert page.evaluate("window.__hacked") is None


def test_tables_and_figures_are_saved(shared: Server, page: Page) -> None:
    open_results(page, shared)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="CSV").click()
    with waiting.value.path().open(encoding="utf-8", newline="") as file:
        assert {"shy", "contrary", "GPT-4V"} < {row["model"] for row in csv.DictReader(file)}
    for kind in ("leaderboard", "radar"):
        page.locator("[name=figure]").select_option(kind)
        with page.expect_download() as waiting:
            page.get_by_role("button", name="SVG").click()
        assert waiting.value.suggested_filename == f"mmvp-{kind}.svg"
        drawn = waiting.value.path().read_text(encoding="utf-8")
        assert "shy" in drawn
        assert "<img" not in drawn
    assert page.evaluate("window.__hacked") is None


def test_encoders_stand_beside_the_models(shared: Server, studio: Studio, page: Page) -> None:
    open_results(page, shared)
    page.wait_for_function("window.__encoders?.done")
    found = encoder_board(studio.shared(Results), "strict")
    own = page.locator(".heat tr.own")
    expect(own).to_have_count(2)
    best = found["encoders"][0]
    cells = own.first.locator("td").all_inner_texts()
    used = [one["slug"] for one in found["patterns"] if one["slug"] in best["by_pattern"]]
    assert cells[:-1] == [f"{100 * best['by_pattern'][slug]['value']:.1f}" for slug in used]
    expect(own.first).to_contain_text("1 pair new or reworded since")
    expect(page.locator(".heat tr.published")).to_have_count(10)
    page.locator("[name=paper]").uncheck()
    expect(page.locator(".heat tr.published")).to_have_count(0)
    other = found["encoders"][1]["spec"]
    page.locator("[name=encoder]").select_option(other)
    for one in found["correlations"]:
        if one["vlm"] == other and one["pearson"] and one["mllm"] in ("shy", "chatty"):
            said = f"{one['pearson']['value']:.2f}".replace("-", "\N{MINUS SIGN}")
            expect(page.locator(".together li", has_text=one["mllm"])).to_contain_text(
                f"r = {said}"
            )
    with page.expect_download() as saved:
        page.locator("[name=figure]").select_option("correlation")
        page.locator("[data-save=html]").click()
    assert saved.value.suggested_filename == "mmvp-correlation.html"
