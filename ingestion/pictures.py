"""Pictures under the SHA-256 of their bytes: originals as they came, cut figures, thumbnails.

A picture never changes, so writing one twice is free and two processes may write the same one at
once. Files lie in `pictures/ab/abcdef…` and `thumbnails/ab/abcdef….webp` below the store's URL.
"""

import hashlib
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import fsspec
import numpy as np
from fsspec.implementations.local import LocalFileSystem
from PIL import Image

from core.errors import ConfigurationFault, PictureUnreadable, StorageFailed
from core.ports import GreyImage
from ingestion.durable_files import DurableFiles, durable_files
from ingestion.image_decode import decode_picture

THUMBNAIL_PX = 320
"""Longest side of a thumbnail."""
_INK_GAMMA = 0.6
"""Coverage of a pixel by ink, to this power: a hairline scaled to a tenth stays visible."""
_MAX_STORED_PIXELS = 2**31
"""What is in the store was within its limits when it came in."""


class PictureStore:
    """Content-addressed pictures in a folder, or at any fsspec URL.

    Args:
        url: A folder, or an fsspec URL such as ``s3://bucket/limn``.

    Raises:
        ConfigurationFault: If no file system serves the URL.
    """

    def __init__(self, url: str) -> None:
        try:
            self._files, self._root = fsspec.core.url_to_fs(url)
        except (ValueError, ImportError) as error:
            raise ConfigurationFault(
                f"pictures cannot be kept at {url}: {error}; set LIMN_PICTURES__URL to a folder "
                "or an fsspec URL whose package is installed"
            ) from error
        self._is_local = isinstance(self._files, LocalFileSystem)

    @contextmanager
    def batch(self) -> Iterator["PictureBatch"]:
        """Take pictures in together: on a local disk all are durable, and whole, at its end.

        Raises:
            StorageFailed: If one cannot be written; of those of a local disk none is kept then.
        """
        with self._writing() as write:
            yield PictureBatch(self._root, write)

    def put(self, data: bytes) -> str:
        """Keep one picture as it came; see `PictureBatch.put`."""
        with self.batch() as batch:
            return batch.put(data)

    def put_figure(self, pixels: GreyImage) -> str:
        """Keep one cut figure; see `PictureBatch.put_figure`."""
        with self.batch() as batch:
            return batch.put_figure(pixels)

    def get(self, sha256: str) -> bytes:
        """A picture's bytes, checked against its key.

        Raises:
            PictureUnreadable: If it is not there, or no longer what was stored.
            StorageFailed: If the store cannot be read.
        """
        path = _picture_path(self._root, sha256)
        data = self._read(path)
        if data is None:
            raise PictureUnreadable(
                path, "is not in the picture store; ingest its archive again or restore a backup"
            )
        if hashlib.sha256(data).hexdigest() != sha256:
            raise PictureUnreadable(
                path,
                "was damaged after it was stored (its SHA-256 differs); "
                "delete the file and ingest its archive again, or restore a backup",
            )
        return data

    def get_figure(self, sha256: str) -> GreyImage:
        """The pixels of a stored picture.

        Returns:
            uint8 [H, W], 0 ink, 255 paper.

        Raises:
            PictureUnreadable: If it is missing, damaged or no picture.
        """
        return decode_picture(
            self.get(sha256), _picture_path(self._root, sha256), _MAX_STORED_PIXELS
        )

    def thumbnail(self, sha256: str) -> bytes:
        """A small picture for people to look at; drawn once, then read.

        Returns:
            Lossless WebP, at most `THUMBNAIL_PX` a side.

        Raises:
            PictureUnreadable: If the picture is missing, damaged or no picture.
        """
        path = f"{self._root}/thumbnails/{sha256[:2]}/{sha256}.webp"
        kept = self._read(path)
        if kept is not None:
            return kept
        file = io.BytesIO()
        small = Image.fromarray(shrink_line_art(self.get_figure(sha256)))
        small.save(file, "WEBP", lossless=True, quality=20, method=2)
        with self._writing() as write:
            write(path, file.getvalue())
        return file.getvalue()

    def _read(self, path: str) -> bytes | None:
        try:
            data: bytes = self._files.cat_file(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageFailed(f"{path} cannot be read: {_said(error)}") from error
        return data

    @contextmanager
    def _writing(self) -> Iterator[Callable[[str, bytes], None]]:
        try:
            with durable_files() as files:
                yield partial(self._write, files)
        except OSError as error:
            raise StorageFailed(
                f"pictures cannot be written to {self._root}: {_said(error)}; "
                "make room or check the rights"
            ) from error

    def _write(self, files: DurableFiles, path: str, data: bytes) -> None:
        if self._is_local:
            files.write(Path(path), data)
        elif not self._files.exists(path):
            self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
            self._files.pipe_file(path, data)


class PictureBatch:
    """Pictures on their way into a store; see `PictureStore.batch`."""

    def __init__(self, root: str, write: Callable[[str, bytes], None]) -> None:
        self._root = root
        self._write = write

    def put(self, data: bytes) -> str:
        """Keep a picture as it came; a second time writes nothing.

        Returns:
            Its SHA-256 in hex: the key.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        self._write(_picture_path(self._root, sha256), data)
        return sha256

    def put_figure(self, pixels: GreyImage) -> str:
        """Keep a cut figure as PNG: one bit a pixel where it has no greys, else eight.

        Args:
            pixels: uint8 [H, W], 0 ink, 255 paper.

        Returns:
            SHA-256 of the PNG: the key.
        """
        is_line_art = bool(np.all((pixels == 0) | (pixels == 255)))
        picture = Image.fromarray(pixels > 0 if is_line_art else pixels)
        file = io.BytesIO()
        picture.save(file, "PNG")
        return self.put(file.getvalue())


def shrink_line_art(pixels: GreyImage, longest_px: int = THUMBNAIL_PX) -> GreyImage:
    """Scale a drawing down by averaging areas, with thin lines kept visible.

    Args:
        pixels: uint8 [H, W], 0 ink, 255 paper.
        longest_px: Longest side of the result; a smaller drawing stays as it is.

    Returns:
        uint8 [H', W'], never empty.
    """
    scale = longest_px / max(pixels.shape)
    if scale >= 1:
        return pixels
    height_px, width_px = (max(1, round(side * scale)) for side in pixels.shape)
    averaged = Image.fromarray(pixels).resize((width_px, height_px), Image.Resampling.BOX)
    ink = 1 - np.asarray(averaged, np.float32) / 255
    return np.round(255 * (1 - ink**_INK_GAMMA)).astype(np.uint8)


def _picture_path(root: str, sha256: str) -> str:
    return f"{root}/pictures/{sha256[:2]}/{sha256}"


def _said(error: OSError) -> str:
    return error.strerror or str(error)
