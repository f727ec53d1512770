"""Times the review page: from a key press to the next pair with both of its images decoded.

Run it from the project's root: python -m benchmarks.review_latency WORKSPACE [--rounds 10].
With --accounts it adds an account to that copy and logs in, as on a shared server.
It needs Chromium, and decides in a copy of the workspace's database: the workspace stays as it is.
A round presses S (skip, the next pair), A (accept, the form opens) and J (the next pair).
"""

import argparse
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

START_SECONDS = 60
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
NAME, PASSWORD = "Stopwatch", "timed with a stopwatch"
READY = "window.__ready && window.__desk_open && window.__viewer.shown"
NEXT_PAIR = "window.__viewer.shown !== before"  # set once both images are decoded and in place
FORM_OPEN = "document.activeElement.id === 'question'"
ROUND = (
    ("S", "next pair", NEXT_PAIR),
    ("A", "form open", FORM_OPEN),
    ("J", "next pair", NEXT_PAIR),
)
# The clock runs in the page, from its keydown event: driving the browser is no part of the figure.
STOPWATCH = """() => {
  const before = window.__viewer.shown;
  window.__timed = new Promise((resolve) => {
    const pressed = (event) => {
      const done = () => (%s ? resolve(performance.now() - event.timeStamp) : setTimeout(done));
      done();
    };
    document.addEventListener('keydown', pressed, { capture: true, once: true });
  });
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("workspace", type=Path, help="one with 30 open pairs, such as the demo's")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--accounts", action="store_true", help="log in first")
    given = parser.parse_args()
    with serving(given.workspace.resolve(), accounts=given.accounts) as url:
        times = measure(url, given.rounds, accounts=given.accounts)
    for (key, what), found in times.items():
        middle, most = statistics.median(found), max(found)
        print(f"{key} to {what}: median {middle:.0f} ms, max {most:.0f} ms, n={len(found)}")


@contextmanager
def serving(workspace: Path, *, accounts: bool = False) -> Iterator[str]:
    """`mmvp serve` on the workspace's images and a copy of its database, with an account or not."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "mmvp.db"
        original = sqlite3.connect(f"{(workspace / 'mmvp.db').as_uri()}?mode=ro", uri=True)
        with closing(original), closing(sqlite3.connect(copy)) as target:
            original.backup(target)
        options = ["--workspace", str(workspace), "--database-url", f"sqlite:///{copy}"]
        mmvp = [sys.executable, "-m", "annotator.cli"]
        if accounts:
            add = [*mmvp, "user", "add", NAME, "--role", "admin", "--password-stdin", *options]
            subprocess.run(add, input=PASSWORD, text=True, check=True, stdout=subprocess.DEVNULL)
        command = [*mmvp, "serve", *options, "--port", str(port)]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(url, server)
            yield url
        finally:
            server.terminate()
            server.wait()


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    """Returns when the server answers; ends the program if it does not."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/healthz", timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    sys.exit("The server did not start: is this a workspace that `mmvp serve` can open?")


def measure(url: str, rounds: int, *, accounts: bool) -> dict[tuple[str, str], list[float]]:
    """Milliseconds of each press, by key and by what it is timed to."""
    times: dict[tuple[str, str], list[float]] = {(key, what): [] for key, what, _ in ROUND}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=ARGUMENTS,
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(url)
        if accounts:
            page.fill("#name", NAME)
            page.fill("#password", PASSWORD)
            page.click("button[type=submit]")
        for _ in range(rounds):
            for key, what, done in ROUND:
                times[key, what].append(press(page, key, done))
        browser.close()
    return times


def press(page: Page, key: str, done: str) -> float:
    page.wait_for_function(READY)
    page.evaluate("document.activeElement.blur()")
    page.evaluate(STOPWATCH % done)
    page.keyboard.press(key.lower())
    milliseconds: float = page.evaluate("window.__timed")
    return milliseconds


if __name__ == "__main__":
    main()
