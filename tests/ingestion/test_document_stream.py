"""Concatenated documents are told apart wherever the reading breaks, whatever is damaged."""

import io
import tracemalloc
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.formats import document_stream
from ingestion.formats.document_stream import Stretch, iter_stretches

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
    documents = [document(inner), document(b"<us-patent-grant-x/>")]
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


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_where_reading_breaks_does_not_matter(data):
    tokens = [HEADER, b"<!DOCTYPE x>", b"<us-patent-grant a='1'>", b"</us-patent-grant>",
              b"<PATDOC>", b"</PATDOC >", b"text", b" ", b"<us-pat", b"\n"]  # fmt: skip
    content = b"".join(data.draw(st.lists(st.sampled_from(tokens), max_size=30)))
    sizes = data.draw(st.lists(st.integers(1, 40), max_size=40))
    kept_head = document_stream.HEAD_BYTES
    document_stream.HEAD_BYTES = 100
    try:
        in_pieces = list(iter_stretches(_InPieces(content, sizes)))
        at_once = list(iter_stretches(io.BytesIO(content)))
    finally:
        document_stream.HEAD_BYTES = kept_head
    assert [replace(s, head=b"") for s in in_pieces] == [replace(s, head=b"") for s in at_once]


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
