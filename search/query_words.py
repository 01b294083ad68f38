"""A query in words, as a record prints it. Pure."""

from collections.abc import Mapping
from typing import Any

from search.query import SearchQuery

_LABELS = {
    "text": "Words",
    "publication_id": "Like the figures of",
    "figure_ids": "Like figures",
    "unlike_figure_ids": "Unlike figures",
    "locarno_any": "Locarno, any of",
    "locarno_all": "Locarno, all of",
    "locarno_not": "Locarno, none of",
    "class_mode": "Locarno classes are used as",
    "us_class": "US class, any of",
    "us_class_not": "US class, none of",
    "office": "Office",
    "owner": "Owner",
    "designer": "Designer",
    "within": "Within publications",
    "views": "View",
    "kind": "Kind code",
    "status": "Status",
    "source": "Delivery",
    "published_from": "Published from",
    "published_to": "Published to",
    "filed_from": "Filed from",
    "filed_to": "Filed to",
    "priority_from": "Filed or priority claimed from",
    "priority_to": "Filed or priority claimed to",
    "cut_off": "Cut-off date",
    "image_weight": "Share of the pictures",
    "limit": "Ranks listed",
    "offset": "Ranks passed over",
    "group": "One rank for each",
    "exact": "Comparison",
}
_ALWAYS = ("limit", "group", "exact")
_MAX_LISTED = 30


def query_words(query: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was asked, line by line: everything that is not as it is by default.

    Args:
        query: Fields of a `SearchQuery` as JSON values; unknown ones are named as they are.

    Example:
        >>> query_words({"locarno_any": ["06-01", "06-02"], "cut_off": "2021-01-05"})[:2]
        [('Locarno, any of', '06-01, 06-02'), ('Cut-off date', 'published before 2021-01-05')]
    """
    usual = SearchQuery().model_dump(mode="json")
    whole = {**{name: usual[name] for name in _ALWAYS}, **query}
    order = [*_LABELS, *sorted(set(whole) - set(_LABELS))]
    return [
        (_LABELS.get(name, name.replace("_", " ").capitalize()), _words(name, whole[name]))
        for name in order
        if name in whole and (name in _ALWAYS or whole[name] != usual.get(name))
    ]


def _words(name: str, value: Any) -> str:
    if name == "exact":
        return "exact: every figure that passes the filters" if value else "approximate, rescored"
    if name == "cut_off":
        return f"published before {value}"
    if name == "text":
        return f"“{value}”"
    if isinstance(value, list):
        more = f" and {len(value) - _MAX_LISTED:,} more" if len(value) > _MAX_LISTED else ""
        return ", ".join(map(str, value[:_MAX_LISTED])) + more
    if isinstance(value, dict):
        return ", ".join(f"{key} {part}" for key, part in value.items())
    return f"{value}"
