"""A record on paper: what a search was asked, what it covered and what it found, page by page.

The same record and pictures give the same bytes. The JSON file is attached, so that the PDF alone
is enough to run the search again.
"""

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from PIL import Image

from core.ports import GreyImage
from search.certificate import (
    ATTACHMENT,
    CertificateRecord,
    CertifiedHit,
    CertifiedPicture,
    certificate_json,
)
from search.certificate_page import MARGIN, QUIET, WIDTH, Page
from search.certificate_words import (
    COVERAGE_HEADS,
    MARK_WORDS,
    coverage_facts,
    coverage_rows,
    coverage_total,
    drawing_facts,
    example_facts,
    head_facts,
    hit_lines,
    method_facts,
    note_words,
    query_facts,
)

_ACCENT = (31, 86, 115)
_MARKS = {"relevant": (28, 110, 70), "not": (150, 60, 45), "later": (140, 100, 20)}
_THUMBNAIL = 27.0
_QUERY_BOX = 40.0


def certificate_pdf(
    record: CertificateRecord,
    pictures: Mapping[str, GreyImage],
    fonts: Sequence[Path] = (),
) -> bytes:
    """Print a record.

    Args:
        record: What is printed.
        pictures: The best figure of each hit by publication id, uint8 [H, W], small; those that
            are missing are said to be.
        fonts: For scripts that the own fonts lack.

    Raises:
        ConfigurationFault: If a font cannot be used.
    """
    page = _Certificate(record, fonts)
    try:
        return page.printed(pictures)
    finally:
        page.close_fonts()


class _Certificate(Page):
    """The document; drawn from top to bottom."""

    def __init__(self, record: CertificateRecord, fonts: Sequence[Path]) -> None:
        super().__init__(fonts)
        self._record = record
        self._sha256 = record.sha256
        made = datetime.fromisoformat(record.made_at)
        self.set_creation_date(made)
        self.set_title(f"Search certificate {record.number}")
        self.set_author(record.made_by)
        self.set_subject(f"Record SHA-256 {self._sha256}")
        self.set_creator(" ".join(record.software.values()))
        self.set_lang("en")

    def printed(self, pictures: Mapping[str, GreyImage]) -> bytes:
        """The whole document."""
        self.add_page()
        self.draw_head()
        self.draw_query()
        self.draw_coverage()
        self.draw_hits(pictures)
        self.draw_method()
        self.draw_limitations()
        made = datetime.fromisoformat(self._record.made_at)
        self.embed_file(
            bytes=certificate_json(self._record),
            basename=ATTACHMENT,
            desc=f"The record of this certificate, SHA-256 {self._sha256}",
            creation_date=made,
            modification_date=made,
            compress=True,
        )
        return bytes(self.output())

    def header(self) -> None:
        """The name of the document, from the second page on."""
        if self.page_no() == 1:
            return
        self.set_y(10)
        self.say("Search certificate " + self._record.number, 7.5, colour=QUIET, width=90)
        self.set_xy(MARGIN + 90, 10)
        self.say(self._record.search_name, 7.5, colour=QUIET, width=WIDTH - 90, align="R")
        self.set_y(20)

    def footer(self) -> None:
        """The seal and the page's number."""
        self.set_y(-17)
        self.rule()
        self.set_y(-15)
        self.say(f"Page {self.page_no()} of {{nb}}", 7.5, colour=QUIET, width=40)
        self.set_xy(MARGIN + 40, -15)
        seal = f"Record SHA-256 {self._sha256}"
        self.say(seal, 7, colour=QUIET, width=WIDTH - 40, align="R")

    def draw_head(self) -> None:
        """Title, and who made it when and for what."""
        record = self._record
        self.say("LIMN", 8.5, style="B", colour=_ACCENT)
        self.say("Search certificate", 23, style="B")
        self.say(record.search_name, 13)
        self.ln(3)
        self.facts(head_facts(record))

    def draw_query(self) -> None:
        """What was asked: drawings, examples, words, filters."""
        self.section("Query")
        for start in range(0, len(self._record.pictures), 4):
            self._draw_query_pictures(start, self._record.pictures[start : start + 4])
        for role in example_facts(self._record.examples):
            self.facts([role])
        self.facts(query_facts(self._record))
        self.facts(drawing_facts(self._record.pictures))

    def draw_coverage(self) -> None:
        """What was searched, and what was not."""
        corpus = self._record.corpus
        self.section("Coverage")
        widths, aligns = (30, 30, 30, 26, 29, 29), "LRRRRR"
        self.row(COVERAGE_HEADS, widths, aligns, style="B", colour=QUIET)
        for row in coverage_rows(corpus):
            self.row(row, widths, aligns)
        if len(corpus.offices) > 1:
            self.row(coverage_total(corpus), widths, aligns, style="B")
        self.ln(2)
        self.facts(coverage_facts(corpus))

    def draw_hits(self, pictures: Mapping[str, GreyImage]) -> None:
        """The ranking, one band for each publication."""
        record = self._record
        n = len(record.hits)
        self.section(f"Result: {n} publication{'' if n == 1 else 's'}, best first", room=70)
        self.say(record.scores, 8.5, colour=QUIET)
        if record.hidden_by_filter:
            self.say(
                f"{record.hidden_by_filter} of the 50 best without the Locarno filter are hidden "
                "by it.", 8.5, colour=QUIET,
            )  # fmt: skip
        self.ln(2)
        for hit in record.hits:
            self._draw_hit(hit, pictures.get(hit.publication_id))
        if not record.hits:
            self.say("No publication passes these filters.", 9.5)

    def draw_method(self) -> None:
        """Model, index and parameters by name and hash."""
        self.section("Method")
        self.facts(method_facts(self._record))

    def draw_limitations(self) -> None:
        """What this does not say, and how it is verified."""
        self.section("Limitations")
        for number, text in enumerate(self._record.limitations, start=1):
            self.keep_together(10)
            y = self.get_y()
            self.say(f"{number}.", 9, colour=QUIET, width=7)
            self.set_xy(MARGIN + 7, y)
            self.say(text, 9, width=WIDTH - 7)
            self.ln(1)
        self.section("Verification")
        self.say(
            f"The file {ATTACHMENT} attached to this PDF holds the whole record with its drawings."
            " `limn certificate replay FILE` holds it against its seal, runs the search again and "
            "says what changed since: nothing, data added, the model, or something else.", 9,
        )  # fmt: skip

    def _draw_query_pictures(self, first: int, row: Sequence[CertifiedPicture]) -> None:
        self.keep_together(_QUERY_BOX + 8)
        y = self.get_y()
        for place, certified in enumerate(row):
            x = MARGIN + place * (_QUERY_BOX + 4.6)
            with Image.open(io.BytesIO(certified.data)) as picture:
                self.picture(picture.convert("L"), x, y, _QUERY_BOX)
            self.set_xy(x, y + _QUERY_BOX + 0.5)
            self.say(f"Drawing {first + place + 1}", 7.5, colour=QUIET, width=_QUERY_BOX)
        self.set_xy(MARGIN, y + _QUERY_BOX + 7)

    def _draw_hit(self, hit: CertifiedHit, picture: GreyImage | None) -> None:
        notes = note_words(hit)
        n_lines = sum(1 + len(note) // 62 + note.count("\n") for note in notes)
        self.keep_together(min(_THUMBNAIL + 4 + 4 * max(0, n_lines - 1), 120))
        top = self.get_y()
        self.say(f"{hit.rank}", 15, style="B", colour=_ACCENT, width=13)
        if picture is not None:
            self.picture(Image.fromarray(picture), MARGIN + 13, top, _THUMBNAIL)
        else:
            self.set_xy(MARGIN + 13, top + 10)
            self.say("no picture", 7.5, colour=QUIET, width=_THUMBNAIL, align="C")
        left, width = MARGIN + 13 + _THUMBNAIL + 4, WIDTH - 13 - _THUMBNAIL - 4 - 34
        self.set_xy(MARGIN + WIDTH - 34, top)
        self.say(f"{hit.score:.4f}", 12, style="B", width=34, align="R")
        self.set_x(MARGIN + WIDTH - 34)
        by_chance = hit.found.get("expected_by_chance")
        if isinstance(by_chance, float):
            self.say(f"{by_chance:.2g} by chance", 7.5, colour=QUIET, width=34, align="R")
            self.set_x(MARGIN + WIDTH - 34)
        if hit.mark:
            colour = _MARKS[hit.mark]
            self.say(MARK_WORDS[hit.mark], 7.5, style="B", colour=colour, width=34, align="R")
            self.set_x(MARGIN + WIDTH - 34)
            signed = f"{hit.marked_by}\n{(hit.marked_at or '')[:10]}"
            self.say(signed, 7, colour=QUIET, width=34, align="R")
        self.set_xy(left, top)
        self.say(hit.title or "No title", 10, style="B", width=width)
        for line in hit_lines(hit):
            self.set_x(left)
            self.say(line, 8.5, width=width, colour=QUIET)
        for note in notes:
            self.set_x(left)
            self.say(f"Note: {note}", 8.5, width=width + 34)
        bottom = self.get_y()
        self.set_y(max(bottom, top + _THUMBNAIL) + 2 if bottom >= top else bottom)
        self.rule()
        self.ln(2)
