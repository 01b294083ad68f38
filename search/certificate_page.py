"""What a printed record is drawn with: columns of text, tables, pictures in squares."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fpdf import FPDF
from PIL import Image

from search.certificate_fonts import FAMILY, Letters

INK, QUIET, RULE = (28, 27, 25), (96, 93, 87), (205, 200, 190)
MARGIN, WIDTH, BOTTOM = 18.0, 174.0, 24.0
"""Millimetres on A4."""
_LABEL = 42.0


class Page(FPDF):
    """A4 pages that are drawn from top to bottom.

    Args:
        fonts: For scripts that the own fonts lack.

    Raises:
        ConfigurationFault: If a font cannot be used.
    """

    def __init__(self, fonts: Sequence[Path]) -> None:
        super().__init__(format="A4", unit="mm")
        self._letters = Letters(self, fonts)
        self.set_margins(MARGIN, 20, MARGIN)
        self.c_margin = 0
        self.set_auto_page_break(auto=True, margin=BOTTOM)

    def close_fonts(self) -> None:
        """Give the font files back; nothing can be drawn afterwards."""
        self._letters.close()

    def _render_styled_text_line(self, *args: Any, **named: Any) -> Any:
        """A line of text.

        fpdf2 takes a line to end in the font it began with. After letters of a fallback font it
        does not, and the next line would be written with that font's numbers for other letters.
        """
        self.current_font_is_set_on_page = False
        return super()._render_styled_text_line(*args, **named)

    def picture(self, picture: Image.Image, x: float, y: float, side: float) -> None:
        """A drawing in a square with a hairline around it."""
        scale = side / max(picture.size)
        width, height = (max(0.3, edge * scale * 0.94) for edge in picture.size)
        file = io.BytesIO()
        picture.save(file, "PNG")
        self.image(
            file, x + (side - width) / 2, y + (side - height) / 2, width, height,
            alt_text="drawing",
        )  # fmt: skip
        self.set_draw_color(*RULE)
        self.set_line_width(0.15)
        self.rect(x, y, side, side)

    def facts(self, rows: Sequence[tuple[str, str]]) -> None:
        """Labels on the left, values on the right."""
        for label, value in rows:
            self.keep_together(5 * (1 + len(value) // 60 + value.count("\n")))
            y = self.get_y()
            self.say(label, 9, colour=QUIET, width=_LABEL - 2)
            below_label = self.get_y()
            self.set_xy(MARGIN + _LABEL, y)
            self.say(value, 9, width=WIDTH - _LABEL)
            below_value = self.get_y()
            self.set_y(max(below_label, below_value) if below_value > y else below_value)
        self.ln(1.5)

    def row(
        self, cells: Sequence[str], widths: Sequence[int], aligns: str, *, style: str = "",
        colour: tuple[int, int, int] = INK,
    ) -> None:  # fmt: skip
        """A row of a table; the columns are millimetres wide."""
        self.keep_together(6)
        y, x = self.get_y(), MARGIN
        for cell, width, align in zip(cells, widths, aligns, strict=True):
            self.set_xy(x, y)
            self.say(cell, 8.5, style=style, colour=colour, width=width, align=align)
            x += width
        self.set_y(y + 5.4)
        self.rule()
        self.ln(0.6)

    def section(self, title: str, room: float = 30) -> None:
        """The head of a part, with room for what must stand under it on the same page."""
        self.keep_together(room)
        self.ln(4)
        self.say(title, 12.5, style="B")
        self.ln(0.5)
        self.rule(INK)
        self.ln(2.5)

    def rule(self, colour: tuple[int, int, int] = RULE) -> None:
        """A hairline over the whole width."""
        self.set_draw_color(*colour)
        self.set_line_width(0.2)
        self.line(MARGIN, self.get_y(), MARGIN + WIDTH, self.get_y())

    def keep_together(self, height: float) -> None:
        """Go to the next page unless so many millimetres are left on this one."""
        if self.get_y() + height > self.h - BOTTOM:
            self.add_page()

    def say(
        self,
        text: str,
        size: float,
        *,
        style: str = "",
        colour: tuple[int, int, int] = INK,
        width: float = WIDTH,
        align: str = "L",
    ) -> None:
        """Text in a column that begins where the pen is; the pen goes to the line below."""
        self.set_font(FAMILY, style, size)
        self.set_text_color(*colour)
        self.multi_cell(
            width, size * 0.48, self._letters.writable(text), align=align,
            new_x="LEFT", new_y="NEXT",
        )  # fmt: skip
