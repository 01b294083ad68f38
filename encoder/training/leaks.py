"""Whether what a run validates on is also trained on: by publication, family and picture."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.errors import LeaksFound
from encoder.evaluation.manifest import ManifestRow, design_number
from encoder.training.copies import (
    COVERED,
    covered_share,
    digest,
    is_plain,
    near_pairs,
    perceptual_hashes,
)
from encoder.training.drawings import DrawingSet

Kind: TypeAlias = Literal["publication", "family", "picture", "near copy"]
KINDS: tuple[Kind, ...] = ("publication", "family", "picture", "near copy")
_NAMED_PAIRS = 5


@dataclass(frozen=True, slots=True)
class Leak:
    """A drawing, or all drawings of an object, that validation also looks at."""

    kind: Kind
    trained: str
    """Source and publication or label."""
    file: str
    """Of the validation figure."""


@dataclass
class _Found:
    """What was found in one source."""

    leaks: list[Leak] = field(default_factory=list)
    drawings: set[int] = field(default_factory=set)
    objects: set[int] = field(default_factory=set)
    n_plain: int = 0
    """Copies that hold too little to count."""


@dataclass(frozen=True)
class HeldOutFigures:
    """The figures a run validates on."""

    rows: tuple[ManifestRow, ...]
    packed: NDArray[np.uint8]
    """uint8 [N, S·S/8], as caches keep drawings."""

    def by_publication(self) -> dict[str, str]:
        """A file of each publication."""
        return {
            design_number(row.publication_id): row.file for row in self.rows if row.publication_id
        }

    def by_family(self) -> dict[str, str]:
        """A file of each family number."""
        return {number: row.file for row in self.rows for number in row.family}


def keep_apart(
    sets: tuple[DrawingSet, ...], held_out: HeldOutFigures, policy: Literal["stop", "drop"]
) -> tuple[tuple[DrawingSet, ...], dict[str, Any]]:
    """Look for leaks, and leave them out of training if the policy says so.

    A publication leaks as a whole: with one of its figures, all its drawings are left out. Drawings
    that belong to no publication are left out one by one.

    Args:
        sets: Training drawings.
        held_out: Validation figures.
        policy: What to do with leaks.

    Returns:
        The sets to train on, and counts for the record of the run.

    Raises:
        LeaksFound: If there are leaks and they are not to be dropped.
    """
    found = [_search(one, held_out) for one in sets]
    leaks = [leak for one in found for leak in one.leaks]
    if leaks and policy == "stop":
        raise LeaksFound(_message(leaks))
    kept = []
    for drawing_set, one in zip(sets, found, strict=True):
        left_out = np.isin(drawing_set.object_idx, list(one.objects))
        left_out[list(one.drawings)] = True
        if left_out.all():
            raise LeaksFound(
                f"every drawing of {drawing_set.name} is validated on; {_message(leaks)}"
            )
        kept.append(drawing_set.keep(~left_out) if left_out.any() else drawing_set)
    counts = Counter(leak.kind for leak in leaks)
    report = {
        "policy": policy,
        **{kind.replace(" ", "_"): counts[kind] for kind in KINDS},
        "too_plain_to_count": sum(one.n_plain for one in found),
        "n_dropped_drawings": sum(
            len(before.rows) - len(after.rows) for before, after in zip(sets, kept, strict=True)
        ),
        "family_unknown": {
            "validation_figures": sum(not row.family for row in held_out.rows),
            **{one.name: sum(not drawn.family for drawn in one.objects) for one in sets},
        },
    }
    return tuple(kept), report


def _search(drawing_set: DrawingSet, held_out: HeldOutFigures) -> _Found:
    found = _Found()
    publications, families = held_out.by_publication(), held_out.by_family()
    for object_idx, drawn in enumerate(drawing_set.objects):
        number = design_number(drawn.publication_id) if drawn.publication_id else ""
        shared = [families[number] for number in drawn.family if number in families]
        if number in publications:
            _add_object(found, drawing_set, object_idx, "publication", publications[number])
        elif shared:
            _add_object(found, drawing_set, object_idx, "family", shared[0])
    for drawing_idx, kind, row_idx in _copies(drawing_set, held_out, found):
        object_idx = int(drawing_set.object_idx[drawing_idx])
        if object_idx in found.objects or drawing_idx in found.drawings:
            continue
        file = held_out.rows[row_idx].file
        if drawing_set.objects[object_idx].publication_id:
            _add_object(found, drawing_set, object_idx, kind, file)
        else:
            found.drawings.add(drawing_idx)
            found.leaks.append(Leak(kind, _name(drawing_set, object_idx), file))
    return found


def _add_object(
    found: _Found, drawing_set: DrawingSet, object_idx: int, kind: Kind, file: str
) -> None:
    found.objects.add(object_idx)
    found.leaks.append(Leak(kind, _name(drawing_set, object_idx), file))


def _name(drawing_set: DrawingSet, object_idx: int) -> str:
    drawn = drawing_set.objects[object_idx]
    return f"{drawing_set.name} {drawn.publication_id or drawn.label}"


def _copies(
    drawing_set: DrawingSet, held_out: HeldOutFigures, found: _Found
) -> Iterator[tuple[int, Kind, int]]:
    """Training drawings that are also among the validation figures: which, how, and as what."""
    exact = {digest(packed): row_idx for row_idx, packed in enumerate(held_out.packed)}
    hashes = perceptual_hashes(held_out.packed)
    start = 0
    for block in drawing_set.iter_packed():
        rows, columns = near_pairs(hashes, perceptual_hashes(block))
        verified: set[int] = set()
        for row_idx, column in zip(rows.tolist(), columns.tolist(), strict=True):
            if column in verified:
                continue
            drawing, figure = block[column], held_out.packed[row_idx]
            same = exact.get(digest(drawing))
            if same is None and covered_share(drawing, figure) < COVERED:
                continue
            verified.add(column)
            if is_plain(drawing):
                found.n_plain += 1
            elif same is None:
                yield start + column, "near copy", row_idx
            else:
                yield start + column, "picture", same
        start += len(block)


def _message(leaks: list[Leak]) -> str:
    counts = Counter(leak.kind for leak in leaks)
    kinds = ", ".join(f"{counts[kind]} by {kind}" for kind in KINDS if counts[kind])
    first = [f"{leak.trained} = {leak.file} ({leak.kind})" for leak in leaks[:_NAMED_PAIRS]]
    return (
        f"{len(leaks)} leaks from training into validation ({kinds}). The first: "
        f'{"; ".join(first)}. Take them out of the sources, or set `leaks = "drop"` to leave '
        "them out of training"
    )
