"""A workspace whose every free text tries to be a script: on no page does anything of it run."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from annotator.accounts import create_account, create_token
from annotator.pages import PAGES
from annotator.settings import Settings
from annotator.studio import Studio
from db.accounts import get_account
from db.adjudication import adjudicate
from db.annotations import decide, save_draft, write_question
from db.blind_questions import ask
from db.images import list_images
from db.lifecycle import Decision, Ruling
from db.pairs import get_card, list_cards
from db.roles import Role
from db.selections import create_selection, set_filter
from db.verification import Given, answer
from tests.mapped_workspace import add_layout, seed_mapped
from tests.serving import Server
from tests.verifying import switch_on

pytestmark = pytest.mark.browser

# Each would run in another place: as an element, in an attribute, in a template, as an address.
SCRIPT = "window.__hacked=1"
NASTY = (
    f"<img src=x onerror={SCRIPT}>\"><svg onload={SCRIPT}>'-{SCRIPT}-'"
    f"${{{SCRIPT}}}{{{{{SCRIPT}}}}}</script><script>{SCRIPT}</script>"
)
NAME = f"<img src=x onerror={SCRIPT}>"
PASSWORD = "mean but long enough"
# What a page has once its data is there; a page that is not here is ready when it is loaded.
READY = {
    "/": "window.__ready",
    "/verify": "window.__verify && window.__verify.done",
    "/adjudicate": "window.__adjudicate && window.__adjudicate.done",
    "/progress": "window.__progress",
    "/explore": "window.__map && window.__map.done && window.__explore",
    "/export": "window.__export",
    "/account": "window.__account && window.__account.done",
    "/results": "window.__leaderboard && window.__leaderboard.done",
    "/people": "window.__people && window.__people.done",
}
# Collected in every document: what the policy had to stop was an injection as well.
WATCH = """
window.__stopped = [];
document.addEventListener('securitypolicyviolation', (e) =>
  window.__stopped.push([e.violatedDirective, e.blockedURI, e.sample, e.sourceFile].join(' ')));
"""


def make_nasty(studio: Studio) -> None:
    """Questions, options, notes, reasons, drafts, names of everything."""
    database = studio.database
    nasty, _ = create_account(studio, NAME, Role.admin, PASSWORD)
    other, _ = create_account(studio, f"{NAME} 2", Role.reviewer, PASSWORD)
    create_token(studio, nasty, NASTY[:60])
    cards = list_cards(database)
    for card in cards[:3]:
        decide(database, card.id, version=0, annotator_id=nasty, decision=Decision.accept)
        write_question(
            database,
            card.id,
            version=1,
            annotator_id=nasty,
            text=f"{NASTY} {card.id}?",
            option_a=f"a {NASTY}",
            option_b=f"b {NASTY}",
            answer_first="a",
            answer_second="b",
            pattern="state",
            note=NASTY,
        )
    reason = f"other: {NASTY}"
    decide(
        database,
        cards[3].id,
        version=0,
        annotator_id=nasty,
        decision=Decision.reject,
        reason=reason,
    )
    save_draft(database, cards[4].id, annotator_id=nasty, fields={"text": NASTY, "note": NASTY})
    switch_on(database, 1, 1)
    while question := ask(database, other).question:  # wrong, so that there is a dispute
        pair_id = int(question.text.split()[-1].rstrip("?"))
        card = get_card(database, pair_id)
        assert card is not None
        wrong = "b" if question.image.id == card.first.id else "a"
        given = Given.option_1 if question.options[0].startswith(wrong) else Given.option_2
        answer(database, annotator_id=other, token=question.token, given=given)
    card = get_card(database, cards[0].id)
    assert card is not None
    adjudicate(
        database,
        card.id,
        version=card.version,
        annotator_id=nasty,
        ruling=Ruling.send_back,
        reason=NASTY,
    )
    made = create_selection(database, NASTY[:70], annotator_id=nasty, pair_ids=[cards[5].id])
    set_filter(database, made.id, annotator_id=nasty)
    images = list_images(database)
    places = [[n / len(images), n % 3 / 3] for n in range(len(images))]
    import numpy as np

    add_layout(studio, images, np.array(places), np.array(places), name=NASTY[:60])


@pytest.fixture(scope="module")
def nasty_server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("nasty")
    workspace = seed_mapped(root, n_pairs=6)
    with Studio.open(workspace, Settings(annotator="Ann")) as studio:
        make_nasty(studio)
        assert get_account(studio.database, NAME).role is Role.admin
    started = Server(workspace).start()
    yield started
    started.kill()


@pytest.fixture
def inside(context: BrowserContext, page: Page, nasty_server: Server) -> Page:
    """Logged in as the admin with the nasty name."""
    context.add_init_script(WATCH)
    page.goto(f"{nasty_server.url}/login?next=/account")
    page.fill("#name", NAME)
    page.fill("#password", PASSWORD)
    page.click("button.go")
    page.wait_for_url(f"{nasty_server.url}/account**")
    return page


def require_clean(page: Page, where: str) -> None:
    """Nothing ran, nothing had to be stopped, and no text became an element."""
    assert page.evaluate("window.__hacked") is None, where
    assert page.evaluate("window.__stopped") == [], where
    made = "img[onerror], svg[onload], [onerror], [onload]"
    assert page.locator(made).count() == 0, where


def test_on_no_page(inside: Page, nasty_server: Server) -> None:
    for address in [page.href for page in PAGES]:
        inside.goto(f"{nasty_server.url}{address}")
        inside.wait_for_function(READY.get(address, "document.readyState === 'complete'"))
        require_clean(inside, address)
    for address in ("/password", "/api/docs", "/export", "/?pair=none"):
        inside.goto(f"{nasty_server.url}{address}")
        inside.wait_for_load_state("networkidle")
        require_clean(inside, address)


def test_on_no_pair(inside: Page, nasty_server: Server) -> None:
    for pair_id in range(1, 7):
        inside.goto(f"{nasty_server.url}/?pair={pair_id}")
        inside.wait_for_function("window.__ready && window.__viewer.shown")
        require_clean(inside, f"pair {pair_id}")


def test_in_no_panel_of_explore(inside: Page, nasty_server: Server) -> None:
    inside.goto(f"{nasty_server.url}/explore")
    inside.wait_for_function(READY["/explore"])
    inside.evaluate(
        "document.dispatchEvent(new CustomEvent('explore:image', { detail: { image_id: 1 } }))"
    )
    for view in ("histogram", "encoders", "maps"):
        inside.locator(f"button[data-view={view}]").click()
        require_clean(inside, view)
    inside.locator(".find-modes span", has_text="Name").click()
    inside.locator(".find-text").fill("onerror")
    inside.keyboard.press("Enter")
    inside.locator(".find-row button").first.wait_for()
    require_clean(inside, "search")


def test_the_policy_would_stop_what_got_through(inside: Page) -> None:
    """Text that did become elements: the attribute does not run, nor does a script."""
    inside.evaluate(
        f"""() => {{
          const box = document.createElement('div');
          box.innerHTML = '<img src=x onerror="{SCRIPT}">' +
            '<a id=way href="javascript:{SCRIPT}">x</a>';
          const script = document.createElement('script');
          script.textContent = '{SCRIPT}';
          document.body.append(box, script);
          document.getElementById('way').click();
        }}"""
    )
    inside.wait_for_function("window.__stopped.length >= 3")
    assert inside.evaluate("window.__hacked") is None
    away = inside.evaluate(
        """() => new Promise((resolve) => {
          const script = document.createElement('script');
          script.src = 'http://localhost:9/x.js';
          script.onerror = () => resolve('refused');
          script.onload = () => resolve('loaded');
          document.body.append(script);
        })"""
    )
    assert away == "refused"
    assert "localhost:9" in " ".join(inside.evaluate("window.__stopped"))
