"""A week of real grants, from the drop field to a figure found by its drawing, as a person does it.

Everything is real: `limn up` with its workers and the shipped encoder, Chromium, and the office's
own archive.
"""

import io
import re
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.conftest import REAL_DATA
from tests.ui.browser import CHROMIUM, FLAGS, PATIENCE_MS

pytestmark = pytest.mark.realdata

WEEK = REAL_DATA / "redbook/I20210316.tar"
"""Four grants: three screens of class 14, one fastener cap of class 12."""
SCREEN = "USD0913174-20210316"


def sheet_of(grant: str, n: int, folder: Path) -> Path:
    """One sheet of a grant as the office printed it."""
    with tarfile.open(WEEK) as week:
        packed = week.extractfile(f"I20210316/DESIGN/{grant}.ZIP")
        assert packed
        with zipfile.ZipFile(io.BytesIO(packed.read())) as unit:
            page = unit.read(f"{grant}/{grant}-D{n:05}.TIF")
    file = folder / "mine.tif"
    file.write_bytes(page)
    return file


def test_a_week_of_grants_is_dropped_and_a_figure_found_within_its_class(
    limn: Any, tmp_path: Path, wait_for: Callable[..., Any]
) -> None:
    limn.start("up", "--port", "0")
    wait_for(lambda: limn.services().get("provides"), timeout_s=180)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = chromium.new_page(base_url=f"http://127.0.0.1:{limn.services()['ui_port']}")
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        _drop(page)
        _find(page, sheet_of(SCREEN, 3, tmp_path))
        chromium.close()


def _drop(page: Page) -> None:
    page.goto("/uploads")
    page.get_by_label("Choose archives").set_input_files([WEEK])
    row = page.get_by_role("row").filter(has_text=WEEK.name)
    expect(row).to_contain_text("done")
    expect(row).to_contain_text("4 new")


def _find(page: Page, sheet: Path) -> None:
    page.get_by_role("link", name="Search").click()
    page.get_by_label("Locarno class").fill("Recording")
    page.get_by_role("option", name=re.compile(r"^14 \(3\)")).click()
    page.keyboard.press("Escape")
    expect(page.locator(".card")).to_have_count(3)
    page.get_by_label("Choose drawings").set_input_files(sheet)
    expect(page.locator(".card .score")).not_to_have_count(0)
    titles = page.locator(".card .title").all_inner_texts()
    assert titles[0] == "Display screen for automobile"
    assert "License plate fastener cap" not in titles
    expect(page.locator(".card .best-caption").first).to_contain_text("matched by drawing")
