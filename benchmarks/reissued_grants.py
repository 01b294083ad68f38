"""Archives of sample grants that are issued again and again.

Every page goes each time with another pixel of its ink taken away, so that no picture is known
already.
"""

import contextlib
import io
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from core.ports import GreyImage
from ingestion.image_decode import decode_picture
from samples.archive import group4_tiff, write_weekly_archives

_N_TEMPLATES = 12
_FIRST_COPY = 1_000_001
_PUBLICATIONS_AN_ARCHIVE = 200
_N_WEEKS = 6
"""Drawn for archives of their likeness; the more, the more their pages differ in size."""
_MAX_PIXELS = 100_000_000


@dataclass(frozen=True)
class Template:
    """A sample grant that is issued again."""

    number: str
    document_name: str
    document: bytes
    pages: Mapping[str, GreyImage]
    """By file name."""

    @property
    def n_figures(self) -> int:
        """As its document declares."""
        return int(self.document.partition(b"<number-of-figures>")[2].partition(b"<")[0])


def write_many(home: Path, n_figures: int) -> list[Path]:
    """Archives that declare so many figures together, on packed pages of half the size."""
    templates = read_templates(home, halved)
    archives: list[Path] = []
    n_declared = n_copies = 0
    while n_declared < n_figures:
        archives.append(home / f"week-{len(archives):03}.tar")
        with tarfile.open(archives[-1], "w") as archive:
            for _ in range(_PUBLICATIONS_AN_ARCHIVE):
                template = templates[n_copies % len(templates)]
                add_copy(archive, template, n_copies, group4_tiff)
                n_copies += 1
                n_declared += template.n_figures
                if n_declared >= n_figures:
                    break
    return archives


def write_large(home: Path, n_bytes: int) -> list[Path]:
    """One archive of so many bytes, of pages of twice the size that are not packed."""
    templates = read_templates(home, doubled)
    path = home / "week.tar"
    n_copies = 0
    with tarfile.open(path, "w") as archive:
        while archive.offset < n_bytes:
            add_copy(archive, templates[n_copies % len(templates)], n_copies, grey_tiff)
            n_copies += 1
    return [path]


def write_weeks(home: Path, n_archives: int, n_grants: int) -> list[Path]:
    """Archives under the same numbers, each to replace the one before, as the soak makes them.

    Weeks drawn anew in turn, on pages of whole size.
    """
    home.mkdir()
    paths = [home / f"week-{n:04}.tar" for n in range(n_archives)]
    for week in range(min(_N_WEEKS, n_archives)):
        with contextlib.ExitStack() as open_archives:
            copies = {
                n: open_archives.enter_context(tarfile.open(paths[n], "w"))
                for n in range(week, n_archives, _N_WEEKS)
            }
            templates = iter_templates(home / f"drawn-{week}", n_grants, seed=week)
            for place, template in enumerate(templates):
                for n, archive in copies.items():
                    add_copy(archive, template, place, group4_tiff, without=n)
    return paths


def iter_templates(home: Path, n_grants: int, seed: int = 0) -> Iterator[Template]:
    """Sample grants with their pages unpacked."""
    (sample,) = write_weekly_archives(home / "samples", n_publications=n_grants, seed=seed)
    with tarfile.open(sample) as archive:
        for entry in archive:
            packed = archive.extractfile(entry)
            if packed is None:
                raise SystemExit(f"{entry.name} in {sample} is no file")
            with zipfile.ZipFile(packed) as grant:
                files = {name: grant.read(name) for name in grant.namelist()}
            pages = {
                name: decode_picture(content, name, _MAX_PIXELS)
                for name, content in files.items()
                if name.endswith(".TIF")
            }
            document = next(name for name in files if name.endswith(".XML"))
            number = entry.name.rpartition("/US")[2].partition("-")[0]
            yield Template(number, document, files[document], pages)


def read_templates(home: Path, scaled: Callable[[GreyImage], GreyImage]) -> list[Template]:
    """A few sample grants with their pages scaled."""
    return [
        replace(one, pages={name: scaled(page) for name, page in one.pages.items()})
        for one in iter_templates(home, _N_TEMPLATES)
    ]


def add_copy(
    archive: tarfile.TarFile,
    template: Template,
    n: int,
    pack: Callable[[GreyImage], bytes],
    without: int | None = None,
) -> None:
    """Issue a grant under another number, each page without another pixel of its ink."""
    number = f"D{_FIRST_COPY + n}"
    without = n if without is None else without
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as grant:
        for name, page in template.pages.items():
            copy = page.copy()
            inked = np.flatnonzero(copy == 0)
            copy.reshape(-1)[inked[without * 7919 % inked.size]] = 255
            grant.writestr(name.replace(template.number, number), pack(copy))
        document = template.document.replace(template.number.encode(), number.encode())
        grant.writestr(template.document_name.replace(template.number, number), document)
    entry = tarfile.TarInfo(f"I20240102/DESIGN/US{number}-20240102.ZIP")
    entry.size = whole.tell()
    whole.seek(0)
    archive.addfile(entry, whole)


def halved(page: GreyImage) -> GreyImage:
    """A page at half its size; what was ink anywhere is ink."""
    height, width = (side // 2 * 2 for side in page.shape)
    return np.asarray(page[:height, :width].reshape(height // 2, 2, width // 2, 2).min((1, 3)))


def doubled(page: GreyImage) -> GreyImage:
    """A page at twice its size."""
    return page.repeat(2, axis=0).repeat(2, axis=1)


def grey_tiff(page: GreyImage) -> bytes:
    """A page of a byte a pixel, not packed."""
    target = io.BytesIO()
    Image.fromarray(page).save(target, "TIFF")
    return target.getvalue()
