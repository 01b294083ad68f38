"""One grant's files → its publication with sheets and figures, every image accounted for."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import PictureUnreadable
from core.ports import GreyImage
from core.records import (
    Box,
    Figure,
    LabelSource,
    Publication,
    Sheet,
    SheetImage,
    View,
    figure_id,
)
from core.settings import LimitSettings
from ingestion.archive_entries import Rejection
from ingestion.archives import GrantFiles
from ingestion.catalogue_records import StoredPublication
from ingestion.figure_binding import BoundFigure, bind_captions
from ingestion.formats.uspto_xml import parse_grant
from ingestion.image_decode import decode_picture
from ingestion.pictures import PictureStore
from ingestion.sheets import cut_sheet


def _file_name(member: str) -> str:
    """The file's own name in a member as rejections spell it, ``unit.ZIP!folder/file.TIF``."""
    return member.rpartition("!")[2].rpartition("/")[2]


_MISSING = "is named by the document but is not in the archive; fetch the archive again"
_SURPLUS = "is in the archive but the document does not name it; not taken in"
_FRONT_PAGE = BoundFigure(None, LabelSource.NONE, View.UNKNOWN, None, None)


@dataclass(frozen=True, slots=True)
class _Cut:
    """A figure cut from a sheet, its pixels already in the picture store."""

    box: Box
    label: str | None
    sha256: str


def take_in(
    grant: GrantFiles, *, pictures: PictureStore, limits: LimitSettings, source: str
) -> StoredPublication:
    """Read a grant, cut its sheets and keep its pictures; nothing enters the catalogue yet.

    An image that is missing, surplus, unreadable or blank becomes a problem of the publication
    and its siblings go on. Texts are left to the describing stage.

    Args:
        grant: Document and images.
        pictures: Takes the originals as they came, and the cut figures.
        limits: For the largest picture that is unpacked.
        source: Archive and member; kept in the record and named in errors.

    Raises:
        PublicationInvalid: If the document is no design grant.
        StorageFailed: If a picture cannot be kept.
    """
    publication = parse_grant(grant.document, source)
    images, problems = _account_for(grant, publication)
    sheets: list[Sheet] = []
    cuts_of: dict[int, list[_Cut]] = {}
    for image, content in images:
        name = f"{grant.name}!{image.file}"
        try:
            page = decode_picture(content, name, limits.max_pixels)
        except PictureUnreadable as error:
            problems.append(Rejection(error.name, error.reason))
            continue
        rotation_deg, cuts = _cut(page, image, pictures)
        if not cuts:
            problems.append(Rejection(name, "nothing is drawn on this sheet"))
        cuts_of[image.position] = cuts
        sheets.append(
            Sheet(
                publication_id=publication.publication_id,
                position=image.position,
                file=image.file,
                sha256=pictures.put(content),
                width_px=page.shape[1],
                height_px=page.shape[0],
                rotation_deg=rotation_deg,
            )
        )
    return StoredPublication(
        publication=publication,
        content_hash=_content_hash(grant),
        sheets=tuple(sorted(sheets, key=lambda sheet: sheet.position)),
        figures=_figures(publication, cuts_of),
        texts=(),
        problems=tuple(problems),
    )


def _account_for(
    grant: GrantFiles, publication: Publication
) -> tuple[list[tuple[SheetImage, bytes]], list[Rejection]]:
    """Match the images the document names with those that came, letter case aside."""
    problems = list(grant.rejected)
    came = {file.casefold(): (file, content) for file, content in grant.images.items()}
    refused = {_file_name(rejection.member).casefold() for rejection in grant.rejected}
    matched = []
    for image in publication.images:
        found = came.pop(image.file.casefold(), None)
        if found is not None:
            matched.append((image, found[1]))
        elif image.file.casefold() not in refused:
            problems.append(Rejection(f"{grant.name}!{image.file}", _MISSING))
    problems += [Rejection(f"{grant.name}!{file}", _SURPLUS) for file, _ in came.values()]
    n_sheets = sum(not image.is_front_page for image in publication.images)
    n_declared = publication.n_declared_sheets or 0
    if n_sheets < n_declared:
        reason = f"declares {n_declared} drawing sheets but names only {n_sheets}"
        problems.append(Rejection(f"{grant.name}!{grant.document_name}", reason))
    return matched, problems


def _cut(page: GreyImage, image: SheetImage, pictures: PictureStore) -> tuple[int, list[_Cut]]:
    """Cut a sheet and keep its figures; a front-page copy stays whole.

    Returns:
        Clockwise quarter turns in degrees, and the figures in reading order.
    """
    if image.is_front_page:
        rotation_deg = 90 if image.landscape else 0
        upright = np.ascontiguousarray(np.rot90(page, -rotation_deg // 90))
        whole = Box(0, 0, upright.shape[1], upright.shape[0])
        return rotation_deg, [_Cut(whole, None, pictures.put_figure(upright))]
    cut = cut_sheet(page, landscape=image.landscape)
    return cut.rotation_deg, [
        _Cut(figure.box, figure.label, pictures.put_figure(figure.pixels)) for figure in cut.figures
    ]


def _figures(publication: Publication, cuts_of: Mapping[int, Sequence[_Cut]]) -> tuple[Figure, ...]:
    """Figures in sheet order, each with what the document says about it."""
    places = [
        (sheet, position, cut)
        for sheet in sorted(cuts_of)
        for position, cut in enumerate(cuts_of[sheet], 1)
    ]
    drawn = [cut for sheet, _, cut in places if sheet > 0]
    bound = iter(bind_captions(drawn, publication.captions))
    return _identified(
        publication.publication_id,
        [(*place, next(bound) if place[0] > 0 else _FRONT_PAGE) for place in places],
    )


def _identified(
    publication: str, places: Sequence[tuple[int, int, _Cut, BoundFigure]]
) -> tuple[Figure, ...]:
    """Give figures their ids: the label read from the sheet where only one wears it, else place."""
    worn = Counter(_printed_label(said) for *_, said in places)
    return tuple(
        Figure(
            figure_id=figure_id(
                publication,
                sheet,
                position,
                _printed_label(said) if worn[_printed_label(said)] == 1 else None,
            ),
            publication_id=publication,
            sheet=sheet,
            position=position,
            label=said.label,
            label_source=said.label_source,
            view=said.view,
            object_name=said.object_name,
            caption=said.caption,
            box=cut.box,
            sha256=cut.sha256,
        )
        for sheet, position, cut, said in places
    )


def _printed_label(said: BoundFigure) -> str | None:
    return said.label if said.label_source is LabelSource.PRINTED else None


def _content_hash(grant: GrantFiles) -> str:
    """SHA-256 over the document and every image with its name, in the order of names."""
    digest = hashlib.sha256(hashlib.sha256(grant.document).digest())
    for file, content in sorted(grant.images.items()):
        digest.update(f"{file}\0".encode())
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()
