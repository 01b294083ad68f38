"""A real worker that asks a real service, killed in the middle of it."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.settings import DescribeSettings, ProviderSettings
from ingestion.catalogue_records import Described, FigureRow
from tests.encoder.fault_server import completion, descriptions, serving
from tests.workers.desk import week_of_titles
from tests.workers.line import LineResources, open_line
from ui.services import child_environment
from workers.broker import open_broker
from workers.ingestion import start_upload
from workers.messages import Messages
from workers.questions import LOST

_PATIENCE_S = 180


def _start_worker(line: LineResources, url: str, log: Path) -> "subprocess.Popen[bytes]":
    asked = {
        "LIMN_DESCRIBE__TAGGER": "false",
        "LIMN_DESCRIBE__ENRICHER__URL": url,
        "LIMN_DESCRIBE__ENRICHER__MODEL": "told",
        "LIMN_DESCRIBE__ENRICHER__TIMEOUT_S": "1",
        "LIMN_DESCRIBE__ENRICHER__N_PARALLEL": "1",
    }
    celery = ["-m", "celery", "--app", "workers.celery_app", "worker", "--pool", "prefork"]
    options = ["--concurrency", "1", "--queues", "enrich", "--without-gossip", "--without-mingle"]
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, *celery, *options],
            env={**os.environ, **child_environment(line.settings), **asked},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def _wait_until(is_so: Callable[[], bool], log: Path) -> None:
    until = time.monotonic() + _PATIENCE_S
    while not is_so():
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.1)


def _note(line: LineResources, row: FigureRow) -> str | None:
    return line.catalogue.figures([row.figure.figure_id])[0].described_note


def _kill(worker: "subprocess.Popen[bytes]") -> None:
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


@pytest.mark.slow
def test_a_worker_killed_while_it_asks_loses_no_answer_and_puts_no_question_twice(
    tmp_path: Path, index_url: str, queue_url: str
) -> None:
    """It dies while its second figure's answer of the wrong form is being mended.

    That question waits until a person lets it be put again; then it alone is.
    """
    queue = queue_url.removesuffix("/0") + "/7"
    home = tmp_path / secrets.token_hex(4)
    home.mkdir()
    part = DescribeSettings(tagger=False, enricher=ProviderSettings(model="told"))
    asked: list[tuple[str, bool]] = []
    workers: list[subprocess.Popen[bytes]] = []

    def answer(question: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        title = json.loads(question["messages"][1]["content"])["publication"]["title"]
        is_mending = len(question["messages"]) == 4
        asked.append((title, is_mending))
        if title == "Kettle" and not is_mending:
            return completion("no JSON")
        if asked.count(("Kettle", True)) == 1 and title == "Kettle":
            _kill(workers[0])
        return descriptions(f"a {title.lower()} of wood", f"a {title.lower()} of steel")

    with serving() as server, open_line(home, index_url, queue, describe=part) as line:
        server.answer = answer
        upload = start_upload(line, week_of_titles(tmp_path)).upload_id
        catalogue, log = line.catalogue, tmp_path / "worker.log"
        messages = Messages(open_broker(queue), batch_figures=32)
        messages.send_figures("enrich", catalogue.figures_described([Described.PENDING]))
        workers.append(_start_worker(line, server.url, log))
        workers[0].wait(timeout=_PATIENCE_S)
        assert catalogue.spending(upload).n_tokens == 2 * 18  # kept before the batch was through
        assert catalogue.spending(upload).n_open_tokens > 1024  # or lost: nobody knows yet

        waiting = catalogue.figures_described([Described.PENDING])
        assert len(waiting) == 4  # searchable meanwhile, and sent again by the next start
        messages.send_figures("enrich", waiting)
        workers.append(_start_worker(line, server.url, log))
        _wait_until(lambda: len(catalogue.figures_described([Described.PENDING])) == 1, log)
        (kettle,) = catalogue.figures(catalogue.figures_described([Described.PENDING]))
        assert kettle.publication.title == "Kettle"
        _wait_until(lambda: catalogue.spending(upload).n_lost == 1, log)
        messages.send_figures("enrich", [kettle.figure.figure_id])
        _wait_until(lambda: _note(line, kettle) == LOST.note, log)
        spent = catalogue.spending(upload)
        assert (spent.n_calls, spent.n_tokens, spent.n_waiting) == (4, 4 * 18, 1)
        first = [(title, False) for title in ("Chair", "Kettle", "Lamp", "Razor")]
        assert Counter(asked) == Counter([*first, ("Kettle", True)])  # no question was put twice

        assert catalogue.release_lost(upload).n_waiting == 1  # limn describe --retry-lost
        messages.send_figures("enrich", [kettle.figure.figure_id])
        _wait_until(lambda: not catalogue.figures_described([Described.PENDING]), log)
        _kill(workers[1])

        for row in catalogue.figures(catalogue.figure_ids()):
            name = row.publication.title.lower()
            assert {f"a {name} of wood", f"a {name} of steel"} <= {t.text for t in row.texts}
        spent = catalogue.spending(upload)
        assert (spent.n_calls, spent.n_tokens, spent.n_lost) == (5, 5 * 18, 1)
        assert Counter(asked) == Counter([*first, ("Kettle", True), ("Kettle", True)])
        keys = [headers["idempotency-key"] for headers in server.headers]
        assert len(set(keys)) == 5  # by which a service knows the question that it had before
