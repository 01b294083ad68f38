"""What the search page shows, run without a browser."""

from dataclasses import replace
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from streamlit.testing.v1 import AppTest

from search.hits import SearchResult
from search.query import SearchQuery
from search.ranking import Twin
from tests.ui.shown import component, first_figure, hits, said, words_field
from ui.context import UiContext


def test_empty_search_shows_the_newest(shell: AppTest) -> None:
    shell.run()
    assert "Find the designs that came before" in said(shell)
    assert "US-D0900001-S1" in hits(shell)


def test_link_restores_words_classes_and_dates(shell: AppTest) -> None:
    shell.query_params.update({"q": "chair", "class": ["06", "09-01"], "from": "2021-01-01"})
    shell.run()
    assert words_field(shell).value == "chair"
    assert shell.sidebar.multiselect(key="classes").value == ["06", "09-01"]
    assert str(shell.sidebar.date_input(key="from").value) == "2021-01-01"
    assert hits(shell)[0] == "US-D0900001-S1"
    assert set(hits(shell)) <= {"US-D0900001-S1", "US-D0900002-S1", "US-D0900003-S1"}


def test_widgets_change_the_address(shell: AppTest) -> None:
    shell.run()
    words_field(shell).set_value("bottle").run()
    shell.sidebar.multiselect(key="classes").select("09").run()
    shell.session_state["more_filters"] = True
    shell.run()
    shell.sidebar.multiselect(key="without").select("06").run()
    shell.session_state["more_filters"] = False
    shell.run()
    words_field(shell).set_value("big bottle").run()
    assert shell.query_params == {"q": "big bottle", "class": "09", "without": "06"}
    shell.session_state["more_filters"] = True
    shell.run()
    assert shell.sidebar.multiselect(key="without").value == ["06"]
    assert hits(shell) == ["US-D0900003-S1"]


def test_filters_are_chosen_from_what_the_collection_holds(shell: AppTest) -> None:
    shell.session_state["more_filters"] = True
    shell.run()
    offered = {
        name: shell.sidebar.multiselect(key=name).options
        for name in ("owners", "offices", "kinds", "sources")
    }
    assert "Northlight Design" in offered["owners"]
    assert offered["offices"] == ["US"]
    assert "S1" in offered["kinds"]
    assert "I20210105.tar" in offered["sources"]


def test_hits_are_ordered_by_date_where_asked(shell: AppTest) -> None:
    shell.query_params["q"] = "chair"
    shell.run()
    best_first = hits(shell)
    shell.selectbox(key="order").set_value("oldest").run()
    assert shell.query_params["order"] == "oldest"
    oldest = hits(shell)
    assert sorted(oldest) == sorted(best_first)
    dates = [hit["facts"][0][1].split(" · ")[0] for hit in component(shell, "limn.gallery")["hits"]]
    assert dates == sorted(dates, key=lambda date: datetime.strptime(date, "%d %b %Y"))


def test_hidden_hits_are_counted_named_and_can_be_shown(shell: AppTest) -> None:
    shell.query_params.update({"q": "chair", "class": "26"})
    shell.run()
    text = said(shell)
    assert "hidden by this class filter" in text
    for words in ("publication?id=US-D0900001-S1", ">US D900,001 S1<", ">Chair<", "06-01 "):
        assert words in text
    show_all = next(b for b in shell.main.button if b.label == "Show all classes")
    show_all.click().run()
    assert "class" not in shell.query_params
    assert hits(shell)[0] == "US-D0900001-S1"


def test_search_text_is_text_not_markup(shell: AppTest) -> None:
    shell.query_params["q"] = "<img src=x onerror=alert(1)>"
    shell.run()
    assert "&lt;img" in said(shell)
    assert "<img" not in said(shell)


def test_query_drawing_is_restored_from_its_link(
    shell: AppTest, api: TestClient, samples: Any
) -> None:
    file = ("lamp.png", samples.png(samples.drawing(samples.lamp)), "image/png")
    (view,) = api.post("/api/v1/queries", files={"image": file}).json()["views"]
    shell.query_params["drawing"] = view["sha256"]
    shell.run()
    assert hits(shell)[0] == "US-D0900004-S1"
    assert [v["key"] for v in component(shell, "limn.drawing_pad")["views"]] == [view["sha256"]]


def test_filters_alone_list_the_newest_with_exact_counts(shell: AppTest) -> None:
    shell.query_params.update({"class": "06", "before": "2022-01-01"})
    shell.run()
    assert hits(shell) == ["US-D0900001-S1", "US-D0900002-S1"]
    text = said(shell)
    assert "2 publications" in text
    assert "newest first, in 06 Furnishing" in text or "newest first in 06 Furnishing" in text
    assert all(hit["score"] == "" for hit in component(shell, "limn.gallery")["hits"])
    assert str(shell.sidebar.date_input(key="before").value) == "2022-01-01"


def test_a_range_of_priority_is_in_the_address_and_counts_the_filing_date_too(
    shell: AppTest,
) -> None:
    shell.query_params.update({"class": "06", "priority_to": "2019-04-02"})
    shell.run()  # a link with folded filters opens them
    assert str(shell.sidebar.date_input(key="priority_to").value) == "2019-04-02"
    assert hits(shell) == ["US-D0900001-S1", "US-D0900002-S1"], "filed that day, claiming none"
    shell.sidebar.date_input(key="priority_to").set_value(date(2019, 4, 1)).run()
    assert shell.query_params == {"class": "06", "priority_to": "2019-04-01"}
    assert "No publication passes these filters" in said(shell)


def test_counts_narrow_the_search(shell: AppTest) -> None:
    shell.query_params["q"] = "chair"
    shell.run()
    assert not any(str(b.key).startswith("count-") for b in shell.main.button)
    shell.session_state["counts"] = True
    shell.run()
    count = next(b for b in shell.main.button if b.key == "count-locarno_class-09")
    assert count.label.startswith("1 · 09 ")
    count.click().run()
    assert shell.query_params["class"] == "09"
    assert hits(shell) == ["US-D0900003-S1"]


def test_switch_raises_classes_and_hides_none(shell: AppTest, context: UiContext) -> None:
    shell.query_params.update({"figure": first_figure(context, "US-D0900001-S1"), "class": "09"})
    shell.run()
    assert hits(shell) == ["US-D0900003-S1"]
    shell.sidebar.toggle(key="boost").set_value(True).run()
    assert shell.query_params["boost"] == "0.1"
    assert "US-D0900002-S1" in hits(shell)
    assert "raising 09" in said(shell)


def test_likes_and_dislikes_are_in_the_address_and_on_the_pad(
    shell: AppTest, context: UiContext
) -> None:
    liked, disliked = (first_figure(context, f"US-D090000{n}-S1") for n in (1, 3))
    shell.query_params.update({"figure": liked, "unlike": disliked})
    shell.run()
    assert not {"US-D0900001-S1", "US-D0900003-S1"} & set(hits(shell))
    views = component(shell, "limn.drawing_pad")["views"]
    assert [(v["key"], v["unlike"]) for v in views] == [(liked, False), (disliked, True)]


def test_drawing_is_turned_in_place(shell: AppTest, api: TestClient, samples: Any) -> None:
    file = ("a.png", samples.png(samples.drawing(samples.chair)), "image/png")
    sha256 = api.post("/api/v1/queries", files={"image": file}).json()["views"][0]["sha256"]
    shell.query_params["drawing"] = sha256
    shell.run()
    turn = next(b for b in shell.sidebar.button if b.label == "Turn right")
    turn.click().run()
    assert shell.query_params["drawing"] not in ("", sha256)
    assert not shell.exception


def test_classes_are_suggested_when_asked(shell: AppTest, context: UiContext) -> None:
    shell.query_params["figure"] = first_figure(context, "US-D0900001-S1")
    shell.run()
    ask = next(b for b in shell.main.button if b.label == "Ask the designs most like it")
    ask.click().run()
    assert any(str(b.key).startswith("suggested-") for b in shell.main.button)


def test_designs_are_listed_once_on_the_page_and_saved_to_be_listed_each(
    shell: AppTest, context: UiContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = context.resources.search
    asked, search = [], service.search

    def spy(query: SearchQuery, images: Any) -> SearchResult:
        asked.append(query.collapse)
        result = search(query, images)
        twin = Twin("US-D0900002-S1", "US-D0900002-S1/1", 0.1, "same picture")
        return replace(result, hits=(replace(result.hits[0], twins=(twin,)),))

    monkeypatch.setattr(service, "search", spy)
    saved: list[SearchQuery] = []
    monkeypatch.setattr(
        "ui.keeping.save_search",
        lambda _, query, *rest, **named: saved.append(query) or SimpleNamespace(search_id=1),
    )
    shell.query_params["q"] = "chair"
    shell.run()
    assert asked == [True]
    assert "1 publication and 1 listed under them" in said(shell)
    assert [twin["number"] for twin in component(shell, "limn.gallery")["hits"][0]["twins"]] == [
        "US D900,002 S1"
    ]
    shell.main.text_input(key="keep_name").set_value("Chairs, each")
    shell.main.button(key="keep_save").click().run()
    assert [query.collapse for query in saved] == [False]
