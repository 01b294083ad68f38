"""One unit → its publication with sheets and figures, every image accounted for."""

import hashlib
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.errors import PictureUnreadable
from core.ports import GreyImage
from core.records import (
    Box,
    Figure,
    GivenFigure,
    LabelSource,
    Publication,
    Sheet,
    SheetImage,
    View,
    figure_id,
)
from core.settings import LimitSettings
from ingestion.archive_entries import Rejection
from ingestion.catalogue_records import StoredPublication
from ingestion.delivery import Unit
from ingestion.figure_binding import BoundFigure, bind_captions, stated
from ingestion.image_decode import decode_picture
from ingestion.pictures import PictureBatch, PictureStore
from ingestion.sheets import cut_sheet


def _file_name(member: str) -> str:
    """The file's own name in a member as rejections spell it, ``unit.ZIP!folder/file.TIF``."""
    return member.rpartition("!")[2].rpartition("/")[2]


MISSING = "is named by the document but did not come with it; fetch the delivery again"
_SURPLUS = "came with the document but it does not name it; not taken in"
_FRONT_PAGE = BoundFigure(None, LabelSource.NONE, View.UNKNOWN, None, None)


@dataclass(frozen=True, slots=True)
class _Cut:
    """A figure cut from a sheet, its pixels already in the picture store."""

    box: Box
    label: str | None
    sha256: str
    given: GivenFigure | None = None


def take_in(
    unit: Unit,
    *,
    pictures: PictureStore,
    limits: LimitSettings,
    former: StoredPublication | None = None,
) -> StoredPublication:
    """Cut a publication's sheets and keep its pictures; nothing enters the catalogue yet.

    An image that is missing, surplus, unreadable or blank becomes a problem of the publication
    and its siblings go on. Texts are left to the describing stage.

    Args:
        unit: The publication, its images, and what was wrong with them.
        pictures: Takes the originals as they came, and the cut figures.
        limits: For the largest picture that is unpacked.
        former: The version before, whose figures are carried over where their image is the same.

    Raises:
        StorageFailed: If a picture cannot be kept.
    """
    publication = unit.publication
    images, problems = account_for(unit)
    sheets: list[Sheet] = []
    cuts_of: dict[int, list[_Cut]] = {}
    with pictures.batch() as batch:
        for image, content in images:
            name = f"{unit.name}!{image.file}"
            made = _carried(image, content, former, pictures) if former else None
            if made is None:
                try:
                    page = decode_picture(content, name, limits.max_pixels)
                except PictureUnreadable as error:
                    problems.append(Rejection(error.name, error.reason))
                    continue
                rotation_deg, cuts = _cut(page, image, batch)
                height_px, width_px = page.shape
                made = (
                    Sheet(
                        publication_id=publication.publication_id,
                        position=image.position,
                        file=image.file,
                        sha256=batch.put(content),
                        width_px=width_px,
                        height_px=height_px,
                        rotation_deg=rotation_deg,
                    ),
                    cuts,
                )
            sheet, cuts_of[image.position] = made
            if not cuts_of[image.position]:
                problems.append(Rejection(name, "nothing is drawn on this sheet"))
            sheets.append(sheet)
    return StoredPublication(
        publication=publication,
        content_hash=content_hash(unit.document, image_hashes(unit)),
        sheets=tuple(sorted(sheets, key=lambda sheet: sheet.position)),
        figures=_figures(publication, cuts_of),
        texts=(),
        problems=tuple(problems),
    )


def _carried(
    image: SheetImage, content: bytes, former: StoredPublication, pictures: PictureStore
) -> tuple[Sheet, list[_Cut]] | None:
    """The sheet and the figure that the version before made of the same image, kept whole.

    Returns:
        None where it made another figure of it, or where its picture is lost.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    named = {former_image.file: former_image for former_image in former.publication.images}
    for sheet in former.sheets:
        alike = named.get(sheet.file)
        if sheet.file.casefold() != image.file.casefold() or sheet.sha256 != sha256 or not alike:
            continue
        figures = [figure for figure in former.figures if figure.sheet == sheet.position]
        is_same = _stays_whole(alike) and _stays_whole(image) and alike.landscape == image.landscape
        if not is_same or len(figures) != 1:
            continue
        try:
            pictures.get(figures[0].sha256)
        except PictureUnreadable:
            return None
        kept = replace(sheet, file=image.file, position=image.position)
        return kept, [_Cut(figures[0].box, None, figures[0].sha256, image.figure)]
    return None


def _stays_whole(image: SheetImage) -> bool:
    """True for a front-page copy or a figure cut before."""
    return image.is_front_page or image.figure is not None


def account_for(
    unit: Unit, kept: Container[str] = ()
) -> tuple[list[tuple[SheetImage, bytes]], list[Rejection]]:
    """Match the images the document names with those that came, letter case aside.

    Args:
        unit: The publication and its images.
        kept: Files that are not missing although they did not come.
    """
    publication, problems = unit.publication, list(unit.rejected)
    if not unit.images_expected:
        return [], problems
    came = {file.casefold(): (file, content) for file, content in unit.images.items()}
    refused = {_file_name(rejection.member).casefold() for rejection in unit.rejected}
    matched = []
    for image in publication.images:
        found = came.pop(image.file.casefold(), None)
        if found is not None:
            matched.append((image, found[1]))
        elif image.file.casefold() not in refused and image.file not in kept:
            problems.append(Rejection(f"{unit.name}!{image.file}", MISSING))
    problems += [Rejection(f"{unit.name}!{file}", _SURPLUS) for file, _ in came.values()]
    n_sheets = sum(not image.is_front_page for image in publication.images)
    n_declared = publication.n_declared_sheets or 0
    if n_sheets < n_declared:
        reason = f"declares {n_declared} drawing sheets but names only {n_sheets}"
        problems.append(Rejection(unit.name, reason))
    return matched, problems


def _cut(page: GreyImage, image: SheetImage, pictures: PictureBatch) -> tuple[int, list[_Cut]]:
    """Cut a sheet and keep its figures; a front-page copy or a figure cut before stays whole.

    Returns:
        Clockwise quarter turns in degrees, and the figures in reading order.
    """
    if _stays_whole(image):
        rotation_deg = 90 if image.landscape else 0
        upright = np.ascontiguousarray(np.rot90(page, -rotation_deg // 90))
        whole = Box(0, 0, upright.shape[1], upright.shape[0])
        return rotation_deg, [_Cut(whole, None, pictures.put_figure(upright), image.figure)]
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
    drawn = [cut for sheet, _, cut in places if sheet > 0 and cut.given is None]
    bound = iter(bind_captions(drawn, publication.captions))

    def said(sheet: int, cut: _Cut) -> BoundFigure:
        if sheet == 0:
            return _FRONT_PAGE
        return next(bound) if cut.given is None else stated(cut.given)

    return _identified(
        publication.publication_id,
        [(sheet, position, cut, said(sheet, cut)) for sheet, position, cut in places],
    )


def _identified(
    publication: str, places: Sequence[tuple[int, int, _Cut, BoundFigure]]
) -> tuple[Figure, ...]:
    """Give figures their ids: the label read or stated where only one wears it, else its place."""
    worn = Counter(_certain_label(said) for *_, said in places)
    return tuple(
        Figure(
            figure_id=figure_id(
                publication,
                sheet,
                position,
                _certain_label(said) if worn[_certain_label(said)] == 1 else None,
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


def _certain_label(said: BoundFigure) -> str | None:
    return said.label if said.label_source in (LabelSource.PRINTED, LabelSource.STATED) else None


def image_hashes(unit: Unit) -> dict[str, str]:
    """SHA-256 of every image in hex, by its name."""
    return {file: hashlib.sha256(content).hexdigest() for file, content in unit.images.items()}


def content_hash(document: bytes, image_hashes: Mapping[str, str]) -> str:
    """SHA-256 over the document and every image with its name, in the order of names."""
    digest = hashlib.sha256(hashlib.sha256(document).digest())
    for file, image_hash in sorted(image_hashes.items()):
        digest.update(f"{file}\0".encode())
        digest.update(bytes.fromhex(image_hash))
    return digest.hexdigest()
