"""Counts and class suggestions as the command line and the REST API tell them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ui.wording import class_words, counted

if TYPE_CHECKING:
    from search.class_votes import ClassSuggestion
    from search.facets import Facets
    from search.hits import PublicationHit

_N_PRINTED = 8


def counts_json(facets: "Facets") -> dict[str, Any]:
    """Facet counts: values with their number, most frequent first."""
    return {
        "counts": {
            name: [{"value": value, "count": n} for value, n in counts.items()]
            for name, counts in facets.counts.items()
        },
        "unit": facets.unit,
        "n_counted": facets.n_counted,
        "top": facets.top,
    }


def explained_json(hit: "PublicationHit") -> dict[str, Any]:
    """Why a hit stands where it stands, and what is listed under it."""
    return {
        "similarity": hit.similarity,
        "expected_by_chance": hit.expected_by_chance,
        "contributions": dict(hit.contributions),
        "twins": [asdict(twin) for twin in hit.twins],
    }


def weak_words(weak_from: int) -> str:
    """What the rank from which on hits are weak means."""
    return (
        f"weak from rank {weak_from} on: by chance alone one design of the collection or more would"
        " be as similar"
    )


def suggestions_json(
    suggested: Mapping[Any, Sequence["ClassSuggestion"]],
) -> dict[str, list[dict[str, Any]]]:
    """Suggestions by level, best first."""
    return {
        str(level): [
            {
                "code": item.code,
                "name": class_words(item.code) or None,
                "share": item.share,
                "n_publications": item.n_publications,
                "best": item.best,
            }
            for item in items
        ]
        for level, items in suggested.items()
    }


def scope_words(facets: "Facets") -> str:
    """What was counted, in words."""
    what = counted(facets.n_counted, facets.unit)
    return what if facets.top is None else f"the {what} most alike (at most {facets.top})"


def print_counts(console: Console, facets: "Facets") -> None:
    """Print the most frequent values of every facet."""
    console.print(f"counted: {scope_words(facets)}", highlight=False)
    for name, counts in facets.counts.items():
        shown = ", ".join(f"{value} {n:,}" for value, n in list(counts.items())[:_N_PRINTED])
        more = len(counts) - _N_PRINTED
        tail = f", and {more} more" if more > 0 else ""
        console.print(f"  {name:<14} {escape(shown)}{tail}", highlight=False)


def print_suggestions(
    console: Console, suggested: Mapping[Any, Sequence["ClassSuggestion"]]
) -> None:
    """Print the classes that the neighbours vote for."""
    table = Table("suggested class", "share of votes", "neighbours", "most alike", box=None)
    for items in suggested.values():
        for item in items:
            name = class_words(item.code)
            table.add_row(
                escape(f"{item.code} {name}".strip()),
                f"{item.share:.0%}",
                str(item.n_publications),
                item.best,
            )
    console.print(table)
