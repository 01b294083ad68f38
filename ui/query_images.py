"""A file somebody searches with → the drawings on it."""

from core.errors import PictureUnreadable
from core.ports import GreyImage
from core.settings import LimitSettings
from ingestion.image_decode import decode_picture
from ingestion.sheets import cut_sheet

MAX_VIEWS = 12
"""Drawings taken from one file; a sheet holds fewer."""


def read_query_figures(data: bytes, name: str, limits: LimitSettings) -> list[GreyImage]:
    """Read the drawings of a query file: a lone drawing, or a patent sheet cut into its figures.

    A sheet's printed labels are left out of its figures, as they are in the index.

    Args:
        data: The whole file.
        name: Its name, for messages.
        limits: For the largest picture that is unpacked.

    Returns:
        uint8 [H, W] each, in reading order; at least one.

    Raises:
        PictureUnreadable: If it is no picture, damaged, too large, blank, or holds more than
            `MAX_VIEWS` drawings.
    """
    page = decode_picture(data, name, limits.max_pixels)
    figures = [figure.pixels for figure in cut_sheet(page, landscape=False).figures]
    if not figures:
        raise PictureUnreadable(name, "nothing is drawn on it; choose a picture with dark lines")
    if len(figures) > MAX_VIEWS:
        raise PictureUnreadable(
            name,
            f"holds {len(figures)} separate drawings, more than the {MAX_VIEWS} one file may hold; "
            "crop it to the design you search for",
        )
    return figures
