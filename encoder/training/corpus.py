"""All drawing sources of a run as one corpus: numbered objects, labels, classes, text vectors."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import numpy as np
import structlog
from numpy.typing import NDArray

from core.ports import Embeddings
from encoder.evaluation.manifest import design_number
from encoder.training.config import Source, TrainingConfig
from encoder.training.drawings import DrawingSet, DrawnObject
from encoder.training.sampling import ObjectSampler, SamplingConfig, balanced
from encoder.training.sources.icons import IconSource
from encoder.training.text_space import embed_texts_cached, nearest_goods, read_goods

_log = structlog.get_logger(__name__)


Part: TypeAlias = tuple[int, int]
"""One of several equal parts of a batch: which, and of how many."""
_WHOLE: Part = (0, 1)


@dataclass(frozen=True)
class Batch:
    """One step's drawings, two of each object, and what is known of them."""

    packed: NDArray[np.uint8]
    """uint8 [b, C·C/8], as caches keep drawings; of this part alone, where the batch is split."""
    texts: Embeddings
    """float32 [B, D], one sampled text a drawing; zeros where the object has none."""
    objects: NDArray[np.int64]
    """int64 [B]; drawings of one publication have one number, whichever source they came from."""
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
    samplers: tuple[ObjectSampler, ...]
    """Of each set."""
    identities: NDArray[np.int64]
    """int64 [n_objects], the first object of the same publication; itself where there is none."""
    levels: dict[str, NDArray[np.int64]]
    """int64 [n_objects] each; see `Batch`."""
    class_names: dict[str, tuple[str, ...]]
    """What the codes of each level stand for."""
    text_starts: NDArray[np.int64]
    """int64 [n_objects + 1], first text of each object."""
    text_vectors: Embeddings

    def batch(self, batch_size: int, *, seed: int, step: int, part: Part = _WHOLE) -> Batch:
        """The batch of a step; the same for the same seed and step, so a run can be resumed.

        Args:
            batch_size: B; fewer where the sources have fewer objects.
            seed: Of the run.
            step: From 0.
            part: Whose drawings are read. All else is of the whole batch.
        """
        rng = np.random.default_rng([seed, step])
        objects = self.pick_objects(batch_size // 2, rng)
        part_idx, n_parts = part
        n_each = len(objects) // n_parts
        objects = objects[: n_each * n_parts]
        drawn = np.repeat(objects, 2)
        own = slice(part_idx * n_each, (part_idx + 1) * n_each)
        packed = self.draw(objects, 2, rng, own=own)
        levels = {level: codes[drawn] for level, codes in self.levels.items()}
        return Batch(packed, self.sample_texts(drawn, rng), self.identities[drawn], levels)

    def pick_objects(self, n_objects: int | None, rng: np.random.Generator) -> NDArray[np.int64]:
        """Objects by the sources' shares, none twice; None for all of them, source after source."""
        if n_objects is None:
            return np.arange(self.object_starts[-1])
        picked = [
            self.samplers[set_idx].pick(n_drawn, rng) + self.object_starts[set_idx]
            for set_idx, n_drawn in enumerate(_split(n_objects, self.shares, rng))
        ]
        return np.concatenate(picked)

    def draw(
        self,
        objects: NDArray[np.int64],
        n_each: int,
        rng: np.random.Generator,
        *,
        own: slice = slice(None),
    ) -> NDArray[np.uint8]:
        """Drawings of objects, an object's side by side, again where it has too few.

        Args:
            objects: int64 [n_objects].
            n_each: Drawings of each.
            rng: Chooses them.
            own: Whose drawings are read; they are the same whatever is left out.

        Returns:
            uint8 [n_objects · n_each, C·C/8], as caches keep drawings.
        """
        chosen = []
        for object_idx in objects:
            set_idx = int(np.searchsorted(self.object_starts, object_idx, side="right")) - 1
            drawings = self.drawings[set_idx][object_idx - self.object_starts[set_idx]]
            picked = rng.choice(drawings, size=n_each, replace=len(drawings) < n_each)
            chosen.append((set_idx, picked))
        return np.concatenate([self.sets[set_idx].packed_at(idx) for set_idx, idx in chosen[own]])

    def first_texts(self, objects: NDArray[np.int64]) -> Embeddings:
        """The vector of each object's first text, zeros where it has none: float32 [n, D]."""
        return self._texts_at(objects, self.text_starts[objects])

    def sample_texts(self, objects: NDArray[np.int64], rng: np.random.Generator) -> Embeddings:
        """The vector of one text of each object by chance, zeros where it has none."""
        starts, ends = self.text_starts[objects], self.text_starts[objects + 1]
        return self._texts_at(objects, rng.integers(starts, np.maximum(ends, starts + 1)))

    def _texts_at(self, objects: NDArray[np.int64], text_idx: NDArray[np.int64]) -> Embeddings:
        has_text = self.text_starts[objects] < self.text_starts[objects + 1]
        if not has_text.any():
            return np.zeros((len(objects), self.text_vectors.shape[1]), dtype=np.float32)
        vectors = self.text_vectors[np.where(has_text, text_idx, 0)]
        return np.where(has_text[:, None], vectors, np.float32(0))

    def counts(self) -> dict[str, NDArray[np.int64]]:
        """Drawings of each class by level: int64 [K] each."""
        n_drawings = np.array([len(own) for group in self.drawings for own in group])
        return {
            level: np.bincount(
                codes[codes >= 0], weights=n_drawings[codes >= 0], minlength=1
            ).astype(np.int64)
            for level, codes in self.levels.items()
        }


def build_corpus(config: TrainingConfig, sets: tuple[DrawingSet, ...]) -> Corpus:
    """Number all objects, embed their texts, and find the class of those that state none."""
    objects = [drawn for drawing_set in sets for drawn in drawing_set.objects]
    n_kept = 1 if config.sampling.texts == "first" else None
    texts = [drawn.texts[:n_kept] for drawn in objects]
    text_vectors = embed_texts_cached([text for own in texts for text in own], config.cache_dir)
    text_starts = np.cumsum([0] + [len(own) for own in texts])
    stated = np.array([int(drawn.locarno[:2]) if drawn.locarno else -1 for drawn in objects])
    classes, likeness = stated, np.ones(len(objects), dtype=np.float32)
    if config.goods is not None:
        guessed, likeness = _guess_classes(objects, config.goods, config.cache_dir)
        classes = np.where(stated >= 0, stated, guessed)
    starts = np.cumsum([0] + [len(drawing_set.objects) for drawing_set in sets])
    levels, class_names = _levels(objects, sets, classes)
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
        samplers=tuple(
            _sampler(
                config.sampling,
                _object_weights(source, drawing_set, likeness[low:high]),
                levels[config.sampling.level][low:high],
            )
            for source, drawing_set, (low, high) in zip(
                config.sources, sets, pairwise(starts), strict=True
            )
        ),
        identities=_identities(objects),
        levels=levels,
        class_names=class_names,
        text_starts=text_starts,
        text_vectors=text_vectors,
    )


def _sampler(
    config: SamplingConfig, weights: NDArray[np.float64], classes: NDArray[np.int64]
) -> ObjectSampler:
    return ObjectSampler(balanced(weights, classes, config), classes, config.n_per_class)


def _identities(objects: list[DrawnObject]) -> NDArray[np.int64]:
    """For each object, the first one of the same publication: int64 [n_objects]."""
    first: dict[str, int] = {}
    return np.array(
        [
            first.setdefault(design_number(drawn.publication_id), idx)
            if drawn.publication_id
            else idx
            for idx, drawn in enumerate(objects)
        ]
    )


def _levels(
    objects: list[DrawnObject], sets: tuple[DrawingSet, ...], classes: NDArray[np.int64]
) -> tuple[dict[str, NDArray[np.int64]], dict[str, tuple[str, ...]]]:
    """Codes of every object at the levels the coarse terms know, int64 [n_objects] each; names."""
    names, labels = np.unique([drawn.label for drawn in objects], return_inverse=True)
    if names[0] == "":
        names, labels = names[1:], labels - 1
    n_drawings = np.concatenate(
        [np.bincount(one.object_idx, minlength=len(one.objects)) for one in sets]
    )
    named = labels >= 0
    by_label = np.bincount(labels[named], weights=n_drawings[named], minlength=1)
    groups = frequency_groups(by_label.astype(np.float64))
    subclasses = np.array([drawn.locarno or "" for drawn in objects])
    subclass_names, codes = np.unique(subclasses, return_inverse=True)
    levels = {
        "label": labels,
        "subclass": np.where(np.char.str_len(subclasses) == len("06-01"), codes, -1),
        "locarno": classes,
        "frequency": np.where(named, groups[np.where(named, labels, 0)], -1),
    }
    class_names = {
        "label": tuple(names.tolist()),
        "subclass": tuple(subclass_names.tolist()),
        "locarno": tuple(f"{code:02}" for code in range(int(classes.max(initial=0)) + 1)),
        "frequency": ("head", "middle", "tail"),
    }
    return levels, class_names


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


def _guess_classes(
    objects: list[DrawnObject], goods_path: Path, cache_dir: Path
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    goods, goods_classes = read_goods(goods_path)
    goods_vectors = embed_texts_cached(goods, cache_dir)
    labels = embed_texts_cached([drawn.label for drawn in objects], cache_dir)
    guessed, likeness = nearest_goods(labels, goods_vectors, goods_classes)
    named = np.array([drawn.label != "" for drawn in objects])
    return np.where(named, guessed, -1), likeness


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
