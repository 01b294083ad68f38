"""Does the paper's method beat its rivals with the same network, drawings and steps?

Trains each method and ablation of one configuration, one after the other, and prints one JSON
object with the numbers of the last step on the validation figures. A run that is there is not
trained again.

    python benchmarks/bench_training_methods.py [CONFIG.toml] [--only NAME ...]
"""

import argparse
import json
from pathlib import Path
from typing import Any

from core.logs import configure_logs
from core.settings import LogSettings
from encoder.training.config import TrainingConfig, read_config
from encoder.training.objectives import ObjectiveConfig
from encoder.training.state import current_commit
from encoder.training.train import train

_CONFIG = Path(__file__).parents[1] / "encoder" / "training" / "configs" / "compare.toml"
OBJECTIVES: dict[str, dict[str, Any]] = {
    "informed": {"terms": ["instance", "label", "locarno", "view"]},
    "arcface": {"method": "arcface"},
    "triplet": {"method": "triplet"},
    "infonce": {"method": "infonce"},
    "clip": {"method": "clip"},
    "informed-without-view": {"terms": ["instance", "label", "locarno"]},
    "informed-without-coarse": {"terms": ["instance", "view"]},
}


def run_objective(base: TrainingConfig, name: str, values: dict[str, Any]) -> dict[str, Any]:
    """Validation numbers of the last step of one objective."""
    changes = {
        "objective": ObjectiveConfig.model_validate(values),
        "run_dir": base.run_dir / name,
    }
    run = train(base.model_copy(update=changes))
    lines = (run.config.run_dir / "history.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    return next(entry["validation"] for entry in reversed(entries) if "validation" in entry)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path, nargs="?", default=_CONFIG)
    parser.add_argument("--only", nargs="*", choices=OBJECTIVES, default=list(OBJECTIVES))
    arguments = parser.parse_args()
    configure_logs(LogSettings(level="WARNING"))
    base = read_config(arguments.config)
    report = {
        "question": "same network, drawings and steps: which objective validates best",
        "config": arguments.config.name,
        "n_steps": base.schedule.n_steps,
        "batch_size": base.schedule.batch_size,
        "size_px": base.preprocess.size_px,
        "seed": base.seed,
        "objectives": {
            name: run_objective(base, name, OBJECTIVES[name]) for name in arguments.only
        },
        "commit": current_commit(),
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
