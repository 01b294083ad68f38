"""Concatenated documents are told apart wherever the reading breaks, whatever is damaged."""

import io
import tracemalloc

import pytest

from ingestion.formats import document_stream
from ingestion.formats.document_stream import Stream, Stretch, iter_stretches

HEADER = b'<?xml version="1.0" encoding="UTF-8"?>\n'
GRANT = b"<us-patent-grant a='1'>%s</us-patent-grant>"


def document(text: bytes, doctype: bytes = b"<!DOCTYPE us-patent-grant [ ]>\n") -> bytes:
    return HEADER + doctype + GRANT % text


def split(content: bytes) -> list[bytes]:
    return [content[s.start : s.end] for s in iter_stretches(io.BytesIO(content)) if s.is_whole]


def damaged(content: bytes) -> list[tuple[str | None, bytes]]:
    stretches = iter_stretches(io.BytesIO(content))
    return [(s.root, content[s.start : s.end]) for s in stretches if not s.is_whole]


def test_documents_are_found_with_their_prologues():
    documents = [
        document(b"one"), document(b"two", b""), HEADER + b"<sequence-cwu>s</sequence-cwu>",
        b"<!DOCTYPE PATDOC [\n<!ENTITY a SYSTEM 'b' NDATA TIF>]>\n<PATDOC>three</PATDOC>",
        b"<PATDOC>bare</PATDOC >",
    ]  # fmt: skip
    content = b"\xef\xbb\xbf" + b"\r\n".join(documents) + b"\n \n"
    assert split(content) == documents
    assert damaged(content) == []
    heads = [stretch.head[:7] for stretch in iter_stretches(io.BytesIO(content))]
    assert heads == [b"<us-pat", b"<us-pat", b"<sequen", b"<PATDOC", b"<PATDOC"]


def test_what_looks_like_a_beginning_inside_a_document_is_none():
    inner = b"<![CDATA[<?xml version='1.0'?><!DOCTYPE x>]]>"
    documents = [document(inner), b"<PATDOC>bare</PATDOC>", document(b"<us-patent-grant-x/>")]
    assert split(b"".join(documents)) == documents


def test_a_document_without_its_end_takes_no_neighbour_along():
    cut = document(b"two")[:-5]
    content = document(b"one") + cut + document(b"three")
    assert split(content) == [document(b"one"), document(b"three")]
    assert damaged(content) == [("us-patent-grant", cut)]
    assert damaged(document(b"one") + cut) == [("us-patent-grant", cut)]


def test_a_document_without_its_beginning_is_listed():
    headless = document(b"two").replace(b"<us-patent-grant ", b"<us-patent-grXnt ")
    content = document(b"one") + headless + document(b"three")
    assert split(content) == [document(b"one"), document(b"three")]
    assert damaged(content) == [(None, headless)]
    assert damaged(headless) == [(None, headless)]


@pytest.mark.parametrize("content", [b"", b" \n", b"\xef\xbb\xbf"])
def test_nothing_holds_nothing(content):
    assert list(iter_stretches(io.BytesIO(content))) == []


class _InPieces:
    """Hands out a few bytes at a time, as a socket or an unpacker may."""

    def __init__(self, content: bytes, sizes: list[int]) -> None:
        self._content = io.BytesIO(content)
        self._sizes = sizes

    def read(self, n_bytes: int) -> bytes:
        size = self._sizes.pop() if self._sizes else n_bytes
        return self._content.read(min(size, n_bytes))


def test_where_reading_breaks_does_not_matter(monkeypatch):
    monkeypatch.setattr(document_stream, "HEAD_BYTES", 40)
    headless = document(b"two").replace(b"<us-", b"<uX-")
    content = b"\n".join([document(b"one"), headless, b"<PATDOC >three</PATDOC\n>", document(b"")])
    at_once = _places(io.BytesIO(content + b" " * 100))
    assert [is_whole for *_, is_whole in at_once] == [True, False, True, True]
    for cut in range(1, len(content)):
        assert _places(_InPieces(content, [len(content) - cut, cut])) == at_once
    assert _places(_InPieces(content, [1] * len(content))) == at_once


def _places(stream: Stream) -> list[tuple[int, int, bool]]:
    return [(s.start, s.end, s.is_whole) for s in iter_stretches(stream)]


class _Endless:
    """A document of 600 MB between two small ones, made as it is read."""

    def __init__(self) -> None:
        self._parts = [document(b"one"), HEADER + b"<us-patent-grant >"]
        self._parts += [b"x" * 9_000_000] * 67 + [b"</us-patent-grant>", document(b"three")]

    def read(self, _: int) -> bytes:
        return self._parts.pop(0) if self._parts else b""


def test_a_document_of_600_megabytes_is_never_held():
    tracemalloc.start()
    found = list(iter_stretches(_Endless()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [stretch.is_whole for stretch in found] == [True, True, True]
    assert found[1].end - found[1].start > 600e6
    assert peak < 60e6
    assert isinstance(found[0], Stretch)
