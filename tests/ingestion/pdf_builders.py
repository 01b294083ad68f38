"""Patents as PDF documents, made in code: scans, text pages, and what a hostile document holds.

Tests reach these through the `pdfs` fixture.
"""

import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

LETTER = (612.0, 792.0)
LEFT_COLUMN = """(12) United States Design Patent
Berg et al.
(54) SHAVING RAZOR
(71) Applicant: Acme, Inc., Cupertino, CA (US)
(72) Inventors: Ada Berg, Oslo (NO);
Bo Lind, Malmo (SE)
(73) Assignee: Razor Works A/S, Copenhagen (DK)
(**) Term: 15 Years
(21) Appl. No.: 29/707,368
(22) Filed: Sep. 27, 2019
(51) LOC (13) Cl. .................. 28-03
(52) U.S. Cl.
USPC ............ D28/47; D28/91.1
(58) Field of Classification Search
USPC ............ D28/44-48"""
RIGHT_COLUMN = """(10) Patent No.: US D907,292 S
(45) Date of Patent: ** Jan. 5, 2021
(56) References Cited
D553,080 S * 10/2007 Brown ........ D8/93
(57) CLAIM
The ornamental design for a shaving razor, as
shown and described.
DESCRIPTION
FIG. 1 is a front perspective view of a shaving
razor;
FIG. 2 is a rear view thereof.
The broken lines form no part of the claimed
design.
1 Claim, 2 Drawing Sheets"""


@dataclass(frozen=True)
class Page:
    """What a page holds."""

    scan: Image.Image | None = None
    text: Sequence[tuple[float, float, str]] = ()
    """Left, baseline from the bottom, and the line; points."""
    hidden: bool = False
    """True where the text lies unseen over a scan, as recognition puts it."""
    size: tuple[float, float] = LETTER
    rotation: int = 0
    drawing: bytes = b""
    """Operators of the content stream, drawn last."""


def columns(left: str = LEFT_COLUMN, right: str = RIGHT_COLUMN) -> list[tuple[float, float, str]]:
    """Lines of a title page in two columns."""
    return [
        (x, 720 - 12 * row, line)
        for x, column in ((50, left), (320, right))
        for row, line in enumerate(column.splitlines())
    ]


def drawing_scan(label: str = "1", size: tuple[int, int] = (1700, 2200)) -> Image.Image:
    """A scanned sheet with one framed design and its printed label."""
    page = Image.new("1", size, 1)
    draw = ImageDraw.Draw(page)
    draw.rectangle((300, 300, 1300, 1300), outline=0, width=4)
    draw.ellipse((450, 450, 1100, 1150), outline=0, width=4)
    draw.text((700, 1500), f"FIG. {label}", fill=0, font=ImageFont.load_default(54))
    return page


def text_scan(size: tuple[int, int] = (1700, 2200), n_lines: int = 40) -> Image.Image:
    """A scanned page of running text in two columns."""
    page = Image.new("1", size, 1)
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(26)
    for row in range(n_lines):
        for x, skew in ((120, 0), (900, 17)):
            line = "the ornamental design for a shaving razor as shown"
            draw.text((x, 200 + skew + 44 * row), line, fill=0, font=font)
    return page


def pdf_of(*pages: Page, trailer: bytes = b"", catalog: bytes = b"") -> bytes:
    """A PDF of these pages."""
    objects: list[bytes] = [b"", b""]
    kids = []
    font = _add(objects, b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for page in pages:
        content, resources = page.drawing, b"/Font << /F1 %d 0 R >>" % font
        if page.scan is not None:
            scan = _add(objects, _image(page.scan))
            resources += b" /XObject << /Im %d 0 R >>" % scan
            content = b"q %g 0 0 %g 0 0 cm /Im Do Q " % page.size + content
        mode = b"3 Tr " if page.hidden else b""
        for left, base, line in page.text:
            said = line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)").encode()
            content += b"BT /F1 9 Tf %s%g %g Td (%s) Tj ET " % (mode, left, base, said)
        stream = _add(objects, _stream(b"", content))
        kids.append(
            _add(
                objects,
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %g %g] /Rotate %d "
                b"/Resources << %s >> /Contents %d 0 R >>"
                % (*page.size, page.rotation, resources, stream),
            )
        )
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalog
    listed = b" ".join(b"%d 0 R" % kid for kid in kids)
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (listed, len(kids))
    return _file(objects, trailer)


def _add(objects: list[bytes], body: bytes) -> int:
    objects.append(body)
    return len(objects)


def _image(scan: Image.Image) -> bytes:
    bits = 1 if scan.mode == "1" else 8
    head = (
        b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray" % scan.size
    )
    return _stream(head + b" /BitsPerComponent %d" % bits, scan.tobytes())


def _stream(head: bytes, content: bytes) -> bytes:
    packed = zlib.compress(content, 1)
    return b"<< %s /Filter /FlateDecode /Length %d >> stream\n%s\nendstream" % (
        head,
        len(packed),
        packed,
    )


def _file(objects: Sequence[bytes], trailer: bytes) -> bytes:
    out = io.BytesIO()
    out.write(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % offset for offset in offsets)
    out.write(
        b"trailer << /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n"
        % (len(objects) + 1, trailer, start)
    )
    return out.getvalue()
