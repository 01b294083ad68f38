"""A home of its own with Limn running in it, commanded and watched as a person would."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_LIMN = str(Path(sys.executable).with_name("limn"))
_PATIENCE_S = 240


class LiveHome:
    """A home, the `limn up` that serves it, and what was said.

    Args:
        folder: Becomes LIMN_HOME; what is said to people goes to a file beside it.
        elsewhere: `LIMN_*` variables of services that run elsewhere.
    """

    def __init__(self, folder: Path, elsewhere: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.said = folder.with_name(f"{folder.name}.err")
        kept = {key: value for key, value in os.environ.items() if not key.startswith("LIMN_")}
        self._environment = {**kept, "LIMN_HOME": str(folder), "COLUMNS": "200"} | (elsewhere or {})
        self.up: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: object) -> "subprocess.Popen[bytes]":
        """Start a command; what it says is kept, its JSON is not."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with self.said.open("ab") as said:
            return subprocess.Popen(
                [_LIMN, *map(str, arguments)],
                env=self._environment,
                stdout=subprocess.DEVNULL,
                stderr=said,
            )

    def serve(self) -> None:
        """Run every service and wait until they can be used.

        Raises:
            SystemExit: If they cannot be within minutes.
        """
        left_by_a_crash = self.services().get("processes")
        self.up = self.start("up", "--port", 0)
        deadline = time.monotonic() + _PATIENCE_S
        while not (now := self.services()).get("provides") or now["processes"] == left_by_a_crash:
            if self.up.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"Limn does not start; see {self.said}")
            time.sleep(0.2)

    def stop(self) -> None:
        """End `limn up` as Ctrl-C does."""
        if self.up and self.up.poll() is None:
            self.up.send_signal(signal.SIGINT)
            self.up.wait(_PATIENCE_S)

    def services(self) -> dict[str, Any]:
        """What `run/services.json` says now; empty without services."""
        path = self.folder / "run/services.json"
        try:
            found: dict[str, Any] = json.loads(path.read_text())
        except FileNotFoundError:
            return {}
        return found

    def pids(self) -> dict[str, int]:
        """Process ids by service."""
        return {name: int(who[0]) for name, who in self.services().get("processes", {}).items()}

    def ask(self, *arguments: object) -> Any:
        """The JSON of a command, run to its end, whatever its exit code."""
        done = subprocess.run(
            [_LIMN, *map(str, arguments), "--json"],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
        )
        if not done.stdout:
            raise SystemExit(f"limn {arguments[0]} gave no answer: {done.stderr}")
        return json.loads(done.stdout)

    def count(self, statement: str) -> int:
        """A number asked of the catalogue, without the weight of a command; 0 while none is."""
        path = self.folder / "catalogue.sqlite3"
        if not path.exists():
            return 0
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as catalogue:
            try:
                return int(catalogue.execute(statement).fetchone()[0])
            except sqlite3.OperationalError:  # its tables are still being made, or it is locked
                return 0
