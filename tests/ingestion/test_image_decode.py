"""Every way a picture can arrive, whole or broken."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from core.errors import PictureUnreadable
from ingestion.image_decode import decode_picture

LIMIT = 1_000_000
SAVED_AS = {
    "TIFF": {"compression": "group4"},
    "PNG": {},
    "JPEG": {"quality": 95},
    "WEBP": {"lossless": True},
    "GIF": {},
    "BMP": {},
}


def drawing() -> Image.Image:
    """60 × 40 paper with a black block in its upper left corner."""
    picture = Image.new("L", (60, 40), 255)
    picture.paste(0, (5, 4, 25, 14))
    return picture


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def png_header(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + chunk + b"\0\0\0\0IDAT"


@pytest.mark.parametrize("kind", SAVED_AS)
def test_decode_gives_the_same_ink_from_every_format(kind: str) -> None:
    picture = drawing().convert("1") if kind == "TIFF" else drawing()
    pixels = decode_picture(saved(picture, kind, **SAVED_AS[kind]), f"a.{kind}", LIMIT)
    assert pixels.dtype == np.uint8
    assert pixels.shape == (40, 60)
    np.testing.assert_array_equal(pixels < 128, np.asarray(drawing()) < 128)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "I;16", "I", "F"])
def test_decode_reads_every_pixel_kind(mode: str) -> None:
    picture = drawing().convert(mode)
    if mode in ("I;16", "I"):
        picture = Image.fromarray(np.asarray(drawing()).astype(np.uint16) * 257)
    kind = "TIFF" if mode in ("CMYK", "F") else "PNG"
    pixels = decode_picture(saved(picture, kind), "a", LIMIT)
    np.testing.assert_array_equal(pixels < 128, np.asarray(drawing()) < 128)


def test_decode_lays_transparency_on_white() -> None:
    clear = Image.new("RGBA", (10, 10), (0, 0, 0, 0))
    clear.putpixel((3, 4), (0, 0, 0, 255))
    pixels = decode_picture(saved(clear, "PNG"), "clear.png", LIMIT)
    assert pixels[4, 3] == 0
    assert np.count_nonzero(pixels == 255) == 99


def test_decode_turns_a_picture_that_says_it_lies_on_its_side() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn 90 degrees clockwise to view
    pixels = decode_picture(saved(drawing(), "JPEG", exif=exif), "photo.jpg", LIMIT)
    assert pixels.shape == (60, 40)
    np.testing.assert_array_equal(pixels < 128, np.rot90(np.asarray(drawing()), -1) < 128)


def test_decode_takes_the_first_of_several_frames() -> None:
    frames = saved(drawing(), "GIF", save_all=True, append_images=[Image.new("L", (60, 40), 0)])
    assert decode_picture(frames, "moving.gif", LIMIT)[30, 50] == 255


def test_decode_refuses_an_empty_file() -> None:
    with pytest.raises(PictureUnreadable, match="empty"):
        decode_picture(b"", "a.tif", LIMIT)


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7 not a picture", b"<svg/>", b"\0" * 64, b"8BPS" + b"x" * 80]
)
def test_decode_refuses_what_is_no_picture(data: bytes) -> None:
    with pytest.raises(PictureUnreadable, match="not a TIFF, PNG"):
        decode_picture(data, "a.tif", LIMIT)


@pytest.mark.parametrize("kind", SAVED_AS)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_decode_refuses_a_truncated_picture(kind: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 2, (120, 90), dtype=np.uint8) * 255
    picture = Image.fromarray(noise)
    picture = picture.convert("1") if kind == "TIFF" else picture
    data = saved(picture, kind, **SAVED_AS[kind])
    with pytest.raises(PictureUnreadable, match=r"cut\.tif: .+"):
        decode_picture(data[: int(share * len(data))], "cut.tif", LIMIT)


def test_decode_refuses_a_tiff_whose_strip_ends_beyond_the_file() -> None:
    data = bytearray(saved(drawing().convert("1"), "TIFF", compression="group4"))
    with Image.open(io.BytesIO(data)) as picture:
        offset = picture.tag_v2[273][0]
    data = data[: offset + 4] if offset > len(data) // 2 else data[:-8]
    with pytest.raises(PictureUnreadable):
        decode_picture(bytes(data), "cut.tif", LIMIT)


def test_decode_refuses_a_giant_from_its_header_alone() -> None:
    with pytest.raises(PictureUnreadable, match=r"10000000000 pixels.*not unpacked"):
        decode_picture(png_header(100_000, 100_000), "bomb.png", 100_000_000)


def test_decode_names_the_size_of_a_picture_over_the_limit() -> None:
    with pytest.raises(PictureUnreadable, match=r"10,001 x 10,000 pixels.*not unpacked"):
        decode_picture(png_header(10_001, 10_000), "large.png", 100_000_000)


def test_decode_refuses_a_giant_webp_before_its_reader_allocates() -> None:
    canvas = (16_000 - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + canvas + canvas
    with pytest.raises(PictureUnreadable, match="16,000 x 16,000"):
        decode_picture(b"RIFF" + struct.pack("<I", len(body)) + body, "bomb.webp", 100_000_000)


def test_decode_obeys_the_limit_it_is_given() -> None:
    data = saved(drawing(), "PNG")
    assert decode_picture(data, "a.png", 2400).shape == (40, 60)
    with pytest.raises(PictureUnreadable, match="2,399"):
        decode_picture(data, "a.png", 2399)


def test_decode_reads_past_the_size_pillow_warns_of() -> None:
    wide = saved(Image.new("1", (10_000, 9_500), 1), "TIFF", compression="group4")
    assert decode_picture(wide, "wide.tif", 100_000_000).shape == (9_500, 10_000)
