"""Do calibrated scores mean the same in every search, and where does the weak line lie?

Every figure of a folder of sheets asks for the publications of all other figures, once by the raw
cosine of a publication's best figure, once by the number of designs expected to be as similar by
chance (`search.calibration`), which is what a search shows beside the cosine and draws its line
"weak from here" at (1 design). The query's own publication is a find; other publications are
chance, although some truly look alike, of the same class even: what is told is an upper bound of
false finds.

- reliability: among publications that chance alone brings, how many per query are listed with at
  most so many expected; calibrated scores bring as many as they say.
- the line: precision above and below it and the share of own publications above it, beside one
  cosine drawn where it lists as many publications above it.
- sameness: how the number of chance finds above the line differs between queries (variance over
  mean, 1 for events that are equally likely in every query), and how well finds and chance are told
  apart when the pairs of all queries are thrown together (average precision).
- shares: how many of the pairs within a range of expected numbers are finds.

Intervals are bootstrapped over publications.

    ./run bench bench_calibration ../shared/data/sheets --plot calibration.png > calibration.json
"""

import argparse
import json
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib import pyplot
from numpy.typing import NDArray

from benchmarks.laid_figures import LaidFigures, read_laid_figures
from benchmarks.measured_on import surroundings
from core.ports import Encoder
from core.settings import read_settings
from encoder.checkpoint import load_encoder
from encoder.evaluation.metrics import average_precision, bootstrap_interval
from search.background import Calibration
from search.calibration import WEAK, build_background
from search.multi_view import MISSING_VIEW
from search.orientation import Orientation, Orientations

EXPECTED = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
Flags = NDArray[np.bool_]
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Pairs:
    """Q queries against P publications.

    Attributes:
        cosine: float64 [Q, P], of the best figure; NaN where the query is all there is.
        expected: float64 [Q, P], designs expected to be as similar by chance.
        own: bool [Q, P], the query's own publication.
        publication: str [Q], of the query.
    """

    cosine: Numbers
    expected: Numbers
    own: Flags
    publication: NDArray[np.str_]

    @property
    def chance(self) -> Flags:
        """Pairs that chance alone brings."""
        return ~self.own & np.isfinite(self.cosine)


def main() -> None:
    """Measure, plot and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path, help="folder of sheets with its manifest.csv")
    parser.add_argument("--plot", type=Path, help="PNG to write")
    given = parser.parse_args()
    encoder = load_encoder(read_settings().encoder.checkpoint, n_threads=1, batch_size=8)
    pairs = ask_all(read_laid_figures(given.images, encoder), encoder)
    line = line_of_cosines(pairs)
    if given.plot:
        plot(pairs, line, given.plot)
    report = {
        "question": "do calibrated scores mean the same in every search?",
        "n_queries": len(pairs.publication),
        "n_publications": pairs.own.shape[1],
        "reliability": reliability(pairs),
        "line": {
            "expected by chance below 1": above(pairs, pairs.expected < WEAK),
            f"cosine above {line:.3f}": above(pairs, pairs.cosine > line),
        },
        "average_precision_of_all_pairs": {
            "expected by chance": pooled(pairs, -pairs.expected),
            "cosine": pooled(pairs, pairs.cosine),
        },
        "shares": shares(pairs),
        **surroundings(encoder.encoder_id),
    }
    json.dump(report, sys.stdout, indent=1)


def ask_all(figures: LaidFigures, encoder: Encoder) -> Pairs:
    """Every figure, in every orientation, against all others; itself is not in the background."""
    laid = Orientations(encoder).tolerated("any", 1)
    variants = [list(Orientation).index(orientation) for orientation in laid]
    names = np.array(list(figures.by_publication()))
    shape = (len(figures.rows), len(names))
    cosine, expected = np.full(shape, np.nan), np.full(shape, np.nan)
    for query in range(shape[0]):
        order = np.argsort(figures.publications, kind="stable")
        others = order[order != query]
        held, starts = np.unique(figures.publications[others], return_index=True)
        rows = figures.rows[others, 0]
        background = build_background(rows, starts)
        if background is None:
            raise SystemExit(f"{len(held)} publications are too few to calibrate with")
        views = [figures.rows[query][variants]]
        scale = background.publication_scale(views, MISSING_VIEW)
        calibration = Calibration(len(held), background, scale, by_publication=True)
        best = np.maximum.reduceat((views[0] @ rows.T).max(axis=0), starts)
        at = np.searchsorted(names, held)
        cosine[query, at] = best
        expected[query, at] = [calibration.expected_by_chance(float(score)) for score in best]
    own = (figures.publications[:, None] == names[None]) & np.isfinite(cosine)
    return Pairs(cosine, expected, own, figures.publications)


def line_of_cosines(pairs: Pairs) -> float:
    """The cosine that as many pairs exceed as are not weak."""
    n_above = int((pairs.expected < WEAK).sum())
    return float(np.sort(pairs.cosine[np.isfinite(pairs.cosine)])[-n_above - 1])


def reliability(pairs: Pairs) -> list[dict[str, Any]]:
    """Chance finds a query with at most so many expected."""
    rows = []
    for most in EXPECTED:
        found = ((pairs.expected <= most) & pairs.chance).sum(axis=1).astype(float)
        rows.append({"expected": most, "observed": _mean(found, pairs)})
    return rows


def above(pairs: Pairs, listed: Flags) -> dict[str, Any]:
    """What a line divides."""
    chance = (listed & pairs.chance).sum(axis=1).astype(float)
    asking: Flags = np.any(pairs.own, axis=1)
    has_own: Flags = np.any(listed & pairs.own, axis=1)
    return {
        "publications_above_a_query": round(float(listed.sum(axis=1).mean()), 2),
        "precision_above": round(float(pairs.own[listed].mean()), 3),
        "precision_below": round(float(pairs.own[~listed & np.isfinite(pairs.cosine)].mean()), 4),
        "own_publications_above": _mean(has_own[asking], pairs, asking),
        "chance_finds_a_query": _mean(chance, pairs),
        "variance_over_mean": round(float(chance.var() / chance.mean()), 2),
        "queries_without_chance_finds": round(float((chance == 0).mean()), 3),
    }


def pooled(pairs: Pairs, scores: Numbers) -> float:
    """Average precision of own publications among the pairs of all queries."""
    known = np.isfinite(pairs.cosine)
    order = np.argsort(-scores[known], kind="stable")
    return round(float(average_precision(pairs.own[known][order][None])[0]), 3)


def shares(pairs: Pairs) -> list[dict[str, Any]]:
    """How many pairs of a range are finds."""
    ends = (0.0, *EXPECTED, np.inf)
    out = []
    for low, high in pairwise(ends):
        within = (pairs.expected > low) & (pairs.expected <= high)
        n = int(within.sum())
        share = round(float(pairs.own[within].mean()), 3) if n else None
        out.append({"expected_above": low, "up_to": high, "pairs": n, "own_publication": share})
    out[-1]["up_to"] = None
    return out


def plot(pairs: Pairs, line: float, path: Path) -> None:
    """Reliability, and what the queries' best chance finds look like on both scales."""
    matplotlib.use("Agg")
    figure, (left, middle, right) = pyplot.subplots(1, 3, figsize=(13, 4.2))
    grid = np.geomspace(0.01, 20, 60)
    found = [((pairs.expected <= most) & pairs.chance).sum(axis=1).mean() for most in grid]
    left.loglog(grid, grid, color="0.6", linestyle="--", label="as many as said")
    left.loglog(grid, np.maximum(found, 1e-3), color="C0", label="observed")
    left.axvline(WEAK, color="C3", linewidth=1, label="weak from here")
    left.set(xlabel="expected by chance, at most", ylabel="chance finds a query", ylim=(1e-3, 40))
    left.legend(frameon=False)
    for axis, scores, at, label in (
        (middle, pairs.cosine, line, "cosine"),
        (right, -np.log10(pairs.expected), -np.log10(WEAK), "-log10 of expected by chance"),
    ):
        top = np.where(pairs.chance, scores, -np.inf).max(axis=1)
        own = np.where(pairs.own, scores, -np.inf).max(axis=1)
        order = np.argsort(top)
        axis.plot(top[order], color="C1", label="best other publication")
        axis.plot(own[order], ".", markersize=3, color="C0", label="own publication")
        axis.axhline(at, color="C3", linewidth=1, label="weak below")
        axis.set(xlabel="queries, by the best that chance brings", ylabel=label)
        axis.legend(framealpha=0.9, loc="lower right")
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def _mean(values: NDArray[Any], pairs: Pairs, among: Flags | None = None) -> dict[str, Any]:
    names = pairs.publication if among is None else pairs.publication[among]
    low, high = bootstrap_interval(values.astype(float), names)
    return {"mean": round(float(values.mean()), 3), "ci95": [round(low, 3), round(high, 3)]}


if __name__ == "__main__":
    main()
