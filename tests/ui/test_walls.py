"""What is behind a project's wall does not exist for others: every route, asked by both."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from pydantic import SecretStr
from streamlit.testing.v1 import AppTest

from core.access import Role, Viewer
from core.settings import AccessSettings, QdrantSettings, RedisSettings, Settings
from ingestion.catalogue_records import UploadTerms
from search.casebook import Casebook
from tests.ui.closed_api import bearer, serve
from tests.ui.corpus import open_context, take_in
from tests.ui.made_up_grants import CORPUS, drawing, png, write_archive
from tests.ui.shown import SHELL, hits
from ui.context import UiContext, install_context
from ui.identity import Identities
from ui.key_ring import KeyRing
from ui.permissions import ROUTES
from ui.processes import ServiceProcess, free_port
from ui.services import Service, service_spec
from workers.watch_runs import run_watches

ACCESS = AccessSettings(mode="keys", secret=SecretStr("s" * 40), refusals_per_minute=1000)
CASE = "Case 12"
CHAIR, STOOL, BOTTLE, LAMP = CORPUS
SECRET_WORDS = re.compile(r"D0?900003|D900,003|Bottle|Case 12|private needle|secret\.tar", re.I)
"""What only the members of the project may read anywhere."""


@dataclass(frozen=True)
class World:
    """A corpus of which one publication is confidential, with a casebook about it."""

    context: UiContext
    client: TestClient
    ada: dict[str, str]
    """A member of the project; eve is not. Both are administrators."""
    eve: dict[str, str]
    sha256: str
    """Of a figure that only the confidential publication has."""
    drawing: str
    search_id: int
    certificate_id: int
    certificate: bytes
    upload_id: str

    def ask(self, who: dict[str, str], method: str, path: str, **request: Any) -> Response:
        return self.client.request(method, f"/api/v1{path}", headers=who, **request)


@pytest.fixture(scope="module")
def world(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with walled_world(settings, tmp_path_factory.mktemp("walled")) as made:
        yield made


@contextmanager
def walled_world(settings: Settings, home: Path) -> Iterator[World]:
    """A home of its own beside the one of `settings`, whose queue counts for both."""
    url = f"http://127.0.0.1:{free_port()}"
    assert settings.redis.url
    other_counts = RedisSettings(url=SecretStr(settings.redis.url.get_secret_value()[:-1] + "1"))
    own = settings.model_copy(
        update={
            "home": home,
            "qdrant": QdrantSettings(url=url),
            "redis": other_counts,
            "access": ACCESS,
        }
    )
    index = ServiceProcess(service_spec(Service.INDEX, own), home / "logs")
    index.wait_ready()
    context = open_context(own)
    ring = KeyRing(context.resources.catalogue)
    ada, eve = (bearer(ring.create(name, Role.ADMIN, by="test")[1]) for name in ("ada", "eve"))
    open_week = write_archive(home / "I20210105.tar", (CHAIR, STOOL, LAMP))
    take_in(context.resources, open_week, wait=True)
    with serve(context, ACCESS) as client:
        made = World(context, client, ada, eve, "", "", 0, 0, b"", "")
        yield _fill(made, write_archive(home / "secret.tar", (BOTTLE,)))
    index.stop()


def _fill(world: World, archive: Path) -> World:
    image = {"image": ("bottle.png", png(drawing(BOTTLE)), "image/png")}
    sent = world.ask(world.ada, "POST", "/queries", files=image).json()["views"][0]["sha256"]
    to_save = {
        "project": CASE, "name": "private needle", "query": {"limit": 4}, "drawings": [sent],
    }  # fmt: skip
    saved = world.ask(world.ada, "POST", "/casebook/searches", json=to_save).json()["search_id"]
    assert world.ask(world.ada, "PUT", f"/casebook/watches/{saved}", json={}).status_code == 200
    terms = UploadTerms(is_confidential=True, project=CASE)
    upload = take_in(world.context.resources, archive, terms, wait=True)
    mark = {"project": CASE, "publication_id": "US-D0900003-S1", "mark": "relevant"}
    assert world.ask(world.ada, "POST", "/casebook/marks", json=mark).status_code == 201
    body = {"search_id": saved}
    certificate = world.ask(world.ada, "POST", "/certificates", json=body).json()["certificate_id"]
    path = f"/certificates/{certificate}/certificate.json"
    figures = world.ask(world.ada, "GET", "/publications/US-D0900003-S1").json()["figures"]
    return replace(
        world,
        sha256=figures[1]["sha256"],
        drawing=sent,
        search_id=saved,
        certificate_id=certificate,
        certificate=world.ask(world.ada, "GET", path).content,
        upload_id=upload.upload_id,
    )


def _image(name: str) -> Callable[[World], dict[str, Any]]:
    return lambda _: {"files": {name: ("x.png", png(drawing(BOTTLE)), "image/png")}}


def _query(**query: Any) -> Callable[[World], dict[str, Any]]:
    return lambda world: {
        "files": [("images", ("x.png", png(drawing(BOTTLE)), "image/png"))],
        "data": {"query": json.dumps(query)},
    }


_FIGURE = "US-D0900003-S1/s1.1"
REQUESTS: dict[str, tuple[str, Callable[[World], dict[str, Any]]]] = {
    "POST /search": ("/search", _query(locarno_any=["06"])),
    "POST /search/facets": ("/search/facets", _query()),
    "POST /search/classes": ("/search/classes", _query()),
    "POST /explain": (
        "/explain", lambda w: {**_image("image")(w), "data": {"figure_id": _FIGURE}},
    ),
    "GET /explain": (f"/explain?figure_id={_FIGURE}&query_figure_id={_FIGURE}", lambda _: {}),
    "GET /publications/{publication_id}": ("/publications/US-D0900003-S1", lambda _: {}),
    "GET /figures/{figure_id:path}": (f"/figures/{_FIGURE}", lambda _: {}),
    "POST /corrections": (
        "/corrections", lambda _: {"json": {"figure_id": _FIGURE, "text": "a jar"}},
    ),
    "GET /corrections": (f"/corrections?figure_id={_FIGURE}", lambda _: {}),
    "DELETE /corrections": (
        f"/corrections?figure_id={_FIGURE}&correction_id=0", lambda _: {},
    ),
    "GET /pictures/{sha256}": ("/pictures/{sha256}", lambda _: {}),
    "GET /thumbnails/{sha256}": ("/thumbnails/{sha256}", lambda _: {}),
    "GET /queries/{sha256}": ("/queries/{drawing}", lambda _: {}),
    "GET /queries/{sha256}/picture": ("/queries/{drawing}/picture", lambda _: {}),
    "POST /queries": (
        "/queries", lambda _: {"files": {"image": ("x.png", png(drawing(LAMP)), "image/png")}},
    ),
    "GET /casebook/projects": ("/casebook/projects", lambda _: {}),
    "GET /casebook/searches": ("/casebook/searches", lambda _: {}),
    "POST /casebook/searches": (
        "/casebook/searches",
        lambda w: {"json": {"project": CASE, "name": "mine", "drawings": [w.drawing]}},
    ),
    "GET /casebook/searches/{search_id}": ("/casebook/searches/{search_id}", lambda _: {}),
    "POST /casebook/searches/{search_id}/run": ("/casebook/searches/{search_id}/run", lambda _: {}),
    "GET /casebook/searches/{search_id}/hits.{kind}": (
        "/casebook/searches/{search_id}/hits.json", lambda _: {},
    ),
    "POST /casebook/exports/{kind}": (
        "/casebook/exports/json", lambda _: {"json": {"query": {"text": "bottle"}}},
    ),
    "GET /casebook/marks": (f"/casebook/marks?project={CASE}", lambda _: {}),
    "POST /casebook/marks": (
        "/casebook/marks",
        lambda _: {"json": {"project": CASE, "publication_id": "US-D0900001-S1", "note": "x"}},
    ),
    "GET /casebook/members": (f"/casebook/members?project={CASE}", lambda _: {}),
    "POST /casebook/members": (
        "/casebook/members", lambda _: {"json": {"project": CASE, "member": "ada"}},
    ),
    "DELETE /casebook/members": (
        f"/casebook/members?project={CASE}&member=nobody", lambda _: {},
    ),
    "GET /casebook/watches": ("/casebook/watches", lambda _: {}),
    "POST /casebook/watches/run": ("/casebook/watches/run", lambda _: {}),
    "PUT /casebook/watches/{search_id}": ("/casebook/watches/{search_id}", lambda _: {"json": {}}),
    "DELETE /casebook/watches/{search_id}": ("/casebook/watches/{search_id}", lambda _: {}),
    "GET /certificates": ("/certificates", lambda _: {}),
    "POST /certificates": ("/certificates", lambda w: {"json": {"search_id": w.search_id}}),
    "GET /certificates/{certificate_id}/certificate.{kind}": (
        "/certificates/{certificate_id}/certificate.pdf", lambda _: {},
    ),
    "POST /certificates/replay": (
        "/certificates/replay", lambda w: {"files": {"file": ("c.json", w.certificate)}},
    ),
    "POST /uploads": (
        f"/uploads?name=x.tar&confidential=true&project={CASE}", lambda _: {"content": b"no tar"},
    ),
    "POST /uploads/dry-run": ("/uploads/dry-run?name=x.tar", lambda _: {"content": b"no tar"}),
    "GET /uploads": ("/uploads", lambda _: {}),
    "GET /uploads/{upload_id}": ("/uploads/{upload_id}", lambda _: {}),
    "POST /uploads/{upload_id}/lost-questions": (
        "/uploads/{upload_id}/lost-questions", lambda _: {},
    ),
}  # fmt: skip
WITHOUT_WALLS = {
    "GET /openapi.json": "the same for all",
    "GET /health/live": "says nothing of the collection",
    "GET /health/ready": "totals of the whole installation, for who runs it",
    "GET /keys": "keys of the whole installation, for administrators",
    "POST /keys": "keys of the whole installation, for administrators",
    "DELETE /keys/{key_id}": "keys of the whole installation, for administrators",
    "GET /metrics": "totals of the whole installation, for who runs it",
}
NOT_THERE_FOR_OTHERS = {
    route
    for route in REQUESTS
    if "{" in route.replace("{kind}", "") or route.startswith(("POST /explain", "GET /explain"))
} | {
    "POST /corrections",
    "DELETE /corrections",
    "GET /casebook/members",
    "POST /casebook/members",
    "DELETE /casebook/members",
    "GET /casebook/marks",
    "POST /casebook/marks",
    "POST /certificates",
}
TOLD_TO_MEMBERS = {
    "POST /uploads": "is no tar",
    "DELETE /corrections": "has no such correction any more",
    "DELETE /casebook/members": "is no member of",
}
"""What they ask makes no sense, and that is what they hear."""
ECHOED = {"POST /certificates/replay"}
"""The sender has what the answer repeats."""


def _asked(world: World, who: dict[str, str], route: str) -> Response:
    path, request = REQUESTS[route]
    filled = path.format(**vars(world))
    return world.ask(who, route.split(maxsplit=1)[0], filled, **request(world))


class TestEveryRoute:
    def test_is_asked_by_both_or_said_to_need_no_wall(self) -> None:
        assert set(REQUESTS) | set(WITHOUT_WALLS) == set(ROUTES)

    @pytest.mark.parametrize("route", list(REQUESTS))
    def test_others_find_nothing_of_the_project(self, world: World, route: str) -> None:
        answer = _asked(world, world.eve, route)
        assert answer.status_code < 500, answer.text
        if route in NOT_THERE_FOR_OTHERS:
            assert answer.status_code in {400, 404, 422}, (answer.status_code, answer.text)
        elif route not in ECHOED:
            told = answer.text.replace("'Case 12' is a project of others", "")
            assert not SECRET_WORDS.search(told), told

    @pytest.mark.parametrize("route", list(REQUESTS))
    def test_members_get_an_answer(self, world: World, route: str) -> None:
        answer = _asked(world, world.ada, route)
        if (told := TOLD_TO_MEMBERS.get(route)) is not None:
            assert told in answer.text
        else:
            assert answer.status_code in {200, 201, 202}, answer.text

    @pytest.mark.parametrize("route", [route for route in REQUESTS if route.startswith("GET")])
    def test_nobody_gets_nothing(self, world: World, route: str) -> None:
        assert _asked(world, {}, route).status_code == 401


class TestSearches:
    def test_members_find_what_others_do_not(self, world: World) -> None:
        asked = _query()(world)
        of_ada = world.ask(world.ada, "POST", "/search", **asked).json()
        of_eve = world.ask(world.eve, "POST", "/search", **asked).json()
        assert of_ada["hits"][0]["publication_id"] == "US-D0900003-S1"
        assert {hit["publication_id"] for hit in of_eve["hits"]} == {
            "US-D0900001-S1", "US-D0900002-S1", "US-D0900004-S1",
        }  # fmt: skip
        assert (of_ada["n_figures"], of_eve["n_figures"]) == (12, 9)
        assert of_ada["coverage"]["n_publications"] == 4
        assert of_eve["coverage"]["n_publications"] == 3

    def test_hidden_hits_facets_and_votes_do_not_count_it(self, world: World) -> None:
        narrowed = _query(locarno_any=["06"])(world)
        hidden = {
            name: world.ask(who, "POST", "/search", **narrowed).json()["hidden_by_filter"]
            for name, who in (("ada", world.ada), ("eve", world.eve))
        }
        assert hidden["ada"] == hidden["eve"] + 1
        for asked in (_query()(world), {"json": {"office": ["US"]}}):
            facets = world.ask(world.eve, "POST", "/search/facets", **asked).json()
            assert "09" not in {value["value"] for value in facets["counts"]["locarno_class"]}
        votes = world.ask(world.eve, "POST", "/search/classes", **_query()(world)).json()
        assert "09" not in {vote["code"] for vote in votes["locarno_class"]}

    @pytest.mark.parametrize(
        "query",
        [
            {"figure_ids": [_FIGURE]},
            {"publication_id": "D900,003"},
            {"within": ["US-D0900003-S1"]},
            {"text": "chair", "unlike_figure_ids": [_FIGURE]},
        ],
    )
    def test_it_cannot_be_named_by_others(self, world: World, query: dict[str, Any]) -> None:
        answer = world.ask(world.eve, "POST", "/search", json=query)
        assert answer.status_code == 422 or answer.json()["hits"] == []

    def test_a_picture_that_others_may_not_see_is_not_even_unchanged(self, world: World) -> None:
        path = f"/thumbnails/{world.sha256}"
        kept = world.ask(world.ada, "GET", path)
        assert kept.headers["cache-control"] == "private, no-cache"
        asked = {**world.eve, "If-None-Match": kept.headers["etag"]}
        assert world.ask(asked, "GET", path).status_code == 404


class TestProjects:
    def test_a_search_of_a_project_finds_what_all_its_members_may_see(self, world: World) -> None:
        """Ada sees the confidential bottle, her second project does not."""
        other = {"project": "Shared", "name": "all", "query": {"office": ["US"]}}
        saved = world.ask(world.ada, "POST", "/casebook/searches", json=other).json()["search_id"]
        found = world.ask(world.ada, "POST", f"/casebook/searches/{saved}/run").json()["hits"]
        assert "US-D0900003-S1" not in {hit["publication_id"] for hit in found}
        made = world.ask(world.ada, "POST", "/certificates", json={"search_id": saved}).json()
        record = f"/certificates/{made['certificate_id']}/certificate.json"
        assert not SECRET_WORDS.search(world.ask(world.ada, "GET", record).text)

    def test_the_watch_of_a_project_finds_behind_its_wall(self, world: World) -> None:
        assert world.ask(
            world.ada, "PUT", f"/casebook/watches/{world.search_id}", json={}
        ).is_success
        run_watches(world.context.resources)
        watches = world.ask(world.ada, "GET", "/casebook/watches").json()
        found = {hit["publication_id"] for watch in watches for hit in watch["hits"]}
        assert "US-D0900003-S1" in found

    def test_a_project_of_others_cannot_be_taken_by_its_name(self, world: World) -> None:
        answer = _asked(world, world.eve, "POST /casebook/searches")
        assert (answer.status_code, answer.json()["code"]) == (422, "query-invalid")
        body = {"project": CASE, "name": "mine", "query": {"text": "chair"}}
        answer = world.ask(world.eve, "POST", "/casebook/searches", json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-in-casebook")

    def test_members_come_and_go(self, world: World) -> None:
        casebook = Casebook(world.context.resources.catalogue)
        project = casebook.find_project(CASE)
        assert casebook.members(project) == ["ada"]
        casebook.add_member(project, "eve", "ada")
        casebook.add_member(project, "eve", "ada")
        assert world.ask(world.eve, "GET", "/publications/US-D0900003-S1").status_code == 200
        assert world.ask(world.eve, "GET", f"/queries/{world.drawing}").status_code == 200
        casebook.remove_member(project, "eve")
        assert world.ask(world.eve, "GET", "/publications/US-D0900003-S1").status_code == 404
        assert world.ask(world.eve, "GET", f"/queries/{world.drawing}").status_code == 404

    def test_who_signs_in_signs_with_their_own_name(self, world: World) -> None:
        body = {"project": "Eves", "publication_id": "US-D0900001-S1", "note": "x", "who": "ada"}
        assert world.ask(world.eve, "POST", "/casebook/marks", json=body).json()["made_by"] == "eve"

    def test_a_confidential_archive_needs_a_project(self, world: World) -> None:
        answer = world.ask(world.eve, "POST", "/uploads?name=x.tar&confidential=true", content=b"x")
        assert answer.status_code == 400
        assert "whose members" in answer.json()["detail"]

    def test_what_all_have_seen_is_not_walled_by_sending_it_again(
        self, world: World, tmp_path: Path
    ) -> None:
        week = write_archive(tmp_path / "I20210105.tar", (CHAIR, STOOL, LAMP)).read_bytes()
        terms = {"name": "again.tar", "confidential": "true", "project": CASE}
        sent = world.ask(world.ada, "POST", "/uploads", params={"name": "a.tar"}, content=week)
        kept = world.context.uploads_folder / sent.json()["upload_id"]
        answer = world.ask(world.ada, "POST", "/uploads", params=terms, content=week)
        assert answer.status_code == 400
        assert "taken in openly before: all see it" in answer.json()["detail"]
        assert (kept / "a.tar").exists()
        assert world.ask(world.eve, "GET", "/publications/US-D0900001-S1").status_code == 200

    def test_a_page_left_open_shows_nothing_more_once_a_membership_ends(
        self, world: World, context: UiContext, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        casebook = Casebook(world.context.resources.catalogue)
        project = casebook.find_project(CASE)
        casebook.add_member(project, "eve", "ada")
        monkeypatch.setattr(Identities, "viewer", lambda *_: Viewer("eve", Role.OPERATOR))
        install_context(world.context)
        page = AppTest.from_file(str(SHELL), default_timeout=30)
        page.query_params["q"] = "bottle"
        assert "US-D0900003-S1" in hits(page.run())
        casebook.remove_member(project, "eve")
        found = hits(page.run())
        install_context(context)
        assert found
        assert "US-D0900003-S1" not in found

    def test_an_open_home_has_no_walls(self, world: World) -> None:
        settings = world.context.resources.settings.model_copy(update={"access": AccessSettings()})
        ring = KeyRing(world.context.resources.catalogue)
        with serve(replace(world.context, identities=Identities(settings, ring)),
                   AccessSettings()) as client:  # fmt: skip
            assert client.get("/api/v1/publications/US-D0900003-S1").status_code == 200
