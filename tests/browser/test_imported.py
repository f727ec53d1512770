"""An imported benchmark in the browser: its pair is found by row, reported, and put right."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from annotator.exchange import Choice, export_benchmark
from annotator.settings import Settings
from annotator.studio import Studio
from evaluation.errata import ERRATA_TEXT
from tests.annotator.people import open_shared
from tests.browser.test_guidelines_problems import open_as, wait_for
from tests.importable import mmvp_folder
from tests.serving import Server

pytestmark = pytest.mark.browser


def test_a_reader_reports_a_row_and_a_reviewer_puts_it_right(
    page: Page, browser: Browser, tmp_path: Path
) -> None:
    open_shared(tmp_path, n_pairs=3).close()
    mmvp_folder(tmp_path / "files" / "MMVP", n_pairs=60, swapped=[50])
    shutil.make_archive(str(tmp_path / "MMVP"), "zip", tmp_path / "files")
    server = Server(tmp_path / "workspace").start()
    try:
        admin = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        open_as(admin, server, "Ada", "/imported")
        admin.locator(".bring [name=file]").set_input_files(tmp_path / "MMVP.zip")
        admin.get_by_role("button", name="Import").click()
        expect(admin.locator(".bring .told")).to_contain_text("MMVP: 60 pairs, 60 questions")
        admin.context.close()
        open_as(page, server, "Ann", "/imported")
        expect(page.locator(".bring")).to_be_hidden()
        wait_for(page, "__imported?.listed === 'MMVP'")
        expect(page.locator(".list tbody tr")).to_have_count(60)
        page.get_by_label("Row of its table").fill("121")
        page.get_by_role("button", name="Open the pair").click()
        expect(page.locator(".problem")).to_have_text("There is no row 121 of MMVP.")
        page.get_by_label("Row of its table").fill("99")
        page.get_by_label("Row of its table").press("Enter")
        page.wait_for_url("**/?pair=50")
        wait_for(page, "__ready", "__guide?.done")
        expect(page.locator("#pair-name")).to_have_text("Pair 50 · MMVP rows 99, 100")
        expect(page.locator("#ruler")).to_contain_text("cosines not known")
        page.locator("#report-problem").click()
        page.get_by_label("The key is wrong").check()
        page.locator("#problem-dialog textarea").fill("Both are the other way round.")
        page.locator("#problem-dialog .gl-send").click()
        expect(page.locator(".gl-toast")).to_contain_text("Reported")
        other = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        open_as(other, server, "Rita", "/problems")
        card = other.locator("article[data-pair='50']")
        card.locator(".pd-fix").click()
        expect(card.locator("[name=pattern]")).to_have_value("unlabelled")
        card.locator("[name=answer_first]").select_option("a")
        card.locator("[name=reason]").fill("I looked twice.")
        card.locator("button[type=submit]").click()
        expect(other.locator(".pd-done").first).to_contain_text("I looked twice.")
        other.context.close()
    finally:
        server.kill()
    with Studio.open(tmp_path / "workspace", Settings()) as studio:
        export_benchmark(studio, "mmvp", tmp_path / "out", choice=Choice("MMVP"))
    errata = (tmp_path / "out" / ERRATA_TEXT).read_text(encoding="utf-8")
    assert "Pair 50 (rows 99 and 100)" in errata
    assert "I looked twice." in errata
    rows = (tmp_path / "out" / "Questions.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[-2] for line in rows[99:101]] == ["(a)", "(b)"]
