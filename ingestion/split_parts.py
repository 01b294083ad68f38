"""Archives that come in parts, ``2007.aa, 2007.ab …`` as `split` names them."""

import itertools
import re
import string
from collections.abc import Iterator
from pathlib import Path

from core.errors import ArchiveCorrupt

_PART = re.compile(r"(?P<stem>.+)\.[a-z]{2}")


def first_part(path: Path) -> Path | None:
    """The first of the parts that a path is one of; None where it is no part."""
    match = _PART.fullmatch(path.name)
    first = path.with_name(f"{match['stem']}.aa") if match else None
    return first if first is not None and path.is_file() and first.is_file() else None


def first_parts_in(folder: Path) -> tuple[Path, ...]:
    """The first parts that lie in a folder, by name."""
    return tuple(path for path in sorted(folder.glob("*.aa")) if first_part(path) == path)


def all_parts(first: Path) -> tuple[Path, ...]:
    """Every part, in order.

    Raises:
        ArchiveCorrupt: If one is missing between others.
    """
    there = {path.name for path in first.parent.glob(f"{_escaped(first.stem)}.??")}
    there = {name for name in there if _PART.fullmatch(name)}
    parts = []
    for suffix in _suffixes():
        name = f"{first.stem}.{suffix}"
        if name not in there:
            break
        parts.append(first.with_name(name))
        there.remove(name)
    if there:
        after = ", ".join(sorted(there)[:3])
        raise ArchiveCorrupt(name, f"this part is missing, but not those after it: {after}")
    return tuple(parts)


def _suffixes() -> Iterator[str]:
    letters = itertools.product(string.ascii_lowercase, repeat=2)
    return (f"{one}{two}" for one, two in letters)


def _escaped(stem: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", stem)
