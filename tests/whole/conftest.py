"""Sample archives and the `limn` command as a person runs it, each test in a home of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from samples.archive import write_weekly_archives

LIMN = str(Path(sys.executable).with_name("limn"))


@dataclass(frozen=True)
class Answer:
    """What a finished command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Limn:
    """The command line bound to one home."""

    home: Path
    _started: "list[subprocess.Popen[str]]" = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("LIMN_")}
        return {**kept, "LIMN_HOME": str(self.home), "COLUMNS": "200"}

    def __call__(self, *arguments: object) -> Answer:
        """Run to the end."""
        done = subprocess.run(
            [LIMN, *map(str, arguments)],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: object) -> "subprocess.Popen[str]":
        """Start and leave running, its standard error in a file beside the home."""
        log = self.home.with_suffix(".err").open("a")  # two that run at once share it
        with log:
            process = subprocess.Popen(
                [LIMN, *map(str, arguments)],
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._started.append(process)
        return process

    def end(self) -> None:
        """End what a failed test left running."""
        for process in self._started:
            if process.poll() is None:
                process.terminate()
                process.communicate(timeout=60)

    def services(self) -> dict[str, Any]:
        """What `run/services.json` says now; empty before services start and after they stop."""
        path = self.home / "run/services.json"
        return json.loads(path.read_text()) if path.exists() else {}


@pytest.fixture(scope="session")
def archives(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two weekly archives of sample patents."""
    return write_weekly_archives(
        tmp_path_factory.mktemp("archives"), n_publications=8, n_archives=2, seed=7
    )


@pytest.fixture
def limn(tmp_path: Path) -> Iterator[Limn]:
    """The command line with an empty home."""
    command = Limn(tmp_path / "home")
    yield command
    command.end()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, archives: list[Path]) -> Limn:
    """The command line with a home that has taken the sample archives in."""
    limn = Limn(tmp_path_factory.mktemp("filled") / "home")
    answer = limn("ingest", *archives, "--json")
    assert answer.code == 0, answer.err
    return limn


@pytest.fixture(scope="session")
def wait_for() -> Callable[..., Any]:
    """Ask again and again until the answer is true."""
    import time

    def wait(ask: Callable[[], Any], *, timeout_s: float = 60) -> Any:
        deadline = time.monotonic() + timeout_s
        while not (answer := ask()):
            assert time.monotonic() < deadline, "waited too long"
            time.sleep(0.05)
        return answer

    return wait
