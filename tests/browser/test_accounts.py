"""Logging in, People and Account in the browser; and free text that tries to be a script."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from annotator.accounts import create_account, create_token
from annotator.pages import PAGES
from annotator.settings import Settings
from annotator.studio import Studio
from db.accounts import get_account, list_accounts
from db.annotations import decide, write_question
from db.lifecycle import Decision
from db.pairs import list_cards
from db.roles import Role
from db.tokens import list_tokens
from tests.annotator.people import PASSWORDS, id_of, open_shared
from tests.seeding import NASTY
from tests.serving import Server

pytestmark = pytest.mark.browser
NASTY_PASSWORD = "mean but long enough"
# What a page has done once its data is there.
READY = {
    "/progress": "window.__progress",
    "/export": "window.__export",
    "/account": "window.__account && window.__account.done",
    "/people": "window.__people && window.__people.done",
    "/?pair=1": "window.__ready",
}


@pytest.fixture(scope="module")
def shared(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with accounts, one of them with a script for a name."""
    root = tmp_path_factory.mktemp("shared")
    with open_shared(root, n_pairs=4) as studio:
        create_account(studio, NASTY, Role.admin, NASTY_PASSWORD)
        nasty = id_of(studio, NASTY)
        create_token(studio, nasty, NASTY)
        pair = list_cards(studio.database)[0]
        decide(studio.database, pair.id, version=0, annotator_id=nasty, decision=Decision.accept)
        write_question(
            studio.database,
            pair.id,
            version=1,
            annotator_id=nasty,
            text=f"{NASTY}?",
            option_a=NASTY,
            option_b=f"not {NASTY}",
            answer_first="a",
            answer_second="b",
            pattern="state",
            note=NASTY,
        )
    started = Server(root / "workspace").start()
    yield started
    started.kill()


@pytest.fixture
def studio(shared: Server) -> Iterator[Studio]:
    with Studio.open(shared.workspace, Settings()) as opened:
        yield opened


def log_in(page: Page, name: str, password: str | None = None) -> None:
    """Fills the form that is open."""
    page.fill("#name", name)
    page.fill("#password", password or PASSWORDS[name])
    page.click("button.go")


def test_the_login_leads_to_the_deep_link(shared: Server, page: Page) -> None:
    page.goto(f"{shared.url}/?pair=3")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    log_in(page, "Ann", "not her password")
    expect(page.get_by_role("alert")).to_have_text("Name or password is wrong.")
    expect(page.locator("#name")).to_have_value("Ann")
    expect(page.locator("#password")).to_be_focused()
    page.fill("#password", PASSWORDS["Ann"])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{shared.url}/?pair=3")
    expect(page.locator("#navigation .me .name")).to_have_text("Ann")
    expect(page.locator("#annotator-name")).to_be_hidden()
    expect(page.locator("#navigation a", has_text="Export")).to_be_hidden()
    page.locator("#navigation .me summary").click()
    expect(page.locator("#navigation .menu a", has_text="People")).to_be_hidden()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url(f"{shared.url}/login")
    page.goto(f"{shared.url}/progress")
    page.wait_for_url(f"{shared.url}/login?next=%2Fprogress")


def test_an_ended_session_is_said_and_leads_back(
    shared: Server, context: BrowserContext, page: Page, studio: Studio
) -> None:
    page.goto(f"{shared.url}/login?next=/account")
    log_in(page, "Rita")
    page.wait_for_function("window.__account && window.__account.done")
    admin = create_token(studio, id_of(studio, NASTY), "ends sessions").secret
    ended = context.request.post(
        f"{shared.url}/api/people/{id_of(studio, 'Rita')}/logout",
        headers={"Authorization": f"Bearer {admin}"},
    )
    assert ended.status == 200
    page.fill("#account-board input", "nightly")
    page.click("#account-board button.primary")
    back = page.locator("#navigation .ended a")
    expect(back).to_be_visible()
    back.click()
    log_in(page, "Rita")
    page.wait_for_url(f"{shared.url}/account")


def test_an_admin_adds_changes_and_disables(
    shared: Server, browser: Browser, page: Page, studio: Studio
) -> None:
    page.goto(f"{shared.url}/people")
    log_in(page, "Ada")
    page.wait_for_function("window.__people && window.__people.done")
    page.fill("#people-board .add input", "Bob")
    page.click("#people-board .add button")
    page.wait_for_function("window.__people.changes === 1")
    password = page.locator("#people-board .handover code").inner_text()
    row = page.locator("#people-board li[data-name='Bob']")
    expect(row.locator(".state")).to_have_text("one-time password")
    row.locator("select").select_option("reviewer")
    page.wait_for_function("window.__people.changes === 2")
    assert get_account(studio.database, "Bob").role is Role.reviewer

    other = browser.new_context().new_page()
    other.goto(f"{shared.url}/export")
    log_in(other, "Bob", password)
    expect(other.get_by_role("heading", name="Choose a password")).to_be_visible()
    for field, text in (
        ("current", password),
        ("new", "bobs own words"),
        ("again", "bobs own words"),
    ):
        other.fill(f"#{field}", text)
    other.click("button.go")
    other.wait_for_url(f"{shared.url}/export")
    expect(other.locator("#navigation .me .name")).to_have_text("Bob")

    disable = row.get_by_role("button", name="Disable")
    disable.click()
    row.get_by_role("button", name="Shut out?").click()
    page.wait_for_function("window.__people.changes === 3")
    expect(row.locator(".state")).to_have_text("disabled")
    other.goto(f"{shared.url}/progress")
    expect(other.get_by_role("heading", name="Log in")).to_be_visible()
    other.context.close()

    only_admin = page.locator("#people-board li[data-name='Ada'] select")
    only_admin.select_option("annotator")  # not the last one here: the nasty one is an admin too
    page.wait_for_function("window.__people.changes === 4")
    assert get_account(studio.database, "Ada").role is Role.annotator
    page.goto(f"{shared.url}/people")
    expect(page.get_by_role("heading", name="Not open to you")).to_be_visible()


def test_a_token_is_made_shown_once_and_revoked(
    shared: Server, context: BrowserContext, page: Page, studio: Studio
) -> None:
    page.goto(f"{shared.url}/account")
    log_in(page, "Ann")
    page.wait_for_function("window.__account && window.__account.done")
    page.fill("#account-board input", "nightly")
    page.click("#account-board button.primary")
    page.wait_for_function("window.__account.changes === 1")
    secret = page.locator("#account-board .fresh code").inner_text()
    script = {"Authorization": f"Bearer {secret}"}
    context.clear_cookies()
    assert context.request.get(f"{shared.url}/api/me", headers=script).json()["name"] == "Ann"
    page.goto(f"{shared.url}/account")
    log_in(page, "Ann")
    page.wait_for_function("window.__account && window.__account.done")
    assert secret not in page.content()
    page.get_by_role("button", name="Revoke nightly").click()
    page.wait_for_function("window.__account.changes === 1")
    assert list_tokens(studio.database, id_of(studio, "Ann"))[0].revoked_at is not None
    assert context.request.get(f"{shared.url}/api/me", headers=script).status == 401


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 420])
def test_no_text_becomes_a_script_on_any_page(
    shared: Server, page: Page, width: int, theme: str
) -> None:
    """As the person with the nasty name: names, tokens, questions, notes, captions, file names."""
    page.set_viewport_size({"width": width, "height": 800})
    ran: list[str] = []
    page.add_init_script(
        "Object.defineProperty(window, '__hacked', { set() { console.log('hacked'); } })"
    )
    page.on("console", lambda message: ran.append(page.url) if message.text == "hacked" else None)
    page.goto(f"{shared.url}/login?next=/account&x={NASTY}")
    log_in(page, NASTY, "wrong, and nasty")
    expect(page.locator("#name")).to_have_value(NASTY)
    log_in(page, NASTY, NASTY_PASSWORD)
    page.wait_for_url(f"{shared.url}/account")
    addresses = [one.href for one in PAGES] + ["/?pair=1", "/password", "/api/docs"]
    for address in addresses:
        page.goto(f"{shared.url}{address}{'&' if '?' in address else '?'}__theme={theme}")
        page.wait_for_load_state("load")
        if address not in {"/password", "/api/docs"}:
            expect(page.locator("#navigation .me .name")).to_have_text(NASTY)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, address
        if ready := READY.get(address):
            page.wait_for_function(ready)
        assert page.locator("img[onerror]").count() == 0, address
    assert not ran


def test_everybody_is_listed_as_text(shared: Server, page: Page, studio: Studio) -> None:
    page.goto(f"{shared.url}/people")
    log_in(page, NASTY, NASTY_PASSWORD)
    page.wait_for_function("window.__people && window.__people.done")
    shown = page.locator("#people-board li .who b").evaluate_all(
        "all => all.map((one) => one.firstChild.textContent)"
    )
    assert sorted(shown) == sorted(person.name for person in list_accounts(studio.database))
    assert page.evaluate("window.__hacked") is None
