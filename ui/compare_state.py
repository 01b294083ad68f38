"""A comparison as its address: what the compare page shows, restored from a pasted link."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from search.orientation import Orientation
from ui.search_state import SearchState

MAX_CANDIDATES = 8
"""Designs beside a query; more cannot be told apart in one row."""
MODES = ("sides", "overlay", "blink", "difference")
_PAIR = re.compile(r"([1-9]\d?):(.+)")


@dataclass(frozen=True, slots=True)
class Shown:
    """What of a comparison is looked at, and how.

    Attributes:
        view: Position of the query view; None for the best pair.
        figure_id: The figure beside it; empty for the best pair.
        mode: One of `MODES`.
        orientation: How the figure is laid; None as it fits best.
    """

    view: int | None = None
    figure_id: str = ""
    mode: str = MODES[0]
    orientation: Orientation | None = None

    @classmethod
    def parse(cls, pair: str, mode: str, laid: str) -> Self:
        """Read values of an address; what makes no sense is what is shown at first.

        Example:
            >>> Shown.parse("2:US-D1-S1/3A", "blink", "mirrored_90").view
            1
        """
        match = _PAIR.fullmatch(pair)
        named = {orientation.name.lower(): orientation for orientation in Orientation}
        return cls(
            view=int(match[1]) - 1 if match else None,
            figure_id=match[2] if match else "",
            mode=mode if mode in MODES else MODES[0],
            orientation=named.get(laid),
        )

    @property
    def pair(self) -> str:
        """Name of the pair in the address, empty for the best one."""
        return "" if self.view is None else pair_name(self.view, self.figure_id)


@dataclass(frozen=True, slots=True)
class CompareState:
    """Everything a person chose on the compare page.

    Attributes:
        search: What is compared with: its drawings, liked figures and publication. The rest of it
            is kept for the way back.
        candidates: Publication ids.
        candidate: The one looked at; empty for the first.
        shown: What of it.
    """

    search: SearchState = field(default_factory=SearchState)
    candidates: tuple[str, ...] = ()
    candidate: str = ""
    shown: Shown = field(default_factory=Shown)

    @classmethod
    def from_params(cls, params: Mapping[str, Sequence[str]]) -> Self:
        """Read an address.

        Example:
            >>> state = CompareState.from_params({"with": ["A", "B"], "design": ["B"]})
            >>> state.candidates, state.candidate
            (('A', 'B'), 'B')
        """

        def last(name: str) -> str:
            values = params.get(name) or [""]
            return values[-1].strip()

        given = (value.strip() for value in params.get("with", ()))
        candidates = tuple(dict.fromkeys(value for value in given if value))[:MAX_CANDIDATES]
        return cls(
            search=SearchState.from_params(params),
            candidates=candidates,
            candidate=last("design") if last("design") in candidates else "",
            shown=Shown.parse(last("pair"), last("mode"), last("laid")),
        )

    def to_params(self) -> dict[str, str | list[str]]:
        """The address, without what is at its default."""
        shown = self.shown
        params: dict[str, str | list[str]] = {
            **self.search.to_params(),
            "with": list(self.candidates),
            "design": self.candidate,
            "pair": shown.pair,
            "mode": shown.mode if shown.mode != MODES[0] else "",
            "laid": shown.orientation.name.lower() if shown.orientation else "",
        }
        return {name: value for name, value in params.items() if value}

    @property
    def has_query(self) -> bool:
        """Whether the search has pictures to compare with."""
        search = self.search
        return bool(search.drawings or search.figures or search.publication)

    @property
    def query(self) -> SearchState:
        """What is compared with: the search's pictures, else the first design chosen."""
        search = self.search
        if self.has_query:
            return SearchState(
                drawings=search.drawings,
                figures=search.figures,
                unlike=search.unlike,
                publication=search.publication,
            )
        return SearchState(publication=self.candidates[0] if self.candidates else "")

    @property
    def beside(self) -> tuple[str, ...]:
        """The designs that are laid beside the query."""
        return self.candidates if self.has_query else self.candidates[1:]

    def with_design(self, publication_id: str) -> "CompareState":
        """One more design, which is looked at now; the last place is given up for it."""
        others = [known for known in self.candidates if known != publication_id]
        return replace(
            self,
            candidates=(*others[: MAX_CANDIDATES - 1], publication_id),
            candidate=publication_id,
            shown=Shown(mode=self.shown.mode),
        )

    def without_design(self, publication_id: str) -> "CompareState":
        """The same comparison without one design."""
        left = tuple(known for known in self.candidates if known != publication_id)
        candidate = self.candidate if self.candidate in left else ""
        return replace(
            self, candidates=left, candidate=candidate, shown=Shown(mode=self.shown.mode)
        )

    def looking_at(self, publication_id: str) -> "CompareState":
        """The same comparison, another of its designs."""
        return replace(self, candidate=publication_id, shown=Shown(mode=self.shown.mode))


def pair_name(view: int, figure_id: str) -> str:
    """A query view, by position, beside a figure.

    Example:
        >>> pair_name(0, "US-D1-S1/3A")
        '1:US-D1-S1/3A'
    """
    return f"{view + 1}:{figure_id}"
