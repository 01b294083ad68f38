"""Filters that no publication can pass together, said before anything is searched."""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from search.query import SearchQuery  # which asks here whether it makes sense


def contradiction(query: "SearchQuery") -> str | None:
    """Why nothing could ever be found, in words for the person who asked; None where it could."""
    checks: tuple[Callable[[SearchQuery], str | None], ...] = (
        _dates,
        _classes,
        _figures,
        _mode,
        _fusion,
    )
    return next((reason for check in checks if (reason := check(query))), None)


def _dates(query: "SearchQuery") -> str | None:
    for name, first, last in (
        ("published", query.published_from, query.published_to),
        ("filed", query.filed_from, query.filed_to),
        ("priority", query.priority_from, query.priority_to),
    ):
        if first and last and first > last:
            return f"{name}_from {first} lies after {name}_to {last}"
    if query.cut_off and query.published_from and query.published_from >= query.cut_off:
        return (
            f"published_from {query.published_from} is not before cut_off {query.cut_off}, which"
            " leaves out everything published on or after that day"
        )
    if query.priority_from and query.filed_to and query.priority_from > query.filed_to:
        return (
            f"priority_from {query.priority_from} lies after filed_to {query.filed_to}, and nothing"
            " goes back to a day after its filing"
        )
    return None


def _classes(query: "SearchQuery") -> str | None:
    locarno = _hopeless(query.locarno_any, query.locarno_all, query.locarno_not, "-")
    if locarno:
        return f"Locarno {', '.join(locarno)} is asked for and excluded at the same time"
    us = _hopeless(query.us_class, (), query.us_class_not, "/")
    if us:
        return f"US class {', '.join(us)} is asked for and excluded at the same time"
    return None


def _hopeless(
    any_of: Collection[str], all_of: Collection[str], excluded: Collection[str], separator: str
) -> list[str]:
    """Codes that are wanted and excluded, by themselves or by their class."""

    def is_out(code: str) -> bool:
        return code in excluded or code.partition(separator)[0] in excluded

    hopeless = [code for code in all_of if is_out(code)]
    if any_of and all(map(is_out, any_of)):
        hopeless.extend(any_of)
    return hopeless


def _figures(query: "SearchQuery") -> str | None:
    both = [figure for figure in query.figure_ids if figure in query.unlike_figure_ids]
    return f"{', '.join(both)} is liked and disliked at the same time" if both else None


def _mode(query: "SearchQuery") -> str | None:
    if query.class_mode == "boost" and not (query.locarno_any or query.locarno_all):
        return "class_mode boost needs a class to raise; give locarno_any or locarno_all"
    return None


def _fusion(query: "SearchQuery") -> str | None:
    if query.fusion != "dbsf":
        return None
    weighted = [
        name
        for name in ("image_weight", "text_weights")
        if getattr(query, name) != type(query).model_fields[name].default
    ]
    if query.has_class_boost and query.text:
        weighted.append("class_boost with words")
    if weighted:
        return f"fusion dbsf knows no weights, and {', '.join(weighted)} asks for some; use rrf"
    return None
