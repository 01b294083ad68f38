"""Senseless questions and absent engines: told alike by REST, command line and pages."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

import ui
from search.index import FigureIndex
from search.service import SearchService
from ui import cli, supervisor
from ui.api import build_api
from ui.context import Served, UiContext, install_context
from ui.processes import free_port
from workers.resources import Resources

SHELL = Path(ui.__file__).parent / "pages" / "shell.py"
A_FIGURE = "US-D0900001-S1/1"


@dataclass(frozen=True)
class Question:
    """The same question for every face, and what each must say.

    Attributes:
        page: Address of the search page; None where the page cannot ask it.
    """

    code: str
    status: int
    said: str
    rest: dict[str, Any] = field(default_factory=dict)
    cli: tuple[str, ...] = ()
    page: dict[str, Any] | None = None


SENSELESS = (
    Question("query-invalid", 422, "nothing is asked: give a picture"),
    Question(
        "query-invalid", 422, "figures to be unlike need a picture or words to be like",
        {"unlike_figure_ids": [A_FIGURE]}, ("--unlike", A_FIGURE, "--office", "US"),
        {"unlike": A_FIGURE, "office": "US"},
    ),
    Question(
        "query-invalid", 422, "Locarno 06-01 is asked for and excluded at the same time",
        {"text": "a", "locarno_any": ["0601"], "locarno_not": ["06"]},
        ("--text", "a", "--locarno", "0601", "--locarno-not", "06"),
        {"q": "a", "class": "0601", "without": "06"},
    ),
    Question(
        "query-invalid", 422, "published_from 2021-02-01 is not before cut_off 2021-02-01",
        {"text": "a", "published_from": "2021-02-01", "cut_off": "2021-02-01"},
        ("--text", "a", "--published-from", "2021-02-01", "--cut-off", "2021-02-01"),
        {"q": "a", "from": "2021-02-01", "before": "2021-02-01"},
    ),
    Question(
        "query-invalid", 422, "priority_from 2020-02-01 lies after priority_to 2020-01-31",
        {"text": "a", "priority_from": "2020-02-01", "priority_to": "2020-01-31"},
        ("--text", "a", "--priority-from", "2020-02-01", "--priority-to", "2020-01-31"),
        {"q": "a", "priority_from": "2020-02-01", "priority_to": "2020-01-31"},
    ),
    Question(
        "query-invalid", 422, "not in the index: US-D0900001-S1/99",
        {"figure_ids": ["US-D0900001-S1/99"]}, ("--figure", "US-D0900001-S1/99"),
        {"figure": "US-D0900001-S1/99"},
    ),
    Question(
        "query-invalid", 422, "no publication D999,999 is in the index",
        {"publication_id": "D999,999"}, ("--publication", "D999,999"),
        {"publication": "D999,999"},
    ),
    Question(
        "query-invalid", 422, "locarno_any: Locarno class 45 does not exist; classes run from 01",
        {"text": "a", "locarno_any": ["45"]}, ("--text", "a", "--locarno", "45"),
        {"q": "a", "class": "45"},
    ),
    Question(
        "query-invalid", 422, "us_class: US design class D98 does not exist",
        {"text": "a", "us_class": ["D98"]}, ("--text", "a", "--us-class", "D98"),
        {"q": "a", "us": "D98"},
    ),
    Question(
        "query-invalid", 422, "image_weight: Input should be a finite number",
        {"text": "a", "image_weight": float("nan")}, ("--text", "a", "--image-weight", "nan"),
        {"q": "a", "weight": "nan"},
    ),
    Question(
        "query-invalid", 422, "published_to: 'soon' is not a date such as 2021-01-05",
        {"text": "a", "published_to": "soon"}, ("--text", "a", "--published-to", "soon"),
        {"q": "a", "to": "soon"},
    ),
    Question(
        "query-invalid", 422, "at most 32 pictures and figures in one search, got 500; take some",
        {"figure_ids": [f"f/{n}" for n in range(500)]},
        tuple(word for n in range(500) for word in ("--figure", f"f/{n}")),
        {"figure": [f"f/{n}" for n in range(500)]},
    ),
)  # fmt: skip
CHAIR = {"rest": {"text": "chair"}, "cli": ("--text", "chair"), "page": {"q": "chair"}}
ABSENT = {
    "down": Question("index-unavailable", 503, "Qdrant does not answer at http://127.", **CHAIR),
    "empty": Question("index-not-ready", 503, "the index holds no figures", **CHAIR),
    "rebuilt": Question("index-not-ready", 503, "is being rebuilt, 6 figures so far", **CHAIR),
}


def asked_of_rest(context: UiContext, question: Question) -> str:
    with TestClient(build_api(context), raise_server_exceptions=False) as api:
        import json

        answer = api.post("/search", content=json.dumps(question.rest))
    told = answer.json()
    assert (answer.status_code, told["code"]) == (question.status, question.code), told
    return str(told["detail"])


def asked_of_cli(
    context: UiContext, question: Question, monkeypatch: pytest.MonkeyPatch, *more: str
) -> str:
    @contextmanager
    def session(*_: object) -> Iterator[Any]:
        yield SimpleNamespace(resources=context.resources)

    monkeypatch.setattr(supervisor, "use_services", session)
    monkeypatch.setattr("sys.argv", ["limn", "search", *question.cli, *more])
    told: list[str] = []
    monkeypatch.setattr(cli.err, "print", lambda text, **_: told.append(str(text)))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert f"({question.code})" in told[-1]
    return told[-1]


def asked_of_page(context: UiContext, question: Question) -> str:
    assert question.page is not None
    install_context(context)
    page = AppTest.from_file(str(SHELL), default_timeout=60)
    page.query_params.update(question.page)
    page.run()
    assert not page.exception, page.exception
    (told,) = [
        str(element.proto.body)
        for element in page.main
        if "limn-error" in str(getattr(element.proto, "body", ""))
    ]
    assert f"({question.code})" in told
    return unescape(re.sub(r"<[^>]+>", " ", told))


@pytest.mark.parametrize("question", SENSELESS, ids=lambda q: q.said[:40])
def test_senseless_question_is_told_alike_by_every_face(
    context: UiContext, question: Question, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert question.said in asked_of_rest(context, question)
    assert question.said in asked_of_cli(context, question, monkeypatch)
    if question.page is not None:
        assert question.said in asked_of_page(context, question)


class _Elsewhere(Resources):
    """The corpus' catalogue and encoder beside another index."""

    def __init__(self, around: Resources, index: Callable[[], FigureIndex]) -> None:
        super().__init__(around.settings)
        self._around, self._index = around, index

    @property
    def catalogue(self) -> Any:
        return self._around.catalogue

    @property
    def encoder(self) -> Any:
        return self._around.encoder

    @cached_property
    def search(self) -> SearchService:
        return SearchService(self._index(), self.encoder)


@pytest.mark.parametrize("state", ABSENT)
def test_absent_index_is_told_alike_by_every_face(
    context: UiContext, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine that goes away between two calls is met like one that was never there."""
    own = context.resources.index
    encoder = context.resources.encoder

    def open_index() -> FigureIndex:
        if state == "down":
            return FigureIndex(f"http://127.0.0.1:{free_port()}", "gone", encoder.dimension)
        index = FigureIndex(own.url, f"test-{state}", encoder.dimension)
        index.prepare(beside=True)
        if state == "rebuilt":
            index.upsert([*own.fetch(list(own.iter_figure_ids())[:6]).values()])
            index.prepare()
        return index

    elsewhere = replace(context, served=Served(_Elsewhere(context.resources, open_index)))
    question = ABSENT[state]
    for told in (
        asked_of_rest(elsewhere, question),
        asked_of_cli(elsewhere, question, monkeypatch),
        asked_of_page(elsewhere, question),
    ):
        assert question.said in told
    install_context(context)


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_picture_of_one_colour_is_told_alike(
    context: UiContext, grey: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page sends its pictures to `/queries` and shows what that answers."""
    path = tmp_path / "plain.png"
    Image.fromarray(np.full((90, 120), grey, np.uint8)).save(path)
    said = "plain.png: nothing is drawn on it: it is of one colour"
    question = Question("picture-unreadable", 422, said)
    told = asked_of_cli(context, question, monkeypatch, "--image", str(path))
    assert said in told
    with TestClient(build_api(context)) as api:
        for route, name in (("/search", "images"), ("/queries", "image")):
            answer = api.post(route, files=[(name, ("plain.png", path.read_bytes()))])
            assert (answer.status_code, answer.json()["code"]) == (422, "picture-unreadable")
            assert said in answer.json()["detail"]


def test_batch_lists_bad_files_and_goes_on(
    context: UiContext, samples: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "drawings"
    folder.mkdir()
    samples.drawing(samples.chair).save(folder / "a.png")
    samples.drawing(samples.bottle).save(folder / "b.png")
    (folder / "notes.txt").write_text("no picture")
    (folder / ".hidden").write_text("x")

    @contextmanager
    def session(*_: object) -> Iterator[Any]:
        yield SimpleNamespace(resources=context.resources)

    monkeypatch.setattr(supervisor, "use_services", session)
    target = tmp_path / "found.csv"
    ran = CliRunner().invoke(
        cli.app, ["search", "--batch", str(folder), "--out", str(target), "--limit", "2"]
    )
    assert ran.exit_code == 1, ran.output
    rows = [line.split(",") for line in target.read_text().splitlines()]
    assert rows[0][:3] == ["file", "rank", "publication_id"]
    assert [row[:3] for row in rows[1:] if row[1] == "1"] == [
        ["a.png", "1", "US-D0900001-S1"],
        ["b.png", "1", "US-D0900003-S1"],
    ]
    assert [row[0] for row in rows[1:] if "picture-unreadable" in row] == ["notes.txt"]


@pytest.mark.parametrize(
    ("files", "more", "said"),
    [
        (0, ("--out", "x.csv"), "holds no files"),
        (1, (), "say where the results"),
        (1, ("--out", "x.pdf"), "written as .csv or .json"),
        (501, ("--out", "x.csv"), "holds 501 files, more than the 500 one batch may hold"),
    ],
    ids=["empty", "nowhere", "unknown format", "too many"],
)
def test_senseless_batch_is_refused_before_it_starts(
    context: UiContext, files: int, more: tuple[str, ...], said: str,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for n in range(files):
        (tmp_path / f"{n}.png").touch()
    question = Question("query-invalid", 422, said, cli=("--batch", str(tmp_path), *more))
    assert said in asked_of_cli(context, question, monkeypatch)
