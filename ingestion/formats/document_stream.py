"""Many documents one behind the other in a single file, told apart without holding the file.

The USPTO's weekly text files are XML or SGML documents simply written one after another. They are
split at the tags of their root elements, so that a damaged document ends where the next one begins
and takes none of its neighbours with it, and ``<?xml`` inside a document means nothing.
"""

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Protocol

from ingestion.formats.uspto_document import HEAD_BYTES

_CHUNK_BYTES = 2**20
_ROOTS = "us-patent-grant|PATDOC|us-patent-application|patent-application-publication|sequence-cwu"
_MARK = re.compile(
    (
        rf"<(?:(?P<declaration>\?xml\s)|(?P<doctype>!DOCTYPE\s)|(?P<start>{_ROOTS})(?=[\s>])"
        rf"|/(?P<end>{_ROOTS})\s{{0,80}}>)"
    ).encode()
)
_TAG = re.compile(rb"</?[A-Za-z]")
_PRINTED = re.compile(rb"[^\s\xef\xbb\xbf]")
"""Anything but white space and byte order marks."""


class Stream(Protocol):
    """What is read forward only."""

    def read(self, n_bytes: int, /) -> bytes:
        """At most so many bytes; none at the end."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the file: a whole document, or what belongs to none."""

    start: int
    """Byte offset of its first printed character: for a document, of its prologue."""
    end: int
    root: str | None
    """Name of the root element; None for a stretch without one."""
    head: bytes
    """From the root's start tag, else from `start` on; at most HEAD_BYTES."""
    is_whole: bool
    """Whether it is a document with both tags of its root."""


def iter_stretches(stream: Stream) -> Iterator[Stretch]:
    """Split a file, in its order. At most a few megabytes of it are held at a time."""
    splitter = _Splitter()
    window, at, is_last = b"", 0, False
    while not is_last:
        chunk = stream.read(_CHUNK_BYTES)
        is_last = not chunk
        window += chunk
        n_ready = len(window) if is_last else max(0, len(window) - HEAD_BYTES)
        n_taken = yield from splitter.take(window, at, n_ready)
        window, at = window[n_taken:], at + n_taken
    yield from splitter.finish(at)


class _Splitter:
    """What is known of the file so far; offsets count from its beginning."""

    def __init__(self) -> None:
        self._open: tuple[str, int, bytes] | None = None
        """The document that has begun: its root, its offset, its head."""
        self._prologue: int | None = None
        """Where the next document may begin: at its XML declaration, else at its DOCTYPE."""
        self._declared = False
        """Whether the last mark was an XML declaration."""
        self._loose: tuple[int, bytes] | None = None
        """The first printed character since the last document, and what follows it."""

    def take(self, window: bytes, at: int, n_ready: int) -> Generator[Stretch, None, int]:
        """Look at a window, which begins at offset `at`.

        Returns:
            How many bytes of it are done with: `n_ready`, or to the end of the mark across it.
        """
        done = 0
        for mark in _MARK.finditer(window):
            if mark.start() >= n_ready:
                break
            self._look_between(window, at, done, mark.start() + 1)
            done = mark.end()
            place = at + mark.start()
            if mark["start"]:
                head = window[mark.start() : mark.start() + HEAD_BYTES]
                yield from self._begin(mark["start"].decode(), place, head)
            elif mark["end"]:
                yield from self._close(mark["end"].decode(), at + done)
            elif mark["declaration"] or not self._declared:
                self._prologue = place
            self._declared = mark["declaration"] is not None
        self._look_between(window, at, done, n_ready + 1)
        return max(done, n_ready)

    def finish(self, end: int) -> Iterator[Stretch]:
        """What is left when the file ends."""
        yield from self._abandon(end)

    def _look_between(self, window: bytes, at: int, start: int, end: int) -> None:
        """Take note of what lies between marks."""
        if self._prologue is not None and _TAG.search(window, start, end):
            self._prologue = None  # of a document whose root was lost
        if self._open is None and self._loose is None:
            printed = _PRINTED.search(window, start, end)
            if printed is not None:
                head = window[printed.start() : printed.start() + HEAD_BYTES]
                self._loose = (at + printed.start(), head)

    def _begin(self, root: str, place: int, head: bytes) -> Iterator[Stretch]:
        start = place if self._prologue is None else self._prologue
        yield from self._abandon(start)
        self._open, self._prologue, self._loose = (root, start, head), None, None

    def _close(self, root: str, end: int) -> Iterator[Stretch]:
        if self._open is not None and self._open[0] == root:
            _, start, head = self._open
            self._open = self._prologue = None
            yield Stretch(start, end, root, head, is_whole=True)

    def _abandon(self, end: int) -> Iterator[Stretch]:
        """Give up what was begun and never ended, up to an offset."""
        if self._open is not None:
            root, start, head = self._open
            yield Stretch(start, end, root, head, is_whole=False)
        elif self._loose is not None and self._loose[0] < end:
            start, head = self._loose
            yield Stretch(start, end, None, head, is_whole=False)
