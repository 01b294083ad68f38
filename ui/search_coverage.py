"""What a search looked through, told beside its hits."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from core.walled_off import WalledOff
from ui.kept_counts import Kept
from ui.wording import counted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from ingestion.catalogue import Catalogue
    from ingestion.corpus_coverage import Coverage


@dataclass(frozen=True, slots=True)
class SearchedCoverage:
    """Coverage in short, before any filter of a search; withdrawn publications are not counted.

    Attributes:
        first, last: Publication dates; None where no publication has one.
        n_figures: Figures that can be found.
        n_waiting: Figures that are not searched yet.
        failures: Figures that are not searched, by the stage that gave them up.
    """

    offices: tuple[str, ...]
    first: "date | None"
    last: "date | None"
    n_publications: int
    n_figures: int
    n_waiting: int
    failures: dict[str, int]

    @classmethod
    def of(cls, covered: "Coverage") -> Self:
        """What the catalogue counted, over all offices."""
        offices = covered.offices
        n_indexed = sum(office.n_indexed for office in offices)
        n_failed = sum(office.n_failed for office in offices)
        return cls(
            offices=tuple(office.office for office in offices),
            first=min((office.first for office in offices if office.first), default=None),
            last=max((office.last for office in offices if office.last), default=None),
            n_publications=sum(office.n_publications for office in offices),
            n_figures=n_indexed,
            n_waiting=sum(office.n_figures for office in offices) - n_indexed - n_failed,
            failures=dict(covered.failures),
        )


class KeptCoverage:
    """What one catalogue covers, as of a minute ago where counting takes long."""

    def __init__(self, catalogue: "Catalogue") -> None:
        self._covered = Kept(lambda: SearchedCoverage.of(catalogue.coverage()))
        self._by_class = Kept(catalogue.locarno_counts)
        self._walled_off = WalledOff(
            lambda hidden_uploads: KeptCoverage(catalogue.without(hidden_uploads))
        )

    def without(self, hidden_uploads: frozenset[str]) -> "KeptCoverage":
        """The coverage without some uploads; the last ones asked for are kept."""
        if not hidden_uploads:
            return self
        return self._walled_off.without(hidden_uploads)

    def now(self) -> SearchedCoverage:
        """What is covered."""
        return self._covered.now()

    def by_class(self) -> "Mapping[str, int]":
        """Publications by Locarno class and subclass; see `Catalogue.locarno_counts`."""
        return self._by_class.now()


def coverage_json(covered: SearchedCoverage) -> dict[str, Any]:
    """Coverage as JSON values."""
    return {
        "offices": list(covered.offices),
        "first": covered.first.isoformat() if covered.first else None,
        "last": covered.last.isoformat() if covered.last else None,
        "n_publications": covered.n_publications,
        "n_figures": covered.n_figures,
        "n_waiting": covered.n_waiting,
        "failures": covered.failures,
    }


def coverage_words(covered: SearchedCoverage, *, is_narrowed: bool) -> str:
    """Coverage in one line.

    Args:
        covered: Of the collection.
        is_narrowed: Whether filters left a part of it out.

    Example:
        >>> covered = SearchedCoverage(("US", "WO"), None, None, 2, 9, 0, {"embedded": 1})
        >>> coverage_words(covered, is_narrowed=False)
        'searched 2 publications of US, WO, dates unknown; 1 figure is listed as failed'
    """
    searched = "searched what passes the filters among" if is_narrowed else "searched"
    offices = f" of {', '.join(covered.offices)}" if covered.offices else ""
    parts = [f"{searched} {counted(covered.n_publications, 'publication')}{offices}, "
             f"{_span(covered)}"]  # fmt: skip
    if covered.n_waiting:
        parts.append(f"{_figures(covered.n_waiting)} not searched yet")
    if covered.failures:
        parts.append(f"{_figures(sum(covered.failures.values()))} listed as failed")
    return "; ".join(parts)


def _span(covered: SearchedCoverage) -> str:
    if covered.first is None or covered.last is None:
        return "dates unknown"
    first, last = covered.first.year, covered.last.year
    return f"{first}" if first == last else f"{first} to {last}"


def _figures(n: int) -> str:
    return f"{counted(n, 'figure')} {'is' if n == 1 else 'are'}"
