"""Bytes of an unknown picture → grey pixels, decided from the header before anything is unpacked.

Formats: TIFF (with Group 4), PNG, JPEG, WebP, GIF, BMP; of several frames the first. Transparent
parts lie on white paper, and a picture that says it lies on its side (EXIF) is turned.
"""

import io
import re
import struct
import warnings

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from core.errors import PictureUnreadable
from core.ports import GreyImage

FORMATS = ("TIFF", "PNG", "JPEG", "WEBP", "GIF", "BMP")
_FORMAT_NAMES = "TIFF, PNG, JPEG, WebP, GIF or BMP"
_STRIP_TAGS = ((273, 279), (324, 325))
"""TIFF tags of where pixel data lie and how long they are: strips, tiles."""
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    EOFError,
    MemoryError,
    struct.error,
)
"""What Pillow's readers raise on damaged bytes, over all formats."""


def decode_picture(data: bytes, name: str, max_pixels: int) -> GreyImage:
    """Unpack a picture into grey pixels, or say why it cannot be.

    A truncated picture is refused, never half drawn.

    Args:
        data: The whole file.
        name: File name, for the message.
        max_pixels: Largest width × height that is unpacked.

    Returns:
        uint8 [H, W], 0 ink, 255 paper.

    Raises:
        PictureUnreadable: If the bytes are empty, no picture of a known format, damaged, cut
            short, or larger than `max_pixels`.
    """
    if not data:
        raise PictureUnreadable(name, "the file is empty (0 bytes); fetch it again")
    with warnings.catch_warnings():  # Pillow warns of metadata damage and of size; both judged here
        warnings.simplefilter("ignore")
        try:
            if webp_size := _webp_canvas(data):
                _check_size(webp_size, name, max_pixels)
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                _check_size(picture.size, name, max_pixels)
                _check_complete(picture, data, name)
                picture.load()
                ImageOps.exif_transpose(picture, in_place=True)
                return _grey(picture)
        except UnidentifiedImageError as error:
            reason = f"not a {_FORMAT_NAMES} picture"
            raise PictureUnreadable(name, reason) from error
        except Image.DecompressionBombError as error:
            n_pixels = re.sub(r"\D+(\d+).*", r"\1", str(error))
            reason = f"has {n_pixels} pixels, more than the limit; it was not unpacked"
            raise PictureUnreadable(name, reason) from error
        except _DAMAGE as error:
            raise PictureUnreadable(name, f"damaged or cut short ({error})") from error


def _check_size(size: tuple[int, int], name: str, max_pixels: int) -> None:
    width_px, height_px = size
    if width_px < 1 or height_px < 1:
        raise PictureUnreadable(name, f"says it is {width_px} x {height_px} pixels")
    if width_px * height_px > max_pixels:
        raise PictureUnreadable(
            name,
            f"says it is {width_px:,} x {height_px:,} pixels, more than the limit of "
            f"{max_pixels:,}; it was not unpacked",
        )


def _webp_canvas(data: bytes) -> tuple[int, int] | None:
    """Width and height a WebP file declares; its reader allocates before it can be asked.

    Raises:
        ValueError: If the file is shorter than it says.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return None
    if struct.unpack_from("<I", data, 4)[0] + 8 > len(data):
        raise ValueError("the file is shorter than it says")
    chunk = data[12:16]
    if chunk == b"VP8X":
        width, height = (int.from_bytes(data[i : i + 3], "little") + 1 for i in (24, 27))
    elif chunk == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
    return width, height


def _check_complete(picture: Image.Image, data: bytes, name: str) -> None:
    """Refuse a TIFF whose pixel data end beyond the file: its reader would paint the rest white."""
    tags = getattr(picture, "tag_v2", None)
    if picture.format != "TIFF" or tags is None:
        return
    for offsets_tag, counts_tag in _STRIP_TAGS:
        offsets, counts = tags.get(offsets_tag, ()), tags.get(counts_tag, ())
        ends = [offset + count for offset, count in zip(offsets, counts, strict=False)]
        if ends and max(ends) > len(data):
            reason = f"cut short: needs {max(ends):,} bytes and has {len(data):,}; fetch it again"
            raise PictureUnreadable(name, reason)


def _grey(picture: Image.Image) -> GreyImage:
    if picture.mode.startswith("I;16"):
        return (np.asarray(picture) >> 8).astype(np.uint8)
    if picture.mode in ("I", "F"):
        pixels = np.asarray(picture, dtype=np.float64)
        return np.clip(pixels / (257 if pixels.max() > 255 else 1), 0, 255).astype(np.uint8)
    if picture.has_transparency_data:
        shown = picture.convert("RGBA")
        paper = Image.new("RGBA", shown.size, "white")
        picture = Image.alpha_composite(paper, shown)
    return np.array(picture.convert("L"), dtype=np.uint8)
