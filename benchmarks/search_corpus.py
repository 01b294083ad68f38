"""Large made-up corpora that lie like real ones, and the embedded service that holds them.

Vectors: generated designs (`samples`) are drawn and embedded by the encoder that Limn searches
with. A made-up publication stands between two of these drawings (7 : 3), moved by noise with the
drawings' own covariance, half their spread; its figures scatter about it with three tenths of that
spread. So directions, clusters and the crowding of neighbours are the encoder's, not those of white
noise.

Filters of known selectivity: every publication belongs to "half", "tenth", "hundredth" and
"thousandth" by chance, and exactly fifty to "fifty". Everything is built once and kept under
.cache/search_corpus, the filled service too.
"""

import io
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.measured_on import running_service
from core.ports import Embeddings, Encoder, GreyImage
from drafting.line_art import draw
from samples.designs import make_design
from samples.families import FAMILIES
from search.figure_point import FigurePoint
from search.index import FigureIndex
from search.schema import SCHEMA_VERSION

FIGURES_A_PUBLICATION = 7
SELECTIVITIES = {"half": 0.5, "tenth": 0.1, "hundredth": 0.01, "thousandth": 0.001}
FIFTY = "fifty"
_FOLDER = Path(".cache/search_corpus")
_DESIGNS_A_FAMILY = 2
_FIRST_SEED = 50_000_000
_DRAWING_PX = 256


@dataclass(frozen=True)
class Corpus:
    """N figures, seven to a publication.

    Attributes:
        rows: float32 [N, D].
        groups: By name, bool [P]: the publications that pass the filter of that name.
        drawings: PNG files of the drawings it was made from: query pictures.
    """

    rows: Embeddings
    groups: dict[str, NDArray[np.bool_]]
    drawings: list[bytes]

    def points(self) -> Iterator[FigurePoint]:
        """As the index takes them."""
        for i, row in enumerate(self.rows):
            p, f = divmod(i, FIGURES_A_PUBLICATION)
            yield FigurePoint(
                figure_id=f"{publication_id(p)}/{f + 1}",
                publication_id=publication_id(p),
                image=row,
                office="US",
                title=f"Article number {p}",
                locarno=(f"{p % 30 + 1:02d}-01",),
                owners=tuple(name for name, members in self.groups.items() if members[p]),
                view="front",
                label=str(f + 1),
                caption=f"FIG. {f + 1} is a view of the article",
                leads=("publication", "view") if f == 0 else (),
                picture=f"{i:064x}",
            )


def publication_id(position: int) -> str:
    """Of the publication at a position."""
    return f"US-D{position:07d}-S1"


def build_corpus(n_figures: int, encoder: Encoder) -> Corpus:
    """The corpus of a size; the same every time."""
    drawings, seeds = _seeds(encoder)
    rng = np.random.default_rng(n_figures)
    n_publications = -(-n_figures // FIGURES_A_PUBLICATION)
    spread = np.linalg.cholesky(np.cov(seeds.T) + 1e-6 * np.eye(seeds.shape[1])).T

    def noise(n: int) -> NDArray[np.float64]:
        moved: NDArray[np.float64] = rng.standard_normal((n, seeds.shape[1])) @ spread
        return moved

    one, other = rng.integers(len(seeds), size=(2, n_publications))
    centres = 0.7 * seeds[one] + 0.3 * seeds[other] + 0.5 * noise(n_publications)
    rows = np.repeat(centres, FIGURES_A_PUBLICATION, axis=0)[:n_figures]
    rows = rows + 0.3 * noise(n_figures)
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    groups = {name: rng.random(n_publications) < share for name, share in SELECTIVITIES.items()}
    fifty = np.zeros(n_publications, bool)
    fifty[rng.choice(n_publications, 50, replace=False)] = True
    return Corpus(rows, {**groups, FIFTY: fifty}, drawings)


def _seeds(encoder: Encoder) -> tuple[list[bytes], Embeddings]:
    """Drawings as PNG files and their embeddings."""
    kept = _FOLDER / f"seeds-{encoder.encoder_id}.npz"
    if not kept.exists():
        _FOLDER.mkdir(parents=True, exist_ok=True)
        images = list(_draw_designs())
        files = [_png(image) for image in images]
        ends = np.cumsum([len(file) for file in files])
        rows = encoder.encode_images(images)
        np.savez(kept, rows=rows, files=np.frombuffer(b"".join(files), np.uint8), ends=ends)
    with np.load(kept) as stored:
        parts = np.split(stored["files"], stored["ends"][:-1])
        return [part.tobytes() for part in parts], stored["rows"]


def _draw_designs() -> Iterator[GreyImage]:
    """All views of some designs of every family."""
    for family_idx, family in enumerate(FAMILIES):
        for number in range(_DESIGNS_A_FAMILY):
            design = make_design(family, _FIRST_SEED + 1000 * family_idx + number)
            for view in design.views:
                yield draw(design.edges, view.viewpoint, size_px=_DRAWING_PX, style=design.style)


def _png(image: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def service_folder(corpus: Corpus, encoder: Encoder) -> Path:
    """Where the service keeps a corpus; another one for each version of the schema."""
    return _FOLDER / f"service-{len(corpus.rows)}-v{SCHEMA_VERSION}-{encoder.encoder_id}"


@contextmanager
def serving(corpus: Corpus, encoder: Encoder) -> Iterator[tuple[FigureIndex, int, float | None]]:
    """The embedded service as its own process over the corpus on disk, filled where it is not.

    Yields:
        The index, the service's process id, and how many figures a second went in; None where they
        were there.
    """
    folder = service_folder(corpus, encoder)
    folder.mkdir(parents=True, exist_ok=True)
    with running_service(folder) as url:
        index = FigureIndex(url, encoder.encoder_id, encoder.dimension, timeout_s=120)
        index.prepare()
        pid = json.loads((folder / "service.json").read_text())["pid"]
        yield index, pid, _fill(index, corpus)


def _fill(index: FigureIndex, corpus: Corpus) -> float | None:
    if index.count() == len(corpus.rows):
        return None
    started = time.perf_counter()
    index.upsert(list(corpus.points()))
    return len(corpus.rows) / (time.perf_counter() - started)
