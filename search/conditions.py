"""A `SearchQuery`'s filters as Qdrant conditions, and the same class filter in plain Python."""

from collections.abc import Collection, Sequence
from datetime import date

from qdrant_client import models

from search.query import SearchQuery


def build_filter(
    query: SearchQuery, *, excluded_publications: Sequence[str] = ()
) -> models.Filter | None:
    """Everything a query narrows by, as one filter; None where nothing does.

    Args:
        query: What is asked.
        excluded_publications: Publications that must not appear.
    """
    must: list[models.Condition] = []
    must_not: list[models.Condition] = [_class_condition(code) for code in query.locarno_not]
    must_not.extend(_codes(query.us_class_not, "us_class_main", "us_class"))
    if query.class_mode == "filter":
        must.extend(_wanted_classes(query))
    if query.us_class:
        must.append(models.Filter(should=_codes(query.us_class, "us_class_main", "us_class")))
    must.extend(_any(key, values) for key, values in _lists(query) if values)
    must.extend(_dates("publication_date", query.published_from, query.published_to, query.cut_off))
    must.extend(_dates("filing_date", query.filed_from, query.filed_to))
    must.extend(_dates("effective_date", query.priority_from, query.priority_to))
    if excluded_publications:
        must_not.append(_any("publication_id", excluded_publications))
    if not must and not must_not:
        return None
    return models.Filter(must=must or None, must_not=must_not or None)


def build_wall(hidden_uploads: Collection[str]) -> models.Filter | None:
    """What did not come with one of these uploads; None where nothing is hidden."""
    if not hidden_uploads:
        return None
    return models.Filter(must_not=[_any("upload", sorted(hidden_uploads))])


def build_class_filter(query: SearchQuery) -> models.Filter:
    """The classes that a query with `has_class_boost` raises."""
    return models.Filter(must=_wanted_classes(query))


def both(one: models.Filter | None, other: models.Filter | None) -> models.Filter | None:
    """What passes both filters."""
    if one is None or other is None:
        return one or other
    return models.Filter(must=[one, other])


def passes_class_filter(query: SearchQuery, locarno: Sequence[str]) -> bool:
    """Whether a publication with these codes passes the query's Locarno filter.

    Example:
        >>> passes_class_filter(SearchQuery(locarno_any=("28",)), ["28-03"])
        True
    """
    codes = _with_classes(locarno)
    if not codes.isdisjoint(query.locarno_not):
        return False
    return query.class_mode == "boost" or matches_classes(query, locarno)


def matches_classes(query: SearchQuery, locarno: Sequence[str]) -> bool:
    """Whether a publication with these codes is of the classes a query wants or raises."""
    codes = _with_classes(locarno)
    return codes.issuperset(query.locarno_all) and (
        not query.locarno_any or not codes.isdisjoint(query.locarno_any)
    )


def _with_classes(locarno: Sequence[str]) -> set[str]:
    return {*locarno, *(code[:2] for code in locarno)}


def _wanted_classes(query: SearchQuery) -> list[models.Condition]:
    wanted: list[models.Condition] = [_class_condition(code) for code in query.locarno_all]
    if query.locarno_any:
        wanted.append(models.Filter(should=_codes(query.locarno_any, "locarno_class", "locarno")))
    return wanted


def _lists(query: SearchQuery) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Payload keys of which one of several values must match."""
    return (
        ("office", query.office),
        ("owner", query.owner),
        ("designer", query.designer),
        ("publication_id", query.within),
        ("view", tuple(view.value for view in query.views)),
        ("kind", query.kind),
        ("status", query.status),
        ("source", query.source),
    )


def _class_condition(code: str) -> models.FieldCondition:
    key = "locarno" if "-" in code else "locarno_class"
    return models.FieldCondition(key=key, match=models.MatchValue(value=code))


def _any(key: str, values: Sequence[str]) -> models.FieldCondition:
    return models.FieldCondition(key=key, match=models.MatchAny(any=list(values)))


def _codes(values: Sequence[str], main_key: str, full_key: str) -> list[models.Condition]:
    """Conditions for a mix of classes and subclasses, one for each kind."""
    full = [value for value in values if "-" in value or "/" in value]
    main = [value for value in values if value not in full]
    pairs = ((main_key, main), (full_key, full))
    return [_any(key, wanted) for key, wanted in pairs if wanted]


def _dates(
    key: str, first: date | None, last: date | None, before: date | None = None
) -> list[models.Condition]:
    if first is None and last is None and before is None:
        return []
    days = models.DatetimeRange(gte=first, lte=last, lt=before)
    return [models.FieldCondition(key=key, range=days)]
