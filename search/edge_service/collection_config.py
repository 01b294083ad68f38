"""A collection's configuration: read from JSON, handed to the engine, told back as JSON."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qdrant_edge import (
    Distance,
    EdgeConfig,
    EdgeOptimizersConfig,
    EdgeSparseVectorParams,
    EdgeVectorParams,
    HnswIndexConfig,
    Modifier,
    TurboQuantBitSize,
    TurboQuantQuantizationConfig,
)

from search.edge_service.fields import Fields
from search.edge_service.refusals import BadRequest

_NAME = re.compile(r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$")
_DISTANCES = {
    "Cosine": Distance.Cosine,
    "Dot": Distance.Dot,
    "Euclid": Distance.Euclid,
    "Manhattan": Distance.Manhattan,
}
_BITS = {
    "bits1": TurboQuantBitSize.Bits1,
    "bits1_5": TurboQuantBitSize.Bits1_5,
    "bits2": TurboQuantBitSize.Bits2,
    "bits4": TurboQuantBitSize.Bits4,
}
_MAX_DIMENSION = 65536
_HNSW_OFF = {"m": 0, "ef_construct": 100, "full_scan_threshold": 10000}
"""Flat scanning: 4-bit vectors with rescoring beat a graph up to some 300 k figures, and no
build ever stalls a search."""
_SEARCH_THREADS = 1
"""One segment is looked through by one thread; others would wake with it, find nothing to do, and
yield the processor to each other some thirty times a search."""


@dataclass(frozen=True, slots=True)
class CollectionConfig:
    """What a collection was created with.

    Attributes:
        body: The creation request as it came, complete.
        sizes: Dimension by dense vector name.
        distances: Distance by dense vector name.
        sparse: Modifier (``idf`` or None) by sparse vector name.
        bits: TurboQuant's bits, ``bits4``; None without quantisation.
        indexed_filters_only: Strict mode: filters need a payload index.
    """

    body: Mapping[str, Any]
    sizes: Mapping[str, int]
    distances: Mapping[str, str]
    sparse: Mapping[str, str | None]
    bits: str | None
    indexed_filters_only: bool

    def edge_config(self) -> EdgeConfig:
        """For the engine."""
        return EdgeConfig(
            vectors={
                name: EdgeVectorParams(size=size, distance=_DISTANCES[self.distances[name]])
                for name, size in self.sizes.items()
            },
            sparse_vectors={
                name: EdgeSparseVectorParams(modifier=Modifier.Idf if modifier else None)
                for name, modifier in self.sparse.items()
            },
            quantization_config=(
                TurboQuantQuantizationConfig(bits=_BITS[self.bits]) if self.bits else None
            ),
            hnsw_config=HnswIndexConfig(
                m=_HNSW_OFF["m"],
                ef_construct=_HNSW_OFF["ef_construct"],
                full_scan_threshold=_HNSW_OFF["full_scan_threshold"],
            ),
            optimizers=EdgeOptimizersConfig(indexing_threshold=0, default_segment_number=1),
            max_search_threads=_SEARCH_THREADS,
        )

    def json(self) -> dict[str, Any]:
        """The `config` of a collection's description."""
        return {
            "params": {
                "vectors": self.body.get("vectors", {}),
                "sparse_vectors": self.body.get("sparse_vectors", {}),
            },
            "hnsw_config": _HNSW_OFF,
            "optimizer_config": {"default_segment_number": 1, "flush_interval_sec": 0},
            "quantization_config": self.body.get("quantization_config"),
            "strict_mode_config": self.body.get("strict_mode_config"),
            "metadata": self.body.get("metadata"),
        }


def check_name(name: str) -> str:
    """Refuse names that could not be a folder."""
    if not _NAME.match(name):
        raise BadRequest(f"{name!r} cannot name a collection: letters, digits, _ . - only")
    return name


def parse_config(body: Any) -> CollectionConfig:
    """Read a creation request.

    Raises:
        BadRequest: A field is unknown, unsupported or malformed.
    """
    fields = Fields(body, "collection")
    vectors = Fields(fields.need("vectors"), "vectors")
    sizes, distances = {}, {}
    for name in _names(body, "vectors"):
        vector = Fields(vectors.need(name), vectors.at(name))
        sizes[name] = vector.integer("size", default=0, least=1)
        distances[name] = vector.string("distance")
        vector.end()
        if sizes[name] > _MAX_DIMENSION or distances[name] not in _DISTANCES:
            raise BadRequest(f"{vector.place}: unsupported size or distance")
    sparse = {}
    listed = Fields(fields.take("sparse_vectors", {}), "sparse_vectors")
    for name in _names(body, "sparse_vectors"):
        vector = Fields(listed.need(name), listed.at(name))
        sparse[name] = vector.take("modifier")
        vector.end()
        if sparse[name] not in (None, "idf"):
            raise BadRequest(f"{vector.at('modifier')}: only idf is supported")
    bits = _quantisation(fields)
    strict = _strict_mode(fields)
    if not isinstance(fields.take("metadata", {}), dict):
        raise BadRequest("collection.metadata is not a JSON object")
    fields.end()
    return CollectionConfig(dict(body), sizes, distances, sparse, bits, strict)


def _names(body: Any, key: str) -> list[str]:
    """Vector names of a creation request; a lone unnamed vector is unsupported."""
    named = body.get(key)
    if not isinstance(named, dict):
        return []
    if any(not isinstance(value, dict) for value in named.values()):
        raise BadRequest(f"{key}: only named vectors are supported")
    return list(named)


def _quantisation(fields: Fields) -> str | None:
    value = fields.take("quantization_config")
    if value is None:
        return None
    outer = Fields(value, "quantization_config")
    turbo = Fields(outer.need("turbo"), outer.at("turbo"))
    bits = turbo.take("bits", "bits4")
    turbo.end()
    outer.end()
    if bits not in _BITS:
        raise BadRequest(f"{turbo.at('bits')}: {bits!r} is none of {', '.join(_BITS)}")
    return str(bits)


def _strict_mode(fields: Fields) -> bool:
    """Whether filters need an index. Both switches must agree with what is enforced."""
    strict = Fields(fields.take("strict_mode_config", {}), "strict_mode_config")
    enabled = strict.flag("enabled", default=False)
    retrieve = strict.flag("unindexed_filtering_retrieve", default=True)
    update = strict.flag("unindexed_filtering_update", default=True)
    strict.end()
    if enabled and retrieve != update:
        raise BadRequest("strict_mode_config: searches and updates can only be strict together")
    return enabled and not retrieve
