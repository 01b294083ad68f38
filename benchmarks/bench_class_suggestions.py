"""How often does a vote of the nearest publications name an unclassified drawing's class?

Every figure by itself is a query without a class; all other publications, of both folders, answer,
never its own. Beside the vote of `search.class_votes` stand its two halves (the publications that
look most alike; those whose words lie nearest to the drawing), the classes of the nearest
publications in order, and an unweighted vote. Words are titles, as a gazette has them at least.
Differences are publication by publication; intervals are bootstrapped over publications, never over
figures.

    ./run bench bench_class_suggestions ../shared/data/sheets ../shared/data/covers
"""

import argparse
import csv
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.measured_on import surroundings
from core.ports import Embeddings, Encoder, GreyImage
from core.settings import read_settings
from encoder.checkpoint import load_encoder
from ingestion.sheets import cut_sheet
from search.class_votes import N_NEIGHBOURS, N_SUGGESTIONS, SHARPNESS, Level, vote
from search.ranking import Match, MatchGroup, order_groups

Image.MAX_IMAGE_PIXELS = None
CUTS = (1, 3, N_SUGGESTIONS)
OURS = "pictures and words"
_N_RESAMPLES = 2000
_US_MAIN = re.compile(r"D\d+")


@dataclass(frozen=True)
class Figures:
    """N figures; their publication, its folder, its main classes by level, and their vectors.

    Attributes:
        images: float32 [N, D].
        words: float32 [N, D], of the publication's title.
    """

    publications: list[str]
    folders: list[str]
    classes: list[dict[str, list[str]]]
    images: Embeddings
    words: Embeddings


Ranking = Sequence[MatchGroup]
System = Callable[[Ranking, Ranking, Level], list[str]]


def nearest(alike: Ranking, _: Ranking, level: Level) -> list[str]:
    """The classes of the nearest publications, in order."""
    codes = (group.matches[0].payload[level][0] for group in _classified(alike, level))
    return list(dict.fromkeys(codes))[:N_SUGGESTIONS]


def unweighted(alike: Ranking, _: Ranking, level: Level) -> list[str]:
    """Every neighbour has one vote; of equal counts the nearer class comes first."""
    near = _classified(alike, level)[:N_NEIGHBOURS]
    codes = [group.matches[0].payload[level][0] for group in near]
    first = {code: place for place, code in reversed(list(enumerate(codes)))}
    counts = Counter(codes)
    return sorted(counts, key=lambda code: (-counts[code], first[code]))[:N_SUGGESTIONS]


SYSTEMS: dict[str, System] = {
    OURS: lambda alike, told, level: [s.code for s in vote((alike, told), level)],
    "pictures": lambda alike, _, level: [s.code for s in vote((alike,), level)],
    "words": lambda _, told, level: [s.code for s in vote((told,), level)],
    "nearest": nearest,
    "unweighted": unweighted,
}


def _classified(found: Ranking, level: Level) -> list[MatchGroup]:
    return [group for group in found if group.matches[0].payload[level]]


def read_folders(folders: Sequence[Path], encoder: Encoder) -> Figures:
    """The figures that the folders' manifests list; sheets are cut."""
    publications, names, classes, rows, titles = [], [], [], [], []
    for folder in folders:
        with (folder / "manifest.csv").open(encoding="utf-8") as lines:
            listed = list(csv.DictReader(lines))
        for line in listed:
            figures = list(_figures(folder / line["file"], is_sheet="locarno" in line))
            if not figures:
                continue
            rows.append(encoder.encode_images(figures))
            publications += [line["publication_id"].lstrip("D0")] * len(figures)
            names += [folder.name] * len(figures)
            classes += [_classes(line)] * len(figures)
            titles += [line["title"]] * len(figures)
            print(f"\r{len(publications)} figures embedded", end="", file=sys.stderr)
    return Figures(publications, names, classes, np.concatenate(rows), encoder.encode_texts(titles))


def _figures(file: Path, *, is_sheet: bool) -> Iterator[GreyImage]:
    with Image.open(file) as picture:
        pixels = np.asarray(picture.convert("L"), np.uint8)
    if not is_sheet:
        yield pixels
        return
    yield from (figure.pixels for figure in cut_sheet(pixels, landscape=False).figures)


def _classes(line: dict[str, str]) -> dict[str, list[str]]:
    found = _US_MAIN.match(line["us_class"])
    locarno = line.get("locarno", "")
    return {
        "us_class_main": [found.group()] if found else [],
        "locarno_class": [locarno[:2]] if locarno else [],
    }


def measure(figures: Figures, folder: str, level: Level) -> dict[str, object]:
    """Every system's top 1, 3 and 5 for the figures of a folder, and ours against pictures."""
    named: dict[str, dict[str, list[list[bool]]]] = {
        system: defaultdict(list) for system in SYSTEMS
    }
    covered = []
    ranks = _Rankings(figures)
    for i, own in enumerate(figures.publications):
        truth = figures.classes[i][level]
        if figures.folders[i] != folder or not truth:
            continue
        alike, told = ranks.of(i, figures.images), ranks.of(i, figures.words)
        covered.append(any(group.matches[0].payload[level] == truth for group in alike))
        for name, system in SYSTEMS.items():
            codes = system(alike, told, level)
            named[name][own].append([truth[0] in codes[:k] for k in CUTS])
    shares = {
        name: np.array([np.mean(figures_of, axis=0) for figures_of in own.values()])
        for name, own in named.items()
    }
    return {
        "queries": folder,
        "level": level,
        "n_queries": len(covered),
        "n_query_publications": len(shares[OURS]),
        "has_class": round(float(np.mean(covered)), 3),
        **{name: _by_cut(share) for name, share in shares.items()},
        f"{OURS} less pictures": _by_cut(shares[OURS] - shares["pictures"]),
    }


class _Rankings:
    """Publications by their best figure, for one query figure at a time."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures
        self._ids, self._owner = np.unique(figures.publications, return_inverse=True)
        self._classes = dict(zip(figures.publications, figures.classes, strict=True))

    def of(self, query: int, rows: Embeddings) -> Ranking:
        """All other publications by what `rows` [N, D] say of their figures."""
        best = np.full(len(self._ids), -2, np.float32)
        np.maximum.at(best, self._owner, rows @ self._figures.images[query])
        own = self._figures.publications[query]
        return order_groups(
            MatchGroup(p, (Match(p, p, score, self._classes[p]),))
            for p, score in zip(self._ids.tolist(), best.tolist(), strict=True)
            if p != own
        )


def _by_cut(shares: NDArray[np.float64]) -> dict[str, dict[str, object]]:
    """Means over publications, float64 [P, 3], of the shares of their figures; 95 % intervals."""
    rng = np.random.default_rng(0)
    drawn = shares[rng.integers(len(shares), size=(_N_RESAMPLES, len(shares)))].mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    return {
        f"top_{k}": {
            "mean": round(float(shares[:, i].mean()), 3),
            "ci95": [round(float(low[i]), 3), round(float(high[i]), 3)],
        }
        for i, k in enumerate(CUTS)
    }


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sheets", type=Path, help="folder of sheets, Locarno classes in manifest")
    parser.add_argument("covers", type=Path, help="folder of drawings, US classes in manifest")
    given = parser.parse_args()
    encoder = load_encoder(read_settings().encoder.checkpoint, n_threads=2, batch_size=8)
    figures = read_folders([given.sheets, given.covers], encoder)
    asked: list[tuple[str, Level]] = [
        (given.sheets.name, "locarno_class"),
        (given.sheets.name, "us_class_main"),
        (given.covers.name, "us_class_main"),
    ]
    report = {
        "question": "class suggestions for one unclassified figure",
        "unit": "share of queries, mean over publications",
        "n_publications": len(set(figures.publications)),
        "vote": {"n_neighbours": N_NEIGHBOURS, "sharpness": SHARPNESS},
        "measured": [measure(figures, folder, level) for folder, level in asked],
    }
    json.dump({**report, **surroundings(encoder.encoder_id)}, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
