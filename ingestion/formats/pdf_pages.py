"""Pages of a PDF, read in a process of its own: nothing a document does can harm this one."""

import json
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core.errors import ArchiveCorrupt
from core.settings import LimitSettings

_CHILD = "ingestion.formats.pdf_child"
_HEADER_BYTES = 4


@dataclass(frozen=True, slots=True)
class PdfPage:
    """One page."""

    number: int
    """1-based."""
    picture: bytes
    """TIFF or PNG; empty where `reason` says why there is none."""
    suffix: str
    text: str
    """Of its text layer, ``""`` where it has none."""
    columns: tuple[str, str]
    """The same by the left and the right half of the page."""
    reason: str | None = None


def read_pages(content: bytes, name: str, limits: LimitSettings) -> tuple[PdfPage, ...]:
    """Read every page of a document.

    Args:
        content: The PDF.
        name: For messages.
        limits: Pages, pixels, bytes and seconds it may cost.

    Raises:
        ArchiveCorrupt: If it is encrypted, damaged or no PDF, or costs more than the limits.
    """
    allowed = {
        "max_pages": limits.max_pdf_pages,
        "max_pixels": limits.max_pixels,
        "max_bytes": limits.max_member_bytes,
        "max_seconds": limits.max_pdf_seconds,
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", _CHILD, json.dumps(allowed)],
            input=content,
            capture_output=True,
            timeout=limits.max_pdf_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ArchiveCorrupt(
            name,
            f"was not read within {limits.max_pdf_seconds} s (LIMN_LIMITS__MAX_PDF_SECONDS)",
        ) from error
    pages: list[PdfPage] = []
    for header, picture in _frames(done.stdout):
        if "refused" in header:
            raise ArchiveCorrupt(name, str(header["refused"]))
        if "end" in header:
            return tuple(pages)
        pages.append(_page(header, picture))
    raise ArchiveCorrupt(name, f"broke the PDF reader at page {len(pages) + 1} ({_end(done)})")


def _frames(answer: bytes) -> Iterator[tuple[dict[str, Any], bytes]]:
    at = 0
    while len(answer) - at > _HEADER_BYTES:
        (n_header,) = struct.unpack_from("<I", answer, at)
        at += _HEADER_BYTES
        if at + n_header > len(answer):
            return
        header = json.loads(answer[at : at + n_header])
        at += n_header
        n_picture = int(header["n_bytes"])
        if at + n_picture > len(answer):
            return
        yield header, answer[at : at + n_picture]
        at += n_picture


def _page(header: dict[str, Any], picture: bytes) -> PdfPage:
    left, right = header["columns"]
    return PdfPage(
        number=int(header["number"]),
        picture=picture,
        suffix=str(header.get("suffix", "")),
        text=str(header["text"]),
        columns=(str(left), str(right)),
        reason=str(header["reason"]) if "reason" in header else None,
    )


def _end(done: "subprocess.CompletedProcess[bytes]") -> str:
    if done.returncode < 0:
        return f"signal {-done.returncode}"
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return said[-1][:200] if said else f"exit code {done.returncode}"
