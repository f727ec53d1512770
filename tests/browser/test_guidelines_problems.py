"""Guidelines, custom patterns and problem reports in the browser, compared with the database."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from annotator.settings import Settings
from annotator.studio import Studio
from db.guidelines import list_versions
from db.pairs import get_card
from db.patterns import list_patterns
from db.problem_reports import count_open, open_reports, resolutions
from db.problem_tables import ProblemKind
from db.problems import report_problem
from tests.annotator.people import id_of, open_shared
from tests.browser.test_accounts import log_in
from tests.serving import Server
from tests.verifying import complete_all, switch_on

pytestmark = pytest.mark.browser
HOSTILE = """# Ours

<img src=x onerror="window.__hacked=1"><script>window.__hacked=1</script>

[click](javascript:window.__hacked=1) ![p](https://elsewhere.invalid/p.png) ![own](/thumbnails/1)

**Look twice.**
"""


@pytest.fixture(scope="module")
def shared(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Five pairs with Ann's questions."""
    root = tmp_path_factory.mktemp("guided")
    with open_shared(root, n_pairs=5) as studio:
        complete_all(studio.database, id_of(studio, "Ann"))
    started = Server(root / "workspace").start()
    yield started
    started.kill()


@pytest.fixture
def studio(shared: Server) -> Iterator[Studio]:
    with Studio.open(shared.workspace, Settings()) as opened:
        yield opened


def open_as(page: Page, server: Server, name: str, path: str) -> None:
    page.goto(f"{server.url}{path}")
    log_in(page, name)
    page.wait_for_url(f"{server.url}{path.partition('?')[0]}**")


def wait_for(page: Page, *hooks: str) -> None:
    page.wait_for_function(" && ".join(f"window.{hook}" for hook in hooks))


def test_an_admin_edits_and_everybody_reads_it_beside_the_pair(
    page: Page, context: BrowserContext, shared: Server, studio: Studio
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_as(page, shared, "Ada", "/guidelines")
    wait_for(page, "__guidelines?.done")
    page.locator("#guidelines-edit").click()
    page.locator(".gd-editor textarea").fill(HOSTILE)
    expect(page.locator(".gd-preview h1")).to_have_text("Ours")
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.locator(".gd-text")).to_contain_text("Look twice.")
    assert [(one.version, one.by) for one in list_versions(studio.database)] == [(1, "Ada")]
    expect(page.locator(".gd-text img[src='/thumbnails/1']")).to_be_visible()
    assert page.locator(".gd-text img[src*='elsewhere'], .gd-text script").count() == 0
    assert page.locator(".gd-text a[href]").count() == 0
    assert page.evaluate("window.__hacked") is None
    assert not [url for url in asked if "elsewhere" in url]
    page.locator("#guidelines-versions").click()
    page.locator("#gd-versions li[data-version='1'] button", has_text="What changed").click()
    expect(page.locator(".gd-diff ins").first).to_be_visible()
    page.goto(f"{shared.url}/?pair=1")
    wait_for(page, "__ready", "__guide?.done")
    page.locator("#pair-viewer .captions").click()
    page.keyboard.press("g")
    expect(page.locator("#guide .gl-text strong")).to_have_text("Look twice.")
    box, images = page.locator("#guide").bounding_box(), page.locator("#write-form").bounding_box()
    assert box is not None
    assert images is not None
    assert images["x"] + images["width"] <= box["x"], "the panel covers the form"
    page.locator("#guide .gl-mark input[name=why]").fill("One clear difference.")
    page.locator("#guide .gl-mark button").click()
    expect(page.locator("#guide .guide-example")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("#guide")).to_be_hidden()
    page.goto(f"{shared.url}/verify")
    wait_for(page, "__guide?.done", "__verify?.done")
    page.locator("#guidelines-open").click()
    expect(page.locator("#guide .gl-text h1")).to_have_text("Ours")
    assert page.locator("#guide img, #guide .guide-example").count() == 0


def test_a_pattern_is_added_merged_and_used(page: Page, shared: Server, studio: Studio) -> None:
    open_as(page, shared, "Rita", "/guidelines")
    wait_for(page, "__patterns?.done")
    for name in ("Reflections", "Shadows"):
        drawn = page.evaluate("window.__patterns.drawn")
        page.locator(".ps-add [name=name]").fill(name)
        page.locator(".ps-add [name=definition]").fill(f"{name} that one sees.")
        page.locator(".ps-add button").click()
        page.wait_for_function(f"window.__patterns.drawn > {drawn}")
    line = page.locator(".ps-list li[data-slug=orientation]")
    line.get_by_role("button", name="Merge…").click()
    line.locator("select").select_option("reflections")
    line.locator("form button").click()
    expect(page.locator("li[data-slug=orientation] .ps-status")).to_have_text(
        "merged into Reflections"
    )
    page.locator("li[data-slug=text]").get_by_role("button", name="Retire").click()
    expect(page.locator("li[data-slug=text] .ps-status")).to_have_text("retired")
    active = [one.fields.slug for one in list_patterns(studio.database) if one.is_active]
    assert active[-2:] == ["reflections", "shadows"]
    page.goto(f"{shared.url}/?pair=2")
    wait_for(page, "__ready")
    expect(page.locator("#write-form .pattern input")).to_have_count(len(active))
    expect(page.locator("#pattern-reflections")).to_be_checked()
    page.locator("#pattern-reflections").focus()
    assert len(active) > 8
    for digit in str(len(active)):
        page.keyboard.press(digit)
    expect(page.locator("#pattern-shadows")).to_be_checked()
    page.keyboard.press("Control+Enter")
    page.wait_for_function("new URLSearchParams(location.search).get('pair') !== '2'")
    card = get_card(studio.database, 2)
    assert card is not None
    assert card.annotation is not None
    assert card.annotation.question is not None
    assert card.annotation.question.pattern == "shadows"


def test_a_report_becomes_a_new_version(page: Page, shared: Server, studio: Studio) -> None:
    open_as(page, shared, "Rita", "/adjudicate?pair=3")
    wait_for(page, "__guide?.done", "__adjudicate?.done")
    page.locator("#report-problem").click()
    page.get_by_label("The key is wrong").check()
    page.locator("#problem-dialog textarea").fill("The door is on the <b>other</b> side.")
    page.locator("#problem-dialog .gl-send").click()
    expect(page.locator("a[href='/problems'] .waiting")).to_have_text("1")
    (told,) = open_reports(studio.database, pair_id=3)
    assert (told.by, told.seen_on, told.kind) == ("Rita", "adjudicate", ProblemKind.wrong_key)
    page.goto(f"{shared.url}/problems")
    card = page.locator("article[data-pair='3']")
    expect(card.locator(".pd-said")).to_have_text("The door is on the <b>other</b> side.")
    card.locator(".pd-fix").click()
    card.locator("[name=question]").fill("3: On which side of the big window is the door?")
    card.locator("[name=answer_first]").select_option("b")
    expect(card.locator(".pd-preview ins")).to_have_text("big ")
    card.locator("[name=reason]").fill("I measured it.")
    card.locator("button[type=submit]").click()
    done = page.locator(".pd-done").first
    expect(done.locator("ins")).to_have_text("big ")
    expect(done.locator(".pd-key.other")).to_be_visible()
    expect(page.locator("a[href='/problems'] .waiting")).to_have_count(0)
    (resolved,) = resolutions(studio.database)
    assert (resolved.reason, resolved.after["answer_first"]) == ("I measured it.", "b")
    stored = get_card(studio.database, 3)
    assert stored is not None
    assert stored.annotation is not None
    assert stored.annotation.question is not None
    assert stored.annotation.question.answer_first == "b"


def test_a_verifier_reports_without_seeing_the_key(
    page: Page, shared: Server, studio: Studio
) -> None:
    switch_on(studio.database, 1, 1)
    before = count_open(studio.database)
    open_as(page, shared, "Ada", "/verify")
    wait_for(page, "__guide?.done", "__verify?.token")
    page.locator("#report-problem").click()
    expect(page.get_by_label("The key is wrong")).to_have_count(0)
    page.get_by_label("Both options are right").check()
    page.locator("#problem-dialog textarea").fill("There are 2 doors.")
    page.locator("#problem-dialog textarea").press("Control+Enter")
    page.locator("#problem-dialog .gl-send").click()
    expect(page.locator(".gl-toast")).to_contain_text("Reported")
    assert count_open(studio.database) == before + 1
    assert open_reports(studio.database)[-1].side is not None
    report_problem(
        studio.database,
        4,
        annotator_id=id_of(studio, "Ann"),
        kind=ProblemKind.other,
        words="Just asking.",
    )
    page.goto(f"{shared.url}/problems")
    card = page.locator("article[data-pair='4']")
    card.locator("li", has_text="Just asking").locator(".pd-close").click()
    card.locator("[name=reason]").fill("It is fine.")
    card.locator(".pd-closing button").click()
    expect(page.locator(".pd-done", has_text="Just asking")).to_contain_text("no fault")
