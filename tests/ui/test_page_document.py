"""The document that every page begins as."""

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.errors import VersionSkew
from ui import page_document
from ui.components.assets import FOLDER
from ui.page_document import page_routes

_COMPONENTS = sorted(
    path.name for path in FOLDER.glob("*.js") if "export default" in path.read_text("utf-8")
)


@pytest.mark.parametrize("path", ["/", "/uploads", "/publication?id=US-D0900001-S1"])
def test_page_begins_with_our_title_styles_and_opening(path: str) -> None:
    answer = TestClient(Starlette(routes=page_routes())).get(path)
    head, _, body = answer.text.partition("</head>")
    assert "<title>Limn</title>" in head
    assert 'src="./static/js/' in head, "Streamlit's own scripts"
    assert (FOLDER / "pages.css").read_text("utf-8") in body
    assert (FOLDER / "opening.js").read_text("utf-8") in body
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/search", "./"),
        ("/search?text=a%26b&class=06-01&class=07", "./?text=a%26b&class=06-01&class=07"),
    ],
)
def test_the_name_of_the_search_leads_to_it(path: str, address: str) -> None:
    client = TestClient(Starlette(routes=page_routes()))
    answer = client.get(path, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, address)
    assert "<title>Limn</title>" in client.get(path).text


def test_document_of_another_streamlit_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "index.html").write_text("<html><head><title>Other</title></head></html>")
    monkeypatch.setattr(page_document, "get_static_dir", lambda: str(tmp_path))
    with pytest.raises(VersionSkew, match=r"index\.html has not one <title>Streamlit</title>"):
        page_routes()


@pytest.mark.parametrize("name", _COMPONENTS)
def test_component_says_that_it_is_in_place(name: str) -> None:
    script = (FOLDER / name).read_text("utf-8")
    assert 'parentElement.host.dataset.inPlace = "";' in script, "what stands below would wait"
