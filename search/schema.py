"""The one place that knows how figures lie in Qdrant: names, vectors, payload, quantisation.

One point is one figure. `image` holds its picture's embedding, `text` the frozen embedding of its
texts (the same space, so words find pictures), `bm25` the words themselves as a sparse vector.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np
from qdrant_client import models
from qdrant_edge import Bm25

from core.ports import Embeddings
from core.records import point_id
from search.figure_point import FigurePoint

SCHEMA_VERSION = 5
"""Raised whenever anything here changes what lies in the index: that needs a re-index."""
ALIAS = "figures"
"""Points to the collection that is live."""
COLLECTION_PREFIX = "figures_v"
_FORMER = f"{ALIAS}-until-"

IMAGE = "image"
TEXT = "text"
BM25 = "bm25"

PAYLOAD_INDEXES: Mapping[str, models.PayloadSchemaType] = MappingProxyType(
    {
        "publication_id": models.PayloadSchemaType.KEYWORD,
        "family": models.PayloadSchemaType.KEYWORD,
        "number": models.PayloadSchemaType.KEYWORD,
        "leads": models.PayloadSchemaType.KEYWORD,
        "office": models.PayloadSchemaType.KEYWORD,
        "kind": models.PayloadSchemaType.KEYWORD,
        "status": models.PayloadSchemaType.KEYWORD,
        "source": models.PayloadSchemaType.KEYWORD,
        "upload": models.PayloadSchemaType.KEYWORD,
        "locarno": models.PayloadSchemaType.KEYWORD,
        "locarno_class": models.PayloadSchemaType.KEYWORD,
        "us_class": models.PayloadSchemaType.KEYWORD,
        "us_class_main": models.PayloadSchemaType.KEYWORD,
        "view": models.PayloadSchemaType.KEYWORD,
        "owner": models.PayloadSchemaType.KEYWORD,
        "designer": models.PayloadSchemaType.KEYWORD,
        "year": models.PayloadSchemaType.KEYWORD,
        "publication_date": models.PayloadSchemaType.DATETIME,
        "filing_date": models.PayloadSchemaType.DATETIME,
        "effective_date": models.PayloadSchemaType.DATETIME,
    }
)
"""Payload keys that are filtered, grouped or counted by; created before the first upload.

Every one makes writing slower; a key added later is indexed by the next `FigureIndex.prepare`.
"""

_FINE_CANDIDATES = 2000
_OVERSAMPLING = 20.0
_bm25 = Bm25()


def collection_name(encoder_id: str) -> str:
    """The collection that holds the vectors of one encoder in this schema.

    Example:
        >>> collection_name("limn-r18/3f9c")
        'figures_v5_limn-r18-3f9c'
    """
    return f"{COLLECTION_PREFIX}{SCHEMA_VERSION}_{re.sub(r'[^A-Za-z0-9_.-]', '-', encoder_id)}"


def former_alias(collection: str, until_s: float) -> str:
    """A second alias, of a collection that is not live any more: when it ceased to be, Unix time.

    An alias, because it is made in the same step in which the live one moves.

    Example:
        >>> former_alias("figures_v2_r18", 1764250000.7)
        'figures-until-1764250000-figures_v2_r18'
    """
    return f"{_FORMER}{int(until_s)}-{collection}"


def live_until(alias: str) -> int | None:
    """When a collection ceased to be live, by one of its aliases; None for other aliases.

    Example:
        >>> live_until("figures-until-1764250000-figures_v2_r18"), live_until("figures")
        (1764250000, None)
    """
    if not alias.startswith(_FORMER):
        return None
    return int(alias.removeprefix(_FORMER).partition("-")[0])


def metadata(encoder_id: str, dimension: int) -> dict[str, Any]:
    """What a collection remembers about how it was made."""
    return {"schema_version": SCHEMA_VERSION, "encoder_id": encoder_id, "dimension": dimension}


def quantisation(*, in_memory: bool = False) -> models.TurboQuantization:
    """TurboQuant at 4 bits: an eighth of the memory, made exact again by rescoring.

    Args:
        in_memory: Keep these in memory where the full vectors lie on disk.
    """
    return models.TurboQuantization(
        turbo=models.TurboQuantQuantizationConfig(
            bits=models.TurboQuantBitSize.BITS4, always_ram=in_memory or None
        )
    )


def vectors(dimension: int, *, on_disk: bool = False) -> dict[str, models.VectorParams]:
    """The two dense vectors, both of the encoder's dimension."""
    return {
        name: models.VectorParams(
            size=dimension, distance=models.Distance.COSINE, on_disk=on_disk or None
        )
        for name in (IMAGE, TEXT)
    }


def sparse_vectors() -> dict[str, models.SparseVectorParams]:
    """The word vector; inverse document frequency is the engine's work."""
    return {BM25: models.SparseVectorParams(modifier=models.Modifier.IDF)}


def strict_mode() -> models.StrictModeConfig:
    """Refuse filters that would read every payload."""
    return models.StrictModeConfig(
        enabled=True, unindexed_filtering_retrieve=False, unindexed_filtering_update=False
    )


@lru_cache(maxsize=64)
def search_params(limit: int, *, exact: bool) -> models.SearchParams:
    """How hard the engine looks.

    Args:
        limit: How many results are asked of this search.
        exact: Score every allowed figure with its full vector. Otherwise the 4-bit vectors
            propose `limit` × oversampling candidates, rescored with the full vectors.

    Returns:
        For reading alone: callers that ask alike share one.
    """
    if exact:
        return models.SearchParams(
            exact=True, quantization=models.QuantizationSearchParams(ignore=True)
        )
    oversampling = min(_OVERSAMPLING, max(2.0, _FINE_CANDIDATES / max(limit, 1)))
    return models.SearchParams(
        quantization=models.QuantizationSearchParams(rescore=True, oversampling=oversampling)
    )


def point(figure: FigurePoint) -> models.PointStruct:
    """A figure as Qdrant stores it; empty facts are left out rather than stored as null."""
    named: dict[str, Any] = {IMAGE: figure.image.tolist()}
    if figure.text is not None:
        named[TEXT] = figure.text.tolist()
    words = word_vector(figure.texts)
    if words.indices:
        named[BM25] = words
    return models.PointStruct(id=point_id(figure.figure_id), vector=named, payload=_payload(figure))


def word_vector(texts: tuple[str, ...]) -> models.SparseVector:
    """BM25 term weights of a figure's texts, as Qdrant's own `qdrant/bm25` writes them."""
    sparse = _bm25.embed_document(" ".join(texts))
    return models.SparseVector(indices=sparse.indices, values=sparse.values)


def query_word_vector(text: str) -> models.SparseVector:
    """Words of a query, each of weight 1; empty where only stop words are asked for."""
    sparse = _bm25.embed_query(text)
    return models.SparseVector(indices=sparse.indices, values=sparse.values)


def check_vectors(rows: Embeddings, dimension: int) -> None:
    """Refuse vectors that would poison every score.

    Args:
        rows: float32 [N, D].

    Raises:
        ValueError: If the shape is not [N, dimension] or a value is not finite.
    """
    if rows.ndim != 2 or rows.shape[1] != dimension:
        raise ValueError(f"vectors have shape {rows.shape}; this index holds [N, {dimension}]")
    if not np.isfinite(rows).all():
        raise ValueError("a vector holds NaN or infinity; nothing was stored")


def _payload(figure: FigurePoint) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "figure_id": figure.figure_id,
        "publication_id": figure.publication_id,
        "office": figure.office,
        "kind": figure.kind,
        "title": figure.title,
        "locarno": list(figure.locarno),
        "locarno_class": list(figure.locarno_class),
        "locarno_edition": figure.locarno_edition,
        "us_class": list(figure.us_class),
        "us_class_main": list(figure.us_class_main),
        "view": figure.view,
        "label": figure.label,
        "publication_date": figure.publication_date and figure.publication_date.isoformat(),
        "filing_date": figure.filing_date and figure.filing_date.isoformat(),
        "effective_date": figure.effective_date and figure.effective_date.isoformat(),
        "year": figure.year,
        "owner": list(figure.owners),
        "designer": list(figure.designers),
        "status": figure.status,
        "source": figure.source,
        "upload": figure.upload,
        "family": list(figure.family),
        "number": list(figure.number_keys),
        "picture": figure.picture,
        "leads": list(figure.leads),
        "caption": figure.caption,
        "revision": figure.revision,
    }
    return {key: value for key, value in facts.items() if value not in (None, "", [])}
