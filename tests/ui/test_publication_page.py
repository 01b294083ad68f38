"""What the page of a publication shows, run without a browser."""

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from core.records import Citation
from ingestion.catalogue import Catalogue
from ingestion.catalogue_records import Withdrawal
from ingestion.related_publications import NamedPublication
from tests.ui.shown import component, said
from ui.context import UiContext
from workers import stages


def test_publication_page_shows_figures_facts_and_citations(shell: AppTest) -> None:
    shell.query_params["id"] = "US-D0900001-S1"
    shell.switch_page("publication.py").run()
    text = said(shell)
    for words in ("Chair", "US D900,001 S1", "06-01", "Northlight Design", "form no part"):
        assert words in text
    assert "publication?id=US-D0900002-S1" in text
    tiles = component(shell, "limn.figure_wall")["tiles"]
    assert [tile["searchable"] for tile in tiles] == [True, True, True, False]
    assert all(tile["alt"] for tile in tiles)


def test_cited_registrations_lead_to_their_designs(
    shell: AppTest, context: UiContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each as the collection holds it: all designs of a registration, or the one that is named.

    Community designs are cited under the office EP, too.
    """
    held = {f"DM/{number}": "WO" for number in ("083932-2", "083932-10", "071924-1")}
    held["000701461-0009"] = "EM"
    cited = tuple(Citation("WO", number) for number in ("DM/083932", "D071924-001", "DM/999999"))
    cited += (Citation("EP", "701461-0009"),)
    record = context.resources.catalogue.publication("US-D0900001-S1")
    assert record
    citing = replace(record, publication=replace(record.publication, citations=cited))
    numbered = Catalogue.numbered

    def with_designs(self: Catalogue, numbers: Collection[str]) -> list[NamedPublication]:
        return numbered(self, numbers) + [
            NamedPublication(f"{held[n]}-{n.replace('/', '')}", held[n], n, "", "Lamp", None, None)
            for n in sorted(held.keys() & set(numbers))
        ]

    monkeypatch.setattr(Catalogue, "publication", lambda *_: citing)
    monkeypatch.setattr(Catalogue, "numbered", with_designs)
    shell.query_params["id"] = "US-D0900001-S1"
    shell.switch_page("publication.py").run()
    links = re.findall(r"href='/publication\?id=((?:WO|EM)-[^']+)'[^>]*>([^<]+)<", said(shell))
    assert links == [
        ("WO-DM083932-2", "WO DM/083932-2"),
        ("WO-DM083932-10", "WO DM/083932-10"),
        ("WO-DM071924-1", "WO DM/071924-1"),
        ("EM-000701461-0009", "EM 000701461-0009"),
    ]
    assert "<li>WO DM/999999 </li>" in said(shell)


def test_sheets_are_shown_upright_with_their_figures_framed(shell: AppTest) -> None:
    shell.query_params.update({"id": "US-D0900001-S1", "shown_as": "Sheets"})
    shell.switch_page("publication.py").run()
    said(shell)
    sheets = component(shell, "limn.sheet_wall")["sheets"]
    framed = [figure["title"] for sheet in sheets for figure in sheet["figures"]]
    assert framed == ["FIG. 1", "FIG. 2", "FIG. 3"]
    for sheet in sheets:
        turned = sheet["rotation"] % 180 != 0
        width, height = sheet["width"], sheet["height"]
        for figure in sheet["figures"]:
            assert figure["x"] + figure["width"] <= (height if turned else width)
            assert figure["y"] + figure["height"] <= (width if turned else height)


def unfold(shell: AppTest) -> AppTest:
    """Texts are drawn where they are unfolded; AppTest sends no such state by itself."""
    shell.session_state["said"] = True
    return shell


def test_what_is_said_of_figures_is_shown_with_its_author_and_corrected(
    shell: AppTest, context: UiContext
) -> None:
    catalogue = context.resources.catalogue
    figure_id = catalogue.figure_ids(publication_id="US-D0900003-S1")[0]
    shell.query_params["id"] = "US-D0900003-S1"
    shell.switch_page("publication.py").run()
    assert not shell.text_input, "folded away"
    unfold(shell).run()
    assert "the publication" in said(shell)
    shell.text_input[0].input("a <i>decanter</i>")
    next(button for button in shell.button if button.label == "Save").click()
    unfold(shell).run()
    assert not shell.exception
    assert "a &lt;i&gt;decanter&lt;/i&gt;" in said(shell)
    assert "a person" in said(shell)
    assert "a <i>decanter</i>" in {text.text for text in catalogue.figures([figure_id])[0].texts}
    shell.selectbox(key="corrected-text").select("a <i>decanter</i>")
    unfold(shell).run()
    next(button for button in shell.button if button.label == "Hide this text").click()
    unfold(shell).run()
    assert "decanter" not in said(shell)
    stages.index(context.resources, stages.embed(context.resources, [figure_id]))


def test_publications_with_the_same_drawings_are_linked(
    shell: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Catalogue, "publications_sharing", lambda *_, **__: {"US-D0900003-S1": 2})
    shell.query_params["id"] = "US-D0900001-S1"
    shell.switch_page("publication.py").run()
    text = said(shell)
    assert "publication?id=US-D0900003-S1" in text
    assert "US D900,003 S1" in text
    assert "2 figures" in text


def test_who_cites_a_publication_is_told(shell: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.query_params["id"] = "US-D0900002-S1"
    shell.switch_page("publication.py").run()
    assert "<dt>Cited by</dt><dd><ul><li><a href='/publication?id=US-D0900001-S1'" in said(shell)
    assert "more</summary>" not in said(shell)
    one = NamedPublication("US-D0900001-S1", "US", "D0900001", "S1", "Stool", None, None)
    monkeypatch.setattr(Catalogue, "citing", lambda *_: [one] * 13)
    assert "<summary>3 more</summary>" in said(shell.run())


def test_other_publications_of_a_number_are_told_as_earlier_or_later(
    shell: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = date(2021, 1, 6)
    other = NamedPublication("US-D0900002-S2", "US", "D0900002", "S2", "Stool", day, None)
    foreign = replace(other, publication_id="EM-D0900002-1", office="EM")
    monkeypatch.setattr(Catalogue, "numbered", lambda *_: [other, foreign])
    monkeypatch.setattr(Catalogue, "named", lambda _, wanted: [other] if wanted else [])
    shell.query_params["id"] = "US-D0900002-S1"
    shell.switch_page("publication.py").run()
    assert "a later publication of this number" in said(shell)
    assert "EM-D0900002-1" not in said(shell)


def test_a_withdrawn_publication_says_why(shell: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = Withdrawal("US-D0900001-S1", "Surrendered <by> its owner", "u", "m")
    monkeypatch.setattr(Catalogue, "withdrawal", lambda *_: gone)
    shell.query_params["id"] = "US-D0900001-S1"
    shell.switch_page("publication.py").run()
    assert "Withdrawn" in said(shell)
    assert "Surrendered &lt;by&gt; its owner" in said(shell)


def test_a_publication_without_images_says_so(
    shell: AppTest, context: UiContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = context.resources.catalogue.publication("US-D0900001-S1")
    assert whole is not None
    cited = (Citation("GB", "2047051"), Citation(text="Catalogue <b>1912</b>"))
    record = replace(whole.publication, title="", citations=cited, applicants=("A. Smith",))
    bare = replace(whole, publication=record, sheets=(), figures=(), texts=())
    monkeypatch.setattr(Catalogue, "publication", lambda *_: bare)
    shell.query_params["id"] = "US-D0900001-S1"
    shell.switch_page("publication.py").run()
    assert not shell.exception
    text = said(shell)
    for words in ("No title", "No drawings here yet", "2 other sources", "GB 2047051", "A. Smith"):
        assert words in text
    assert "Catalogue &lt;b&gt;1912" in text
    assert "Priority" not in text


def test_the_priority_that_a_publication_claims_is_told(
    shell: AppTest, context: UiContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = context.resources.catalogue.publication("US-D0900001-S1")
    assert whole is not None
    claiming = replace(whole.publication, priority_date=date(2018, 12, 19))
    monkeypatch.setattr(Catalogue, "publication", lambda *_: replace(whole, publication=claiming))
    shell.query_params["id"] = "US-D0900001-S1"
    shell.switch_page("publication.py").run()
    assert "<dt>Priority</dt><dd>19 Dec 2018</dd>" in said(shell)


@pytest.mark.parametrize("name", ["", "US-D0000000-S1", "../../etc/passwd", "<script>"])
def test_unknown_publication_is_explained(shell: AppTest, name: str) -> None:
    shell.query_params["id"] = name
    shell.switch_page("publication.py").run()
    assert "No such publication" in said(shell)
    assert "<script>" not in said(shell)
