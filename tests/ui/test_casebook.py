"""The casebook in REST, on its page and on the command line, over one corpus."""

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

import ui
from core.settings import Settings
from search.casebook import Casebook
from search.casebook_records import Mark
from tests.ui.shown import component
from ui.casebook_commands import app as casebook_command
from ui.certificate_commands import app as certificate_command
from ui.context import UiContext, install_context

PROBLEM = "application/problem+json"
CHAIR, STOOL = "US-D0900001-S1", "US-D0900002-S1"
SHELL = Path(ui.__file__).parent / "pages" / "shell.py"


def save(api: TestClient, samples: Any, name: str = "Chairs", **query: Any) -> dict[str, Any]:
    file = ("chair.png", samples.png(samples.drawing(samples.chair)), "image/png")
    views = api.post("/api/v1/queries", files={"image": file}).json()["views"]
    body = {
        "project": "Case <12>", "name": name, "who": "Ada", "query": {"limit": 3, **query},
        "drawings": [view["sha256"] for view in views],
    }  # fmt: skip
    answer = api.post("/api/v1/casebook/searches", json=body)
    assert answer.status_code == 201, answer.text
    saved: dict[str, Any] = answer.json()
    return saved


@pytest.fixture
def saved(api: TestClient, samples: Any) -> dict[str, Any]:
    return save(api, samples)


class TestRest:
    def test_a_saved_search_runs_with_the_marks_of_its_project(
        self, api: TestClient, saved: dict[str, Any]
    ) -> None:
        address = f"/api/v1/casebook/searches/{saved['search_id']}"
        assert api.get(address).json() == saved
        mark = {"project": saved["project"], "publication_id": CHAIR, "who": "Bob"}
        for said in ({"mark": "later"}, {"mark": "relevant", "note": "Same legs"}):
            assert api.post("/api/v1/casebook/marks", json={**mark, **said}).status_code == 201
        ran = api.post(f"{address}/run").json()
        assert ran["hits"][0]["publication_id"] == CHAIR
        assert ran["marks"][CHAIR] == "relevant"
        (said,) = api.get("/api/v1/casebook/marks", params={"project": saved["project"]}).json()
        assert [r["mark"] for r in said["remarks"]][-2:] == ["later", "relevant"]
        projects = api.get("/api/v1/casebook/projects").json()
        (project,) = [one for one in projects if one["name"] == saved["project"]]
        assert (project["name"], project["marked"]) == ("Case <12>", 1)

    @pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
    def test_hits_are_sent_as_files(
        self, api: TestClient, saved: dict[str, Any], kind: str
    ) -> None:
        kept = api.get(f"/api/v1/casebook/searches/{saved['search_id']}/hits.{kind}")
        assert kept.headers["content-disposition"] == f'attachment; filename="hits.{kind}"'
        body = {"query": {"text": "bar stool"}}
        asked = api.post(f"/api/v1/casebook/exports/{kind}", json=body)
        assert (kept.status_code, asked.status_code) == (200, 200)
        if kind != "xlsx":
            assert CHAIR in kept.text
            assert STOOL in asked.text

    def test_a_watch_starts_runs_and_ends(self, api: TestClient, saved: dict[str, Any]) -> None:
        address = f"/api/v1/casebook/watches/{saved['search_id']}"
        assert api.put(address, json={"who": "Ada"}).json()["on"] is True
        runs = api.post("/api/v1/casebook/watches/run").json()
        assert {"new_publications": 0, "hits": [], "problem": None}.items() <= runs[0].items()
        assert api.delete(address).json()["on"] is False
        assert api.post("/api/v1/casebook/watches/run").json() == []

    def test_a_certificate_is_made_fetched_and_replayed(
        self, api: TestClient, saved: dict[str, Any]
    ) -> None:
        made = api.post("/api/v1/certificates", json={"search_id": saved["search_id"]}).json()
        address = f"/api/v1/certificates/{made['certificate_id']}/certificate"
        assert made in api.get("/api/v1/certificates").json()
        for kind in ("pdf", "json"):
            file = api.get(f"{address}.{kind}")
            assert file.status_code == 200
            replayed = api.post(
                "/api/v1/certificates/replay", files={"file": (f"c.{kind}", file.content)}
            ).json()
            assert (replayed["verdict"], replayed["made_here"]) == ("same", True)
            assert replayed["sha256"] == made["sha256"]
        tampered = file.content.replace(b'"Chairs"', b'"Stools"')
        answer = api.post("/api/v1/certificates/replay", files={"file": ("c.json", tampered)})
        assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
        assert "was changed after it was made" in answer.json()["detail"]
        assert api.get(f"{address}.exe").status_code == 404

    @pytest.mark.parametrize(
        ("method", "path", "body", "status", "says"),
        [
            ("get", "casebook/searches/999", None, 404, "no saved search 999"),
            ("get", "casebook/marks?project=Nobody", None, 404, "no project 'Nobody'"),
            ("put", "casebook/watches/999", {}, 404, "no saved search 999"),
            ("get", "certificates/999/certificate.pdf", None, 404, "no certificate 999"),
            ("post", "certificates", {"search_id": 999}, 404, "no saved search 999"),
            ("post", "casebook/marks",
             {"project": "P", "publication_id": "../x", "mark": "not"}, 404, "no publication"),
            ("post", "casebook/marks", {"project": "P", "publication_id": CHAIR}, 400,
             "nothing is said"),
            ("post", "casebook/searches", {"project": " ", "name": "n", "query": {"text": "a"}},
             400, "project: the name is empty"),
            ("post", "casebook/searches", {"project": "P", "name": "n", "drawings": ["../x"]},
             404, "is not the SHA-256"),
            ("post", "casebook/searches", {"project": "P", "name": "n", "drawings": ["0" * 64]},
             422, "is not kept here"),
            ("post", "casebook/searches", {"project": "P", "name": "n", "query": {"txt": 1}},
             422, "unknown search field txt"),
            ("post", "casebook/exports/exe", {"query": {"text": "a"}}, 400, "csv, xlsx, json"),
        ],
    )  # fmt: skip
    def test_senseless_requests_say_why(
        self, api: TestClient, method: str, path: str, body: Any, status: int, says: str
    ) -> None:
        answer = api.request(method, f"/api/v1/{path}", json=body)
        assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
        assert says in answer.json()["detail"]


@pytest.fixture
def page(context: UiContext) -> AppTest:
    install_context(context)
    return AppTest.from_file(str(SHELL), default_timeout=60)


def said(at: AppTest) -> str:
    assert not at.exception, at.exception
    return "\n".join(str(getattr(e.proto, "body", "")) for e in at.main)


def test_page_shows_what_a_project_holds(
    page: AppTest, api: TestClient, saved: dict[str, Any]
) -> None:
    mark = {"project": saved["project"], "publication_id": STOOL, "mark": "not", "who": "<b>Bob"}
    api.post("/api/v1/casebook/marks", json=mark)
    page.query_params["project"] = saved["project"]
    page.switch_page("casebook.py").run()
    text = said(page)
    for words in ("Chairs", "Bar stool", "not relevant", "&lt;b&gt;Bob"):
        assert words in text, words
    assert "<b>Bob" not in text
    toggle = next(t for t in page.main.toggle if t.key == f"search_{saved['search_id']}_watch")
    toggle.set_value(True).run()
    assert "Nothing new was found so far" in said(page)
    certify = f"search_{saved['search_id']}_certify"
    next(b for b in page.main.button if b.key == certify).click().run()
    assert "/certificate.pdf" in said(page)


def test_page_without_projects_says_how_to_begin(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Casebook, "projects", lambda *_: [])
    page.switch_page("casebook.py").run()
    assert "Nothing is kept yet" in said(page)


def test_search_page_keeps_the_search_and_marks_a_hit(page: AppTest, context: UiContext) -> None:
    page.query_params.update({"q": "bar stool", "class": "06"})
    page.run()
    page.main.text_input(key="keep_name").set_value("Stools").run()
    page.main.button(key="keep_save").click().run()
    casebook = context.resources.casebook
    newest = casebook.searches()[0]
    assert (newest.name, newest.query["text"], newest.query["locarno_any"]) == (
        "Stools", "bar stool", ["06"],
    )  # fmt: skip
    page.main.text_area(key="mark_note").set_value("Three legs").run()
    page.main.button(key="mark_write").click().run()
    assert not page.exception
    assert casebook.opinions(newest.project)[STOOL].notes[-1].note == "Three legs"
    casebook.remark(newest.project, STOOL, by="Grace", mark=Mark.LATER)
    page.run()
    assert component(page, "limn.gallery")["hits"][0]["mark"]["words"] == "look at later"


@pytest.fixture
def home(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("LIMN_HOME", str(settings.home))
    monkeypatch.setenv("LIMN_QDRANT__URL", str(settings.qdrant.url))
    monkeypatch.setenv("LIMN_CASEBOOK__WHO", "Clerk")
    return settings


@pytest.mark.usefixtures("home")
def test_commands_list_mark_and_watch(saved: dict[str, Any]) -> None:
    run = CliRunner()
    number = str(saved["search_id"])
    listed = json.loads(run.invoke(casebook_command, ["list", "--json"]).stdout)
    assert saved["search_id"] in [one["search_id"] for one in listed["searches"]]
    marked = run.invoke(
        casebook_command,
        ["mark", CHAIR, "later", "--project", saved["project"], "--search", number, "--json"],
    )
    assert json.loads(marked.stdout)["made_by"] == "Clerk"
    table = run.invoke(casebook_command, ["marks", "--project", saved["project"]])
    assert CHAIR in table.stdout
    assert run.invoke(casebook_command, ["watch", number]).exit_code == 0
    watches = json.loads(run.invoke(casebook_command, ["watches", "--json"]).stdout)["watches"]
    assert saved["search_id"] in [one["search_id"] for one in watches if one["on"]]
    assert run.invoke(casebook_command, ["unwatch", number]).exit_code == 0
    assert run.invoke(certificate_command, ["list", "--json"]).exit_code == 0
    for wrong in (["mark", CHAIR, "good", "--project", "P"], ["marks", "--project", "Nobody"],
                  ["note", "US-X", "a", "--project", "P"], ["watch", "999"]):  # fmt: skip
        assert run.invoke(casebook_command, wrong).exit_code != 0
