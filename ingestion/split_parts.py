"""Archives that come in parts, ``2007.aa, 2007.ab …`` as `split` names them."""

import itertools
import re
import string
from collections.abc import Iterator
from pathlib import Path

from core.errors import ArchiveCorrupt

_PART = re.compile(r"(?P<stem>.+)\.[a-z]{2}")


def first_part(path: Path) -> Path | None:
    """The first of the parts that a path is one of; None where it is no part.

    Where the first one is missing it is the second, for which `all_parts` says so.
    """
    match = _PART.fullmatch(path.name)
    if match is None or not path.is_file():
        return None
    places = (path.with_name(f"{match['stem']}.{suffix}") for suffix in ("aa", "ab"))
    return next((place for place in places if place.is_file()), None)


def first_parts_in(folder: Path) -> tuple[Path, ...]:
    """The first parts that lie in a folder, by name."""
    return tuple(path for path in sorted(folder.glob("*.aa")) if first_part(path) == path)


def headless_parts_in(folder: Path) -> tuple[Path, ...]:
    """The second parts in a folder of which the first is missing, by name."""
    return tuple(path for path in sorted(folder.glob("*.ab")) if first_part(path) == path)


def all_parts(first: Path) -> tuple[Path, ...]:
    """Every part, in order.

    Raises:
        ArchiveCorrupt: If one is missing before others.
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
