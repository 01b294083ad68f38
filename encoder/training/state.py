"""A run's folder: what it saves to go on, its best state, its history, and what it was made of."""

import json
import subprocess
from pathlib import Path
from typing import Any

import torch

from core.errors import QueryInvalid

STATE_FILE = "state.pt"
BEST_FILE = "best.pt"
HISTORY_FILE = "history.jsonl"
RECORD_FILE = "run.json"


def save_state(path: Path, state: dict[str, Any]) -> None:
    """Write a state so that a kill leaves either the old file or the new one."""
    unfinished = path.with_suffix(".part")
    torch.save(state, unfinished)
    unfinished.replace(path)


def load_state(path: Path, device: torch.device) -> dict[str, Any] | None:
    """Read a state; None where none was saved."""
    if not path.is_file():
        return None
    state: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    return state


def load_best(run_dir: Path) -> dict[str, Any]:
    """Best validated state of a run on the CPU; the last one where nothing was validated.

    Raises:
        QueryInvalid: If the run has saved nothing yet.
    """
    state = load_state(run_dir / BEST_FILE, torch.device("cpu"))
    return load_last(run_dir) if state is None else state


def load_last(run_dir: Path) -> dict[str, Any]:
    """What a run saved last, on the CPU.

    Raises:
        QueryInvalid: If the run has saved nothing yet.
    """
    state = load_state(run_dir / STATE_FILE, torch.device("cpu"))
    if state is not None:
        return state
    raise QueryInvalid(f"the run folder {run_dir} holds no saved state; train it first")


def append_history(run_dir: Path, entry: dict[str, Any]) -> dict[str, Any]:
    """Add a line to the history; returns it as written, numbers rounded."""
    rounded: dict[str, Any] = json.loads(
        json.dumps(entry), parse_float=lambda text: round(float(text), 4)
    )
    with (run_dir / HISTORY_FILE).open("a", encoding="utf-8") as history:
        history.write(json.dumps(rounded) + "\n")
    return rounded


def current_commit() -> str | None:
    """Commit of the checkout this runs from; None outside of one."""
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return answer.stdout.strip()
