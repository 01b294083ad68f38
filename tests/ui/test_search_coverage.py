"""What a search looked through, told beside its hits."""

import io
from datetime import date

import pytest
from fastapi.testclient import TestClient
from rich.console import Console
from streamlit.testing.v1 import AppTest

from ingestion.corpus_coverage import Coverage, OfficeCoverage
from search.hits import SearchResult
from tests.ui.shown import SHELL, said
from ui.context import UiContext, install_context
from ui.search_coverage import SearchedCoverage, coverage_words
from ui.search_run import print_hits, to_json

_COUNTED = Coverage(
    offices=(
        OfficeCoverage("US", 12_000, 80_000, 79_990, 2, date(2009, 3, 3), date(2024, 5, 7), 0),
        OfficeCoverage("WO", 345, 900, 899, 1, date(2007, 1, 5), None, 345),
    ),
    n_withdrawn=7,
    failures={"cut": 2, "embedded": 1},
    n_rejected=0,
    texts={},
)
COVERED = SearchedCoverage.of(_COUNTED)


def test_coverage_joins_the_offices() -> None:
    assert COVERED.offices == ("US", "WO")
    assert (COVERED.n_publications, COVERED.n_figures, COVERED.n_waiting) == (12_345, 80_889, 8)
    assert coverage_words(COVERED, is_narrowed=False) == (
        "searched 12,345 publications of US, WO, 2007 to 2024; 8 figures are not searched yet; "
        "3 figures are listed as failed"
    )
    assert "searched what passes the filters among 12,345 publications" in coverage_words(
        COVERED, is_narrowed=True
    )


def test_coverage_of_nothing_is_unknown_and_not_zero_years() -> None:
    empty = SearchedCoverage.of(Coverage((), 0, {}, 0, {}))
    assert (empty.first, empty.last) == (None, None)
    assert coverage_words(empty, is_narrowed=False) == "searched 0 publications, dates unknown"


def test_command_line_tells_coverage_in_json_and_under_the_table() -> None:
    result = SearchResult((), 1.0, {})
    assert to_json(result, COVERED)["coverage"] == {
        "offices": ["US", "WO"],
        "first": "2007-01-05",
        "last": "2024-05-07",
        "n_publications": 12_345,
        "n_figures": 80_889,
        "n_waiting": 8,
        "failures": {"cut": 2, "embedded": 1},
    }
    printed = io.StringIO()
    print_hits(Console(file=printed, width=200), result, COVERED, is_narrowed=False)
    assert "searched 12,345 publications of US, WO, 2007 to 2024" in printed.getvalue()


def test_rest_answers_with_coverage(api: TestClient) -> None:
    covered = api.post("/api/v1/search", json={"text": "chair"}).json()["coverage"]
    assert covered["offices"] == ["US"]
    assert covered["first"] == "2021-01-05"
    assert covered["n_publications"] >= 4


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"q": "chair"}, "Searched 12,345 publications of US, WO, 2007 to 2024"),
        ({"q": "chair", "class": "06"}, "Searched what passes the filters among 12,345"),
    ],
)
def test_page_tells_coverage_under_its_head(
    context: UiContext, monkeypatch: pytest.MonkeyPatch, params: dict[str, str], words: str
) -> None:
    install_context(context)
    monkeypatch.setattr(context.coverage, "now", lambda: COVERED)
    page = AppTest.from_file(str(SHELL), default_timeout=30)
    page.query_params.update(params)
    assert words in said(page.run())
