"""What the pages show, run without a browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import ui
from core.errors import IndexUnavailable
from ui.context import UiContext, install_context

SHELL = Path(ui.__file__).parent / "pages" / "shell.py"


@pytest.fixture
def page(context: UiContext) -> Iterator[AppTest]:
    install_context(context)
    yield AppTest.from_file(str(SHELL), default_timeout=30)


def shown(at: AppTest) -> str:
    assert not at.exception, at.exception
    return "\n".join(str(element.proto) for element in at.main)


def cards(at: AppTest) -> list[str]:
    """Publication ids in the gallery, in order."""
    import json

    found = [e for e in at.main if e.type == "bidi_component"]
    payload = json.loads(found[-1].proto.json)
    return [hit["id"] for hit in payload["hits"]]
