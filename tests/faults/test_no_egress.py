"""Nothing leaves: all of Limn works where there is no way out, and nobody tries to find one.

The commands run with all their services in a network namespace that has a loopback and no route.
Every Python process among them writes down whom it speaks to. Where namespaces cannot be made, the
second half stands alone.
"""

import ipaddress
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from samples.archive import write_weekly_archives

_HERE = Path(__file__).parent
_LIMN = str(Path(sys.executable).with_name("limn"))
_ALONE = ["unshare", "--map-root-user", "--net", sys.executable, "-I", str(_HERE / "alone.py")]


def _namespaces_can_be_made() -> bool:
    if shutil.which("unshare") is None:
        return False
    tried = subprocess.run(["unshare", "--map-root-user", "--net", "true"], check=False)
    return tried.returncode == 0


@pytest.fixture
def closed(tmp_path: Path) -> Callable[..., Any]:
    """Run a command where nobody can be reached; gives its JSON."""
    alone = _ALONE if _namespaces_can_be_made() else []

    def run(*arguments: object) -> Any:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("LIMN_")}
        watched = {
            "LIMN_HOME": str(tmp_path / "home"),
            "PYTHONPATH": str(_HERE / "watched_sockets"),
            "WATCHED_SOCKETS": str(tmp_path / "spoken-to"),
        }
        done = subprocess.run(
            [*alone, *map(str, arguments)],
            env={**kept, **watched},
            capture_output=True,
            text=True,
            timeout=250,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in ("localhost", "None") or host.startswith("/")  # a socket file


def test_ingest_search_and_pages_work_without_a_way_out_and_try_none(
    closed: Callable[..., Any], tmp_path: Path
) -> None:
    week = write_weekly_archives(tmp_path, n_publications=2, seed=5)
    report = closed(_LIMN, "ingest", *week, "--confidential", "--json")
    assert report["failed"] == 0
    assert report["indexed"] == report["figures"] > 0
    found = closed(_LIMN, "search", "--text", "a drawing", "--json")
    assert len(found["hits"]) == 2
    served = closed(sys.executable, _HERE / "served_alone.py", _LIMN)
    assert served == {"hits": 2, "has_page": True, "code": 0}

    spoken_to = (tmp_path / "spoken-to").read_text().splitlines()
    hosts = {line.partition(" ")[2] for line in spoken_to}
    assert "127.0.0.1" in hosts, "the watch saw nothing at all"
    assert [host for host in hosts if not _is_here(host)] == []
