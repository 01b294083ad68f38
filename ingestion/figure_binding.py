"""Which caption belongs to which cut figure. Pure.

A label read from the sheet binds its caption exactly, brackets and dashes aside. A label that no
caption knows, but that reads like exactly one left over (``18`` for ``1B``), is taken for it; other
figures without a readable label take the captions left over only where both are equally many and
their order fits the labels around them. Both are marked as inferred; otherwise nothing is claimed.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.records import FigureCaption, GivenFigure, LabelSource, View

_LOOKALIKES = str.maketrans("BOQDILSZG", "800011526")
"""Letters that are read as digits, and the other way round."""


class Labelled(Protocol):
    """A cut figure, as far as binding looks at it."""

    @property
    def label(self) -> str | None:
        """Printed label as read from the sheet, None where none was read."""


@dataclass(frozen=True, slots=True)
class BoundFigure:
    """What the document says about one cut figure."""

    label: str | None
    label_source: LabelSource
    """Only a `PRINTED` or `STATED` label may enter the figure's id."""
    view: View
    object_name: str | None
    caption: str | None


_NOTHING_KNOWN = BoundFigure(None, LabelSource.NONE, View.UNKNOWN, None, None)


def stated(given: GivenFigure) -> BoundFigure:
    """What is known of a figure that came already cut."""
    source = LabelSource.NONE if given.label is None else LabelSource.STATED
    return BoundFigure(given.label, source, given.view, given.object_name, given.caption)


def bind_captions(
    cut: Sequence[Labelled], captions: Sequence[FigureCaption]
) -> tuple[BoundFigure, ...]:
    """Give every cut figure its label and caption.

    Args:
        cut: A publication's figures over all its sheets, in reading order, without front-page
            copies.
        captions: Its captions in the order of the document; labels do not repeat.

    Returns:
        One record a figure, in order. Of several figures that were read as the same label, the
        one that fits its neighbours keeps it. A label that no caption knows stays as it was
        printed, without a caption, unless the counts say which figure it must be.
    """
    place_of = {caption.label.upper(): place for place, caption in enumerate(captions)}
    plain = _unique({place: _plain(label) for label, place in place_of.items()})
    read = [figure.label.upper() if figure.label else None for figure in cut]
    known = [
        captions[plain[_plain(label)]].label.upper()
        if label and label not in place_of and _plain(label) in plain
        else label
        for label in read
    ]
    printed = _without_repeats(known, place_of)
    places = [place_of.get(label) if label else None for label in printed]
    alike = _lookalikes(printed, places, place_of)
    taken = [alike.get(idx, place) for idx, place in enumerate(places)]
    inferred = [alike.get(idx, guess) for idx, guess in enumerate(_infer(taken, len(captions)))]
    bound = []
    for label, place, guess in zip(printed, places, inferred, strict=True):
        if place is not None:
            bound.append(_bind(captions[place], LabelSource.PRINTED))
        elif guess is not None:
            bound.append(_bind(captions[guess], LabelSource.INFERRED))
        elif label is not None:
            bound.append(BoundFigure(label, LabelSource.PRINTED, View.UNKNOWN, None, None))
        else:
            bound.append(_NOTHING_KNOWN)
    return tuple(bound)


def _bind(caption: FigureCaption, source: LabelSource) -> BoundFigure:
    return BoundFigure(caption.label, source, caption.view, caption.object_name, caption.text)


def _plain(label: str) -> str:
    """``3(A)`` and ``3-A`` as ``3A``."""
    return re.sub(r"[()\-]", "", label)


def _unique(names: Mapping[int, str]) -> dict[str, int]:
    """Places by name, without the names that several places share."""
    times = Counter(names.values())
    return {name: place for place, name in names.items() if times[name] == 1}


def _lookalikes(
    printed: Sequence[str | None], places: Sequence[int | None], place_of: Mapping[str, int]
) -> dict[int, int]:
    """Captions of figures whose label was misread for one that looks like it, where only one can.

    Returns:
        Place of the caption by index of the figure.
    """
    taken = {place for place in places if place is not None}
    free = {
        place: _plain(label).translate(_LOOKALIKES)
        for label, place in place_of.items()
        if place not in taken
    }
    strange = {
        idx: _plain(label).translate(_LOOKALIKES)
        for idx, (label, place) in enumerate(zip(printed, places, strict=True))
        if label is not None and place is None
    }
    captions, figures = _unique(free), _unique(strange)
    return {idx: captions[name] for name, idx in figures.items() if name in captions}


def _without_repeats(read: Sequence[str | None], place_of: Mapping[str, int]) -> list[str | None]:
    """Leave each label to one figure: the one whose neighbours' captions stand around its own."""
    wearers: dict[str, list[int]] = defaultdict(list)
    for idx, label in enumerate(read):
        if label is not None:
            wearers[label].append(idx)
    kept = list(read)
    for label, indices in wearers.items():
        place = place_of.get(label)

        def misfit(idx: int, place: int | None = place) -> int:
            """How far the neighbours' captions are from standing right before and after."""
            if place is None:
                return 0
            around = ((idx - 1, place - 1), (idx + 1, place + 1))
            neighbours = [
                abs(known - expected)
                for near, expected in around
                if 0 <= near < len(read) and (known := place_of.get(read[near] or "")) is not None
            ]
            return sum(neighbours) + 2 * (2 - len(neighbours))

        best = min(indices, key=misfit)
        for idx in indices:
            if idx != best:
                kept[idx] = None
    return kept


def _infer(places: Sequence[int | None], n_captions: int) -> list[int | None]:
    """Captions for the figures without one, where counts and order leave a single answer.

    Args:
        places: Caption of each figure, None where unknown.
        n_captions: How many captions there are.
    """
    taken = {place for place in places if place is not None}
    free = [place for place in range(n_captions) if place not in taken]
    open_figures = [idx for idx, place in enumerate(places) if place is None]
    inferred: list[int | None] = [None] * len(places)
    if len(free) != len(open_figures):
        return inferred
    for idx, place in zip(open_figures, free, strict=True):
        before = [known for known in places[:idx] if known is not None]
        after = [known for known in places[idx + 1 :] if known is not None]
        if (not before or before[-1] < place) and (not after or place < after[0]):
            inferred[idx] = place
    return inferred
