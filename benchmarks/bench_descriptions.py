"""Do descriptions by the embedded providers help words to find figures, and pictures their class?

Three sets of real drawings, each described in several ways; a figure's text vector is the mean of
its texts. The queries are titles that *other* patents of the same full US class carry (a file of
2021): aliases by other hands, which no provider has seen. A title that a figure of the class has is
left out, since a title finds itself. Asked are the text vectors, the picture vectors, and both
(reciprocal ranks, as search fuses them).

For pictures: each figure's picture asks for figures of its Locarno class (covers: US main class),
its own publication left out. The tagger is also measured alone, margin or no margin.

    ./run bench bench_descriptions ../shared/data > descriptions.json
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.description_sets import SETS, Figures, read_figures, read_foreign_titles
from core.describing import Description
from core.ports import Embeddings, Encoder
from core.settings import DescribeSettings
from encoder.checkpoint import load_encoder
from encoder.describing.calibration import load_calibration
from encoder.describing.grant_words import grant_texts
from encoder.describing.providers import open_providers
from encoder.describing.tagger import guess_names
from encoder.describing.vocabulary import Vocabulary, load_vocabulary
from encoder.describing.wordings import wordings
from encoder.evaluation.metrics import average_precision, bootstrap_interval, hit_at_k, ranking

_DEPTHS = (1, 5, 10)
_RRF_K = 2
_RIGHT = 0.6
_WAYS = ("titles", "captions", "thesaurus", "tagger", "all", "twenty")
"""Title alone; the grant's words; these and aliases, and tags, and both (what the search embeds);
and these with other wordings, about 20 texts."""
_N_TEXTS = 20
_BASE = "captions"

Texts = list[list[str]]


def describe(figures: Figures, encoder: Encoder, folder: Path) -> dict[str, Texts]:
    """Each figure's texts, by way."""
    providers = open_providers(DescribeSettings(), encoder, folder)
    facts = figures.facts
    titles = [[one.title] for one in facts]
    captions = [list(grant_texts(one)) for one in facts]
    aliases = [
        list(one.texts)
        for one in providers.enricher.enrich(facts, [()] * len(facts))
        if isinstance(one, Description)  # the embedded one is never away
    ]
    tags: Texts = [[] for _ in facts]
    if providers.tagger is not None:
        tags = [list(one.texts) for one in providers.tagger.tag(figures.vectors, facts)]
    spoken = [a + b + c for a, b, c in zip(captions, aliases, tags, strict=True)]
    worded = [
        wordings(one, own, _N_TEXTS - len(said))
        for one, own, said in zip(facts, aliases, spoken, strict=True)
    ]
    return {
        "titles": titles,
        "captions": captions,
        "thesaurus": [a + b for a, b in zip(captions, aliases, strict=True)],
        "tagger": [a + b for a, b in zip(captions, tags, strict=True)],
        "all": spoken,
        "twenty": [
            [*said, *own, *other] for said, (own, other) in zip(spoken, worded, strict=True)
        ],
    }


def mean_vectors(encoder: Encoder, texts: Texts) -> Embeddings:
    """One vector a figure, float32 [N, D]."""
    distinct = list(dict.fromkeys(text for own in texts for text in own))
    row_of = {text: row for row, text in enumerate(distinct)}
    vectors = encoder.encode_texts(distinct)
    sums = np.stack([vectors[[row_of[text] for text in own]].sum(axis=0) for own in texts])
    return np.asarray(sums / np.linalg.norm(sums, axis=1, keepdims=True), np.float32)


def foreign_queries(
    figures: Figures, titles: Sequence[tuple[str, frozenset[str], str]]
) -> tuple[list[str], NDArray[np.bool_], list[str]]:
    """Titles by others, which figures (bool [Q, N]) are of their class, and which class that is."""
    queries: dict[tuple[str, str], NDArray[np.bool_]] = {}
    own_numbers = {one.split("-")[1] if "-" in one else one for one in figures.publications}
    for us_class in sorted(set().union(*figures.us_classes)):
        relevant = np.array([us_class in own for own in figures.us_classes])
        own = {figures.facts[i].title.casefold() for i in np.flatnonzero(relevant)}
        for title, classes, number in titles:
            if us_class in classes and number not in own_numbers and title.casefold() not in own:
                queries[title.casefold(), us_class] = relevant
    return [title for title, _ in queries], np.array([*queries.values()]), [c for _, c in queries]


def reciprocal_ranks(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """1 / (k + rank), [Q, N]."""
    order = np.argsort(-scores, axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(scores.shape[1])[np.newaxis], axis=1)
    return np.asarray(1 / (_RRF_K + ranks), np.float32)


def score_words(
    figures: Figures, vectors: dict[str, Embeddings], encoder: Encoder, titles: Any
) -> dict[str, Any]:
    """R@1/5/10 of other people's titles for figures of their class."""
    queries, relevance, groups = foreign_queries(figures, titles)
    asked = encoder.encode_texts(queries)
    ids = np.array([one.figure_id for one in figures.facts])
    by_picture = asked @ figures.vectors.T
    hits = {"picture": _hits(by_picture, relevance, ids)}
    for way, own in vectors.items():
        by_text = asked @ own.T
        hits[f"text: {way}"] = _hits(by_text, relevance, ids)
        fused = reciprocal_ranks(by_text) + reciprocal_ranks(by_picture)
        hits[f"both: {way}"] = _hits(fused, relevance, ids)
    return {
        "n_queries": len(queries),
        "n_classes": len(set(groups)),
        "chance_r_at_1": round(float(relevance.mean()), 3),
    } | _report(hits, np.array(groups))


def score_pictures(
    figures: Figures, vectors: dict[str, Embeddings], class_of: Callable[[int], str]
) -> dict[str, Any]:
    """Class mAP and hits of pictures that ask for their class."""
    n = len(figures.facts)
    classes = np.array([class_of(i) for i in range(n)])
    publications = np.array(figures.publications)
    other = publications[:, None] != publications[None]
    relevance = (classes[:, None] == classes[None]) & other & (classes[:, None] != "")
    asking = np.flatnonzero(relevance.any(axis=1))
    ids = np.array([one.figure_id for one in figures.facts])

    def measured(scores: NDArray[np.float32]) -> dict[str, NDArray[np.float64]]:
        order = ranking(np.where(other, scores, -np.inf)[asking].astype(np.float32), ids)
        found = np.take_along_axis(relevance[asking], order, axis=1)
        return {"map": average_precision(found)} | {
            f"hit_at_{k}": hit_at_k(found, k) for k in (1, 10)
        }

    by_picture = figures.vectors @ figures.vectors.T
    rows = {"picture": measured(by_picture)}
    for way, own in vectors.items():
        by_text = figures.vectors @ own.T
        rows[f"text: {way}"] = measured(by_text)
        rows[f"both: {way}"] = measured(reciprocal_ranks(by_text) + reciprocal_ranks(by_picture))
    return {"n_queries": len(asking)} | _report(rows, publications[asking])


def score_tagger(
    figures: Figures, tags: Texts, encoder: Encoder, vocabulary: Vocabulary, folder: Path
) -> dict[str, Any]:
    """How often the names are right: cosine of name and title at least 0.6."""
    calibration = load_calibration(encoder.encoder_id, folder)
    titles = encoder.encode_texts([one.title for one in figures.facts])
    report: dict[str, Any] = {"calibrated": calibration is not None}
    if calibration is not None:
        centre = np.asarray(calibration.centre, np.float32)
        order = np.argsort(-((figures.vectors - centre) @ vocabulary.vectors.T), axis=1)[:, :5]
        right = np.einsum("nd,nkd->nk", titles, vocabulary.vectors[order]) >= _RIGHT
        report["top_1_without_margin"] = round(float(right[:, 0].mean()), 3)
        report["top_5_without_margin"] = round(float(right.any(axis=1).mean()), 3)
        margins = guess_names(figures.vectors, centre, vocabulary.vectors).margins
        needed = np.inf if calibration.min_margin is None else calibration.min_margin
        report["share_over_margin"] = round(float((margins >= needed).mean()), 3)
    report["a_right_name_exists"] = round(
        float(((titles @ vocabulary.vectors.T).max(axis=1) >= _RIGHT).mean()), 3
    )
    said = [i for i, own in enumerate(tags) if own]
    report["n_figures"], report["n_tagged"] = len(tags), len(said)
    if said:
        names = encoder.encode_texts([tags[i][0] for i in said])
        report["n_right"] = int(((names * titles[said]).sum(axis=1) >= _RIGHT).sum())
        report["said"] = sorted({f"{figures.facts[i].title}: {tags[i][0]}" for i in said})
    return report


def _hits(
    scores: NDArray[np.float32], relevance: NDArray[np.bool_], ids: NDArray[np.str_]
) -> dict[str, NDArray[np.float64]]:
    found = np.take_along_axis(relevance, ranking(scores, ids), axis=1)
    return {f"r_at_{k}": hit_at_k(found, k) for k in _DEPTHS}


def _report(
    rows: dict[str, dict[str, NDArray[np.float64]]], groups: NDArray[np.str_]
) -> dict[str, Any]:
    """Means with 95 % intervals, whole groups drawn; gains over the grant's words, paired."""
    report: dict[str, Any] = {}
    for name, measures in rows.items():
        line: dict[str, Any] = {}
        route, _, way = name.partition(": ")
        base = rows.get(f"{route}: {_BASE}")
        for measure, values in measures.items():
            line[measure] = _with_interval(values, groups)
            if base is not None and way != _BASE:
                line[f"{measure}_gain"] = _with_interval(values - base[measure], groups)
        report[name] = line
    return report


def _with_interval(values: NDArray[np.float64], groups: NDArray[np.str_]) -> list[float]:
    low, high = bootstrap_interval(values, groups)
    return [round(float(value), 3) for value in (values.mean(), low, high)]


def measure(data: Path, name: str, encoder: Encoder, folder: Path) -> dict[str, Any]:
    """Everything about one set."""
    figures = read_figures(data, name, encoder)
    texts = describe(figures, encoder, folder)
    vectors = {way: mean_vectors(encoder, texts[way]) for way in _WAYS}
    titles = read_foreign_titles(data / "impact_test2021.csv")
    tags = [full[len(own) :] for full, own in zip(texts["tagger"], texts["captions"], strict=True)]

    def class_of(i: int) -> str:
        if figures.facts[i].locarno:
            return figures.facts[i].locarno[0][:2]
        return min(figures.us_classes[i], default="").partition("/")[0]

    return {
        "n_figures": len(figures.facts),
        "n_publications": len(set(figures.publications)),
        "texts_a_figure": {way: round(sum(map(len, texts[way])) / len(tags), 2) for way in _WAYS},
        "distinct_texts_a_figure": {
            way: round(len({text for own in texts[way] for text in own}) / len(tags), 2)
            for way in _WAYS
        },
        "tagger": score_tagger(figures, tags, encoder, load_vocabulary(encoder, folder), folder),
        "foreign titles ask for figures of their US class": score_words(
            figures, vectors, encoder, titles
        ),
        "pictures ask for other publications of their class": score_pictures(
            figures, vectors, class_of
        ),
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", nargs="*", choices=SETS, default=list(SETS))
    parser.add_argument("--checkpoint")
    arguments = parser.parse_args()
    encoder = load_encoder(arguments.checkpoint, n_threads=1, batch_size=8)
    report: dict[str, Any] = {"encoder": encoder.encoder_id, "sets": {}}
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.only:
            print(name, file=sys.stderr)
            report["sets"][name] = measure(arguments.data, name, encoder, Path(folder))
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    report |= {"commit": commit.stdout.strip() or None, "python": platform.python_version()}
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
