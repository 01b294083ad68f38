"""What a run was made of: resolved configuration, data, long tail, commit, versions."""

import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from core.errors import QueryInvalid
from encoder.training.config import TrainingConfig
from encoder.training.long_tail import long_tail
from encoder.training.material import Material
from encoder.training.state import RECORD_FILE, current_commit

_PLACES = {"cache_dir", "run_dir", "validation", "device", "n_threads", "goods"}
"""What only tells where things lay on one machine."""
_PATHS = ("path", "us_to_locarno", "product_names", "manifest", "held_out", "kept_back")
_PATH_LISTS = ("lists", "leave_out")


def run_record(config: TrainingConfig, material: Material) -> dict[str, Any]:
    """The record that is kept with a run and published with its checkpoint."""
    corpus = material.corpus
    return {
        "recipe": portable(config),
        "data": {
            drawing_set.name: {
                "n_drawings": len(drawing_set.object_idx),
                "n_objects": len(drawing_set.objects),
                "n_publications": len(
                    {drawn.publication_id for drawn in drawing_set.objects} - {None}
                ),
                "n_unreadable": drawing_set.n_unreadable,
                "sha256": drawing_set.sha256(),
            }
            for drawing_set in corpus.sets
        },
        "leaks": material.leaks,
        "long_tail": long_tail(corpus),
        "commit": current_commit(),
        "versions": {name: version(name) for name in ("torch", "transformers", "numpy")},
        "python": platform.python_version(),
    }


def portable(config: TrainingConfig) -> dict[str, Any]:
    """The configuration without places of one machine; files by their names alone."""
    recipe = config.model_dump(mode="json", exclude=_PLACES)
    recipe["start_from"] = config.start_from.name if config.start_from else None
    for source in recipe["sources"]:
        for name in _PATHS:
            if source.get(name):
                source[name] = Path(source[name]).name
        for name in _PATH_LISTS:
            if source.get(name):
                source[name] = [Path(place).name for place in source[name]]
    return recipe


def read_record(run_dir: Path) -> dict[str, Any]:
    """The record of a run that was begun.

    Raises:
        QueryInvalid: If there is none.
    """
    try:
        record: dict[str, Any] = json.loads((run_dir / RECORD_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise QueryInvalid(f"the run folder {run_dir} holds no record; train it first") from error
    return record


def write_record(run_dir: Path, record: dict[str, Any]) -> None:
    """Keep the record beside the run's states."""
    text = json.dumps(record, indent=2, ensure_ascii=False)
    (run_dir / RECORD_FILE).write_text(text + "\n", encoding="utf-8")
