"""Weekly archives of sample design grants, laid out byte for byte as the USPTO's Red Book."""

import io
import math
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
from PIL import Image, TiffImagePlugin

from core.ports import GreyImage
from samples.choices import chance, count, one_of
from samples.designs import Design, make_design
from samples.families import FAMILIES, Family
from samples.grant import Citation, Grant, GrantImage
from samples.grant_xml import grant_document
from samples.lettering import choose_lettering
from samples.sheets import DrawnSheet, draw_sheets
from samples.wording import describe, describe_hague, invent_firm, invent_people, with_article

_FIRST_TUESDAY = date(2024, 1, 2)
_FIRST_NUMBER = 9900001
_FAMILY_SHARE = 0.4
"""Families a publication: every family shows two or three designs, so that like finds like."""
_HAGUE_SHARE = 0.05


def write_weekly_archives(
    folder: Path,
    *,
    n_publications: int,
    n_archives: int = 1,
    seed: int = 0,
    families: Sequence[Family] | None = None,
    on_publication: Callable[[str], None] | None = None,
) -> list[Path]:
    """Write sample grants as weekly archives; the same arguments give the same bytes.

    Numbers start at D9900001, far above any granted one, dates on Tuesday 2 January 2024, one week
    an archive.

    Args:
        folder: Where the archives go; made where it does not exist.
        n_publications: In all archives together, ≥ 1.
        n_archives: `I20240102.tar`, `I20240109.tar`, …; at most one a publication.
        seed: Decides every design and every word.
        families: What to draw from; all, mixed by the seed, where left out.
        on_publication: Called with the number of each grant once it is written.

    Returns:
        The archives, by date.

    Raises:
        ValueError: If there would be an archive without a publication, or no family to draw from.
    """
    chosen = tuple(FAMILIES if families is None else families)
    if not 1 <= n_archives <= n_publications or not chosen:
        raise ValueError(
            f"{n_publications} publications of {len(chosen)} families cannot fill {n_archives} "
            "archives; ask for at least one of each"
        )
    folder.mkdir(parents=True, exist_ok=True)
    orders = _orders(n_publications, n_archives, seed, chosen, mixed=families is None)
    archives = []
    for week in range(n_archives):
        published = _FIRST_TUESDAY + timedelta(weeks=week)
        path = folder / f"I{published:%Y%m%d}.tar"
        with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
            for order in orders:
                if order.published == published:
                    _add_grant(archive, order)
                    if on_publication:
                        on_publication(order.number)
        archives.append(path)
    return archives


@dataclass(frozen=True, slots=True)
class _Order:
    """What is to be written as one grant."""

    number: str
    published: date
    family: Family
    seed: int
    earlier: tuple[tuple[str, date], ...]
    """Grants of the same family already written."""


def _orders(
    n: int, n_archives: int, seed: int, families: Sequence[Family], *, mixed: bool
) -> list[_Order]:
    rng = np.random.default_rng([seed, 1])
    if mixed:
        n_families = min(len(families), max(1, math.ceil(n * _FAMILY_SHARE)))
        families = [families[int(idx)] for idx in rng.permutation(len(families))[:n_families]]
    sequence = [families[idx % len(families)] for idx in range(n)]
    if mixed:
        sequence = [sequence[int(idx)] for idx in rng.permutation(n)]
    known: dict[str, list[tuple[str, date]]] = {}
    orders = []
    for idx, family in enumerate(sequence):
        number = f"D{_FIRST_NUMBER + idx}"
        published = _FIRST_TUESDAY + timedelta(weeks=idx * n_archives // n)
        earlier = known.setdefault(family.name, [])
        orders.append(_Order(number, published, family, seed * 100_003 + idx, tuple(earlier)))
        earlier.append((number, published))
    return orders


def _add_grant(archive: tarfile.TarFile, order: _Order) -> None:
    packed = io.BytesIO()
    moment = datetime.combine(order.published, datetime.min.time(), UTC)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as grant_zip:
        for name, content in _grant_files(order):
            member = zipfile.ZipInfo(name, moment.timetuple()[:6])
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3
            member.external_attr = 0o100644 << 16
            grant_zip.writestr(member, content)
    week = f"I{order.published:%Y%m%d}"
    entry = tarfile.TarInfo(f"{week}/DESIGN/US{order.number}-{order.published:%Y%m%d}.ZIP")
    entry.size = packed.tell()
    entry.mtime = int(moment.timestamp())
    packed.seek(0)
    archive.addfile(entry, packed)


def _grant_files(order: _Order) -> Iterator[tuple[str, bytes]]:
    """Name and content of every file of a grant, images before the document."""
    design = make_design(order.family, order.seed)
    rng = np.random.default_rng([order.seed, 2])
    hague = chance(rng, _HAGUE_SHARE)
    hand = choose_lettering(rng, "{}" if hague else None)
    labels = tuple(f"1.{k + 1}" if hague else str(k + 1) for k in range(len(design.views)))
    sheets = draw_sheets(design, hand, labels)
    grant = _grant(rng, order, design, sheets, labels, hague=hague)
    for position, sheet in enumerate(sheets):
        page = f"PG{position:06d}" if position else "OGFIG"
        content = group4_tiff(sheet.image, f"**DRAWING;{page};BW;P")
        yield f"{grant.stem}/{grant.stem}-D{position:05d}.TIF", content
    yield f"{grant.stem}/{grant.stem}.XML", grant_document(grant)


def _grant(
    rng: np.random.Generator,
    order: _Order,
    design: Design,
    sheets: Sequence[DrawnSheet],
    labels: tuple[str, ...],
    *,
    hague: bool,
) -> Grant:
    serial = int(order.number[3:])
    us_classes = [order.family.us_class]
    if chance(rng, 0.25):
        us_classes.append(one_of(rng, *[family.us_class for family in FAMILIES]))
    write = describe_hague if hague else describe
    return Grant(
        number=order.number,
        published=order.published,
        application=f"{35 if hague else 29}9{serial:05d}",
        filed=order.published - timedelta(days=count(rng, 280, 900)),
        locarno=order.family.locarno,
        us_classes=tuple(dict.fromkeys(us_classes)),
        title=design.title,
        claimed=with_article(design.title),
        citations=_citations(rng, order),
        n_figures=len(design.views),
        inventors=invent_people(rng),
        owner=invent_firm(rng),
        hague_number=f"DM/9{serial:05d}" if hague else None,
        images=tuple(
            GrantImage(k, sheet.image.shape[1], sheet.image.shape[0], sheet.landscape)
            for k, sheet in enumerate(sheets)
        ),
        description=write(rng, design, labels),
    )


def _citations(rng: np.random.Generator, order: _Order) -> tuple[Citation, ...]:
    """Earlier sample grants of the family, cited by the examiner, among invented older ones."""
    cited = []
    for _ in range(count(rng, 1, 5)):
        number = f"D98{count(rng, 1, 99999):05d}"
        day = f"{count(rng, 2012, 2023)}{count(rng, 1, 12):02d}00"
        us_class = order.family.us_class if chance(rng, 0.6) else None
        cited.append(Citation(number, invent_people(rng)[0].family, day, us_class))
    for number, published in order.earlier[-3:]:
        name = invent_people(rng)[0].family
        cited.append(
            Citation(number, f"{name} et al.", f"{published:%Y%m}00", order.family.us_class)
        )
    if chance(rng, 0.15):
        title = order.family.titles[0]
        page = f"{title}, shown in an invented catalogue, page {count(rng, 2, 90)}."
        cited.append(replace(cited[0], us_class=None, literature=page))
    return tuple(cited)


def group4_tiff(image: GreyImage, description: str = "") -> bytes:
    """Store an image as the office does: 1 bit, CCITT Group 4, white is zero, 300 dpi, one strip.

    Args:
        image: uint8 [H, W]; what is darker than 128 becomes ink.
        description: Tag 270.
    """
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[TiffImagePlugin.ROWSPERSTRIP] = image.shape[0]
    if description:
        tags[TiffImagePlugin.IMAGEDESCRIPTION] = description
    ink = Image.fromarray(image < 128)
    target = io.BytesIO()
    ink.save(target, "TIFF", compression="group4", dpi=(300, 300), tiffinfo=tags)
    return _white_is_zero(target.getvalue())


def _white_is_zero(tiff: bytes) -> bytes:
    """Turn the meaning of 0 and 1 around; Pillow's own way inverts pixel by pixel, for seconds."""
    order = "<" if tiff[:2] == b"II" else ">"
    (directory,) = struct.unpack_from(f"{order}I", tiff, 4)
    (n_tags,) = struct.unpack_from(f"{order}H", tiff, directory)
    turned = bytearray(tiff)
    for entry in range(directory + 2, directory + 2 + 12 * n_tags, 12):
        (tag,) = struct.unpack_from(f"{order}H", tiff, entry)
        if tag == TiffImagePlugin.PHOTOMETRIC_INTERPRETATION:
            struct.pack_into(f"{order}H", turned, entry + 8, 0)
    return bytes(turned)
