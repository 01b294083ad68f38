"""Files made of other files read as the whole would, wherever one seeks."""

import gzip
import io
import random
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion import seekable_files
from ingestion.seekable_files import DEFLATE_WBITS, GZIP_WBITS, Inflated, Joined, Slice

CONTENT = random.Random(1).randbytes(40_000) + b"limn" * 20_000


@pytest.fixture
def close_marks(monkeypatch):
    monkeypatch.setattr(seekable_files, "_FIRST_SPACING_BYTES", 4_000)
    monkeypatch.setattr(seekable_files, "_BLOCK_BYTES", 1_000)
    monkeypatch.setattr(seekable_files, "_PACKED_BYTES", 700)
    monkeypatch.setattr(seekable_files, "_MAX_MARKS", 8)


def jump_about(file, content, n_jumps=200):
    places = random.Random(2)
    for _ in range(n_jumps):
        at, size = places.randrange(len(content) + 50), places.choice([0, 1, 512, 9_000])
        file.seek(at)
        assert file.read(size) == content[at : at + size]
        assert file.tell() == at + len(content[at : at + size])


def bare(content):
    packer = zlib.compressobj(wbits=DEFLATE_WBITS)
    return packer.compress(content) + packer.flush()


@pytest.mark.parametrize(
    ("packed", "wbits"),
    [
        (gzip.compress(CONTENT), GZIP_WBITS),
        (gzip.compress(CONTENT[:50_000]) + gzip.compress(CONTENT[50_000:]), GZIP_WBITS),
        (gzip.compress(CONTENT) + bytes(600), GZIP_WBITS),
        (bare(CONTENT) + b"what follows in the zip", DEFLATE_WBITS),
    ],
    ids=["gzip", "two members", "padded", "deflate"],
)
def test_inflated_reads_like_the_unpacked_file(close_marks, packed, wbits):
    file = Inflated(io.BytesIO(packed), wbits)
    jump_about(file, CONTENT)
    file.seek(0)
    assert file.read() == CONTENT
    assert len(file._marks) <= 9


def test_inflated_going_back_does_not_start_over(close_marks):
    packed = io.BytesIO(gzip.compress(random.Random(3).randbytes(100_000)))
    file = Inflated(packed, GZIP_WBITS)
    file.seek(99_000)
    file.read(1)
    reads = []
    whole = packed.read
    packed.read = lambda size: reads.append(size) or whole(size)
    file.seek(90_000)
    file.read(1)
    assert sum(reads) < 40_000


@pytest.mark.parametrize("n_kept", [5, 3_000, 20_000])
def test_inflated_says_where_packed_bytes_are_cut_off(n_kept):
    with pytest.raises((EOFError, zlib.error)):
        Inflated(io.BytesIO(gzip.compress(CONTENT)[:n_kept]), GZIP_WBITS).read()


def test_inflated_tells_bytes_that_do_not_match_their_checksum(close_marks):
    file = Inflated(io.BytesIO(bare(CONTENT)), DEFLATE_WBITS, crc32=zlib.crc32(CONTENT))
    jump_about(file, CONTENT)
    file.seek(0)
    assert file.read() == CONTENT
    with pytest.raises(zlib.error, match="checksum"):
        Inflated(io.BytesIO(bare(CONTENT)), DEFLATE_WBITS, crc32=1).read()


def test_inflated_gives_what_comes_before_damage_to_sized_reads():
    for packed, crc32 in ((bare(CONTENT)[:-2_000], None), (bare(CONTENT), 1)):
        file = Inflated(io.BytesIO(packed), DEFLATE_WBITS, crc32=crc32)
        content = file.read(10**6)
        assert len(content) > 30_000
        assert CONTENT.startswith(content)
        for _ in range(2):
            with pytest.raises((EOFError, zlib.error)):
                file.read(1)


def test_inflated_refuses_a_bomb():
    bomb = Inflated(io.BytesIO(gzip.compress(bytes(10**7))), GZIP_WBITS, n_allowed=10**6)
    with pytest.raises(OSError, match="refused as a bomb"):
        bomb.read()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.binary(max_size=20), min_size=1, max_size=6), st.integers(0, 100))
def test_joined_parts_read_like_one_file(tmp_path_factory, parts, at):
    folder = tmp_path_factory.mktemp("parts")
    paths = [folder / f"2007.a{chr(97 + n)}" for n in range(len(parts))]
    for path, part in zip(paths, parts, strict=True):
        path.write_bytes(part)
    whole = b"".join(parts)
    with Joined(paths) as file:
        assert file.seek(0, io.SEEK_END) == len(whole)
        file.seek(at)
        assert file.read() == whole[at:]
        jump_about(file, whole, n_jumps=10)


def test_slice_ends_where_it_ends():
    piece = Slice(io.BytesIO(CONTENT), 1_000, 500)
    jump_about(piece, CONTENT[1_000:1_500])
    assert piece.seek(-1, io.SEEK_END) == 499
    assert piece.read(5) == CONTENT[1_499:1_500]
