"""Letters of other scripts on a printed page, read back from it."""

import shutil
from pathlib import Path

import pypdfium2
import pytest
from fontTools.subset import Subsetter
from fontTools.ttLib import TTFont

from search import certificate_fonts
from search.certificate_fonts import find_installed_fonts
from search.certificate_page import Page

CHAIR = "\u6905"


@pytest.fixture
def foreign_font(tmp_path: Path) -> Path:
    """A font of one letter that the own fonts lack, and none of theirs."""
    with TTFont(certificate_fonts._FALLBACK) as font:
        subsetter = Subsetter()
        subsetter.populate(unicodes=[ord("\u0531")])
        subsetter.subset(font)
        for table in font["cmap"].tables:
            table.cmap = {ord(CHAIR): name for name in table.cmap.values()}
        font.save(tmp_path / "foreign.ttf")
    return tmp_path / "foreign.ttf"


def read_back(lines: list[str], font: Path) -> list[str]:
    page = Page([font])
    page.add_page()
    for line in lines:
        page.say(line, 12, width=60)
    written = bytes(page.output())
    page.close_fonts()
    with pypdfium2.PdfDocument(written) as document:
        text: str = document[0].get_textpage().get_text_range()
    return text.split("\r\n")


@pytest.mark.parametrize("foreign", [CHAIR, f"Chair {CHAIR}", f"{CHAIR} chair"])
def test_line_after_one_in_another_script_is_written(foreign_font: Path, foreign: str) -> None:
    lines = [foreign, "Stool", "[U+1234]"]
    assert read_back(lines, foreign_font) == lines


def test_fonts_of_the_machine_are_found_by_name(tmp_path: Path) -> None:
    assert find_installed_fonts([tmp_path, tmp_path / "none"]) == ()
    places = [tmp_path / at for at in ("droid/DroidSansFallbackFull.ttf", "NanumGothic.ttf")]
    for place in places:
        place.parent.mkdir(exist_ok=True)
        shutil.copy(certificate_fonts._FALLBACK, place)
    assert find_installed_fonts([tmp_path / "none", tmp_path]) == tuple(places)
