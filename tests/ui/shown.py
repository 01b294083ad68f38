"""Pages run without a browser: what they show, and what they stand on."""

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import ui
from core.errors import IndexUnavailable
from ingestion.catalogue import Catalogue
from ui.context import UiContext, install_context

SHELL = Path(ui.__file__).parent / "pages" / "shell.py"


@pytest.fixture
def shell(context: UiContext) -> AppTest:
    """The application, at its first page."""
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


def first_figure(context: UiContext, publication_id: str) -> str:
    stored = context.resources.catalogue.publication(publication_id)
    assert stored
    return next(figure.figure_id for figure in stored.figures if not figure.is_front_page)


class Broken:
    """Resources whose index is down."""

    def __init__(self, whole: Any) -> None:
        self._whole = whole

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)

    @property
    def search(self) -> Any:
        raise IndexUnavailable("http://127.0.0.1:6333 did not answer")


class Empty(Broken):
    """Resources of an installation nobody has loaded anything into."""

    @cached_property
    def catalogue(self) -> Catalogue:
        return Catalogue.open("sqlite://")
