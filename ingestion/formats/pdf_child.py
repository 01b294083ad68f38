"""Pages of one PDF as pictures and text, in a process of its own.

PDFs are the most hostile of inputs and PDFium is C++: here it may crash, hang or grow without
harming a worker. The document comes on standard input; limits as JSON in the first argument. Each
answer on standard output is the length of a JSON header in four bytes, the header, and as many
bytes of picture as its `n_bytes` says. Scripts, forms, annotations and attachments are never looked
at.

Run by `pdf_pages.read_pages` alone.
"""

import io
import json
import resource
import struct
import sys
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from numpy.typing import NDArray
from PIL import Image

_RENDER_DPI = 300
_MAX_DPI = 600
_MEMORY_BYTES = 4 * 2**30
_MAX_TEXT = 20_000
_WHOLE_PAGE = 0.85
"""Share of the page that its one picture covers where the page is a scan."""
_THUMBNAIL_PX = 160
_MAX_DIFFERENCE = 16.0
"""Mean grey difference between a scan taken out of its page and the page as it is shown."""
_INVISIBLE_TEXT = 3
_PASSWORD_ERROR = 4

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PdfLimits:
    """What one document may cost; checked here as well as from outside."""

    max_pages: int
    max_pixels: int
    max_bytes: int
    max_seconds: int


class _PageRefused(Exception):
    """What is wrong with one page."""


def main() -> None:
    """Answer for the document on standard input, within limits."""
    limits = PdfLimits(**json.loads(sys.argv[1]))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.max_seconds, limits.max_seconds))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    answer_pages(sys.stdin.buffer.read(), limits, sys.stdout.buffer)


def answer_pages(content: bytes, limits: PdfLimits, out: BinaryIO) -> None:
    """Answer for every page of a document, or once with why it is refused."""
    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        _answer(out, {"refused": _open_reason(error)})
        return
    if len(document) > limits.max_pages:
        reason = f"has {len(document):,} pages where {limits.max_pages:,} are allowed"
        _answer(out, {"refused": f"{reason} (LIMN_LIMITS__MAX_PDF_PAGES)"})
        return
    n_left = limits.max_bytes
    for number in range(1, len(document) + 1):
        header, picture = _read_page(document, number, limits)
        n_left -= len(picture)
        if n_left < 0:
            reason = f"its pages unpack to more than {limits.max_bytes:,} bytes"
            _answer(out, {"refused": f"{reason} (LIMN_LIMITS__MAX_MEMBER_BYTES)"})
            return
        _answer(out, header, picture)
    _answer(out, {"end": True})


def _answer(out: BinaryIO, header: dict[str, Any], picture: bytes = b"") -> None:
    packed = json.dumps(header | {"n_bytes": len(picture)}).encode()
    out.write(struct.pack("<I", len(packed)) + packed + picture)
    out.flush()


def _open_reason(error: pdfium.PdfiumError) -> str:
    if getattr(error, "err_code", None) == _PASSWORD_ERROR or "assword" in str(error):
        return "is encrypted; ask the sender for it without a password"
    return f"is no readable PDF ({error})"


def _read_page(
    document: pdfium.PdfDocument, number: int, limits: PdfLimits
) -> tuple[dict[str, Any], bytes]:
    header: dict[str, Any] = {"number": number, "text": "", "columns": ["", ""]}
    try:
        page = document[number - 1]
        header |= _text_of(page)
        pixels, dpi = _pixels_of(page, limits.max_pixels)
        picture, suffix = _packed(pixels, dpi)
        return header | {"suffix": suffix}, picture
    except (_PageRefused, pdfium.PdfiumError, MemoryError, ValueError) as error:
        return header | {"reason": str(error) or type(error).__name__}, b""


def _text_of(page: pdfium.PdfPage) -> dict[str, Any]:
    """Text as the page holds it, and by its left and right half: title pages have two columns."""
    text_page = page.get_textpage()
    if not 0 < text_page.count_chars() <= _MAX_TEXT:
        return {}
    width, height = page.get_size()
    halves = ((0, width / 2), (width / 2, width))
    columns = [
        text_page.get_text_bounded(left=left, bottom=0, right=right, top=height)
        for left, right in halves
    ]
    return {"text": text_page.get_text_range(), "columns": columns}


def _pixels_of(page: pdfium.PdfPage, max_pixels: int) -> tuple[Pixels, float]:
    """The page's scan as it was stored, else the page drawn at the resolution of its pictures."""
    images, is_scan = _images_of(page)
    dpi = float(_RENDER_DPI)
    if images:
        dpi = min(max(_dpi(image) for image in images), _MAX_DPI)
    if is_scan:
        width_px, height_px = images[0].get_px_size()
        _check(width_px, height_px, max_pixels, "holds a picture of")
        scan = _turned(_grey(images[0].get_bitmap()), page.get_rotation())
        shown = _rendered(page, _THUMBNAIL_PX / max(page.get_size()))
        for candidate in (scan, 255 - scan):
            if _difference(candidate, shown) <= _MAX_DIFFERENCE:
                return candidate, dpi
    scale = max(dpi, _RENDER_DPI / 2) / 72 - 1e-9  # PDFium rounds up
    width, height = page.get_size()
    _check(round(width * scale), round(height * scale), max_pixels, "would be drawn at")
    return _rendered(page, scale), scale * 72


def _images_of(page: pdfium.PdfPage) -> tuple[list[pdfium.PdfImage], bool]:
    """Its pictures, and whether the page is one upright scan and nothing else that is seen."""
    images: list[pdfium.PdfImage] = []
    n_other = 0
    for item in page.get_objects(max_depth=3):
        if isinstance(item, pdfium.PdfImage):
            images.append(item)
        elif item.type == pdfium_c.FPDF_PAGEOBJ_TEXT:
            n_other += pdfium_c.FPDFTextObj_GetTextRenderMode(item) != _INVISIBLE_TEXT
        elif item.type != pdfium_c.FPDF_PAGEOBJ_FORM:
            n_other += 1
    if len(images) != 1 or n_other:
        return images, False
    a, b, c, d, _, _ = images[0].get_matrix().get()
    left, bottom, right, top = images[0].get_bounds()
    width, height = page.get_size()
    covered = (right - left) * (top - bottom) / max(width * height, 1.0)
    is_upright = a > 0 and d > 0 and max(abs(b), abs(c)) < 0.01 * min(a, d)
    return images, is_upright and covered >= _WHOLE_PAGE


def _dpi(image: pdfium.PdfImage) -> float:
    left, bottom, right, top = image.get_bounds()
    width_px, height_px = image.get_px_size()
    dpi: float = 72 * max(width_px / max(right - left, 1.0), height_px / max(top - bottom, 1.0))
    return dpi


def _check(width_px: int, height_px: int, max_pixels: int, what: str) -> None:
    if width_px * height_px > max_pixels:
        raise _PageRefused(
            f"{what} {width_px:,} x {height_px:,} pixels, more than the limit of {max_pixels:,}"
        )


def _rendered(page: pdfium.PdfPage, scale: float) -> Pixels:
    return _grey(page.render(scale=scale, grayscale=True, may_draw_forms=False, draw_annots=False))


def _grey(bitmap: pdfium.PdfBitmap) -> Pixels:
    pixels = bitmap.to_numpy()
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    if pixels.ndim == 3:
        blue, green, red = (pixels[:, :, n].astype(np.uint32) for n in range(3))
        pixels = (red * 299 + green * 587 + blue * 114) // 1000
    return np.ascontiguousarray(pixels, dtype=np.uint8)


def _turned(pixels: Pixels, rotation_deg: int) -> Pixels:
    return np.ascontiguousarray(np.rot90(pixels, -rotation_deg // 90))


def _difference(scan: Pixels, shown: Pixels) -> float:
    height, width = shown.shape
    small = Image.fromarray(scan).resize((width, height), Image.Resampling.BOX)
    return float(np.abs(np.asarray(small, np.float32) - shown).mean())


def _packed(pixels: Pixels, dpi: float) -> tuple[bytes, str]:
    """Lossless: black and white as Group 4, grey as PNG."""
    packed = io.BytesIO()
    if np.isin(pixels, (0, 255)).all():
        page = Image.fromarray(pixels).convert("1", dither=Image.Dither.NONE)
        page.save(packed, "TIFF", compression="group4", dpi=(dpi, dpi))
        return packed.getvalue(), ".tif"
    Image.fromarray(pixels).save(packed, "PNG", compress_level=1)
    return packed.getvalue(), ".png"


if __name__ == "__main__":
    main()
