"""A `SearchQuery`'s filters as Qdrant conditions, and the same class filter in plain Python."""

from collections.abc import Sequence
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
    if query.locarno_any:
        must.append(models.Filter(should=_codes(query.locarno_any, "locarno_class", "locarno")))
    must.extend(_class_condition(code) for code in query.locarno_all)
    if query.us_class:
        must.append(models.Filter(should=_codes(query.us_class, "us_class_main", "us_class")))
    for key, values in (
        ("office", query.office),
        ("owner", query.owner),
        ("view", tuple(view.value for view in query.views)),
    ):
        if values:
            must.append(_any(key, values))
    must.extend(_dates("publication_date", query.published_from, query.published_to))
    must.extend(_dates("filing_date", query.filed_from, query.filed_to))
    if excluded_publications:
        must_not.append(_any("publication_id", excluded_publications))
    if not must and not must_not:
        return None
    return models.Filter(must=must or None, must_not=must_not or None)


def passes_class_filter(query: SearchQuery, locarno: Sequence[str]) -> bool:
    """Whether a publication with these codes passes the query's Locarno filter.

    Example:
        >>> passes_class_filter(SearchQuery(locarno_any=("28",)), ["28-03"])
        True
    """
    codes = {*locarno, *(code[:2] for code in locarno)}
    return (
        (not query.locarno_any or not codes.isdisjoint(query.locarno_any))
        and codes.issuperset(query.locarno_all)
        and codes.isdisjoint(query.locarno_not)
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


def _dates(key: str, first: date | None, last: date | None) -> list[models.Condition]:
    if first is None and last is None:
        return []
    return [models.FieldCondition(key=key, range=models.DatetimeRange(gte=first, lte=last))]
