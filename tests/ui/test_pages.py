"""What the pages show, run without a browser."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
from fastapi.testclient import TestClient
from streamlit.testing.v1 import AppTest

import ui
from core.describing import Description, Tokens
from core.errors import IndexUnavailable
from core.records import Citation, Stage
from ingestion.call_ledger import AnswerKey, Call, Cost
from ingestion.catalogue import Catalogue
from ingestion.catalogue_records import Failure, UploadTerms, Withdrawal
from ingestion.related_publications import NamedPublication
from search.hits import SearchResult
from search.query import SearchQuery
from search.ranking import Twin
from ui.context import Served, UiContext, install_context
from workers import stages
from workers.messages import Messages
from workers.resources import Resources

SHELL = Path(ui.__file__).parent / "pages" / "shell.py"


@pytest.fixture
def page(context: UiContext) -> AppTest:
    install_context(context)
    return AppTest.from_file(str(SHELL), default_timeout=30)


def said(at: AppTest) -> str:
    """All text of the page."""
    assert not at.exception, at.exception
    return "\n".join(
        str(getattr(element.proto, "body", "") or getattr(element.proto, "label", ""))
        for element in at.main
    )


def component(at: AppTest, name: str) -> dict[str, Any]:
    """What a component was given to draw."""
    for block in (at.main, at.sidebar):
        for element in block:
            if element.type == "bidi_component" and element.proto.component_name == name:
                return json.loads(element.proto.json)
    raise AssertionError(f"no {name} on the page")


def hits(at: AppTest) -> list[str]:
    return [hit["id"] for hit in component(at, "limn.gallery")["hits"]]


def words_field(at: AppTest) -> Any:
    return next(field for field in at.sidebar.text_input if field.label == "Words")


def test_empty_search_shows_the_newest(page: AppTest) -> None:
    page.run()
    assert "Find the designs that came before" in said(page)
    assert "US-D0900001-S1" in hits(page)


def test_link_restores_words_classes_and_dates(page: AppTest) -> None:
    page.query_params.update({"q": "chair", "class": ["06", "09-01"], "from": "2021-01-01"})
    page.run()
    assert words_field(page).value == "chair"
    assert page.sidebar.multiselect(key="classes").value == ["06", "09-01"]
    assert str(page.sidebar.date_input(key="from").value) == "2021-01-01"
    assert hits(page)[0] == "US-D0900001-S1"
    assert set(hits(page)) <= {"US-D0900001-S1", "US-D0900002-S1", "US-D0900003-S1"}


def test_widgets_change_the_address(page: AppTest) -> None:
    page.run()
    words_field(page).set_value("bottle").run()
    page.sidebar.multiselect(key="classes").select("09").run()
    page.session_state["more_filters"] = True
    page.run()
    page.sidebar.multiselect(key="without").select("06").run()
    page.session_state["more_filters"] = False
    page.run()
    words_field(page).set_value("big bottle").run()
    assert page.query_params == {"q": "big bottle", "class": "09", "without": "06"}
    page.session_state["more_filters"] = True
    page.run()
    assert page.sidebar.multiselect(key="without").value == ["06"]
    assert hits(page) == ["US-D0900003-S1"]


def test_filters_are_chosen_from_what_the_collection_holds(page: AppTest) -> None:
    page.session_state["more_filters"] = True
    page.run()
    offered = {
        name: page.sidebar.multiselect(key=name).options
        for name in ("owners", "offices", "kinds", "sources")
    }
    assert "Northlight Design" in offered["owners"]
    assert offered["offices"] == ["US"]
    assert "S1" in offered["kinds"]
    assert "I20210105.tar" in offered["sources"]


def test_hits_are_ordered_by_date_where_asked(page: AppTest) -> None:
    page.query_params["q"] = "chair"
    page.run()
    best_first = hits(page)
    page.selectbox(key="order").set_value("oldest").run()
    assert page.query_params["order"] == "oldest"
    oldest = hits(page)
    assert sorted(oldest) == sorted(best_first)
    dates = [hit["facts"][0][1].split(" · ")[0] for hit in component(page, "limn.gallery")["hits"]]
    assert dates == sorted(dates, key=lambda date: datetime.strptime(date, "%d %b %Y"))


def test_hidden_hits_are_counted_named_and_can_be_shown(page: AppTest) -> None:
    page.query_params.update({"q": "chair", "class": "26"})
    page.run()
    text = said(page)
    assert "hidden by this class filter" in text
    for words in ("publication?id=US-D0900001-S1", ">US D900,001 S1<", ">Chair<", "06-01 "):
        assert words in text
    show_all = next(b for b in page.main.button if b.label == "Show all classes")
    show_all.click().run()
    assert "class" not in page.query_params
    assert hits(page)[0] == "US-D0900001-S1"


def test_titles_are_text_not_markup(page: AppTest) -> None:
    page.query_params["id"] = "US-D0900004-S1"
    page.switch_page("publication.py").run()
    assert "Table &lt;lamp&gt; &amp; shade" in said(page)
    assert "<lamp>" not in said(page)


def test_search_text_is_text_not_markup(page: AppTest) -> None:
    page.query_params["q"] = "<img src=x onerror=alert(1)>"
    page.run()
    assert "&lt;img" in said(page)
    assert "<img" not in said(page)


def test_publication_page_shows_figures_facts_and_citations(page: AppTest) -> None:
    page.query_params["id"] = "US-D0900001-S1"
    page.switch_page("publication.py").run()
    text = said(page)
    for words in ("Chair", "US D900,001 S1", "06-01", "Northlight Design", "form no part"):
        assert words in text
    assert "publication?id=US-D0900002-S1" in text
    tiles = component(page, "limn.figure_wall")["tiles"]
    assert [tile["searchable"] for tile in tiles] == [True, True, True, False]
    assert all(tile["alt"] for tile in tiles)


def test_sheets_are_shown_upright_with_their_figures_framed(page: AppTest) -> None:
    page.query_params.update({"id": "US-D0900001-S1", "shown_as": "Sheets"})
    page.switch_page("publication.py").run()
    said(page)
    sheets = component(page, "limn.sheet_wall")["sheets"]
    framed = [figure["title"] for sheet in sheets for figure in sheet["figures"]]
    assert framed == ["FIG. 1", "FIG. 2", "FIG. 3"]
    for sheet in sheets:
        turned = sheet["rotation"] % 180 != 0
        width, height = sheet["width"], sheet["height"]
        for figure in sheet["figures"]:
            assert figure["x"] + figure["width"] <= (height if turned else width)
            assert figure["y"] + figure["height"] <= (width if turned else height)


def test_what_is_said_of_figures_is_shown_with_its_author_and_corrected(
    page: AppTest, context: UiContext
) -> None:
    catalogue = context.resources.catalogue
    figure_id = catalogue.figure_ids(publication_id="US-D0900003-S1")[0]
    page.query_params["id"] = "US-D0900003-S1"
    page.switch_page("publication.py").run()
    assert "the publication" in said(page)
    page.text_input[0].input("a <i>decanter</i>")
    next(button for button in page.button if button.label == "Save").click()
    page.run()
    assert not page.exception
    assert "a &lt;i&gt;decanter&lt;/i&gt;" in said(page)
    assert "a person" in said(page)
    assert "a <i>decanter</i>" in {text.text for text in catalogue.figures([figure_id])[0].texts}
    page.selectbox(key="corrected-text").select("a <i>decanter</i>").run()
    next(button for button in page.button if button.label == "Hide this text").click()
    page.run()
    assert "decanter" not in said(page)
    stages.index(context.resources, stages.embed(context.resources, [figure_id]))


def test_publications_with_the_same_drawings_are_linked(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Catalogue, "publications_sharing", lambda *_, **__: {"US-D0900003-S1": 2})
    page.query_params["id"] = "US-D0900001-S1"
    page.switch_page("publication.py").run()
    text = said(page)
    assert "publication?id=US-D0900003-S1" in text
    assert "US D900,003 S1" in text
    assert "2 figures" in text


def test_who_cites_a_publication_is_told(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    page.query_params["id"] = "US-D0900002-S1"
    page.switch_page("publication.py").run()
    assert "<dt>Cited by</dt><dd><ul><li><a href='/publication?id=US-D0900001-S1'" in said(page)
    assert "more</summary>" not in said(page)
    one = NamedPublication("US-D0900001-S1", "US", "D0900001", "S1", "Stool", None, None)
    monkeypatch.setattr(Catalogue, "citing", lambda *_: [one] * 13)
    assert "<summary>3 more</summary>" in said(page.run())


def test_other_publications_of_a_number_are_told_as_earlier_or_later(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = date(2021, 1, 6)
    other = NamedPublication("US-D0900002-S2", "US", "D0900002", "S2", "Stool", day, None)
    foreign = replace(other, publication_id="EM-D0900002-1", office="EM")
    monkeypatch.setattr(Catalogue, "numbered", lambda *_: [other, foreign])
    monkeypatch.setattr(Catalogue, "named", lambda _, wanted: [other] if wanted else [])
    page.query_params["id"] = "US-D0900002-S1"
    page.switch_page("publication.py").run()
    assert "a later publication of this number" in said(page)
    assert "EM-D0900002-1" not in said(page)


def test_a_withdrawn_publication_says_why(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = Withdrawal("US-D0900001-S1", "Surrendered <by> its owner", "u", "m")
    monkeypatch.setattr(Catalogue, "withdrawal", lambda *_: gone)
    page.query_params["id"] = "US-D0900001-S1"
    page.switch_page("publication.py").run()
    assert "Withdrawn" in said(page)
    assert "Surrendered &lt;by&gt; its owner" in said(page)


def test_a_publication_without_images_says_so(
    page: AppTest, context: UiContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = context.resources.catalogue.publication("US-D0900001-S1")
    assert whole is not None
    cited = (Citation("GB", "2047051"), Citation(text="Catalogue <b>1912</b>"))
    record = replace(whole.publication, title="", citations=cited, applicants=("A. Smith",))
    bare = replace(whole, publication=record, sheets=(), figures=(), texts=())
    monkeypatch.setattr(Catalogue, "publication", lambda *_: bare)
    page.query_params["id"] = "US-D0900001-S1"
    page.switch_page("publication.py").run()
    assert not page.exception
    text = said(page)
    for words in ("No title", "No drawings here yet", "2 other sources", "GB 2047051", "A. Smith"):
        assert words in text
    assert "Catalogue &lt;b&gt;1912" in text


@pytest.mark.parametrize("name", ["", "US-D0000000-S1", "../../etc/passwd", "<script>"])
def test_unknown_publication_is_explained(page: AppTest, name: str) -> None:
    page.query_params["id"] = name
    page.switch_page("publication.py").run()
    assert "No such publication" in said(page)
    assert "<script>" not in said(page)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"q": "chair", "class": "44"}, "Locarno class 44 does not exist"),
        ({"q": "chair", "from": "someday"}, "not a date"),
        ({"drawing": "f" * 64}, "is not kept here; send it again"),
        ({"figure": "US-D0900001-S1/99"}, "not in the index"),
    ],
)
def test_broken_links_are_explained(page: AppTest, params: dict[str, str], words: str) -> None:
    page.query_params.update(params)
    page.run()
    assert words in said(page)
    assert "This search cannot be run" in said(page)


def test_query_drawing_is_restored_from_its_link(
    page: AppTest, api: TestClient, samples: Any
) -> None:
    file = ("lamp.png", samples.png(samples.drawing(samples.lamp)), "image/png")
    (view,) = api.post("/api/v1/queries", files={"image": file}).json()["views"]
    page.query_params["drawing"] = view["sha256"]
    page.run()
    assert hits(page)[0] == "US-D0900004-S1"
    assert [v["key"] for v in component(page, "limn.drawing_pad")["views"]] == [view["sha256"]]


class _Broken:
    """Resources whose index is down."""

    def __init__(self, whole: Any) -> None:
        self._whole = whole

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)

    @property
    def search(self) -> Any:
        raise IndexUnavailable("http://127.0.0.1:6333 did not answer")


def test_index_that_is_down_is_explained(page: AppTest, context: UiContext) -> None:
    install_context(replace(context, served=Served(_Broken(context.resources))))
    page.query_params["q"] = "chair"
    page.run()
    assert "A part of Limn did not answer" in said(page)
    assert "http://127.0.0.1:6333 did not answer" in said(page)


class _Empty(_Broken):
    """Resources of an installation nobody has loaded anything into."""

    @cached_property
    def catalogue(self) -> Catalogue:
        return Catalogue.open("sqlite://")


def test_empty_installation_points_to_uploads(
    page: AppTest, context: UiContext, tmp_path: Path
) -> None:
    resources = _Empty(context.resources)
    resources.catalogue = Catalogue.open(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    install_context(replace(context, served=Served(resources)))
    page.run()
    assert "Nothing to search yet" in said(page)
    page.switch_page("uploads.py").run()
    assert "No uploads yet" in said(page)


@pytest.mark.usefixtures("live_worker")
def test_uploads_page_lists_history(page: AppTest) -> None:
    page.switch_page("uploads.py").run()
    assert "I20210105.tar" in said(page)
    assert "4 new" in said(page)
    assert "No worker is running" not in said(page)


def test_deliveries_of_the_server_are_looked_at_and_taken_in(
    page: AppTest, context: UiContext, samples: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kettle = samples.Grant("D0900031", "Kettle", "0702", ((0, 0), (1, 0), (1, 1), (0, 1)))
    samples.write_archive(tmp_path / "I20210202.tar", (kettle,))
    (tmp_path / "I20210209.tar").write_bytes(b"torn off" * 100)
    asked = context.resources.settings
    there = asked.ui.model_copy(update={"deliveries": tmp_path})
    monkeypatch.setattr(context.resources, "settings", asked.model_copy(update={"ui": there}))
    begun: list[tuple[str, bool]] = []

    def start(path: Path, terms: UploadTerms | None) -> Any:
        assert terms
        begun.append((path.name, terms.is_confidential))
        return SimpleNamespace(upload_id="of-the-server")

    install_context(replace(context, start_upload=start))
    page.switch_page("uploads.py").run()
    chosen = page.multiselect(key="server_deliveries")
    assert chosen.options == ["I20210202.tar", "I20210209.tar"]
    chosen.set_value(["I20210202.tar", "I20210209.tar"]).run()
    next(b for b in page.button if b.label == "Dry run").click().run()
    assert begun == []
    for words in ("Nothing was written", "Why it would not be used"):
        assert words in said(page)
    page.checkbox(key="server_confidential").check().run()
    page.multiselect(key="server_deliveries").set_value(["I20210202.tar"]).run()
    next(b for b in page.button if b.label == "Take in").click().run()
    assert begun == [("I20210202.tar", True)]


def test_what_failed_is_tried_again_from_the_page(
    page: AppTest, context: UiContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    failure = Failure(id="US-D1-S1/1", stage=Stage.CUT, reason="torn")
    monkeypatch.setattr(Catalogue, "failures", lambda self: [failure])
    sent: list[object] = []
    monkeypatch.setattr("ui.retry_run.resume", sent.append)
    page.switch_page("uploads.py").run()
    next(b for b in page.button if b.label.startswith("Try again")).click().run()
    assert sent == [context.resources]


def test_uploads_page_says_which_archive_is_confidential(
    page: AppTest, context: UiContext, tmp_path: Path
) -> None:
    resources = _Empty(context.resources)
    resources.catalogue = Catalogue.open(f"sqlite:///{tmp_path / 'two.sqlite3'}")
    for name, terms in (("open.tar", None), ("secret.tar", UploadTerms(is_confidential=True))):
        resources.catalogue.begin_upload(name, name * 8, 7 << 20, ["one"], terms=terms)
    install_context(replace(context, served=Served(resources)))
    page.switch_page("uploads.py").run()
    shown = said(page)
    assert "secret.tar · confidential</td>" in shown  # the history
    assert "7.0 MB · confidential · being taken in" in shown  # its progress
    assert "open.tar</td>" in shown
    assert "7.0 MB · being taken in" in shown


def test_uploads_page_says_what_describing_cost_and_asks_lost_questions_again(
    page: AppTest, context: UiContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = context.resources.catalogue
    (upload, *_) = catalogue.uploads()
    due_at = datetime.now(UTC)
    most = Cost(Tokens(900, 300), 0.25)
    keys = [AnswerKey("p", name, "m") for name in ("answered", "lost")]
    calls = [Call(k.request_hash, k, "h", "http://e", upload.upload_id, most, due_at) for k in keys]
    for call in calls:
        catalogue.reserve(call, None)
    catalogue.store_answer(calls[0], Description(("a",), Tokens(70, 30)), 0.125)
    sent: list[str] = []
    monkeypatch.setattr(Resources, "asks_models", True)
    monkeypatch.setattr(Messages, "send_figures", lambda _, queue, ids: sent.append(queue))
    try:
        page.switch_page("uploads.py").run()
        for words in ("0.1250", "1 call, at most 1,200 tokens"):
            assert words in said(page)
        assert any("1 lost question, at most 1,200 tokens, 0.2500" in t.value for t in page.text)
        assert any("may be paid twice" in text.value for text in page.markdown)
        next(b for b in page.button if b.label == "Ask again").click().run()
        assert sent == ["enrich"]
        assert catalogue.spending(upload.upload_id).n_waiting == 0
        assert not any(b.label == "Ask again" for b in page.button)
    finally:
        catalogue.write_off_lost()


@pytest.mark.usefixtures("live_worker", "at_rest")
def test_dashboards_count_by_class_and_lead_to_searches(page: AppTest) -> None:
    st.cache_data.clear()
    page.switch_page("dashboards.py").run()
    text = said(page)
    for count in ("publications, 2021 to 2021", "figures searchable", "workers heard of"):
        assert count in text
    assert "href='/search?class=06'" in text
    assert "href='/search?office=US'" in text
    assert re.search(r"06 Furnishing: 2 publications, 6 figures \((head|middle|tail)\)", text)
    assert "href='/search?from=2021-01-01&amp;to=2021-12-31'" in text
    assert "No figure is listed as failed." in text


def test_filters_alone_list_the_newest_with_exact_counts(page: AppTest) -> None:
    page.query_params.update({"class": "06", "before": "2022-01-01"})
    page.run()
    assert hits(page) == ["US-D0900001-S1", "US-D0900002-S1"]
    text = said(page)
    assert "2 publications" in text
    assert "newest first, in 06 Furnishing" in text or "newest first in 06 Furnishing" in text
    assert all(hit["score"] == "" for hit in component(page, "limn.gallery")["hits"])
    assert str(page.sidebar.date_input(key="before").value) == "2022-01-01"


def test_counts_narrow_the_search(page: AppTest) -> None:
    page.query_params["q"] = "chair"
    page.run()
    assert not any(str(b.key).startswith("count-") for b in page.main.button)
    page.session_state["counts"] = True
    page.run()
    count = next(b for b in page.main.button if b.key == "count-locarno_class-09")
    assert count.label.startswith("1 · 09 ")
    count.click().run()
    assert page.query_params["class"] == "09"
    assert hits(page) == ["US-D0900003-S1"]


def first_figure(context: UiContext, publication_id: str) -> str:
    stored = context.resources.catalogue.publication(publication_id)
    assert stored
    return next(figure.figure_id for figure in stored.figures if not figure.is_front_page)


def test_switch_raises_classes_and_hides_none(page: AppTest, context: UiContext) -> None:
    page.query_params.update({"figure": first_figure(context, "US-D0900001-S1"), "class": "09"})
    page.run()
    assert hits(page) == ["US-D0900003-S1"]
    page.sidebar.toggle(key="boost").set_value(True).run()
    assert page.query_params["boost"] == "0.1"
    assert "US-D0900002-S1" in hits(page)
    assert "raising 09" in said(page)


def test_likes_and_dislikes_are_in_the_address_and_on_the_pad(
    page: AppTest, context: UiContext
) -> None:
    liked, disliked = (first_figure(context, f"US-D090000{n}-S1") for n in (1, 3))
    page.query_params.update({"figure": liked, "unlike": disliked})
    page.run()
    assert not {"US-D0900001-S1", "US-D0900003-S1"} & set(hits(page))
    views = component(page, "limn.drawing_pad")["views"]
    assert [(v["key"], v["unlike"]) for v in views] == [(liked, False), (disliked, True)]


def test_drawing_is_turned_in_place(page: AppTest, api: TestClient, samples: Any) -> None:
    file = ("a.png", samples.png(samples.drawing(samples.chair)), "image/png")
    sha256 = api.post("/api/v1/queries", files={"image": file}).json()["views"][0]["sha256"]
    page.query_params["drawing"] = sha256
    page.run()
    turn = next(b for b in page.sidebar.button if b.label == "Turn right")
    turn.click().run()
    assert page.query_params["drawing"] not in ("", sha256)
    assert not page.exception


def test_classes_are_suggested_when_asked(page: AppTest, context: UiContext) -> None:
    page.query_params["figure"] = first_figure(context, "US-D0900001-S1")
    page.run()
    ask = next(b for b in page.main.button if b.label == "Ask the designs most like it")
    ask.click().run()
    assert any(str(b.key).startswith("suggested-") for b in page.main.button)


def test_designs_are_listed_once_on_the_page_and_saved_to_be_listed_each(
    page: AppTest, context: UiContext, monkeypatch: pytest.MonkeyPatch
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
    page.query_params["q"] = "chair"
    page.run()
    assert asked == [True]
    assert "1 publication and 1 listed under them" in said(page)
    assert [twin["number"] for twin in component(page, "limn.gallery")["hits"][0]["twins"]] == [
        "US D900,002 S1"
    ]
    page.main.text_input(key="keep_name").set_value("Chairs, each")
    page.main.button(key="keep_save").click().run()
    assert [query.collapse for query in saved] == [False]
