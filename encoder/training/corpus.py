"""All drawing sources of a run as one corpus: numbered objects, labels, classes, text vectors."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray

from core.ports import Embeddings
from encoder.training import covers, icons, meshes
from encoder.training.config import (
    CachedSource,
    CoverSource,
    IconSource,
    MeshSource,
    Source,
    TrainingConfig,
)
from encoder.training.drawings import (
    CACHE_SIZE_PX,
    DrawingSet,
    DrawnObject,
    is_built,
    read_drawing_set,
    write_drawing_set,
)
from encoder.training.text_space import embed_texts_cached, nearest_goods, read_goods

_log = structlog.get_logger(__name__)
_DATA_SEED = 1


@dataclass(frozen=True)
class Batch:
    """One step's drawings, two of each object, and what is known of them."""

    bits: NDArray[np.uint8]
    """uint8 [B, C, C], 1 = ink."""
    texts: Embeddings
    """float32 [B, D], one sampled text a drawing."""
    objects: NDArray[np.int64]
    labels: NDArray[np.int64]
    classes: NDArray[np.int64]
    """int64 [B], Locarno class, −1 where unknown."""


@dataclass(frozen=True)
class Corpus:
    """Objects of all sources, numbered through."""

    sets: tuple[DrawingSet, ...]
    shares: tuple[float, ...]
    """Of each set in a batch, summing to 1."""
    object_starts: NDArray[np.int64]
    """int64 [n_sets + 1], first object of each set."""
    drawings: tuple[tuple[NDArray[np.int64], ...], ...]
    """Per set and object, the indices of its drawings."""
    weights: tuple[NDArray[np.float64], ...]
    """Per set, the probability of each object."""
    labels: NDArray[np.int64]
    classes: NDArray[np.int64]
    text_starts: NDArray[np.int64]
    """int64 [n_objects + 1], first text of each object."""
    text_vectors: Embeddings

    def batch(self, batch_size: int, *, seed: int, step: int) -> Batch:
        """The batch of a step; the same for the same seed and step, so a run can be resumed."""
        rng = np.random.default_rng([seed, step])
        n_objects = batch_size // 2
        per_set = _split(n_objects, self.shares, rng)
        bits, objects = [], []
        for set_idx, n_drawn in enumerate(per_set):
            weights = self.weights[set_idx]
            n_chosen = min(n_drawn, len(weights))
            chosen = rng.choice(len(weights), size=n_chosen, replace=False, p=weights)
            picks = [
                rng.choice(own, size=2, replace=len(own) < 2)
                for own in (self.drawings[set_idx][object_idx] for object_idx in chosen)
            ]
            bits.append(self.sets[set_idx].unpack(np.concatenate(picks)))
            objects.append(np.repeat(chosen + self.object_starts[set_idx], 2))
        drawn = np.concatenate(objects)
        starts, ends = self.text_starts[drawn], self.text_starts[drawn + 1]
        texts = self.text_vectors[rng.integers(starts, ends)]
        return Batch(np.concatenate(bits), texts, drawn, self.labels[drawn], self.classes[drawn])


def build_caches(config: TrainingConfig) -> tuple[DrawingSet, ...]:
    """Render what is not rendered yet and open every source's cache."""
    return tuple(_open_source(source, config.cache_dir) for source in config.sources)


def build_corpus(config: TrainingConfig, sets: tuple[DrawingSet, ...]) -> Corpus:
    """Number all objects, embed their texts, and find the class of those that state none."""
    objects = [drawn for drawing_set in sets for drawn in drawing_set.objects]
    text_vectors = embed_texts_cached(
        [text for drawn in objects for text in drawn.texts], config.cache_dir
    )
    text_starts = np.cumsum([0] + [len(drawn.texts) for drawn in objects])
    stated = np.array([int(drawn.locarno) if drawn.locarno else -1 for drawn in objects])
    classes, likeness = stated, np.ones(len(objects), dtype=np.float32)
    if config.goods is not None:
        guessed, likeness = _guess_classes(objects, config.goods, config.cache_dir)
        classes = np.where(stated >= 0, stated, guessed)
    starts = np.cumsum([0] + [len(drawing_set.objects) for drawing_set in sets])
    total = sum(source.share for source in config.sources)
    _log.info(
        "corpus",
        n_objects=len(objects),
        n_texts=len(text_vectors),
        n_drawings=sum(len(drawing_set.object_idx) for drawing_set in sets),
        n_classed=int((classes >= 0).sum()),
    )
    return Corpus(
        sets=sets,
        shares=tuple(source.share / total for source in config.sources),
        object_starts=starts,
        drawings=tuple(_group_drawings(drawing_set) for drawing_set in sets),
        weights=tuple(
            _object_weights(source, drawing_set, likeness[low:high])
            for source, drawing_set, (low, high) in zip(
                config.sources, sets, pairwise(starts), strict=True
            )
        ),
        labels=np.unique([drawn.label for drawn in objects], return_inverse=True)[1],
        classes=classes,
        text_starts=text_starts,
        text_vectors=text_vectors,
    )


def _open_source(source: Source, cache_dir: Path) -> DrawingSet:
    if isinstance(source, CachedSource):
        return read_drawing_set(source.path)
    folder = cache_dir / source.kind
    match source:
        case IconSource():
            recipe, drawings = icons.RECIPE, icons.iter_icons(source.path, seed=_DATA_SEED)
        case MeshSource():
            recipe = f"{meshes.RECIPE}, {source.n_perspectives} perspectives"
            drawings = meshes.iter_meshes(
                source.path, n_perspectives=source.n_perspectives, seed=_DATA_SEED
            )
        case CoverSource():
            recipe = covers.RECIPE
            drawings = covers.iter_covers(source.path, source.us_to_locarno, held_out=False)
    recipe = f"{recipe}, {CACHE_SIZE_PX} px"
    if not is_built(folder, recipe=recipe):
        n_drawings = write_drawing_set(folder, drawings, recipe=recipe)
        _log.info("rendered", source=source.kind, n_drawings=n_drawings)
    return read_drawing_set(folder)


def _guess_classes(
    objects: list[DrawnObject], goods_path: Path, cache_dir: Path
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    goods, goods_classes = read_goods(goods_path)
    goods_vectors = embed_texts_cached(goods, cache_dir)
    labels = embed_texts_cached([drawn.label for drawn in objects], cache_dir)
    return nearest_goods(labels, goods_vectors, goods_classes)


def _group_drawings(drawing_set: DrawingSet) -> tuple[NDArray[np.int64], ...]:
    order = np.argsort(drawing_set.object_idx, kind="stable")
    counts = np.bincount(drawing_set.object_idx, minlength=len(drawing_set.objects))
    return tuple(np.split(order, np.cumsum(counts)[:-1]))


def _object_weights(
    source: Source, drawing_set: DrawingSet, likeness: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Objects drawn by many hands and names near a product come oftener; others stay possible."""
    if isinstance(source, IconSource):
        counts = np.bincount(drawing_set.object_idx, minlength=len(drawing_set.objects))
        weights = np.sqrt(counts) * (0.05 + 1 / (1 + np.exp((0.6 - likeness) / 0.06)))
    else:
        weights = np.ones(len(drawing_set.objects))
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def _split(
    n_objects: int, shares: tuple[float, ...], rng: np.random.Generator
) -> NDArray[np.int64]:
    """How many objects each source gives; fractions fall by chance, so shares hold on average."""
    edges = np.cumsum([0.0, *shares]) * n_objects + rng.uniform()
    edges[0], edges[-1] = 0, n_objects
    whole = np.floor(np.clip(edges, 0, n_objects)).astype(np.int64)
    return whole[1:] - whole[:-1]
