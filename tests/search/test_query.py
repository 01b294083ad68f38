"""What may be asked, and what is said of the rest."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import QueryInvalid
from core.records import View
from search.query import SearchQuery
from search.query_values import parse_us_class_filter


def test_parse_normalises_codes() -> None:
    query = SearchQuery.parse({"locarno_any": ["2803", "6", "28-03"], "us_class": "d28/ 47"})
    assert query.locarno_any == ("28-03", "06")
    assert query.us_class == ("D28/47",)


def test_json_round_trip() -> None:
    query = SearchQuery.parse(
        {
            "text": "folding chair",
            "figure_ids": ["US-D0907292-S1/3A"],
            "locarno_any": ["06-01"],
            "views": ["front", "rear"],
            "published_from": "2001-01-02",
            "image_weight": 0.25,
            "group": "figure",
            "exact": True,
        }
    )
    assert SearchQuery.parse(json.loads(query.model_dump_json())) == query
    assert query.views == (View.FRONT, View.REAR)
    assert query.published_from == date(2001, 1, 2)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"shape": "round"}, "unknown search field shape"),
        ({"text": "   "}, "query text is empty"),
        ({"locarno_any": ["33"]}, "locarno_any: Locarno class 33 does not exist"),
        ({"locarno_not": ["chairs"]}, "locarno_not: 'chairs' is not a Locarno class"),
        ({"us_class": ["28/47"]}, "us_class: '28/47' is not a US design class"),
        ({"views": ["sideways"]}, "views: "),
        ({"published_from": "soon"}, "published_from: "),
        ({"published_from": "2021-02-01", "published_to": "2021-01-01"}, "lies after"),
        ({"filed_from": "2021-02-01", "filed_to": "2021-01-01"}, "filed_from"),
        ({"priority_from": "2021-02-01", "priority_to": "2021-01-01"}, "lies after priority_to"),
        ({"priority_from": "2021-02-01", "filed_to": "2021-01-01"}, "a day after its filing"),
        ({"priority_to": "20210100"}, "priority_to: "),
        ({"image_weight": float("nan")}, "image_weight: "),
        ({"image_weight": 1.5}, "image_weight: "),
        ({"limit": 0}, "limit: "),
        ({"limit": 501}, "limit: "),
        ({"offset": -1}, "offset: "),
        ({"offset": 4990, "limit": 20}, "last rank"),
        ({"group": "family"}, "group: "),
        ({"locarno_any": ["06-01"], "locarno_not": ["06"]}, "asked for and excluded"),
        ({"locarno_all": ["28"], "locarno_not": ["28"]}, "asked for and excluded"),
        ({"office": [""]}, "office: "),
        ({"locarno_any": ["45"]}, "Locarno class 45 does not exist"),
        ({"us_class": ["D98"]}, "US design class D98 does not exist"),
        ({"us_class": ["D6/300"], "us_class_not": ["D6"]}, "US class D6/300 is asked for and"),
        ({"cut_off": "2021-01-05", "published_from": "2021-01-05"}, "is not before cut_off"),
        ({"figure_ids": ["a/1"], "unlike_figure_ids": ["a/1"]}, "liked and disliked"),
        ({"class_mode": "boost"}, "needs a class to raise"),
        ({"class_mode": "boost", "locarno_any": ["06"], "class_boost": 0}, "class_boost: "),
        ({"text_weights": {"words": float("nan")}}, "text_weights.words: "),
        ({"text_weights": {"words": 0, "pictures": 0, "descriptions": 0}}, "all weights are 0"),
        ({"unlike_weight": float("inf")}, "unlike_weight: "),
        ({"publication_id": "chair"}, "'chair' is not a publication number"),
        ({"status": 7}, "status: "),
    ],
    ids=str,
)
def test_bad_query_names_the_field(values: dict, named: str) -> None:
    with pytest.raises(QueryInvalid) as caught:
        SearchQuery.parse(values)
    assert named in str(caught.value)
    assert "pydantic" not in str(caught.value)


def test_one_of_several_alternatives_may_be_excluded() -> None:
    query = SearchQuery.parse({"locarno_any": ["06", "28-03"], "locarno_not": ["28"]})
    assert query.locarno_any == ("06", "28-03")


def test_all_alternatives_excluded_is_a_contradiction() -> None:
    with pytest.raises(QueryInvalid, match="excluded"):
        SearchQuery.parse({"locarno_any": ["28-01", "28-03"], "locarno_not": ["28"]})


def test_lists_are_read_as_their_office_writes_them() -> None:
    query = SearchQuery.parse({"office": "us", "kind": ["s1"], "status": ["Published"]})
    assert (query.office, query.kind, query.status) == (("US",), ("S1",), ("published",))


def test_classes_narrow_or_raise_but_exclusion_always_narrows() -> None:
    boost = SearchQuery.parse({"locarno_any": ["06"], "class_mode": "boost"})
    assert (boost.has_class_filter, boost.has_class_boost, boost.is_narrowed) == (
        False,
        True,
        False,
    )
    assert boost.within_class().has_class_filter
    both = SearchQuery.parse({"locarno_any": ["06"], "locarno_not": ["07"], "class_mode": "boost"})
    assert (both.has_class_filter, both.has_class_boost) == (True, True)
    assert SearchQuery(cut_off=date(2021, 1, 1)).is_narrowed
    assert not SearchQuery(text="chair").is_narrowed


def test_without_class_filter_keeps_the_rest() -> None:
    query = SearchQuery.parse({"locarno_any": ["06"], "locarno_not": ["28"], "office": ["US"]})
    wide = query.without_class_filter()
    assert (query.has_class_filter, wide.has_class_filter) == (True, False)
    assert wide.office == ("US",)


@given(st.integers(1, 34), st.text("0123456789.", min_size=1, max_size=6))
def test_us_class_filter_reads_its_own_output(main: int, sub: str) -> None:
    once = parse_us_class_filter(f" d{main:2d} / {sub}")
    assert parse_us_class_filter(once) == once == f"D{main}/{sub}"
