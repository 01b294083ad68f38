"""Pictures under the SHA-256 of their bytes: originals as they came, cut figures, thumbnails.

A picture never changes, so writing one twice is free and two processes may write the same one at
once. Files lie in `pictures/ab/abcdef…` and `thumbnails/ab/abcdef….png` below the store's URL.
"""

import hashlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from core.errors import ConfigurationFault, PictureUnreadable, StorageFailed
from core.passwords import without_password
from core.ports import GreyImage
from ingestion.durable_files import UNFINISHED, DurableFiles, durable_files, write_lightly
from ingestion.figure_png import encode_figure
from ingestion.image_decode import decode_picture
from ingestion.seal import Seal
from ingestion.thumbnails import draw_thumbnail, is_whole

_FORMER_THUMBNAIL = ".webp"
"""How thumbnails ended before; nobody reads them any more."""
_MAX_STORED_PIXELS = 2**31
"""What is in the store was within its limits when it came in."""


class PictureStore:
    """Content-addressed pictures in a folder, or at any fsspec URL.

    Args:
        url: A folder, or an fsspec URL such as ``s3://bucket/limn``.
        seal: Under which files lie there, if they are not to lie open.

    Raises:
        ConfigurationFault: If no file system serves the URL.
        StorageFailed: If its server does not answer.
    """

    def __init__(self, url: str, seal: Seal | None = None) -> None:
        self._seal = seal
        try:
            self._files, self._root = fsspec.core.url_to_fs(url)
        except OSError as error:
            raise _failed(url, "does not answer", error) from error
        except ImportError as error:
            raise ConfigurationFault(_unusable(url, str(error))) from error
        except ValueError:  # may repeat the password
            raise ConfigurationFault(_unusable(url, "no file system reads this")) from None
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
        told = without_password(path)
        if data is None:
            raise PictureUnreadable(
                told, "is not in the picture store; ingest its archive again or restore a backup"
            )
        if hashlib.sha256(data).hexdigest() != sha256:
            raise PictureUnreadable(
                told,
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
            PNG, at most `THUMBNAIL_PX` a side.

        Raises:
            PictureUnreadable: If the picture is missing, damaged or no picture.
        """
        path = _thumbnail_path(self._root, sha256)
        kept = self._read(path)
        if kept is not None and is_whole(kept):
            return kept
        drawn = draw_thumbnail(self.get_figure(sha256))
        if self._is_local and not self._seal:
            with suppress(OSError):  # full disk, no rights: it is drawn again for who asks next
                write_lightly(Path(path), drawn)
        else:
            with self._writing() as write:
                write(path, drawn)
        return drawn

    def keys(self, prefix: str) -> dict[str, float]:
        """What lies in the store under keys that begin so.

        Args:
            prefix: The first two hexadecimal digits.

        Returns:
            When each was written, or under seal last put there, Unix time, by key.

        Raises:
            StorageFailed: If the store cannot be read.
        """
        try:
            found = self._files.ls(f"{self._root}/pictures/{prefix}", detail=True)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise _failed(self._root, "cannot be read", error) from error
        written = {file["name"].rpartition("/")[2]: _written_at(file) for file in found}
        return {key: at for key, at in written.items() if not key.startswith(UNFINISHED)}

    def holds(self, sha256: str) -> bool:
        """Whether a picture is in the store."""
        return bool(self._files.exists(_picture_path(self._root, sha256)))

    def delete(self, sha256: str) -> None:
        """Take a picture out with its thumbnail; one that is not there is no error.

        Raises:
            StorageFailed: If it cannot be taken out.
        """
        small = _thumbnail_path(self._root, sha256)
        former = f"{small.removesuffix('.png')}{_FORMER_THUMBNAIL}"
        for path in (_picture_path(self._root, sha256), small, former):
            try:
                self._files.rm_file(path)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise _failed(path, "cannot be deleted", error) from error

    def sweep(self, older_than_s: float) -> int:
        """Delete what nobody reads on a local disk: what killed processes left half written, and
        thumbnails as an earlier version drew them.

        Args:
            older_than_s: What is half written may be a process's that lives.

        Returns:
            How many files.
        """
        if not self._is_local:
            return 0
        limit = time.time() - older_than_s
        leftovers = [
            path for path in Path(self._root).glob(f"*/*/{UNFINISHED}*") if _is_older(path, limit)
        ]
        leftovers += Path(self._root).glob(f"thumbnails/*/*{_FORMER_THUMBNAIL}")
        for path in leftovers:
            path.unlink(missing_ok=True)
        return len(leftovers)

    def _read(self, path: str) -> bytes | None:
        try:
            data: bytes = self._files.cat_file(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _failed(path, "cannot be read", error) from error
        return self._seal.open(data, _name(path)) if self._seal else data

    @contextmanager
    def _writing(self) -> Iterator[Callable[[str, bytes], None]]:
        try:
            with durable_files() as files:
                yield partial(self._write, files)
        except OSError as error:
            raise StorageFailed(
                f"pictures cannot be written to {without_password(self._root)}: {_said(error)}; "
                "make room or check the rights"
            ) from error

    def _write(self, files: DurableFiles, path: str, data: bytes) -> None:
        if self._seal:
            data = self._seal.close(data, _name(path))
        if self._is_local:
            if self._seal:  # who seals also purges by when it was last put here
                with suppress(FileNotFoundError):
                    os.utime(path)
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
        return self.put(encode_figure(pixels))


def _unusable(url: str, reason: str) -> str:
    return (
        f"pictures cannot be kept at {without_password(url)}: {reason}; set LIMN_PICTURES__URL to "
        "a folder or an fsspec URL whose package is installed, with / ? # @ : of a password as "
        "%2F %3F %23 %40 %3A"
    )


def _picture_path(root: str, sha256: str) -> str:
    return f"{root}/pictures/{sha256[:2]}/{sha256}"


def _thumbnail_path(root: str, sha256: str) -> str:
    return f"{root}/thumbnails/{sha256[:2]}/{sha256}.png"


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _written_at(file: Mapping[str, Any]) -> float:
    """When a file was written; file systems of fsspec each have their own word for it."""
    written = file.get("mtime") or file.get("LastModified") or file.get("created") or time.time()
    return written.timestamp() if isinstance(written, datetime) else float(written)


def _is_older(path: Path, limit: float) -> bool:
    """Whether a file was written before; one that got its final name meanwhile was not."""
    try:
        return path.stat().st_mtime < limit
    except FileNotFoundError:
        return False


def _failed(place: str, how: str, error: OSError) -> StorageFailed:
    return StorageFailed(f"{without_password(place)} {how}: {_said(error)}")


def _said(error: OSError) -> str:
    return error.strerror or str(error)
