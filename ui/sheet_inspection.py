"""`limn inspect`: sheets of a file or a delivery, cut and drawn over for a person to judge."""

from collections.abc import Iterator
from pathlib import Path

from core.errors import BadInput, PictureUnreadable
from core.records import GivenFigure
from core.settings import LimitSettings
from ingestion.archive_entries import Rejection
from ingestion.deliveries import find_deliveries, list_units, read_units
from ingestion.delivery import Unit, Withdrawal
from ingestion.image_decode import decode_picture
from ingestion.inspection import InspectedSheet, draw_overlay, inspect_sheets, keep_whole
from ingestion.sheets import CutSheet, cut_sheet

_PICTURES = {".tif", ".tiff", ".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp"}
_NAMED = 5


def inspect_file(
    path: Path,
    limits: LimitSettings,
    *,
    publication: str | None = None,
    sheet: int | None = None,
    landscape: bool = False,
) -> tuple[list[InspectedSheet], list[Rejection]]:
    """Cut a sheet on its own, or the drawing sheets of one publication bound to its captions.

    Figures that came already cut are shown whole.

    Args:
        path: A picture; or an archive, folder or document, as `ingest` takes them.
        limits: For what is unpacked.
        publication: Part of the name of the archive's unit; None takes the first.
        sheet: Show this sheet alone; the others are cut all the same, since the figures of all
            sheets together decide about captions.
        landscape: That a picture's document says it lies on its side; archives know it.

    Returns:
        The sheets, and an archive's pictures that could not be read with the reason.

    Raises:
        BadInput: If the picture, the archive, the publication or the sheet cannot be had.
    """
    if path.is_file() and path.suffix.lower() in _PICTURES:
        page = decode_picture(path.read_bytes(), str(path), limits.max_pixels)
        cut = cut_sheet(page, landscape=landscape)
        return inspect_sheets([(path.name, cut, None)], ()), []
    unit = _find_unit(path, limits, publication)
    problems: list[Rejection] = []
    cuts = list(_cut_all(unit, limits, problems))
    sheets = inspect_sheets([one[1:] for one in cuts], unit.publication.captions)
    chosen = [
        inspected
        for (position, *_), inspected in zip(cuts, sheets, strict=True)
        if sheet is None or position == sheet
    ]
    if not chosen and not problems:
        wanted = f"sheet {sheet}" if sheet is not None else "drawing sheets"
        raise BadInput(f"{unit.name} has no {wanted}: {len(cuts)} drawing sheets came with it")
    return chosen, problems


def write_overlays(sheets: list[InspectedSheet], overlay: Path) -> list[Path]:
    """Draw every sheet: to the path itself, or to numbered ones beside it where there are several.

    Raises:
        BadInput: If the folder cannot be written to, or the name is that of another format.
    """
    if overlay.suffix.lower() != ".png":
        raise BadInput(f"{overlay}: what is drawn is a PNG file; name it so")
    numbered = [overlay.with_stem(f"{overlay.stem}-{i}") for i in range(1, len(sheets) + 1)]
    paths = [overlay] if len(sheets) == 1 else numbered
    try:
        for sheet, path in zip(sheets, paths, strict=True):
            draw_overlay(sheet).save(path, "PNG")
    except OSError as error:
        raise BadInput(f"{overlay} cannot be written ({error.strerror or error})") from error
    return paths


def _find_unit(path: Path, limits: LimitSettings, publication: str | None) -> Unit:
    deliveries = find_deliveries(path)
    if len(deliveries) > 1:
        some = ", ".join(map(str, deliveries[:_NAMED])) + (", …" if deliveries[_NAMED:] else "")
        raise BadInput(f"{path} holds {len(deliveries):,} deliveries; give one of them: {some}")
    path = deliveries[0]
    members = list_units(path, limits).members
    wanted = (publication or "").casefold()
    name = next((member for member in members if wanted in member.casefold()), None)
    if name is None:
        some = ", ".join(members[:_NAMED]) + (", …" if len(members) > _NAMED else "")
        what = f"no publication {publication}" if publication else "no publication"
        raise BadInput(f"{path} holds {what}; it holds {some or 'none'}")
    _, unit = next(iter(read_units(path, [name], limits)))
    if isinstance(unit, BadInput):
        raise unit
    if isinstance(unit, Withdrawal):
        raise BadInput(f"{name} is a notice of withdrawal and brings no sheets")
    return unit


def _cut_all(
    unit: Unit, limits: LimitSettings, problems: list[Rejection]
) -> Iterator[tuple[int, str, CutSheet, GivenFigure | None]]:
    """Position, name and cut of every drawing sheet that can be read; what is stated of figures."""
    came = {file.casefold(): content for file, content in unit.images.items()}
    for image in unit.publication.images:
        content = came.get(image.file.casefold())
        if image.is_front_page or content is None:
            continue
        try:
            page = decode_picture(content, image.file, limits.max_pixels)
        except PictureUnreadable as error:
            problems.append(Rejection(error.name, error.reason))
            continue
        is_sheet = image.figure is None
        cut = cut_sheet(page, landscape=image.landscape) if is_sheet else keep_whole(page)
        yield image.position, image.file, cut, image.figure
