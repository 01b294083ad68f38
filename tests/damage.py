"""Damaged copies of sound files, for every parser alike."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

_FACTOR = int(os.environ.get("LIMN_FUZZ_FACTOR", "1"))
"""How many times as long as in the suite; `docs/security.md` names a night's."""
_LONGEST_CPU_S = 20
_NUMBERS = [b"-1", b"0", b"1e999", b"NaN", b"9" * 400, b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f"]


def fuzzing(n_examples: int) -> settings:
    """Settings for a property of damaged input."""
    return settings(
        max_examples=n_examples * _FACTOR,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@st.composite
def damaged(draw: st.DrawFn, whole: bytes, tokens: Sequence[bytes] = ()) -> bytes:
    """The file with bytes flipped, dropped, zeroed, doubled, cut off, or others put in.

    Args:
        draw: Given by hypothesis.
        whole: A sound file.
        tokens: What has a meaning in its format.
    """
    content = whole
    junk = st.binary(max_size=12) | st.sampled_from([*tokens, *_NUMBERS])
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        n = draw(st.sampled_from([1, 2, 4, 9, 80, 700, len(content)]))
        before, hit, after = content[:at], content[at : at + n], content[at + n :]
        match draw(st.sampled_from(["flip", "drop", "zero", "double", "cut", "put", "over"])):
            case "flip":
                content = before + bytes(byte ^ draw(st.integers(1, 255)) for byte in hit[:4])
                content += hit[4:] + after
            case "drop":
                content = before + after
            case "zero":
                content = before + bytes(len(hit)) + after
            case "double":
                content = before + hit + hit + after
            case "cut":
                content = before
            case "put":
                content = before + draw(junk) + hit + after
            case _:
                given = draw(junk)
                content = before + given + content[at + len(given) :]
    return content


@contextmanager
def ends_soon() -> Iterator[None]:
    """Fail where the block takes more processor time than any damage is worth."""
    started = time.process_time()
    yield
    taken_s = time.process_time() - started
    assert taken_s < _LONGEST_CPU_S, f"took {taken_s:.0f} s"
