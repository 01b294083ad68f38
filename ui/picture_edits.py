"""What a person does to a picture before it is searched with: turn, crop, cover, redraw.

Places are shares of the turned picture's width and height, so they mean the same at every size.
"""

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
from PIL import Image, ImageDraw
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.errors import PictureUnreadable, QueryInvalid
from core.ports import GreyImage

_PAPER = 255
_ONE_COLOUR = 16
"""Greys that differ by less are one colour to the eye."""
_Share: TypeAlias = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Corner: TypeAlias = tuple[_Share, _Share]
Rectangle: TypeAlias = tuple[_Share, _Share, _Share, _Share]
"""Left, top, width, height."""
Region: TypeAlias = Rectangle | Annotated[tuple[Corner, ...], Field(min_length=3, max_length=200)]


class PictureEdits(BaseModel):
    """Changes to one picture, in this order: turned, cropped, covered, redrawn."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rotation_deg: float = Field(default=0, ge=-360, le=360, allow_inf_nan=False)
    """Clockwise."""
    crop: Rectangle | None = None
    """Left, top, width, height of what is searched with; it is taken as one drawing."""
    mask: tuple[Region, ...] = Field(default=(), max_length=100)
    """Rectangles or polygons of the turned picture that are painted paper white."""
    photo: bool | None = None
    """Redraw a photograph as lines; None leaves it and says so where it looks like one."""
    up_axis: Literal["Y", "Z"] | None = None
    """Of a 3-D model; None for the format's habit."""

    @model_validator(mode="after")
    def _check(self) -> "PictureEdits":
        for left, top, width, height in [self.crop] if self.crop else []:
            if width <= 0 or height <= 0:
                raise ValueError("crop has no area")
            if left + width > 1 + 1e-9 or top + height > 1 + 1e-9:
                raise ValueError("crop reaches beyond the picture; its places are shares of 0 to 1")
        return self

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> "PictureEdits":
        """Read edits from JSON-like values.

        Raises:
            QueryInvalid: If a field is unknown or a value makes no sense; says which and why.
        """
        unknown = sorted(set(values) - set(cls.model_fields))
        if unknown:
            known = ", ".join(cls.model_fields)
            raise QueryInvalid(f"unknown picture field {', '.join(unknown)}; known: {known}")
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            faults = {
                str(fault["loc"][0]) if fault["loc"] else "": str(fault["msg"])
                for fault in error.errors()
            }
            said = (
                f"{field}: {message}".removeprefix(": ").replace("Value error, ", "")
                for field, message in faults.items()
            )
            raise QueryInvalid("; ".join(said)) from None

    @property
    def changes_pixels(self) -> bool:
        return bool(self.rotation_deg or self.crop or self.mask)

    def apply(self, picture: GreyImage, name: str) -> GreyImage:
        """Turn, cover and crop.

        Args:
            picture: uint8 [H, W].
            name: Of its file, for messages.

        Returns:
            uint8 [H', W'].

        Raises:
            PictureUnreadable: If it is of one colour, or what is left of it is.
        """
        check_not_plain(
            picture, name, "nothing is drawn on it: it is of one colour; choose one with lines"
        )
        if not self.changes_pixels:
            return picture
        image = Image.fromarray(picture)
        if self.rotation_deg % 360:
            image = image.rotate(
                -self.rotation_deg, Image.Resampling.BICUBIC, expand=True, fillcolor=_PAPER
            )
        pen = ImageDraw.Draw(image)
        for region in self.mask:
            pen.polygon(_corners(region, image.size), fill=_PAPER)
        if self.crop:
            left, top, width, height = self.crop
            image = image.crop(
                (
                    math.floor(left * image.width),
                    math.floor(top * image.height),
                    max(math.ceil((left + width) * image.width), 1),
                    max(math.ceil((top + height) * image.height), 1),
                )
            )
        edited = np.asarray(image, np.uint8)
        check_not_plain(edited, name, "nothing is left on it after crop and mask; leave more")
        return edited


def check_not_plain(picture: GreyImage, name: str, reason: str) -> None:
    """Refuse a picture that shows nothing.

    Raises:
        PictureUnreadable: With this reason.
    """
    if int(picture.max()) - int(picture.min()) < _ONE_COLOUR:
        raise PictureUnreadable(name, reason)


def _corners(region: Region, size: tuple[int, int]) -> list[tuple[float, float]]:
    width_px, height_px = size
    if isinstance(region[0], float):
        left, top, width, height = (float(share) for share in region)
        corners = [
            (left, top),
            (left + width, top),
            (left + width, top + height),
            (left, top + height),
        ]
    else:
        corners = [(float(x), float(y)) for x, y in region]
    return [(x * width_px, y * height_px) for x, y in corners]
