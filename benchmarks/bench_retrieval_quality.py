"""How well does a checkpoint find a patent's other figures, and designs of its class, against HOG?

Cuts real sheets with Limn's own cutter, embeds every figure and ranks each against all others.
Prints one JSON object.

    python benchmarks/bench_retrieval_quality.py SHEETS_DIR [--checkpoint DIR] [--figures DIR]
"""

import argparse
import csv
import json
import platform
import statistics
import subprocess
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.ports import Encoder, GreyImage
from encoder.checkpoint import load_encoder
from encoder.evaluation.evaluate import evaluate_figures
from encoder.evaluation.tracks import ManifestRow, Track, read_manifest_rows
from ingestion.sheets import cut_sheet

_N_TIMED = 7


def cut_sheets(sheets: Path) -> tuple[list[GreyImage], tuple[ManifestRow, ...]]:
    """Figures of all sheets in `manifest.csv`.

    Columns: `file, publication_id, title, locarno` and, where a sheet lies sideways, `landscape` 1.
    """
    figures: list[GreyImage] = []
    rows: list[ManifestRow] = []
    with (sheets / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        for entry in csv.DictReader(lines):
            page = np.asarray(Image.open(sheets / entry["file"]).convert("L"))
            cut = cut_sheet(page, landscape=entry.get("landscape") == "1")
            for position, figure in enumerate(cut.figures, start=1):
                name = f"{Path(entry['file']).stem}.{position}.png"
                known = (entry["publication_id"], entry["title"], entry["locarno"])
                rows.append(ManifestRow(name, *known, class_name="", view=""))
                figures.append(figure.pixels)
    return figures, tuple(rows)


def save_figures(folder: Path, figures: list[GreyImage], rows: tuple[ManifestRow, ...]) -> None:
    """Keep the cut figures and their manifest, so a training run can validate on them."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "publication_id", "title", "locarno"])
        for figure, row in zip(figures, rows, strict=True):
            Image.fromarray(figure).save(folder / row.file)
            writer.writerow([row.file, row.publication_id, row.title, row.locarno])


def load_figures(folder: Path) -> tuple[list[GreyImage], tuple[ManifestRow, ...]]:
    """Figures that `save_figures` kept."""
    rows = read_manifest_rows(folder / "manifest.csv")
    return [np.asarray(Image.open(folder / row.file).convert("L")) for row in rows], rows


def time_encoder(encoder: Encoder, figures: list[GreyImage]) -> dict[str, Any]:
    """Milliseconds for one figure at a time: median over figures, then over repeats."""
    sample = figures[:: max(1, len(figures) // 40)]
    encoder.encode_images(sample[:3])
    medians = []
    for _ in range(_N_TIMED):
        times = []
        for figure in sample:
            started = time.perf_counter()
            encoder.encode_images([figure])
            times.append(1000 * (time.perf_counter() - started))
        medians.append(statistics.median(times))
    return {
        "unit": "ms an image, batch 1, one thread, preprocessing included",
        "median": statistics.median(medians),
        "lowest": min(medians),
        "highest": max(medians),
        "n_repeats": _N_TIMED,
        "n_images": len(sample),
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sheets", type=Path)
    parser.add_argument("--checkpoint", type=Path, default=None)
    parser.add_argument("--figures", type=Path, help="keep cut figures here, and reuse them")
    arguments = parser.parse_args()
    if arguments.figures and (arguments.figures / "manifest.csv").is_file():
        figures, rows = load_figures(arguments.figures)
    else:
        figures, rows = cut_sheets(arguments.sheets)
        if arguments.figures:
            save_figures(arguments.figures, figures, rows)
    encoder = load_encoder(arguments.checkpoint, n_threads=1, batch_size=32)
    publication = evaluate_figures(encoder, figures, rows, Track.PUBLICATION, baselines=["hog"])
    locarno_class = evaluate_figures(
        encoder,
        figures,
        rows,
        Track.LOCARNO_CLASS,
        exclude_own_publication=True,
        baselines=["hog"],
    )
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    report = {
        "question": "same-publication and same-class retrieval against HOG on the same cut figures",
        "encoder_id": encoder.encoder_id,
        "n_publications": len({row.publication_id for row in rows}),
        "n_figures": len(rows),
        "same_publication": publication,
        "same_locarno_class_own_publication_excluded": locarno_class,
        "ms_per_image": time_encoder(encoder, figures),
        "commit": commit.stdout.strip(),
        "hardware": f"{platform.machine()}, {platform.processor() or 'CPU'}",
        "versions": {name: version(name) for name in ("onnxruntime", "numpy", "scikit-image")},
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
