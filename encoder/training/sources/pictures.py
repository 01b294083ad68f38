"""Pictures of a folder, read as drawings."""

from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from core.errors import PictureUnreadable
from core.ports import GreyImage


def read_picture(path: Path) -> GreyImage:
    """Read a picture of any kind as grey values.

    Raises:
        PictureUnreadable: If it is missing, damaged, too large or no picture.
    """
    try:
        with Image.open(path) as picture:
            return np.asarray(_on_paper(picture).convert("L"))
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError, ValueError) as error:
        raise PictureUnreadable(str(path), str(error)) from error


def _on_paper(picture: Image.Image) -> Image.Image:
    """Lay what is transparent on white: unseen pixels are black in many files."""
    if not picture.has_transparency_data:
        return picture
    paper = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(paper, picture.convert("RGBA"))
