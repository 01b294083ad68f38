"""Killed, interrupted, crowded, fed rubbish: nothing lost, nothing twice, nobody left behind."""

import contextlib
import io
import os
import signal
import socket
import sqlite3
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest


def _assert_complete(limn: Any, n_publications: int) -> None:
    status = limn("status", "--json").json
    assert status["publications"] == n_publications
    assert status["by_stage"]["indexed"] == status["figures"]
    agreed = limn("reconcile", "--json")
    assert agreed.code == 0, agreed.out
    assert agreed.json["points"] == status["figures"]


def _pids(limn: Any) -> dict[str, int]:
    return {name: int(who[0]) for name, who in limn.services().get("processes", {}).items()}


def _some_figures_cut(limn: Any) -> bool:
    """Whether the catalogue holds figures; asked without the weight of a whole command."""
    database = limn.home / "catalogue.sqlite3"
    if not database.exists():
        return False
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as catalogue:
        try:
            return bool(catalogue.execute("SELECT 1 FROM figures LIMIT 1").fetchone())
        except sqlite3.OperationalError:  # its tables are still being made
            return False


def _gone(pids: list[int]) -> bool:
    return not any(
        psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        for pid in pids
    )


@pytest.mark.parametrize("worker", ["ingest-worker", "model-worker"])
def test_a_killed_worker_is_replaced_and_loses_nothing(
    limn: Any, archives: list[Path], wait_for: Callable[..., Any], worker: str
) -> None:
    running = limn.start("ingest", *archives, "--json")
    wait_for(lambda: worker in _pids(limn))
    wait_for(lambda: _some_figures_cut(limn))
    parent = psutil.Process(_pids(limn)[worker])
    for process in [*parent.children(recursive=True), parent]:
        os.kill(process.pid, signal.SIGKILL)
    out, _ = running.communicate(timeout=200)
    assert running.returncode == 0, limn.home.with_suffix(".err").read_text()
    assert '"failed": 0' in out
    assert f"{worker} was ended by SIGKILL" in limn.home.with_suffix(".err").read_text()
    _assert_complete(limn, 8)


def test_a_killed_ingest_leaves_nobody_and_goes_on(
    limn: Any, archives: list[Path], wait_for: Callable[..., Any]
) -> None:
    running = limn.start("ingest", *archives)
    wait_for(lambda: _some_figures_cut(limn))
    children = list(_pids(limn).values())
    running.kill()
    running.communicate()
    wait_for(lambda: _gone(children), timeout_s=30)
    again = limn("ingest", *archives, "--json")
    assert again.code == 0, again.err
    assert again.json["failed"] == 0
    _assert_complete(limn, 8)


def test_up_serves_restarts_the_dead_refuses_a_second_and_stops_clean(
    limn: Any, archives: list[Path], wait_for: Callable[..., Any]
) -> None:
    running = limn.start("up", "--port", 0)
    wait_for(lambda: limn.services().get("provides"))
    pids = _pids(limn)
    assert set(pids) == {"index", "queue", "ingest-worker", "model-worker", "pages"}
    second = limn("up", "--port", 0)
    assert second.code == 2
    assert "already runs" in second.err

    os.kill(pids["index"], signal.SIGKILL)
    wait_for(lambda: _pids(limn).get("index", pids["index"]) != pids["index"])
    guest = limn.start("ingest", archives[0], "--json")  # through the services of `up`
    wait_for(lambda: _some_figures_cut(limn))
    os.kill(pids["queue"], signal.SIGKILL)
    out, _ = guest.communicate(timeout=200)
    assert guest.returncode == 0, out
    assert running.poll() is None

    everyone = [*_pids(limn).values()]
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)
    assert running.returncode == 0
    wait_for(lambda: _gone(everyone), timeout_s=10)
    log = limn.home.with_suffix(".err").read_text()
    assert "index was ended by SIGKILL; starting it again" in log
    assert "stopped; everything taken in is kept" in log
    assert "Traceback" not in log
    assert limn("reconcile").code == 0


def test_a_port_in_use_is_told_and_nothing_is_left_running(limn: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = limn("up", "--port", port)
    assert answer.code == 2
    assert f"port {port} is in use" in answer.err
    assert limn.services() == {}
    assert not (limn.home / "logs").exists()  # told before anything was started


def test_a_lock_left_by_a_crash_is_no_obstacle(limn: Any) -> None:
    (limn.home / "run").mkdir(parents=True)
    (limn.home / "run/owner.lock").touch()
    assert limn("reconcile").code == 0  # as the owner of the home's services


def test_damaged_and_hostile_archives_are_listed_and_their_siblings_taken_in(
    limn: Any, archives: list[Path], tmp_path: Path
) -> None:
    truncated = tmp_path / "I20240102.tar"
    content = archives[0].read_bytes()
    truncated.write_bytes(content[: len(content) * 2 // 3])
    hostile = tmp_path / "I20240109.tar"
    with tarfile.open(archives[1]) as source, tarfile.open(hostile, "w") as target:
        for name in ("../outside.ZIP", "DESIGN/empty.ZIP"):
            target.addfile(tarfile.TarInfo(name), io.BytesIO())
        link = tarfile.TarInfo("DESIGN/link.ZIP")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        target.addfile(link)
        for member in source.getmembers():
            target.addfile(member, source.extractfile(member) if member.isfile() else None)
    nothing = tmp_path / "letter.tar"
    nothing.write_text("Dear Sir or Madam")

    answer = limn("ingest", truncated, hostile, nothing, "--json")
    assert answer.code == 1
    report = answer.json
    members = " ".join(item["member"] for item in report["rejected"])
    for expected in ("I20240102.tar", "outside.ZIP", "empty.ZIP", "link.ZIP", "letter.tar"):
        assert expected in members
    assert all(item["reason"] for item in report["rejected"])
    assert report["figures"] == report["indexed"] > 0
    assert not (tmp_path / "outside.ZIP").exists()
    assert limn("reconcile").code == 0


def test_storage_out_of_reach_ends_the_command_and_the_same_one_goes_on(
    limn: Any, archives: list[Path]
) -> None:
    limn.home.mkdir(parents=True)
    pictures = limn.home / "pictures"
    pictures.write_text("something in the way of the folder")
    stopped = limn("ingest", archives[0], "--json")
    assert stopped.code == 2
    assert "pictures cannot be written" in stopped.err
    assert "Nothing is lost" in stopped.err
    pictures.unlink()
    again = limn("ingest", archives[0], "--json")
    assert again.code == 0, again.out + again.err
    assert again.json["rejected"] == []
    _assert_complete(limn, 4)


def test_a_watched_folder_is_taken_in_and_the_watch_ends_clean(
    limn: Any, archives: list[Path], tmp_path: Path, wait_for: Callable[..., Any]
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    running = limn.start("watch", folder, "--settled-s", "0.2", "--every-s", "0.2")
    wait_for(lambda: limn.services().get("provides"))
    (folder / archives[0].name).write_bytes(archives[0].read_bytes())
    log = limn.home.with_suffix(".err")
    wait_for(lambda: "4 publications" in log.read_text(), timeout_s=120)
    services = [*_pids(limn).values()]
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)
    assert running.returncode == 0, log.read_text()
    assert "stopped; what is unfinished goes on" in log.read_text()
    assert "Traceback" not in log.read_text()
    wait_for(lambda: _gone(services), timeout_s=10)
    _assert_complete(limn, 4)
