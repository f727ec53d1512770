"""Times the Explore page with very many images: drawing, clicking, a lasso, panning, payload.

Run it from the project's root: python -m benchmarks.explore [--images 20000 100000] [--repeats 9].
It needs Chromium. The workspaces are synthetic (`benchmarks.synthetic_maps`) and deleted after.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import tempfile
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

from benchmarks.review_latency import ARGUMENTS, serving
from benchmarks.synthetic_maps import draw_workspace

N_PAIRS = 3000
READY = "window.__map && window.__map.done"
MARKED = "(window.__map.selected ?? window.__map.image)"  # a pair, or an image of several
WIDE: ViewportSize = {"width": 1440, "height": 900}
# The clocks run in the page, from the browser's own time of the event: driving it is not timed.
FROM_EVENT = """(what) => {
  window.__timed = new Promise((resolve) => {
    document.addEventListener(what.event, (event) => {
      const begun = event.timeStamp;
      const done = () => (what.done() ? requestAnimationFrame(() => setTimeout(
        () => resolve(performance.now() - begun))) : setTimeout(done));
      done();
    }, { capture: true, once: true });
  });
}"""
DRAWN = """() => new Promise((resolve) => {
  const done = () => (window.__map?.done
    ? requestAnimationFrame(() => resolve(performance.now())) : setTimeout(done));
  done();
})"""
ONE_FRAME = """async (steps) => {
  const panel = document.querySelector('.emap-panel[data-role=blind]');
  const times = [];
  panel.focus();
  for (let k = 0; k < steps; k++) {
    const key = k % 2 ? 'ArrowLeft' : 'ArrowRight';
    panel.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    times.push(window.__map.paintMs('blind'));
  }
  return times;
}"""


@dataclass(frozen=True)
class Timings:
    """Milliseconds of each repeat, and the payload's bytes as sent plain and compressed."""

    n_images: int
    milliseconds: dict[str, list[float]]
    payload: dict[str, int]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--images", type=int, nargs="+", default=[20_000, 100_000])
    parser.add_argument("--repeats", type=int, default=9)
    given = parser.parse_args()
    found = []
    for n_images in given.images:
        with tempfile.TemporaryDirectory() as folder:
            workspace = draw_workspace(Path(folder) / "w", n_images=n_images, n_pairs=N_PAIRS)
            with serving(workspace) as url:
                payload = payload_bytes(url)
                found.append(Timings(n_images, measure(url, given.repeats), payload))
    report(found)


def payload_bytes(url: str) -> dict[str, int]:
    """Bytes of the map's two answers, plain and gzip."""
    sizes = {}
    for name in ("map.json", "map.bin"):
        for coding in ("identity", "gzip"):
            request = urllib.request.Request(
                f"{url}/api/{name}", headers={"Accept-Encoding": coding}
            )
            with urllib.request.urlopen(request) as answer:
                sizes[f"{name}, {'gzip' if coding == 'gzip' else 'raw'}"] = len(answer.read())
    return sizes


def measure(url: str, repeats: int) -> dict[str, list[float]]:
    """Milliseconds of each repeat by what was timed."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=ARGUMENTS,
        )
        times: dict[str, list[float]] = {"navigation to drawn": []}
        for _ in range(max(3, repeats // 3)):
            page = browser.new_page(viewport=WIDE)
            page.goto(f"{url}/explore")
            times["navigation to drawn"].append(page.evaluate(DRAWN))
            page.close()
        page = browser.new_page(viewport=WIDE)
        page.goto(f"{url}/explore")
        page.wait_for_function(READY)
        times["click to panel updated"] = clicks(page, repeats)
        times["lasso to counts shown"] = lassos(page, repeats)
        times["one frame while panning"] = page.evaluate(ONE_FRAME, 4 * repeats)
        page.keyboard.press("Escape")
        times["one frame, nothing selected"] = page.evaluate(ONE_FRAME, 4 * repeats)
        browser.close()
    return times


def clicks(page: Page, repeats: int) -> list[float]:
    """From the release of the button to the clicked pair or image in the side panel."""
    meta = json.loads(page.evaluate("fetch('/api/map.json').then((r) => r.text())"))
    places = page.evaluate(
        "(ids) => ids.map((id) => window.__map.middle('reference', id))",
        meta["pairs"]["id"][:400:7],
    )
    inside = [spot for spot in places if 820 < spot["x"] < 1060 and 230 < spot["y"] < 640]
    found = []
    for spot in inside[:repeats]:
        page.mouse.move(10, 10)
        page.keyboard.press("Escape")  # what is marked already would be marked by the click too
        timed(page, "pointerup", f"{MARKED} !== before", MARKED)
        page.mouse.click(spot["x"], spot["y"])
        found.append(page.evaluate("window.__timed"))
    page.keyboard.press("Escape")
    return found


def lassos(page: Page, repeats: int) -> list[float]:
    """From the release of the button to the bar with the counts, both maps drawn anew."""
    page.keyboard.press("l")
    box = page.locator(".emap-panel[data-role=blind]").evaluate(
        "(panel) => panel.getBoundingClientRect().toJSON()"
    )
    found = []
    for k in range(repeats):
        left, top = box["x"] + 60 + 12 * k, box["y"] + 90 + 9 * k
        page.mouse.move(left, top)
        page.mouse.down()
        for x, y in ((220, 0), (260, 130), (120, 220), (-20, 120)):
            page.mouse.move(left + x, top + y, steps=12)
        timed(
            page,
            "pointerup",
            "document.querySelector('.emap-n')?.textContent && window.__map.picked.length > 0",
            # emptied: two lassos may hold as many images
            "document.querySelector('.emap-n')?.replaceChildren()",
        )
        page.mouse.up()
        found.append(page.evaluate("window.__timed"))
    return found


def timed(page: Page, event: str, done: str, before: str) -> None:
    page.evaluate(
        f"() => {{ const before = {before}; ({FROM_EVENT})"
        f"({{ event: '{event}', done: () => ({done}) }}); }}"
    )


def report(found: list[Timings]) -> None:
    """A table of medians and maxima, with the machine they were measured on."""
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, "
        f"{platform.system()}, Python {platform.python_version()}; headless Chromium without GPU, "
        f"{WIDE['width']} x {WIDE['height']}; {N_PAIRS:,} pairs; server on the same machine"
    )
    print("| | " + " | ".join(f"{one.n_images:,} images" for one in found) + " |")
    print("|---" * (len(found) + 1) + "|")
    for name in found[0].milliseconds:
        cells = (
            f"{statistics.median(times):.0f} ms (max {max(times):.0f}, n={len(times)})"
            for times in (one.milliseconds[name] for one in found)
        )
        print(f"| {name} | " + " | ".join(cells) + " |")
    for name in found[0].payload:
        print(
            f"| {name} | " + " | ".join(f"{one.payload[name] / 1e6:.2f} MB" for one in found) + " |"
        )


if __name__ == "__main__":
    main()
