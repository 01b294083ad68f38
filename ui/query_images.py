"""A file somebody searches with → the drawings of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np

from core.errors import MeshInvalid, PictureUnreadable
from core.ports import GreyImage
from core.settings import LimitSettings
from drafting.photo_lines import line_art_of_photograph, looks_like_photograph
from ingestion.image_decode import decode_picture
from ingestion.sheets import cut_sheet
from ui.picture_edits import PictureEdits, check_not_plain

MAX_VIEWS = 12
"""Drawings taken from one file; a sheet holds fewer."""
_MODEL_PX = 384
_MODEL_SUFFIXES = (".stl", ".obj", ".glb")
AS_IT_IS = PictureEdits()


@dataclass(frozen=True, slots=True, eq=False)
class QueryFigures:
    """What a query file shows.

    Attributes:
        figures: uint8 [H, W] each, in reading order; at least one.
        notice: What the person should know of it; None where all is as expected.
    """

    figures: tuple[GreyImage, ...]
    notice: str | None = None


def read_query_figures(
    data: bytes, name: str, limits: LimitSettings, edits: PictureEdits = AS_IT_IS
) -> QueryFigures:
    """Read the drawings of a query file.

    A patent sheet is cut into its figures, without their printed labels, as in the index; a
    cropped picture and a redrawn photograph are one drawing; a 3-D model is drawn from the seven
    sides of a design application.

    Args:
        data: The whole file.
        name: Its name, for messages; its suffix tells 3-D models.
        limits: For the largest picture that is unpacked.
        edits: What is done to it first.

    Raises:
        PictureUnreadable: If it is no picture, damaged, too large, blank, of one colour, or holds
            more than `MAX_VIEWS` drawings.
        MeshInvalid: If it is a 3-D model that cannot be drawn, or is to be cropped or redrawn.
    """
    if PurePath(name).suffix.lower() in _MODEL_SUFFIXES:
        return QueryFigures(_views_of_model(data, name, edits))
    picture = edits.apply(decode_picture(data, name, limits.max_pixels), name)
    if edits.photo:
        drawn = line_art_of_photograph(picture)
        check_not_plain(drawn, name, "no lines stand out in this photograph; draw it, or crop it")
        return QueryFigures((drawn,))
    notice = None
    if edits.photo is None and looks_like_photograph(picture):
        notice = (
            f"{name} looks like a photograph; drawings are found better by its lines (photo: true)"
        )
    figures = (picture,) if edits.crop or notice else _figures_of_sheet(picture)
    _check_number(figures, name)
    return QueryFigures(tuple(figures), notice)


def _figures_of_sheet(page: GreyImage) -> Sequence[GreyImage]:
    return [figure.pixels for figure in cut_sheet(page, landscape=False).figures]


def _check_number(figures: Sequence[GreyImage], name: str) -> None:
    if not figures:
        raise PictureUnreadable(name, "nothing is drawn on it; choose a picture with dark lines")
    if len(figures) > MAX_VIEWS:
        raise PictureUnreadable(
            name,
            f"holds {len(figures)} separate drawings, more than the {MAX_VIEWS} one file may hold; "
            "crop it to the design you search for",
        )


def _views_of_model(data: bytes, name: str, edits: PictureEdits) -> tuple[GreyImage, ...]:
    # Only who searches with a model waits for what reads and draws it.
    from drafting.line_art import draw  # noqa: PLC0415
    from drafting.mesh_files import read_mesh  # noqa: PLC0415
    from drafting.topology import build_edges  # noqa: PLC0415
    from drafting.views import STANDARD_VIEWS  # noqa: PLC0415

    if edits.changes_pixels or edits.photo:
        raise MeshInvalid(f"{name}: a 3-D model cannot be cropped, turned, covered or redrawn")
    edges = build_edges(read_mesh(data, name, edits.up_axis))
    views = (draw(edges, viewpoint, size_px=_MODEL_PX) for viewpoint in STANDARD_VIEWS.values())
    drawn = tuple(view for view in views if np.ptp(view))
    if not drawn:
        raise MeshInvalid(f"{name}: shows nothing from any side")
    return drawn
