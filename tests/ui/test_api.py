"""The REST API over real components."""

import io
import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from core.describing import Description, Tokens
from core.records import Stage
from ingestion.call_ledger import AnswerKey, Call, Cost
from ui.context import UiContext
from workers import stages

PROBLEM = "application/problem+json"


def image_of(samples: Any, grant: Any, view: int = 0) -> tuple[str, bytes, str]:
    return (f"{grant.title}.png", samples.png(samples.drawing(grant, view)), "image/png")


def ids(answer: Any) -> list[str]:
    return [hit["publication_id"] for hit in answer["hits"]]


def figure_of(api: TestClient, publication: str) -> dict[str, Any]:
    figures = api.get(f"/api/v1/publications/{publication}").json()["figures"]
    return next(figure for figure in figures if not figure["front_page"])


class TestSearch:
    def test_drawing_finds_its_publication_first(self, api: TestClient, samples: Any) -> None:
        files = [("images", image_of(samples, samples.bottle))]
        answer = api.post("/api/v1/search", files=files)
        assert answer.status_code == 200
        best = answer.json()["hits"][0]
        assert (best["rank"], best["publication_id"]) == (1, "US-D0900003-S1")
        assert best["title"] == "Bottle"
        assert best["locarno"] == "09-01"
        assert best["figures"][0]["score"] == best["score"] == pytest.approx(1, abs=0.05)
        assert best["figures"][0]["branch"] == "image"

    def test_class_filter_hides_and_counts(self, api: TestClient, samples: Any) -> None:
        files = [("images", image_of(samples, samples.bottle))]
        query = {"query": json.dumps({"locarno_any": ["06"]})}
        answer = api.post("/api/v1/search", files=files, data=query).json()
        assert set(ids(answer)) == {"US-D0900001-S1", "US-D0900002-S1"}
        assert answer["hidden_by_filter"] == len(answer["hidden"]) >= 2
        assert answer["n_figures"] > 0

    def test_words_find_a_title(self, api: TestClient) -> None:
        answer = api.post("/api/v1/search", json={"text": "bar stool", "limit": 3}).json()
        assert ids(answer)[0] == "US-D0900002-S1"
        assert len(answer["hits"]) <= 3

    def test_figure_query_leaves_its_own_publication_out(self, api: TestClient) -> None:
        figure = figure_of(api, "US-D0900001-S1")
        answer = api.post("/api/v1/search", json={"figure_ids": [figure["figure_id"]]}).json()
        assert answer["hits"]
        assert "US-D0900001-S1" not in ids(answer)

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ({"text": "chair", "locarno_any": ["44"]}, "Locarno class 44 does not exist"),
            ({"text": "chair", "locarno_any": ["sofa"]}, "'sofa' is not a Locarno class"),
            ({}, "nothing is asked"),
            ({"text": "   "}, "the query text is empty"),
            ({"txt": "chair"}, "unknown search field txt"),
            ({"text": "chair", "limit": 0}, "limit"),
            ({"figure_ids": ["../../etc/passwd"]}, "not in the index: ../../etc/passwd"),
            ({"text": "a", "published_from": "2022-01-01", "published_to": "2021-01-01"}, "after"),
        ],
    )
    def test_senseless_query_is_422_and_says_why(
        self, api: TestClient, body: dict[str, Any], said: str
    ) -> None:
        answer = api.post("/api/v1/search", json=body)
        assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
        assert said in answer.json()["detail"]
        assert answer.json()["remedy"]

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (b"", "empty (0 bytes)"),
            (b"%PDF-1.7 no drawing", "not a TIFF, PNG, JPEG, WebP, GIF or BMP picture"),
            (b"\x89PNG\r\n\x1a\nbroken", "not a TIFF, PNG, JPEG, WebP, GIF or BMP picture"),
        ],
    )
    def test_query_that_is_no_picture_is_422_and_names_the_file(
        self, api: TestClient, data: bytes, said: str
    ) -> None:
        answer = api.post("/api/v1/search", files=[("images", ("wrong.png", data, "image/png"))])
        assert answer.status_code == 422
        assert answer.json()["where"] == "wrong.png"
        assert said in answer.json()["detail"]

    def test_pictures_are_cropped_as_said(self, api: TestClient, samples: Any) -> None:
        files = [("images", image_of(samples, samples.chair))]
        crop = {"pictures": json.dumps([{"crop": [0, 0, 1, 1], "photo": False}])}
        answer = api.post("/api/v1/search", files=files, data=crop).json()
        assert ids(answer)[0] == "US-D0900001-S1"
        assert answer["notices"] == []
        for pictures, said in (("[]", "0 entries for 1 images"), ("[1]", "a list of them")):
            bad = api.post("/api/v1/search", files=files, data={"pictures": pictures})
            assert bad.status_code == 422
            assert said in bad.json()["detail"]

    def test_counts_and_suggestions_for_the_same_body(self, api: TestClient) -> None:
        counts = api.post("/api/v1/search/facets", json={"us_class": ["D6"]}).json()
        assert (counts["unit"], counts["top"]) == ("publication", None)
        assert {"value": "06", "count": 2} in counts["counts"]["locarno_class"]
        figure = figure_of(api, "US-D0900001-S1")["figure_id"]
        ranked = api.post("/api/v1/search/facets", json={"figure_ids": [figure]}).json()
        assert ranked["top"] == 100
        classes = api.post("/api/v1/search/classes", json={"publication_id": "D900,001"}).json()
        assert classes["locarno_class"][0]["share"] > 0

    def test_malformed_bodies_are_422(self, api: TestClient) -> None:
        for body, said in ((b"{", "not JSON"), (b"[1]", "must be a JSON object")):
            answer = api.post("/api/v1/search", content=body)
            assert answer.status_code == 422
            assert said in answer.json()["detail"]
        unknown = api.post("/api/v1/search", files=[("picture", ("a.png", b"x", "image/png"))])
        assert "unknown form field picture" in unknown.json()["detail"]


class TestCatalogueRoutes:
    def test_publication_with_figures_and_names(self, api: TestClient) -> None:
        answer = api.get("/api/v1/publications/US-D0900004-S1").json()
        assert answer["title"] == "Table <lamp> & shade"
        assert answer["locarno"] == [
            {"code": "26-05", "edition": "13", "class_name": "Lighting apparatus"}
        ]
        assert answer["broken_line_statement"].startswith("The broken lines")
        assert [cited["number"] for cited in answer["citations"]] == ["D0900002"]
        assert answer["assignees"] == ["Northlight Design"]
        assert answer["priority_date"] is None
        assert [figure["front_page"] for figure in answer["figures"]].count(True) == 1
        assert len(answer["figures"]) == 4

    def test_figure_by_id(self, api: TestClient) -> None:
        figure = figure_of(api, "US-D0900001-S1")
        answer = api.get(f"/api/v1/figures/{figure['figure_id']}").json()
        assert answer == figure
        assert "/" in answer["figure_id"]
        assert any(text["provenance"] == "grant" for text in answer["texts"])

    @pytest.mark.parametrize(
        "path",
        [
            "publications/US-D0999999-S1",
            "publications/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
            "figures/US-D0900001-S1/99",
            "figures/..%2f..%2f..%2fetc/passwd",
            "thumbnails/..%2f..%2fcatalogue.sqlite3",
            "thumbnails/" + "0" * 64,
            "pictures/ABCDEF",
            "pictures/%2e%2e",
            "queries/" + "f" * 64,
            "uploads/..%2f..",
            "nonsense",
        ],
    )
    def test_unknown_or_hostile_ids_are_404(self, api: TestClient, path: str) -> None:
        answer = api.get(f"/api/v1/{path}")
        assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)
        assert answer.json()["detail"]
        assert b"root:" not in answer.content


class TestPictures:
    @pytest.mark.parametrize("route", ["thumbnails", "pictures"])
    def test_pictures_are_immutable_and_revalidated(self, api: TestClient, route: str) -> None:
        sha256 = figure_of(api, "US-D0900001-S1")["sha256"]
        first = api.get(f"/api/v1/{route}/{sha256}")
        assert first.status_code == 200
        assert first.headers["content-type"] in ("image/png", "image/webp")
        assert "immutable" in first.headers["cache-control"]
        again = api.get(
            f"/api/v1/{route}/{sha256}", headers={"if-none-match": first.headers["etag"]}
        )
        assert (again.status_code, again.content) == (304, b"")
        head = api.head(f"/api/v1/{route}/{sha256}")
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(first.content))

    def test_query_sheet_becomes_views(self, api: TestClient, samples: Any) -> None:
        answer = api.post("/api/v1/queries", files={"image": image_of(samples, samples.chair)})
        assert answer.status_code == 201
        (view,) = answer.json()["views"]
        assert api.get(f"/api/v1/queries/{view['sha256']}").status_code == 200
        assert api.get(f"/api/v1/pictures/{view['sha256']}").status_code == 404

    def test_blank_page_is_refused(self, api: TestClient) -> None:
        from PIL import Image

        file = io.BytesIO()
        Image.new("L", (300, 300), "white").save(file, "PNG")
        answer = api.post("/api/v1/queries", files={"image": ("blank.png", file.getvalue())})
        assert answer.status_code == 422
        assert "nothing is drawn on it" in answer.json()["detail"]


class TestUploads:
    def test_archive_is_taken_in_and_becomes_searchable(
        self, api: TestClient, samples: Any, tmp_path: Any
    ) -> None:
        kite = samples.Grant("D0900010", "Kite", "2101", ((0.5, 0), (1, 0.4), (0.5, 1), (0, 0.4)))
        archive = samples.write_archive(tmp_path / "a.tar", (kite,))
        answer = api.post(
            "/api/v1/uploads", params={"name": "../../I2021 0112.tar"}, content=archive.read_bytes()
        )
        assert answer.status_code == 202
        assert answer.json()["name"] == "I2021_0112.tar"
        address = f"/api/v1/uploads/{answer.json()['upload_id']}"
        progress = api.get(address).json()
        deadline = time.monotonic() + 30
        while not progress["finished"] and time.monotonic() < deadline:
            time.sleep(0.1)
            progress = api.get(address).json()
        assert progress["finished"]
        assert (progress["publications"], progress["figures"]) == (1, 3)
        assert progress["by_stage"]["indexed"] == 3
        assert ids(api.post("/api/v1/search", json={"text": "kite"}).json())[0] == "US-D0900010-S1"
        assert answer.json()["upload_id"] in [
            u["upload_id"] for u in api.get("/api/v1/uploads").json()
        ]

    def test_archive_once_confidential_stays_so(
        self, api: TestClient, samples: Any, tmp_path: Any
    ) -> None:
        kite = samples.Grant("D0900011", "Kite", "2101", ((0.5, 0), (1, 0.4), (0.5, 1), (0, 0.4)))
        archive = samples.write_archive(tmp_path / "b.tar", (kite,)).read_bytes()
        said = [
            api.post("/api/v1/uploads", params={"name": "b.tar"} | terms, content=archive).json()
            for terms in ({}, {"confidential": "true"}, {"confidential": "false"})
        ]
        assert [answer["confidential"] for answer in said] == [False, True, True]

    def test_archive_has_a_budget_of_its_own_and_says_what_models_took(
        self, api: TestClient, context: UiContext, samples: Any, tmp_path: Any
    ) -> None:
        kite = samples.Grant("D0900012", "Kite", "2101", ((0.5, 0), (1, 0.4), (0.5, 1), (0, 0.4)))
        archive = samples.write_archive(tmp_path / "c.tar", (kite,)).read_bytes()
        sent = {"name": "c.tar", "budget_tokens": "-1"}
        assert api.post("/api/v1/uploads", params=sent, content=archive).status_code == 422
        sent["budget_tokens"] = "5000"
        upload = api.post("/api/v1/uploads", params=sent, content=archive).json()
        assert upload["budget_tokens"] == 5000
        key, due_at = AnswerKey("p", "r", "m"), datetime.now(UTC)
        call = Call("1", key, "h", "http://e", upload["upload_id"], Cost(Tokens(70, 30)), due_at)
        catalogue = context.resources.catalogue
        catalogue.reserve(replace(call, call_id="2"), 5000)
        catalogue.store_answer(call, Description(("a kite",), Tokens(7, 3)), 0.5)
        told = api.get(f"/api/v1/uploads/{upload['upload_id']}").json()
        assert (told["model_calls"], told["model_tokens"], told["model_price"]) == (1, 10, 0.5)
        assert (told["lost_calls"], told["lost_tokens"]) == (1, 100)
        assert (told["waiting_questions"], told["waiting_tokens"]) == (1, 100)
        lost = f"/api/v1/uploads/{upload['upload_id']}/lost-questions"
        answer = api.post(lost)
        assert answer.status_code == 202
        assert answer.json() == {"questions": 1, "most_tokens": 100, "most_price": 0}
        assert api.post(lost).json()["questions"] == 0
        assert api.post("/api/v1/uploads/none/lost-questions").status_code == 404

    @pytest.mark.parametrize(
        ("name", "data", "status", "said"),
        [
            ("I20210105.tar", b"", 422, "empty (0 bytes)"),
            ("I20210105.tar", b"this is no archive" * 50, 422, "I20210105.tar"),
            ("..", b"x", 422, "the name is no file name"),
            ("a.tar", b"0" * (5 * 2**20), 413, "larger than 4 MB"),
        ],
    )
    def test_what_is_no_archive_is_refused_and_not_kept(
        self, api: TestClient, context: Any, name: str, data: bytes, status: int, said: str
    ) -> None:
        before = (
            sorted(context.uploads_folder.rglob("*")) if context.uploads_folder.exists() else []
        )
        answer = api.post("/api/v1/uploads", params={"name": name}, content=data)
        assert answer.status_code == status
        assert said in answer.json()["detail"]
        assert sorted(context.uploads_folder.rglob("*")) == before

    def test_endless_body_without_length_is_cut_off(self, api: TestClient, context: Any) -> None:
        portions = (b"0" * 2**20 for _ in range(64))
        answer = api.post("/api/v1/uploads", params={"name": "a.tar"}, content=portions)
        assert answer.status_code == 413
        assert not list(context.uploads_folder.glob(".*.part"))


class TestGuard:
    def test_answers_are_data_that_no_page_may_run_or_frame(self, api: TestClient) -> None:
        sha256 = figure_of(api, "US-D0900001-S1")["sha256"]
        for path in ("health/live", "publications/unknown", f"pictures/{sha256}"):
            headers = api.get(f"/api/v1/{path}").headers
            assert headers["content-security-policy"].startswith("default-src 'none'")
            assert headers["x-content-type-options"] == "nosniff"

    def test_pages_load_nothing_from_elsewhere_and_are_framed_by_nobody_else(
        self, api: TestClient
    ) -> None:
        headers = api.get("/").headers
        policy = headers["content-security-policy"].split("; ")
        assert {"default-src 'self'", "frame-ancestors 'self'"} <= set(policy)
        assert headers["x-frame-options"] == "SAMEORIGIN"
        assert headers["x-content-type-options"] == "nosniff"

    def test_foreign_page_cannot_send(self, api: TestClient) -> None:
        answer = api.post(
            "/api/v1/search", json={"text": "a"}, headers={"origin": "https://elsewhere.example"}
        )
        assert answer.status_code == 403
        assert "elsewhere.example" in answer.json()["detail"]
        own = api.post(
            "/api/v1/search", json={"text": "chair"}, headers={"origin": "http://127.0.0.1"}
        )
        assert own.status_code == 200

    def test_foreign_name_is_refused(self, api: TestClient) -> None:
        answer = api.get("/api/v1/health/live", headers={"host": "rebound.example:8501"})
        assert answer.status_code == 403


class TestHealth:
    @pytest.mark.usefixtures("live_worker")
    def test_live_and_ready(self, api: TestClient) -> None:
        assert api.get("/api/v1/health/live").json() == {"status": "alive"}
        ready = api.get("/api/v1/health/ready")
        assert ready.status_code == 200, ready.json()
        assert set(ready.json()["checks"]) == {
            "catalogue", "schema", "index", "queue", "workers"
        }  # fmt: skip

    def test_missing_workers_are_said(self, api: TestClient, context: Any) -> None:
        context.resources.queue._redis.delete("limn:heartbeat")
        ready = api.get("/api/v1/health/ready")
        assert ready.status_code == 503
        assert "uploads wait until one runs" in ready.json()["checks"]["workers"]["detail"]

    def test_openapi_needs_nothing_from_outside(self, api: TestClient) -> None:
        paths = api.get("/api/v1/openapi.json").json()["paths"]
        assert {"/search", "/publications/{publication_id}", "/uploads"} <= set(paths)
        assert api.get("/api/v1/docs").status_code == 404


def test_a_correction_is_kept_and_the_figure_sent_to_be_indexed_anew(
    api: TestClient, context: UiContext
) -> None:
    catalogue, queue = context.resources.catalogue, context.resources.queue
    figure_id = catalogue.figure_ids()[-1]
    waiting = queue.depths()["embed"]
    said = {"figure_id": figure_id, "text": " a <b>shade</b> "}
    answer = api.post("/api/v1/corrections", json=said)
    assert answer.status_code == 201
    text = {"provenance": "person", "text": "a <b>shade</b>", "model": None, "prompt_hash": None}
    assert text in answer.json()["texts"]
    assert catalogue.figures([figure_id])[0].stage is Stage.DESCRIBED
    assert queue.depths()["embed"] == waiting + 1
    assert text in api.get(f"/api/v1/figures/{figure_id}").json()["texts"]
    (made,) = api.get("/api/v1/corrections", params={"figure_id": figure_id}).json()
    assert (made["text"], made["instead_of"]) == ("a <b>shade</b>", None)
    this = {"figure_id": figure_id, "correction_id": made["correction_id"]}
    assert text not in api.delete("/api/v1/corrections", params=this).json()["texts"]
    assert "no such correction" in api.delete("/api/v1/corrections", params=this).text
    api.post("/api/v1/corrections", json=said)
    hide = {"figure_id": figure_id, "text": "", "instead_of": "a <b>shade</b>"}
    assert text not in api.post("/api/v1/corrections", json=hide).json()["texts"]
    stages.index(context.resources, stages.embed(context.resources, [figure_id]))
    assert catalogue.figures([figure_id])[0].stage is Stage.INDEXED


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"figure_id": "US-D1-S1/1", "text": "a"}, "no figure"),
        ({"text": "x" * 251}, "251 characters"),
        ({"text": "x" * 501}, "500 characters"),
        ({"text": "a", "instead_of": "never said"}, "no such text"),
        ({"text": "a", "instead_of": "Chair"}, "own words"),
    ],
)
def test_a_correction_that_makes_no_sense_is_refused(
    api: TestClient, context: UiContext, said: dict[str, str], words: str
) -> None:
    figure_id = context.resources.catalogue.figure_ids()[0]
    answer = api.post("/api/v1/corrections", json={"figure_id": figure_id, **said})
    assert answer.status_code in (400, 422)
    assert words in answer.json()["detail"]


def test_a_sheet_is_sent_as_it_came_or_as_browsers_show_it(
    api: TestClient, context: UiContext
) -> None:
    stored = context.resources.catalogue.publication("US-D0900001-S1")
    assert stored
    address = f"/api/v1/pictures/{stored.sheets[0].sha256}"
    original, shown = api.get(address), api.get(address, params={"png": True})
    assert original.headers["content-type"] == "image/tiff"
    assert shown.headers["content-type"] == "image/png"
    assert original.headers["etag"] != shown.headers["etag"]
    with (
        Image.open(io.BytesIO(original.content)) as one,
        Image.open(io.BytesIO(shown.content)) as other,
    ):
        assert np.array_equal(np.asarray(one), np.asarray(other))
