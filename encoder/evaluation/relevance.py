"""Which figures answer which: the tracks of evaluation as one rule of gains."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from encoder.evaluation.manifest import ManifestRow, Track, design_number

Indices = NDArray[np.int64]
Gains = NDArray[np.uint8]


class GainRule(Protocol):
    """How much a gallery figure is worth to a query figure."""

    @property
    def known(self) -> NDArray[np.bool_]:
        """[N], figures of which enough is known to take part."""

    def gains(self, query_idx: Indices, gallery_idx: Indices) -> Gains:
        """uint8 [Q, G], 0 for irrelevant; indices are rows of the set."""


def gain_rule(
    track: Track, rows: Sequence[ManifestRow], cites: Mapping[str, frozenset[str]] | None = None
) -> GainRule:
    """The rule of a track over N figures.

    Args:
        track: What counts as relevant.
        rows: N figures.
        cites: For citations: cited by citing publication, as `design_number` spells them.
    """
    match track:
        case Track.GRADED:
            coarse_to_fine = (Track.LOCARNO_CLASS, Track.LOCARNO, Track.PUBLICATION)
            rule = SharedKeys.of([keys(rows, level) for level in coarse_to_fine])
            return SharedKeys(rule.codes, known=rule.codes[0] >= 0)
        case Track.CITATIONS:
            return Cited.of(rows, cites or {})
        case _:
            return SharedKeys.of([keys(rows, track)])


def keys(rows: Sequence[ManifestRow], track: Track) -> NDArray[np.str_]:
    """What figures must share to be relevant to each other; str [N], empty where unknown."""
    match track:
        case Track.PUBLICATION | Track.CITATIONS:
            found = [row.publication_id for row in rows]
        case Track.LOCARNO:
            found = [row.locarno if "-" in row.locarno else "" for row in rows]
        case Track.LOCARNO_CLASS | Track.GRADED:
            found = [row.locarno[:2] for row in rows]
        case Track.CLASS:
            found = [row.class_name for row in rows]
        case Track.TITLE:
            found = [row.title.casefold() for row in rows]
    return np.array(found, dtype=np.str_)


@dataclass(frozen=True)
class SharedKeys:
    """Relevant by what two figures share, at one level or several."""

    codes: NDArray[np.int64]
    """[L, N], coarse level first; −1 where unknown. Sharing level l is worth l, from 1."""
    known: NDArray[np.bool_]

    @classmethod
    def of(cls, levels: Sequence[NDArray[np.str_]]) -> "SharedKeys":
        """Levels, coarse first, each str [N] with empty text where unknown."""
        codes = np.stack([_codes(level) for level in levels])
        return cls(codes, known=np.all(codes >= 0, axis=0))

    def gains(self, query_idx: Indices, gallery_idx: Indices) -> Gains:
        gains = np.zeros((len(query_idx), len(gallery_idx)), dtype=np.uint8)
        for gain, codes in enumerate(self.codes, 1):
            asked = codes[query_idx][:, None]
            gains[(asked == codes[gallery_idx]) & (asked >= 0)] = gain
        return gains


@dataclass(frozen=True)
class Cited:
    """Relevant by an examiner's or applicant's citation."""

    numbers: NDArray[np.str_]
    """[N], publication of each figure, as `design_number` spells it."""
    cites: Mapping[str, frozenset[str]]
    known: NDArray[np.bool_]

    @classmethod
    def of(cls, rows: Sequence[ManifestRow], cites: Mapping[str, frozenset[str]]) -> "Cited":
        numbers = np.array([design_number(row.publication_id) for row in rows], dtype=np.str_)
        return cls(numbers, cites, known=numbers != "")

    def gains(self, query_idx: Indices, gallery_idx: Indices) -> Gains:
        gallery = self.numbers[gallery_idx]
        gains = np.zeros((len(query_idx), len(gallery_idx)), dtype=np.uint8)
        for row, number in enumerate(self.numbers[query_idx]):
            cited = self.cites.get(str(number), frozenset()) - {str(number)}
            if cited:
                gains[row] = np.isin(gallery, list(cited))
        return gains


def _codes(level: NDArray[np.str_]) -> NDArray[np.int64]:
    _, codes = np.unique(level, return_inverse=True)
    return np.where(level == "", -1, codes).astype(np.int64)
