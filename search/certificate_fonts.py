"""The letters of a certificate: fonts that lie in it, and what they cannot write."""

import unicodedata
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from fontTools.ttLib import TTFont, TTLibError
from fpdf import FPDF
from fpdf.fonts import TTFFont

from core.errors import ConfigurationFault

FAMILY = "noto"
_FOLDER = Path(__file__).with_name("fonts")
_REGULAR = _FOLDER / "NotoSans-Regular.ttf"
_BOLD = _FOLDER / "NotoSans-Bold.ttf"
_FALLBACK = _FOLDER / "DejaVuSans.ttf"
"""Hebrew, Arabic, Armenian, Georgian, symbols."""
_FOLDERS = (
    Path("/usr/local/share/fonts"),
    Path("/usr/share/fonts"),
    Path("/Library/Fonts"),
    Path("/System/Library/Fonts/Supplemental"),
)
_EAST_ASIAN = ("DroidSansFallbackFull.ttf", "NanumGothic.ttf", "Arial Unicode.ttf")
"""Chinese and Japanese; Korean; all three, on macOS."""
_TAKES_NO_PLACE = ("Cc", "Cf", "Cs", "Co", "Cn")
"""Unicode categories: control and direction marks, surrogates, what is not assigned."""


def find_installed_fonts(folders: Sequence[Path] = _FOLDERS) -> tuple[Path, ...]:
    """Fonts of this machine for Chinese, Japanese and Korean, as far as it has known ones.

    A document takes in the letters it needs, so it reads the same everywhere afterwards.
    """
    found = ((path for at in folders for path in sorted(at.rglob(name))) for name in _EAST_ASIAN)
    return tuple(path for paths in found for path in islice(paths, 1))


class Letters:
    """The fonts of one document.

    Args:
        pdf: The document they are put into.
        more: Fonts asked after the own ones, for scripts that those lack.

    Raises:
        ConfigurationFault: If one of `more` cannot be used.
    """

    def __init__(self, pdf: FPDF, more: Sequence[Path] = ()) -> None:
        for path in more:
            _check(path)
        pdf.add_font(FAMILY, "", _REGULAR)
        pdf.add_font(FAMILY, "B", _BOLD)
        names = [f"more{number}" for number in range(len(more) + 1)]
        for name, path in zip(names, (_FALLBACK, *more), strict=True):
            pdf.add_font(name, "", path)
        pdf.set_fallback_fonts(names, exact_match=False)
        # Ligatures hide letters from whoever reads the text back: the seal is compared that way.
        pdf.set_text_shaping(use_shaping_engine=True, features={"liga": False})
        self._fonts = [font for font in pdf.fonts.values() if isinstance(font, TTFFont)]
        self._known = set[int]().union(*(font.cmap for font in self._fonts))

    def close(self) -> None:
        """Close the font files, which are read until the document is written."""
        for font in self._fonts:
            font.close()

    def writable(self, text: str) -> str:
        """The text with what no font has, and what has no shape, written as its code point.

        Direction marks are among the latter: one in a title must not turn the line around.
        """
        return "".join(
            letter if self._has(letter) else f"[U+{ord(letter):04X}]"
            for letter in unicodedata.normalize("NFC", text)
        )

    def _has(self, letter: str) -> bool:
        if letter == "\n":
            return True
        return ord(letter) in self._known and unicodedata.category(letter) not in _TAKES_NO_PLACE


def _check(path: Path) -> None:
    try:
        with path.open("rb") as file:
            TTFont(file)
    except (OSError, TTLibError) as error:
        raise ConfigurationFault(f"LIMN_CASEBOOK__FONTS: {path} cannot be used: {error}") from error
