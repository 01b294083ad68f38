"""What holds for every page, and the dashboards, run without a browser."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from ingestion.catalogue import Catalogue
from tests.ui.shown import Broken, Empty, said
from ui.context import Served, UiContext, install_context


def test_titles_are_text_not_markup(shell: AppTest) -> None:
    shell.query_params["id"] = "US-D0900004-S1"
    shell.switch_page("publication.py").run()
    assert "Table &lt;lamp&gt; &amp; shade" in said(shell)
    assert "<lamp>" not in said(shell)


def test_index_that_is_down_is_explained(shell: AppTest, context: UiContext) -> None:
    install_context(replace(context, served=Served(Broken(context.resources))))
    shell.query_params["q"] = "chair"
    shell.run()
    assert "A part of Limn did not answer" in said(shell)
    assert "http://127.0.0.1:6333 did not answer" in said(shell)


def test_empty_installation_points_to_uploads(
    shell: AppTest, context: UiContext, tmp_path: Path
) -> None:
    resources = Empty(context.resources)
    resources.catalogue = Catalogue.open(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    install_context(replace(context, served=Served(resources)))
    shell.run()
    assert "Nothing to search yet" in said(shell)
    shell.switch_page("uploads.py").run()
    assert "No uploads yet" in said(shell)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"q": "chair", "class": "44"}, "Locarno class 44 does not exist"),
        ({"q": "chair", "from": "someday"}, "not a date"),
        ({"drawing": "f" * 64}, "is not kept here; send it again"),
        ({"figure": "US-D0900001-S1/99"}, "not in the index"),
    ],
)
def test_broken_links_are_explained(shell: AppTest, params: dict[str, str], words: str) -> None:
    shell.query_params.update(params)
    shell.run()
    assert words in said(shell)
    assert "This search cannot be run" in said(shell)


@pytest.mark.usefixtures("live_worker", "at_rest")
def test_dashboards_count_by_class_and_lead_to_searches(shell: AppTest) -> None:
    st.cache_data.clear()
    shell.switch_page("dashboards.py").run()
    text = said(shell)
    for count in ("publications, 2021 to 2021", "figures searchable", "workers heard of"):
        assert count in text
    assert "href='/?class=06'" in text
    assert "href='/?office=US'" in text
    assert re.search(r"06 Furnishing: 2 publications, 6 figures \((head|middle|tail)\)", text)
    assert "href='/?from=2021-01-01&amp;to=2021-12-31'" in text
    assert "No figure is listed as failed." in text
