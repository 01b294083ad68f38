"""How often does a vote of the nearest publications name an unclassified drawing's class?

Every sheet of a folder is cut into figures; each figure by itself is a query without a class. Two
galleries answer, each with other publications only:

- register: the publications of a home that `limn ingest` filled; few of the queries' classes are in
  it at all, which `has_class` says
- union: those and the other publications of the folder

    limn ingest ARCHIVES
    ./run bench bench_class_suggestions ../shared/data/sheets > class_suggestions.json

Beside the weighted vote stand two rivals: the classes of the nearest publications in order, and an
unweighted vote. Intervals are bootstrapped over publications, never over figures.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from core.ports import Embeddings, Encoder
from core.settings import read_settings
from encoder.checkpoint import load_encoder
from ingestion.catalogue import Catalogue
from ingestion.sheets import cut_sheet
from search.class_votes import N_NEIGHBOURS, N_SUGGESTIONS, SHARPNESS, Level, vote
from search.ranking import Match, MatchGroup, order_groups
from workers.resources import catalogue_url

Image.MAX_IMAGE_PIXELS = None
LEVELS: tuple[Level, ...] = ("locarno_class", "locarno")
_N_RESAMPLES = 2000


@dataclass(frozen=True)
class Figures:
    """Figures with their publication and its main Locarno code."""

    publications: list[str]
    codes: list[str]
    rows: Embeddings


Vote = Callable[[Sequence[MatchGroup], Level], list[str]]


def weighted(found: Sequence[MatchGroup], level: Level) -> list[str]:
    """As `search.class_votes` suggests them."""
    return [suggestion.code for suggestion in vote(found, level)]


def nearest(found: Sequence[MatchGroup], level: Level) -> list[str]:
    """The classes of the nearest publications, in order."""
    codes = (str(group.matches[0].payload[level][0]) for group in found)
    return list(dict.fromkeys(codes))[:N_SUGGESTIONS]


def unweighted(found: Sequence[MatchGroup], level: Level) -> list[str]:
    """Every neighbour has one vote; of equal counts the nearer class comes first."""
    codes = [str(group.matches[0].payload[level][0]) for group in found[:N_NEIGHBOURS]]
    first = {code: place for place, code in reversed(list(enumerate(codes)))}
    counts = Counter(codes)
    return sorted(counts, key=lambda code: (-counts[code], first[code]))[:N_SUGGESTIONS]


SYSTEMS: dict[str, Vote] = {"weighted": weighted, "nearest": nearest, "unweighted": unweighted}


@cache
def _encoder() -> Encoder:
    return load_encoder(None, n_threads=1, batch_size=8)


def read_sheets(folder: Path) -> Figures:
    """Cut and embed the sheets that a manifest lists."""
    publications, codes, rows = [], [], []
    with (folder / "manifest.csv").open(encoding="utf-8") as lines:
        listed = [row for row in csv.DictReader(lines) if row["locarno"]]
    for row in listed:
        with Image.open(folder / row["file"]) as page:
            pixels = np.asarray(page.convert("L"), np.uint8)
        figures = [figure.pixels for figure in cut_sheet(pixels, landscape=False).figures]
        if figures:
            rows.append(_encoder().encode_images(figures))
            publications += [row["publication_id"].lstrip("D0")] * len(figures)
            codes += [row["locarno"]] * len(figures)
        print(f"\r{len(publications)} figures cut", end="", file=sys.stderr)
    return Figures(publications, codes, np.concatenate(rows))


def read_home() -> Figures:
    """Indexed figures of the home that `LIMN_HOME` names, with their vectors."""
    catalogue = Catalogue.open(catalogue_url(read_settings()))
    rows = catalogue.figures(list(catalogue.iter_indexable_figure_ids()))
    kept = {row.figure.figure_id: row for row in rows if row.publication.locarno}
    stored = catalogue.embeddings(_encoder().encoder_id, list(kept))
    owners = [kept[figure_id].publication for figure_id in stored.figure_ids]
    return Figures(
        [owner.number.lstrip("D0") for owner in owners],
        [owner.locarno[0].code for owner in owners],
        stored.image,
    )


def neighbours(cosines: Embeddings, gallery: Figures, own: str) -> tuple[MatchGroup, ...]:
    """Publications by their best figure; the query's own left out."""
    best: dict[str, tuple[float, str]] = {}
    for publication, code, score in zip(
        gallery.publications, gallery.codes, cosines.tolist(), strict=True
    ):
        if publication != own and score > best.get(publication, (-2.0, ""))[0]:
            best[publication] = (score, code)
    return order_groups(
        MatchGroup(
            publication,
            (
                Match(
                    publication,
                    publication,
                    score,
                    {"locarno": [code], "locarno_class": [code[:2]]},
                ),
            ),
        )
        for publication, (score, code) in best.items()
    )


def measure(queries: Figures, gallery: Figures) -> dict[str, object]:
    """Top-1 and top-5 of every system and level."""
    hits: dict[tuple[str, str, int], dict[str, list[float]]] = defaultdict(
        lambda: defaultdict(list)
    )
    covered: dict[str, list[float]] = defaultdict(list)
    cosines = queries.rows @ gallery.rows.T  # (Q, G)
    for row, own, code in zip(cosines, queries.publications, queries.codes, strict=True):
        found = neighbours(row, gallery, own)
        for level in LEVELS:
            truth = code if level == "locarno" else code[:2]
            held = {str(group.matches[0].payload[level][0]) for group in found}
            covered[level].append(float(truth in held))
            for name, system in SYSTEMS.items():
                named = system(found, level)
                for k in (1, N_SUGGESTIONS):
                    hits[(level, name, k)][own].append(float(truth in named[:k]))
    return {
        level: {
            "has_class": round(float(np.mean(covered[level])), 3),
            **{
                name: {f"top_{k}": _mean(hits[(level, name, k)]) for k in (1, N_SUGGESTIONS)}
                for name in SYSTEMS
            },
        }
        for level in LEVELS
    }


def _mean(by_publication: dict[str, list[float]]) -> dict[str, object]:
    """Mean over publications of the share of their figures, with a 95 % interval."""
    shares = np.array([np.mean(values) for values in by_publication.values()])
    rng = np.random.default_rng(0)
    means = rng.choice(shares, (_N_RESAMPLES, len(shares))).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return {
        "mean": round(float(shares.mean()), 3),
        "ci95": [round(float(low), 3), round(float(high), 3)],
    }


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sheets", type=Path, help="folder of sheets with its manifest.csv")
    arguments = parser.parse_args()
    queries, register = read_sheets(arguments.sheets), read_home()
    union = Figures(
        queries.publications + register.publications,
        queries.codes + register.codes,
        np.concatenate([queries.rows, register.rows]),
    )
    galleries = {"register": register, "union": union}
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    result = {
        "question": "class suggestions for one unclassified figure",
        "unit": "share of queries, mean over publications",
        "n_queries": len(queries.publications),
        "n_query_publications": len(set(queries.publications)),
        "vote": {"n_neighbours": N_NEIGHBOURS, "sharpness": SHARPNESS},
        "encoder_id": _encoder().encoder_id,
        "commit": commit,
        "n_cpus": os.cpu_count(),
        "galleries": {
            name: {
                "n_publications": len(set(gallery.publications)),
                "n_figures": len(gallery.publications),
                **measure(queries, gallery),
            }
            for name, gallery in galleries.items()
        },
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
