"""Figures as vision–language models get them."""

from PIL import Image

from core.ports import GreyImage

MAX_SIDE_PX = 1024
"""More costs tokens and shows no more of a line drawing."""


def scaled_picture(image: GreyImage) -> Image.Image:
    """A figure as a picture of at most 1,024 pixels a side."""
    picture = Image.fromarray(image)
    picture.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX), Image.Resampling.LANCZOS)
    return picture
