"""A real server on a seeded workspace and a real headless Chromium."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from annotator.settings import Settings
from annotator.studio import Studio
from db.views import PairCard
from tests.browser.exploring import all_cards
from tests.mapped_workspace import open_mapped
from tests.seeding import seed
from tests.serving import Server

N_PAIRS = 60


def find_chromium() -> str:
    """The browser of this machine; a failure, not a skip, when there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    pytest.fail("browser tests need Chromium; install it or set MMVP_SKIP_BROWSER=1")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if os.environ.get("MMVP_SKIP_BROWSER") == "1":
        pytest.skip("MMVP_SKIP_BROWSER=1")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=find_chromium(), args=arguments)
        yield started
        started.close()


@pytest.fixture(scope="session")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("studio")
    seed(root, n_pairs=N_PAIRS)
    started = Server(root / "workspace").start()
    yield started
    started.kill()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport={"width": 1440, "height": 900})
    opened.set_default_timeout(10_000)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails its test on any JavaScript error."""
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    assert not errors, errors


@pytest.fixture(scope="session")
def studio(server: Server) -> Iterator[Studio]:
    """The server's workspace, opened beside it: what a test compares the page with."""
    with Studio.open(server.workspace, Settings(annotator="Ann")) as opened:
        yield opened


@pytest.fixture(scope="module")
def beside(mapped: Server) -> Iterator[Studio]:
    """The workspace of a module's own server with maps, which it calls `mapped`."""
    with open_mapped(mapped.workspace) as opened:
        yield opened


@pytest.fixture(scope="module")
def cards(beside: Studio) -> list[PairCard]:
    """The pairs of that workspace."""
    return all_cards(beside)
