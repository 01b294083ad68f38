"""Would another image network's eyes help the shipped encoder? Asked before anything is trained.

The network is run as it is, any ONNX file that takes one picture and gives one vector: uint8 or
float32, colours last or first; a float network is given what ImageNet's are (mean 0, variance 1 a
colour). Its vectors are measured as they are (`eyes`), with each value scaled to unit variance over
the set (`eyes_scaled`), and joined with the shipped encoder's (`joined`: the mean of both
similarities). Prints one JSON object.

    ./run bench bench_other_eyes NETWORK.onnx [--size-px S] [--set NAME=FOLDER ...]

Each set is a folder of figures with a manifest (`limn evaluate --save-figures`,
build_grant_figures.py, build_mesh_drawings.py).
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

from core.ports import Embeddings, GreyImage
from encoder.checkpoint import load_encoder
from encoder.evaluation.manifest import ManifestRow, Track, read_manifest_rows
from encoder.evaluation.metrics import bootstrap_interval
from encoder.evaluation.tracks import TrackResult, measure
from encoder.preprocess import PreprocessConfig, prepare

_SETS = ("sheets=.cache/figures", "grants=.cache/grants")
_IMAGENET_MEAN = np.array((0.485, 0.456, 0.406), dtype=np.float32)
_IMAGENET_STD = np.array((0.229, 0.224, 0.225), dtype=np.float32)
_SMALLEST_SPREAD = 1e-6


class OtherEyes:
    """An image network that Limn does not know."""

    def __init__(self, path: Path, size_px: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"]
        )
        self._preprocessing = PreprocessConfig(size_px=size_px)
        (taken,) = self._session.get_inputs()
        self._name = taken.name
        self._takes_bytes = taken.type == "tensor(uint8)"
        self._colours_last = taken.shape[-1] == 3

    def encode(self, figures: list[GreyImage]) -> Embeddings:
        """Its vectors, one figure a call: float32 [N, D], not of unit length."""
        return np.concatenate(
            [self._session.run(None, {self._name: self._picture(one)})[0] for one in figures]
        )

    def _picture(self, figure: GreyImage) -> NDArray[Any]:
        paper = 1 - prepare(figure, self._preprocessing)[0]
        picture = np.repeat(paper[:, :, None], 3, axis=2)
        if self._takes_bytes:
            picture = np.rint(picture * 255).astype(np.uint8)
        else:
            picture = (picture - _IMAGENET_MEAN) / _IMAGENET_STD
        return (picture if self._colours_last else picture.transpose(2, 0, 1))[None]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", type=Path)
    parser.add_argument("--size-px", type=int, default=224)
    parser.add_argument("--set", action="append", dest="sets", metavar="NAME=FOLDER")
    given = parser.parse_args()
    eyes = OtherEyes(given.network, given.size_px)
    shipped = load_encoder(None, n_threads=1, batch_size=1)
    sets = dict(one.split("=", 1) for one in given.sets or _SETS)
    report = {
        "question": "what would this network's eyes add to the shipped encoder",
        "network": given.network.name,
        "size_px": given.size_px,
        "shipped": shipped.encoder_id,
        "sets": {},
    }
    for name, folder in sets.items():
        rows = read_manifest_rows(Path(folder) / "manifest.csv")
        figures = [np.asarray(Image.open(Path(folder) / row.file).convert("L")) for row in rows]
        started = time.perf_counter()
        seen = eyes.encode(figures)
        ms_each = (time.perf_counter() - started) / len(figures) * 1000
        ours = shipped.encode_images(figures)
        vectors = {
            "shipped": ours,
            "eyes": _unit_rows(seen),
            "eyes_scaled": _scaled(seen),
            "joined": _unit_rows(np.hstack([ours, _scaled(seen)])),
        }
        report["sets"][name] = {"ms_per_image": round(ms_each, 1), **_tracks(vectors, rows)}
    print(json.dumps(report, indent=2))


def _tracks(vectors: dict[str, Embeddings], rows: tuple[ManifestRow, ...]) -> dict[str, Any]:
    kind = Track.LOCARNO_CLASS if any(row.locarno for row in rows) else Track.CLASS
    report: dict[str, Any] = {}
    for track, hides_own in ((Track.PUBLICATION, False), (kind, True)):
        results = {
            name: measure(of, rows, track, exclude_own_publication=hides_own)
            for name, of in vectors.items()
        }
        report[track] = {
            name: _numbers(result, results["shipped"]) for name, result in results.items()
        }
    return report


def _numbers(result: TrackResult, shipped: TrackResult) -> dict[str, Any]:
    """Means, and the gain over the shipped encoder, query by query."""
    gain = result.measures["map"] - shipped.measures["map"]
    low, high = bootstrap_interval(gain, result.publications)
    return {
        "map": round(result.means["map"], 4),
        "hit_at_1": round(result.means["hit_at_1"], 4),
        "map_gain": round(float(gain.mean()), 4),
        "map_gain_ci95": [round(low, 4), round(high, 4)],
    }


def _scaled(vectors: Embeddings) -> Embeddings:
    spread = vectors.std(axis=0).clip(min=_SMALLEST_SPREAD)
    return _unit_rows((vectors - vectors.mean(axis=0)) / spread)


def _unit_rows(vectors: Embeddings) -> Embeddings:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True).clip(min=_SMALLEST_SPREAD)
    return np.asarray(vectors / lengths, dtype=np.float32)


if __name__ == "__main__":
    main()
