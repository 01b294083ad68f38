"""A search and its address: there and back, and what a broken link is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import QueryInvalid
from ui.search_state import MAX_QUERY_VIEWS, PAGE_SIZE, SearchState

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
        n_shown=st.sampled_from([PAGE_SIZE, 2 * PAGE_SIZE]),
    )
)
def test_address_restores_the_search(state: SearchState) -> None:
    params = {k: v if isinstance(v, list) else [v] for k, v in state.to_params().items()}
    assert SearchState.from_params(params) == state


def test_empty_search_has_a_bare_address() -> None:
    assert SearchState().to_params() == {}
    assert SearchState(classes=("06",)).is_empty


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (SearchState(text="a", classes=("44",)), "Locarno class: Locarno class 44 does not exist"),
        (SearchState(text="a", published_from="yesterday"), "not a date such as 2021-01-05"),
        (SearchState(drawings=("../../secret",)), "no drawing kept here"),
        (SearchState(figures=tuple(f"f/{n}" for n in range(MAX_QUERY_VIEWS + 1))), "remove some"),
        (SearchState(text="a", views=("sideways",)), "View"),
    ],
)
def test_broken_address_says_what_is_wrong(state: SearchState, said: str) -> None:
    with pytest.raises(QueryInvalid, match=said):
        state.query()


def test_number_of_results_stays_within_bounds() -> None:
    for text in ("-5", "0", "99999999999", "1e9", "x"):
        state = SearchState.from_params({"q": ["a"], "n": [text]})
        assert 1 <= state.query().limit <= 200
