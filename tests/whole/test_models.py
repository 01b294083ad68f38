"""Another checkpoint takes over and goes back, as an operator does it."""

import json
import shutil
from pathlib import Path
from typing import Any

from encoder.checkpoint import DEFAULT_CHECKPOINT


def _renamed_checkpoint(folder: Path) -> Path:
    """The shipped network by another name, and so another model."""
    shutil.copytree(DEFAULT_CHECKPOINT, folder)
    manifest = json.loads((folder / "encoder.json").read_text())
    (folder / "encoder.json").write_text(json.dumps({**manifest, "name": "second"}))
    return folder


def test_another_checkpoint_takes_over_from_running_services_and_goes_back(
    limn: Any, archives: list[Path], tmp_path: Path, wait_for: Any
) -> None:
    limn.start("up", "--port", "0")
    wait_for(lambda: limn.services().get("provides"))
    assert limn("ingest", archives[0]).code == 0
    folder = _renamed_checkpoint(tmp_path / "mine")

    taken_over = limn("reindex", "--checkpoint", folder, "--promote", "--force", "--who", "Ada")
    assert taken_over.code == 0, taken_over.err
    assert "too few to compare on" in taken_over.out
    shutil.rmtree(folder)  # a copy is kept
    assert limn("ingest", archives[1]).code == 0  # by the worker that ran before
    assert limn("reconcile").code == 0
    back = limn("models", "rollback")
    assert back.code == 0, back.err
