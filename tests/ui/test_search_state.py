"""A search and its address: there and back, and what a broken link is told."""

import contextlib
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.errors import QueryInvalid
from search.query import MAX_IMAGES, SearchQuery
from tests.damage import fuzzing
from ui.search_state import _ONE, _SEVERAL, PAGE_SIZE, SearchState

_codes = st.lists(st.sampled_from(["06", "06-01", "28", "28-03"]), unique=True).map(tuple)
_words = st.text("abc déf", max_size=12).map(str.strip)


@given(
    st.builds(
        SearchState,
        text=_words,
        drawings=st.lists(st.sampled_from(["a" * 64, "0f" * 32]), unique=True).map(tuple),
        figures=st.lists(st.sampled_from(["US-D1-S1/1", "US-D1-S1/2"]), unique=True).map(tuple),
        classes=_codes,
        without=_codes,
        views=st.lists(st.sampled_from(["front", "top"]), unique=True).map(tuple),
        published_from=st.sampled_from(["", "2021-01-05"]),
        priority_from=st.sampled_from(["", "2019-05-01"]),
        priority_to=st.sampled_from(["", "2020-05-01"]),
        unlike=st.lists(st.sampled_from(["US-D1-S1/3"]), unique=True).map(tuple),
        publication=st.sampled_from(["", "D907,292"]),
        boost=st.sampled_from(["", "0.1"]),
        owners=st.lists(st.sampled_from(["A & B; C", "Ö"]), unique=True).map(tuple),
        us_classes=st.sampled_from([(), ("D6/300",)]),
        cut_off=st.sampled_from(["", "2021-02-05"]),
        image_weight=st.sampled_from(["", "0.25"]),
        kinds=st.sampled_from([(), ("S1",)]),
        every_class=st.sampled_from(["", "1"]),
        exact=st.sampled_from(["", "1"]),
        layout=st.sampled_from(["", "grid"]),
        order=st.sampled_from(["", "newest"]),
        n_shown=st.sampled_from([PAGE_SIZE, 2 * PAGE_SIZE]),
    )
)
def test_address_restores_the_search(state: SearchState) -> None:
    params = {k: v if isinstance(v, list) else [v] for k, v in state.to_params().items()}
    assert SearchState.from_params(params) == state


def test_empty_search_has_a_bare_address() -> None:
    assert SearchState().to_params() == {}
    assert SearchState().is_empty
    assert not SearchState(classes=("06",)).is_empty


def test_boost_waits_for_a_class() -> None:
    assert not SearchState(text="a", boost="0.1").query().has_class_boost
    query = SearchState(text="a", boost="0.2", classes=("06",)).query()
    assert (query.has_class_boost, query.class_boost) == (True, 0.2)


def test_every_class_at_once_and_exactly() -> None:
    state = SearchState(text="a", classes=("06", "12-08"), every_class="1", exact="1")
    query = state.query()
    assert (query.locarno_all, query.locarno_any, query.exact) == (("06", "12-08"), (), True)
    assert SearchState.from_query(query.model_dump(mode="json"), ()).query() == query


def test_a_range_of_priority_comes_back_from_a_saved_search_and_another_view_keeps_it() -> None:
    state = SearchState(text="a", priority_from="2019-05-01", priority_to="2020-05-01")
    query = state.query()
    assert (query.priority_from, query.priority_to) == (date(2019, 5, 1), date(2020, 5, 1))
    assert SearchState.from_query(query.model_dump(mode="json"), ()) == state
    assert state.like_alone("f").priority_to == "2020-05-01"
    assert SearchState(priority_to="2020-05-01").is_narrowed


def test_a_search_saved_before_there_was_a_range_of_priority_is_the_same() -> None:
    saved = SearchState(text="a", filed_to="2020-05-01").query()
    former = saved.model_dump(mode="json")
    del former["priority_from"], former["priority_to"]
    assert SearchQuery.parse(former) == saved
    assert SearchState.from_query(former, ()).query() == saved


def test_how_hits_are_drawn_asks_nothing_else() -> None:
    state = SearchState(text="a", layout="grid", order="oldest")
    assert state.asked == SearchState(text="a")
    assert state.query() == SearchState(text="a").query()


def test_a_figure_is_liked_or_disliked() -> None:
    state = SearchState(text="a").more_like("f/1").less_like("f/2").less_like("f/1")
    assert (state.figures, state.unlike) == ((), ("f/2", "f/1"))
    assert state.without_view("f/1").unlike == ("f/2",)
    assert state.query().unlike_figure_ids == ("f/2", "f/1")


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (SearchState(text="a", classes=("44",)), "locarno_any: Locarno class 44 does not exist"),
        (SearchState(text="a", image_weight="nan"), "image_weight: "),
        (SearchState(text="a", cut_off="2021-01-05", published_from="2021-02-01"), "cut_off"),
        (SearchState(publication="chair"), "not a publication number"),
        (SearchState(text="a", published_from="yesterday"), "not a date such as 2021-01-05"),
        (SearchState(drawings=("../../secret",)), "no drawing kept here"),
        (SearchState(figures=tuple(f"f/{n}" for n in range(MAX_IMAGES + 1))), "take some away"),
        (SearchState(text="a", views=("sideways",)), "views: "),
    ],
)
def test_broken_address_says_what_is_wrong(state: SearchState, said: str) -> None:
    with pytest.raises(QueryInvalid, match=said):
        state.query()


def test_number_of_results_stays_within_bounds() -> None:
    for text in ("-5", "0", "99999999999", "1e9", "x"):
        state = SearchState.from_params({"q": ["a"], "n": [text]})
        assert 1 <= state.query().limit <= 200


def test_a_chosen_view_asks_alone_and_keeps_the_filters() -> None:
    state = SearchState(
        text="chair", drawings=("a" * 64,), unlike=("x",), classes=("06",), cut_off="2020-01-01"
    )
    assert state.like_alone("f") == SearchState(
        figures=("f",), classes=("06",), cut_off="2020-01-01"
    )


_VALUES = st.text(max_size=8) | st.sampled_from(
    ["06-01", "D6/300", "2021-01-05", "0.5", "nan", "1e999", "9" * 5000, "٣", "top", "US", "a" * 64]
)


@given(
    params=st.dictionaries(
        st.sampled_from([*_SEVERAL, *_ONE, "n"]), st.lists(_VALUES, max_size=3), max_size=6
    )
)
@example({"n": ["9" * 5000]})
@fuzzing(300)
def test_any_address_is_a_search_or_says_why_not(params: dict[str, list[str]]) -> None:
    state = SearchState.from_params(params)
    with contextlib.suppress(QueryInvalid):
        state.query()
    written = {
        name: value if isinstance(value, list) else [value]
        for name, value in state.to_params().items()
    }
    assert SearchState.from_params(written) == state
