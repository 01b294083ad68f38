"""What a run was made of: resolved configuration, data, long tail, commit, versions."""

import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from encoder.training.config import TrainingConfig
from encoder.training.corpus import Corpus
from encoder.training.state import RECORD_FILE, current_commit

_PLACES = {"cache_dir", "run_dir", "start_from", "validation", "device", "n_threads", "goods"}
"""What only tells where things lay on one machine."""
_PATHS = ("path", "us_to_locarno", "product_names")


def run_record(config: TrainingConfig, corpus: Corpus) -> dict[str, Any]:
    """The record that is kept with a run and published with its checkpoint."""
    return {
        "recipe": portable(config),
        "data": {
            drawing_set.name: {
                "n_drawings": len(drawing_set.object_idx),
                "n_objects": len(drawing_set.objects),
                "sha256": drawing_set.sha256(),
            }
            for drawing_set in corpus.sets
        },
        "long_tail": long_tail(corpus),
        "commit": current_commit(),
        "versions": {name: version(name) for name in ("torch", "transformers", "numpy")},
        "python": platform.python_version(),
    }


def portable(config: TrainingConfig) -> dict[str, Any]:
    """The configuration without places of one machine; files by their names alone."""
    recipe = config.model_dump(mode="json", exclude=_PLACES)
    for source in recipe["sources"]:
        for name in _PATHS:
            if source.get(name):
                source[name] = Path(source[name]).name
    return recipe


def long_tail(corpus: Corpus) -> dict[str, dict[str, int]]:
    """By level: classes, drawings, and how many classes hold the head third of the drawings."""
    report = {}
    for level, counts in corpus.counts().items():
        falling = np.sort(counts[counts > 0])[::-1]
        head = int(np.searchsorted(falling.cumsum(), falling.sum() / 3)) + 1
        report[level] = {
            "n_classes": len(falling),
            "n_drawings": int(falling.sum()),
            "n_classes_with_a_third": head if len(falling) else 0,
            "largest": int(falling[0]) if len(falling) else 0,
        }
    return report


def write_record(run_dir: Path, record: dict[str, Any]) -> None:
    """Keep the record beside the run's states."""
    text = json.dumps(record, indent=2, ensure_ascii=False)
    (run_dir / RECORD_FILE).write_text(text + "\n", encoding="utf-8")
