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
    levels: dict[str, NDArray[np.int64]]
    """int64 [B] each: `label`, `subclass`, `locarno`, `frequency`; −1 where unknown."""


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
    levels: dict[str, NDArray[np.int64]]
    """int64 [n_objects] each; see `Batch`."""
    text_starts: NDArray[np.int64]
    """int64 [n_objects + 1], first text of each object."""
    text_vectors: Embeddings

    def batch(self, batch_size: int, *, seed: int, step: int) -> Batch:
        """The batch of a step; the same for the same seed and step, so a run can be resumed."""
        rng = np.random.default_rng([seed, step])
        objects = self.pick_objects(batch_size // 2, rng)
        drawn = np.repeat(objects, 2)
        starts, ends = self.text_starts[drawn], self.text_starts[drawn + 1]
        bits = self.draw(objects, 2, rng)
        levels = {level: codes[drawn] for level, codes in self.levels.items()}
        return Batch(bits, self.text_vectors[rng.integers(starts, ends)], drawn, levels)

    def pick_objects(self, n_objects: int | None, rng: np.random.Generator) -> NDArray[np.int64]:
        """Objects by the sources' shares, none twice; None for all of them, source after source."""
        if n_objects is None:
            return np.arange(self.object_starts[-1])
        picked = []
        for set_idx, n_drawn in enumerate(_split(n_objects, self.shares, rng)):
            weights = self.weights[set_idx]
            n_chosen = min(n_drawn, np.count_nonzero(weights))
            chosen = rng.choice(len(weights), size=n_chosen, replace=False, p=weights)
            picked.append(chosen + self.object_starts[set_idx])
        return np.concatenate(picked)

    def draw(
        self, objects: NDArray[np.int64], n_each: int, rng: np.random.Generator
    ) -> NDArray[np.uint8]:
        """Drawings of objects, an object's side by side, again where it has too few.

        Returns:
            uint8 [n_objects · n_each, C, C], 1 = ink.
        """
        bits = []
        for object_idx in objects:
            set_idx = int(np.searchsorted(self.object_starts, object_idx, side="right")) - 1
            own = self.drawings[set_idx][object_idx - self.object_starts[set_idx]]
            chosen = rng.choice(own, size=n_each, replace=len(own) < n_each)
            bits.append(self.sets[set_idx].unpack(chosen))
        return np.concatenate(bits)

    def counts(self) -> dict[str, NDArray[np.int64]]:
        """Drawings of each class by level: int64 [K] each."""
        n_drawings = np.array([len(own) for group in self.drawings for own in group])
        return {
            level: np.bincount(
                codes[codes >= 0], weights=n_drawings[codes >= 0], minlength=1
            ).astype(np.int64)
            for level, codes in self.levels.items()
        }


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
    stated = np.array([int(drawn.locarno[:2]) if drawn.locarno else -1 for drawn in objects])
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
        levels=_levels(objects, sets, classes),
        text_starts=text_starts,
        text_vectors=text_vectors,
    )


def _levels(
    objects: list[DrawnObject], sets: tuple[DrawingSet, ...], classes: NDArray[np.int64]
) -> dict[str, NDArray[np.int64]]:
    """Codes of every object at the levels the coarse terms know: int64 [n_objects] each."""
    labels = np.unique([drawn.label for drawn in objects], return_inverse=True)[1]
    subclasses = np.array([drawn.locarno or "" for drawn in objects])
    codes = np.unique(subclasses, return_inverse=True)[1]
    n_drawings = np.concatenate(
        [np.bincount(one.object_idx, minlength=len(one.objects)) for one in sets]
    )
    return {
        "label": labels,
        "subclass": np.where(np.char.str_len(subclasses) == len("06-01"), codes, -1),
        "locarno": classes,
        "frequency": frequency_groups(np.bincount(labels, weights=n_drawings).astype(np.float64))[
            labels
        ],
    }


def frequency_groups(counts: NDArray[np.float64]) -> NDArray[np.int64]:
    """Head 0, middle 1 and tail 2: by falling frequency, each holds a third of the drawings.

    Args:
        counts: float64 [K], drawings of each class.

    Returns:
        int64 [K].
    """
    order = np.argsort(-counts, kind="stable")
    before = np.cumsum(counts[order]) - counts[order]
    groups = np.empty(len(counts), dtype=np.int64)
    groups[order] = np.minimum(3 * before / max(counts.sum(), 1), 2).astype(np.int64)
    return groups


def _open_source(source: Source, cache_dir: Path) -> DrawingSet:
    if isinstance(source, CachedSource):
        return read_drawing_set(source.path)
    folder = cache_dir / source.kind
    match source:
        case IconSource():
            recipe = icons.RECIPE
            drawings = icons.iter_icons(
                source.path,
                seed=_DATA_SEED,
                goods=source.product_names,
                n_per_concept=source.n_per_concept,
            )
        case MeshSource():
            recipe = meshes.RECIPE
            drawings = meshes.iter_meshes(
                source.path,
                n_perspectives=source.n_perspectives,
                seed=_DATA_SEED,
                n_models=source.n_models,
                leave_out=source.leave_out,
                n_processes=source.n_processes,
            )
        case CoverSource():
            recipe = covers.RECIPE
            drawings = covers.iter_covers(source.path, source.us_to_locarno, held_out=False)
    choice = source.model_dump_json(exclude={"kind", "share", "path", "n_processes"})
    recipe = f"{recipe}, {choice}"
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
