"""`limn describe`: what a run does, says and draws."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from core.describing import Description, Tokens
from core.errors import BadInput, ProviderUnavailable
from core.settings import ProviderSettings
from tests.workers.desk import Desk, OpenDesk
from ui import describe_run, supervisor, terminal
from ui.cli import app
from ui.describe_run import choose_figures, describe_figures, read_sample
from ui.description_sheet import draw_descriptions
from workers import rewording

STATES = {"pending": 0, "withheld": 0, "done": 0}


def _unwatched(_done: int, _total: int) -> None:
    """Nobody looks."""


def test_a_run_goes_on_where_the_budget_stopped_and_accounts_for_all(open_desk: OpenDesk) -> None:
    with open_desk(budget_tokens=300) as desk:
        upload = desk.take_in()
        chosen = choose_figures(desk.line, redo=False, sample=None)
        assert chosen == desk.ids
        report = describe_figures(desk.line, chosen, _unwatched)
        assert (report.calls, report.prompt_tokens, report.completion_tokens) == (3, 270, 30)
        assert report.states == STATES | {"pending": 4}  # three captions were paid
        assert report.stopped is None
        assert [(cost.name, cost.budget_tokens) for cost in report.uploads] == [
            ("I20210105.tar", 300)
        ]
        desk.line.catalogue.set_budget(upload, 10_000)
        left = choose_figures(desk.line, redo=False, sample=None)
        assert len(left) == 4
        report = describe_figures(desk.line, left, _unwatched)
        assert (report.figures, report.calls) == (4, 5)
        assert report.states == STATES | {"done": 4}
        assert report.uploads[0].prompt_tokens == 8 * 90
        assert choose_figures(desk.line, redo=False, sample=None) == []
        assert choose_figures(desk.line, redo=True, sample=None) == desk.ids
        assert desk.n_stale() == 0


def test_a_run_stops_where_a_model_is_away(open_desk: OpenDesk) -> None:
    with open_desk(n_attempts=1) as desk:
        desk.take_in()
        desk.captioner.fails = ProviderUnavailable("nobody there")
        report = describe_figures(desk.line, desk.ids, _unwatched)
        assert report.stopped == "nobody there"
        assert report.states == STATES | {"pending": 4}


def test_a_sample_is_the_same_every_time_and_is_drawn_with_its_texts(
    open_desk: OpenDesk, tmp_path: Path
) -> None:
    with open_desk() as desk:
        desk.take_in()
        desk.teller.answer = lambda _: Description(("a very long text " * 30,), Tokens(1, 1))
        chosen = choose_figures(desk.line, redo=False, sample=2)
        assert len(chosen) == 2
        describe_figures(desk.line, chosen, _unwatched)
        assert choose_figures(desk.line, redo=False, sample=2) == chosen
        assert len(desk.captioner.asked) == 2
        drawn = tmp_path / "sample.png"
        draw_descriptions(desk.line.pictures, read_sample(desk.line, chosen), drawn)
        with Image.open(drawn) as sheet:
            assert sheet.width == 1500
            assert sheet.height > 2 * 320


def test_prices_and_lost_answers_are_accounted_for(
    open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks = ProviderSettings(model="fake", prompt_price=1000, answer_price=10_000)
    with open_desk(n_attempts=1, captioner=asks) as desk, _commanded(desk, monkeypatch):
        desk.take_in()
        desk.teller.fails = ProviderUnavailable("silence", may_be_paid=True)
        answer = _limn()
        assert "400 tokens, 4 answers, 0.7600 at your prices" in answer.stdout
        assert "possibly paid, answer lost: " in answer.stdout
        assert "not asked again until --retry-lost, for at most " in answer.stdout
        desk.teller.fails = None
        answer = _limn("--not-billed", "--json")
        (cost,) = json.loads(answer.stdout.splitlines()[-1])["uploads"]
        assert (cost["calls"], cost["price"], cost["lost_calls"]) == (8, 0.76, 0)


def test_lost_questions_are_asked_again_when_told(
    open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_desk(n_attempts=9) as desk, _commanded(desk, monkeypatch):
        desk.take_in()
        desk.teller.fails = ProviderUnavailable("silence", may_be_paid=True)
        assert _limn().exit_code == 1
        desk.teller.fails = None
        assert _limn().exit_code == 1
        assert desk.teller.asked == []
        answer = _limn("--retry-lost")
        assert answer.exit_code == 0
        said = "asking again: 4 lost questions, at most 400 tokens; your provider may bill these"
        assert said in answer.stderr
        assert len(desk.teller.asked) == 4


def test_a_run_writes_wordings_of_an_older_rule_anew(
    open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_desk() as desk:
        desk.take_in()
        for module in (describe_run, rewording):
            monkeypatch.setattr(module, "RULE_HASH", "newer")
        assert describe_figures(desk.line, [], _unwatched).reworded == 4
        assert describe_figures(desk.line, [], _unwatched).reworded == 0
        assert desk.captioner.asked == []


@contextmanager
def _commanded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    @contextmanager
    def served(*_: object) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(resources=desk.line)

    with monkeypatch.context() as patched:
        patched.setattr(supervisor, "use_services", served)
        patched.setattr(terminal, "configure_logs", lambda _: None)
        yield


def _limn(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["describe", *arguments])


def test_the_command_reports_in_json_and_its_exit_code_says_whether_figures_wait(
    open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with open_desk() as desk, _commanded(desk, monkeypatch):
        desk.take_in()
        answer = _limn("--budget-tokens", "0", "--json")
        assert answer.exit_code == 1
        assert json.loads(answer.stdout.splitlines()[-1])["states"] == STATES | {"pending": 4}
        answer = _limn("--budget-tokens", "5000", "--sample", "1", "--json")
        assert answer.exit_code == 0
        (figure,) = json.loads(answer.stdout.splitlines()[-1])["sample"]
        assert {text["model"] for text in figure["texts"]} == {None, "fake/1", "told/1", "tags/1"}
        monkeypatch.chdir(tmp_path)
        answer = _limn("--sample", "1", "--show")
        assert "captioner " in answer.stdout
        with Image.open(tmp_path / "limn-sample.png") as sheet:
            assert sheet.width == 1500
        answer = _limn()
        assert answer.exit_code == 0
        assert "done" in answer.stdout


def test_a_sheet_needs_a_sample() -> None:
    answer = _limn("--show")
    assert isinstance(answer.exception, BadInput)
