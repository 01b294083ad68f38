"""What the uploads page shows and starts, run without a browser."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.describing import Description, Tokens
from core.records import Stage
from ingestion.archive_entries import Rejection
from ingestion.call_ledger import AnswerKey, Call, Cost
from ingestion.catalogue import Catalogue
from ingestion.catalogue_records import Failure, UploadTerms
from tests.ui.shown import Empty, said
from ui.context import Served, UiContext, install_context
from workers.messages import Messages
from workers.resources import Resources


@pytest.mark.usefixtures("live_worker")
def test_uploads_page_lists_history(shell: AppTest) -> None:
    shell.switch_page("uploads.py").run()
    assert "I20210105.tar" in said(shell)
    assert "4 new" in said(shell)
    assert "No worker is running" not in said(shell)


def test_deliveries_of_the_server_are_looked_at_and_taken_in(
    shell: AppTest,
    context: UiContext,
    samples: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kettle = samples.Grant("D0900031", "Kettle", "0702", ((0, 0), (1, 0), (1, 1), (0, 1)))
    samples.write_archive(tmp_path / "I20210202.tar", (kettle,))
    (tmp_path / "I20210209.tar").write_bytes(b"torn off" * 100)
    asked = context.resources.settings
    there = asked.ui.model_copy(update={"deliveries": tmp_path})
    monkeypatch.setattr(context.resources, "settings", asked.model_copy(update={"ui": there}))
    begun: list[tuple[str, bool]] = []

    def start(path: Path, terms: UploadTerms | None) -> Any:
        assert terms
        begun.append((path.name, terms.is_confidential))
        return SimpleNamespace(upload_id="of-the-server")

    install_context(replace(context, start_upload=start))
    shell.switch_page("uploads.py").run()
    chosen = shell.multiselect(key="server_deliveries")
    assert chosen.options == ["I20210202.tar", "I20210209.tar"]
    chosen.set_value(["I20210202.tar", "I20210209.tar"]).run()
    next(b for b in shell.button if b.label == "Dry run").click().run()
    assert begun == []
    for words in ("Nothing was written", "Why it would not be used"):
        assert words in said(shell)
    shell.checkbox(key="server_confidential").check().run()
    shell.multiselect(key="server_deliveries").set_value(["I20210202.tar"]).run()
    next(b for b in shell.button if b.label == "Take in").click().run()
    assert begun == [("I20210202.tar", True)]


def test_what_failed_is_tried_again_from_the_page(
    shell: AppTest, context: UiContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    failure = Failure(id="US-D1-S1/1", stage=Stage.CUT, reason="torn")
    monkeypatch.setattr(Catalogue, "failures", lambda self: [failure])
    sent: list[object] = []
    monkeypatch.setattr("ui.retry_run.resume", sent.append)
    shell.switch_page("uploads.py").run()
    next(b for b in shell.button if b.label.startswith("Try again")).click().run()
    assert sent == [context.resources]


def test_uploads_page_says_which_archive_is_confidential(
    shell: AppTest, context: UiContext, tmp_path: Path
) -> None:
    resources = Empty(context.resources)
    resources.catalogue = Catalogue.open(f"sqlite:///{tmp_path / 'two.sqlite3'}")
    for name, terms in (("open.tar", None), ("secret.tar", UploadTerms(is_confidential=True))):
        resources.catalogue.begin_upload(name, name * 8, 7 << 20, ["one"], terms=terms)
    install_context(replace(context, served=Served(resources)))
    shell.switch_page("uploads.py").run()
    shown = said(shell)
    assert "secret.tar · confidential</td>" in shown  # the history
    assert "7.0 MB · confidential · being taken in" in shown  # its progress
    assert "open.tar</td>" in shown
    assert "7.0 MB · being taken in" in shown


def test_uploads_page_shows_what_could_not_be_read_at_all(
    shell: AppTest, context: UiContext, tmp_path: Path
) -> None:
    resources = Empty(context.resources)
    resources.catalogue = Catalogue.open(f"sqlite:///{tmp_path / 'refused.sqlite3'}")
    refused = [Rejection("letter.tar", "is no tar, zip or gzip archive")]
    resources.catalogue.begin_upload("/in/letter.tar", "a" * 64, 7, [], refused)
    install_context(replace(context, served=Served(resources)))
    shell.switch_page("uploads.py").run()
    shown = said(shell)
    assert "<td>cannot be read</td>" in shown
    assert "is no tar, zip or gzip archive" in shown
    assert any(button.label == "Try again: 1 failure" for button in shell.button)


def test_uploads_page_says_what_describing_cost_and_asks_lost_questions_again(
    shell: AppTest, context: UiContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = context.resources.catalogue
    upload = next(one for one in catalogue.uploads() if Path(one.path).name == "I20210105.tar")
    due_at = datetime.now(UTC)
    most = Cost(Tokens(900, 300), 0.25)
    keys = [AnswerKey("p", name, "m") for name in ("answered", "lost")]
    calls = [Call(k.request_hash, k, "h", "http://e", upload.upload_id, most, due_at) for k in keys]
    for call in calls:
        catalogue.reserve(call, None)
    catalogue.store_answer(calls[0], Description(("a",), Tokens(70, 30)), 0.125)
    sent: list[str] = []
    monkeypatch.setattr(Resources, "asks_models", True)
    monkeypatch.setattr(Messages, "send_figures", lambda _, queue, ids: sent.append(queue))
    try:
        shell.switch_page("uploads.py").run()
        for words in ("0.1250", "1 call, at most 1,200 tokens"):
            assert words in said(shell)
        assert any("1 lost question, at most 1,200 tokens, 0.2500" in t.value for t in shell.text)
        assert any("may be paid twice" in text.value for text in shell.markdown)
        next(b for b in shell.button if b.label == "Ask again").click().run()
        assert sent == ["enrich"]
        assert catalogue.spending(upload.upload_id).n_waiting == 0
        assert not any(b.label == "Ask again" for b in shell.button)
    finally:
        catalogue.write_off_lost()
