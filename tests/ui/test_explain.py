"""Similar regions over the REST API."""

from typing import Any

from fastapi.testclient import TestClient

from tests.ui.test_api import figure_of, image_of


def test_explain_marks_regions_of_a_drawing_and_a_figure(api: TestClient, samples: Any) -> None:
    figure = figure_of(api, "US-D0900003-S1")["figure_id"]
    _, data, kind = image_of(samples, samples.bottle)
    files = {"image": ("query.png", data, kind)}
    answer = api.post("/api/v1/explain", data={"figure_id": figure}, files=files).json()
    assert answer["label"] == "similar regions, an aid, not a legal comparison"
    assert answer["regions"]
    assert answer["regions"][0]["similarity"] > 0.5
    picture = api.post(
        "/api/v1/explain",
        data={"figure_id": figure, "query_figure_id": figure, "as_picture": "true"},
    )
    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")


def test_explain_says_what_is_wrong(api: TestClient) -> None:
    figure = figure_of(api, "US-D0900003-S1")["figure_id"]
    neither = api.post("/api/v1/explain", data={"figure_id": figure})
    assert (neither.status_code, "either image" in neither.text) == (422, True)
    unknown = api.post(
        "/api/v1/explain", data={"figure_id": "US-D1-S1/1", "query_figure_id": figure}
    )
    assert (unknown.status_code, "US-D1-S1/1" in unknown.text) == (404, True)


def test_explain_by_link_answers_a_picture_to_our_own_pages(api: TestClient, samples: Any) -> None:
    figure = figure_of(api, "US-D0900003-S1")["figure_id"]
    views = api.post("/api/v1/queries", files={"image": image_of(samples, samples.bottle)}).json()
    drawing = views["views"][0]["sha256"]
    ours = {"sec-fetch-site": "same-origin"}
    asked = {"figure_id": figure, "drawing": drawing, "orientation": "mirrored"}
    picture = api.get("/api/v1/explain", params=asked, headers=ours)
    assert picture.headers["content-type"] == "image/png"
    foreign = api.get("/api/v1/explain", params=asked, headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 403
    for wrong, status in (
        ({"figure_id": figure}, 422),
        ({**asked, "query_figure_id": figure}, 422),
        ({**asked, "drawing": "../x"}, 404),
        ({**asked, "drawing": "0" * 64}, 404),
        ({**asked, "orientation": "askew"}, 422),
        ({"figure_id": "US-D1-S1/1", "query_figure_id": figure}, 404),
    ):
        assert api.get("/api/v1/explain", params=wrong, headers=ours).status_code == status, wrong
