"""How long does one figure take on one core, from pixels to vector, against HOG?

Encoders and HOG take turns figure by figure, one figure a call, preprocessing included. Prints one
JSON object.

    ./run bench bench_encoder_latency FIGURES_DIR [--checkpoint FOLDER] > latency.json
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.timings import summary
from core.ports import GreyImage
from encoder.evaluation.systems import System, open_system

N_REPEATS = 7
N_FIGURES = 40
N_WARM_UP = 3


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figures", type=Path, help="folder of PNG files, looked through")
    parser.add_argument("--checkpoint", help="folder or hub name; default: the shipped one")
    given = parser.parse_args()
    figures = read_figures(given.figures)
    systems = [open_system(name, n_threads=1, batch_size=1) for name in (given.checkpoint, "hog")]
    for system in systems:
        system.encode_images(figures[:N_WARM_UP])
    rounds = [measure_round(systems, figures) for _ in range(N_REPEATS)]
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    report = {
        "question": "time of one figure on one core, preprocessing included",
        "unit": "ms a figure; median over figures, then over repeats",
        "systems": {
            system.name: summary([one[position] for one in rounds])
            for position, system in enumerate(systems)
        },
        "hog_over_encoder": summary([hog / encoder for encoder, hog in rounds]),
        "n_figures": len(figures),
        "n_repeats": N_REPEATS,
        "encoder_id": systems[0].encoder_id,
        "commit": commit.stdout.strip(),
        "hardware": f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
        "versions": {name: version(name) for name in ("onnxruntime", "numpy", "scikit-image")},
    }
    print(json.dumps(report, indent=2))


def read_figures(folder: Path) -> list[GreyImage]:
    """Up to `N_FIGURES`, spread over the folder."""
    paths = sorted(folder.rglob("*.png"))
    if not paths:
        raise SystemExit(f"no PNG file under {folder}")
    chosen = paths[:: max(1, len(paths) // N_FIGURES)][:N_FIGURES]
    return [np.asarray(Image.open(path).convert("L")) for path in chosen]


def measure_round(systems: list[System], figures: list[GreyImage]) -> list[float]:
    """Median ms over figures, by system; systems take turns so that load hits them alike."""
    times: list[list[float]] = [[] for _ in systems]
    for figure in figures:
        for position, system in enumerate(systems):
            started = time.perf_counter()
            system.encode_images([figure])
            times[position].append(1000 * (time.perf_counter() - started))
    return [statistics.median(of_system) for of_system in times]


if __name__ == "__main__":
    main()
