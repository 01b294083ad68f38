"""The embedded service as a process: killed, stopped, started twice, port taken."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from core.errors import IndexUnavailable
from search.branches import Branch
from search.edge_service.__main__ import EXIT_ADDRESS_TAKEN, EXIT_FOLDER_TAKEN
from search.edge_service.folder import sync_files
from search.figure_point import FigurePoint
from search.index import FigureIndex
from search.schema import IMAGE
from tests.search.engines import ROOT, start_edge, stop
from tests.search.figures import D, figure_points

POINTS = figure_points(40, 5)


def write(
    index: FigureIndex,
    batches: list[list[FigurePoint]],
    acknowledged: list[str],
    enough: threading.Event,
) -> None:
    """Write until the service is gone, noting what it acknowledged."""
    for n_done, batch in enumerate(batches):
        try:
            index.upsert(batch)
        except IndexUnavailable:
            return
        acknowledged.extend(p.figure_id for p in batch)
        if n_done == 4:
            enough.set()


def test_kill_keeps_every_acknowledged_point(service_folder: Path) -> None:
    """kill -9 amid writes, twice over; nothing acknowledged is lost, nothing is there twice."""
    acknowledged: list[str] = []
    for wave in range(2):
        service = start_edge(service_folder)
        index = FigureIndex(service.url, "durable", D)
        index.prepare()
        assert set(acknowledged) <= set(index.iter_figure_ids())
        enough = threading.Event()
        batches = [POINTS[start : start + 4] for start in range(wave * 100, wave * 100 + 100, 4)]
        writer = threading.Thread(target=write, args=(index, batches, acknowledged, enough))
        writer.start()
        assert enough.wait(60)
        os.kill(service.process.pid, signal.SIGKILL)
        service.process.wait()
        writer.join()
        index.close()
    service = start_edge(service_folder)
    index = FigureIndex(service.url, "durable", D)
    index.prepare()
    ids = list(index.iter_figure_ids())
    assert len(ids) == len(set(ids)) == index.count()
    assert set(acknowledged) <= set(ids)
    for figure in (p for p in POINTS if p.figure_id in acknowledged[::7]):
        (group,) = index.query(
            [Branch("image", IMAGE, figure.image)], condition=None, limit=1, group_size=None
        )
        assert group.matches[0].figure_id == figure.figure_id
        assert group.score == pytest.approx(1, abs=1e-5)
    index.close()
    stop(service.process)


def test_sigterm_is_clean_and_data_stay(service_folder: Path) -> None:
    service = start_edge(service_folder)
    index = FigureIndex(service.url, "clean", D)
    index.prepare()
    index.upsert(POINTS[:10])
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(timeout=20) == 0
    with pytest.raises(IndexUnavailable, match=service.url):
        index.count()
    again = start_edge(service_folder)
    reopened = FigureIndex(again.url, "clean", D)
    reopened.prepare()
    assert set(reopened.iter_figure_ids()) == {p.figure_id for p in POINTS[:10]}
    stop(again.process)


def run_service(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "search.edge_service", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_second_process_on_the_same_folder_is_refused(service_folder: Path) -> None:
    service = start_edge(service_folder)
    second = run_service("--path", str(service_folder), "--port", "0")
    assert second.returncode == EXIT_FOLDER_TAKEN
    assert str(service.process.pid) in second.stderr
    assert json.loads((service_folder / "service.json").read_text())["url"] == service.url
    stop(service.process)


def test_taken_port_is_said(service_folder: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        ended = run_service("--path", str(service_folder), "--port", port)
    assert ended.returncode == EXIT_ADDRESS_TAKEN
    assert port in ended.stderr


def test_open_address_needs_a_key(service_folder: Path) -> None:
    ended = run_service("--path", str(service_folder), "--host", "0.0.0.0")
    assert ended.returncode == 2
    assert "LIMN_QDRANT__API_KEY" in ended.stderr


@pytest.mark.filterwarnings("ignore:Api key is used with an insecure connection")
def test_api_key_is_asked_for(service_folder: Path) -> None:
    service = start_edge(service_folder, LIMN_QDRANT__API_KEY="sesame")
    FigureIndex(service.url, "keyed", D, api_key="sesame").prepare()
    with pytest.raises(Exception, match="LIMN_QDRANT__API_KEY"):
        FigureIndex(service.url, "keyed", D).prepare()
    stop(service.process)


def test_interrupted_creation_is_cleared(service_folder: Path) -> None:
    """A collection folder without its config is what a crash leaves while creating or deleting."""
    (service_folder / "collections" / "half" / "shard").mkdir(parents=True)
    service = start_edge(service_folder)
    FigureIndex(service.url, "whole", D).prepare()
    assert not (service_folder / "collections" / "half").exists()
    stop(service.process)


def test_sync_passes_over_a_log_segment_that_is_renamed_meanwhile(tmp_path: Path) -> None:
    (tmp_path / "open-1").write_bytes(b"entries")
    (tmp_path / "tmp-open-2").symlink_to(tmp_path / "renamed")
    sync_files(tmp_path)
