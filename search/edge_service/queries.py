"""Qdrant's query JSON as the engine's requests."""

from dataclasses import dataclass
from typing import Any

from qdrant_edge import (
    Filter,
    Fusion,
    Prefetch,
    QuantizationSearchParams,
    Query,
    QueryRequest,
    RecommendQuery,
    SearchParams,
)

from search.edge_service.collection_config import CollectionConfig
from search.edge_service.fields import Fields, finite, sequence
from search.edge_service.filters import FilterReader
from search.edge_service.points import dense, parse_with_payload, parse_with_vector, sparse
from search.edge_service.refusals import BadRequest

_DEFAULT_LIMIT = 10
_DEFAULT_RRF_K = 2
_MAX_PREFETCHES = 64
_LEAST_OVERSAMPLING = 2.0


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard the engine looks.

    Attributes:
        oversampling: Candidates that are scored again with full vectors, for every result asked.
    """

    exact: bool
    is_quantised: bool
    ignore: bool
    rescore: bool
    oversampling: float | None

    def at_depth(self, limit: int, *, asked: int) -> SearchParams:
        """For the engine.

        Args:
            limit: Results fetched. Beyond what is asked (for ties, for whole groups) a result
                needs no more than two candidates.
            asked: Results asked for.
        """
        oversampling = self.oversampling
        if oversampling is not None and limit > asked:
            oversampling = max(oversampling * asked / limit, min(oversampling, _LEAST_OVERSAMPLING))
        quantisation = QuantizationSearchParams(
            ignore=self.ignore, rescore=self.rescore, oversampling=oversampling
        )
        return SearchParams(
            exact=self.exact, quantization=quantisation if self.is_quantised else None
        )


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query, ready for the engine but for how many results are fetched.

    Attributes:
        n_candidates: Most results that prefetches can give; None for a plain search.
        with_payload: As the engine takes it.
        with_vector: As the engine takes it.
    """

    query: Any
    prefetches: list[Prefetch]
    filter: Filter | None
    params: "Effort | None"
    score_threshold: float | None
    limit: int
    offset: int
    n_candidates: int | None
    with_payload: Any
    with_vector: bool | list[str]

    @property
    def last(self) -> int:
        """Rank of the last result of the page, from 1."""
        return self.offset + self.limit

    def request(self, limit: int, *, narrowed: Filter | None = None) -> QueryRequest:
        """For the engine, without payload and vectors.

        Args:
            limit: Results to fetch, from the first.
            narrowed: Used in place of the query's own filter.
        """
        return QueryRequest(
            limit=limit,
            query=self.query,
            prefetches=self.prefetches,
            filter=narrowed or self.filter,
            params=(None if self.params is None else self.params.at_depth(limit, asked=self.last)),
            score_threshold=self.score_threshold,
            with_payload=False,
            with_vector=False,
        )


@dataclass(frozen=True, slots=True)
class ParsedGroups:
    """A grouped query: `query.limit` groups of at most `group_size` points."""

    query: ParsedQuery
    group_by: str
    group_size: int


class QueryReader:
    """Reads queries for one collection."""

    def __init__(self, config: CollectionConfig, filters: FilterReader) -> None:
        self._config = config
        self._filters = filters

    def read(self, body: object, place: str = "query") -> ParsedQuery:
        """A points query.

        Raises:
            BadRequest: A field is unknown, unsupported or malformed.
        """
        fields = Fields(body, place)
        parsed = self._query(fields)
        fields.end()
        return parsed

    def read_groups(self, body: object) -> ParsedGroups:
        """A grouped points query."""
        fields = Fields(body, "groups")
        group_by = fields.string("group_by")
        group_size = fields.integer("group_size", default=3, least=1)
        if "offset" in fields:
            raise BadRequest("unsupported field groups.offset")
        parsed = ParsedGroups(self._query(fields), group_by, group_size)
        fields.end()
        return parsed

    def _query(self, fields: Fields) -> ParsedQuery:
        prefetches, n_candidates = self._prefetches(fields)
        threshold = fields.number("score_threshold")
        return ParsedQuery(
            query=self._scoring(fields, fused=bool(prefetches), n_branches=len(prefetches)),
            prefetches=prefetches,
            filter=self._filters.read(fields.take("filter"), fields.at("filter")),
            params=_effort(fields),
            score_threshold=threshold,
            limit=fields.integer("limit", default=_DEFAULT_LIMIT, least=1),
            offset=fields.integer("offset", default=0, least=0),
            n_candidates=n_candidates,
            with_payload=parse_with_payload(
                fields.take("with_payload"), fields.at("with_payload"), default=False
            ),
            with_vector=parse_with_vector(
                fields.take("with_vector"), fields.at("with_vector"), self._config
            ),
        )

    def _prefetches(self, fields: Fields) -> tuple[list[Prefetch], int | None]:
        value = fields.take("prefetch")
        if value is None or value == []:
            return [], None
        items = value if isinstance(value, list) else [value]
        if len(items) > _MAX_PREFETCHES:
            raise BadRequest(f"{fields.at('prefetch')} has more than {_MAX_PREFETCHES} entries")
        built, n_candidates = [], 0
        for i, item in enumerate(items):
            inner = Fields(item, f"{fields.at('prefetch')}[{i}]")
            limit = inner.integer("limit", default=_DEFAULT_LIMIT, least=1)
            effort = _effort(inner)
            built.append(
                Prefetch(
                    limit=limit,
                    query=self._scoring(inner, fused=False, n_branches=0),
                    params=None if effort is None else effort.at_depth(limit, asked=limit),
                    filter=self._filters.read(inner.take("filter"), inner.at("filter")),
                    score_threshold=inner.number("score_threshold"),
                )
            )
            inner.end()
            n_candidates += limit
        return built, n_candidates

    def _scoring(self, fields: Fields, *, fused: bool, n_branches: int) -> Any:
        value = fields.need("query")
        place = fields.at("query")
        if isinstance(value, dict) and "nearest" in value:
            nearest = Fields(value, place)
            value = nearest.take("nearest")
            nearest.end()
        elif isinstance(value, dict) and not value.keys().isdisjoint(("rrf", "fusion")):
            if not fused:
                raise BadRequest(f"{place}: a fusion needs prefetches")
            if "using" in fields:
                raise BadRequest(f"unsupported field {fields.at('using')} of a fusion")
            return _fusion(value, place, n_branches)
        if fused:
            raise BadRequest(f"{place}: rescoring prefetches by a vector is not supported")
        return self._nearest(value, fields.string("using"), place)

    def _nearest(self, value: object, using: str, place: str) -> Query:
        if using in self._config.sizes:
            size = self._config.sizes[using]
            if isinstance(value, dict) and "recommend" in value:
                asked = RecommendQuery(positives=_examples(value, size, place), negatives=[])
                return Query.RecommendBestScore(asked, using=using)
            if not isinstance(value, list):
                raise BadRequest(f"{place}: only vectors are supported, not point ids or objects")
            return Query.Nearest(dense(value, size, place), using=using)
        if using in self._config.sparse:
            return Query.Nearest(sparse(value, place), using=using)
        raise BadRequest(f"{place}: Not existing vector name error: {using}")


def _examples(value: object, size: int, place: str) -> list[Any]:
    """The vectors of a recommendation by the best of them."""
    outer = Fields(value, place)
    inner = Fields(outer.take("recommend"), outer.at("recommend"))
    outer.end()
    rows = sequence(inner.need("positive"), inner.at("positive"))
    strategy = inner.string("strategy")
    inner.end()
    if strategy != "best_score":
        raise BadRequest(f"{inner.at('strategy')}: only best_score is supported")
    if not rows or not all(isinstance(row, list) for row in rows):
        raise BadRequest(f"{inner.at('positive')} is not an array of vectors")
    return [dense(row, size, f"{inner.at('positive')}[{i}]") for i, row in enumerate(rows)]


def _fusion(value: object, place: str, n_branches: int) -> Any:
    fields = Fields(value, place)
    if "fusion" in fields:
        name = fields.string("fusion")
        fields.end()
        if name == "rrf":
            return Fusion.Rrf(k=_DEFAULT_RRF_K)
        if name == "dbsf":
            return Fusion.Dbsf()
        raise BadRequest(f"{fields.at('fusion')}: {name!r} is neither rrf nor dbsf")
    rrf = Fields(fields.take("rrf"), fields.at("rrf"))
    fields.end()
    k = rrf.integer("k", default=_DEFAULT_RRF_K, least=1)
    weights = rrf.take("weights")
    rrf.end()
    if weights is not None:
        items = sequence(weights, rrf.at("weights"))
        weights = [finite(item, rrf.at("weights")) for item in items]
        if len(weights) != n_branches or min(weights) < 0:
            raise BadRequest(f"{rrf.at('weights')}: one weight of at least 0 for each prefetch")
    return Fusion.Rrf(k=k, weights=weights)


def _effort(fields: Fields) -> Effort | None:
    value = fields.take("params")
    if value is None:
        return None
    params = Fields(value, fields.at("params"))
    exact = params.flag("exact", default=False)
    if params.flag("indexed_only", default=False):
        raise BadRequest(f"{params.at('indexed_only')}: only false is supported")
    given = params.take("quantization")
    params.end()
    inner = Fields({} if given is None else given, params.at("quantization"))
    effort = Effort(
        exact=exact,
        is_quantised=given is not None,
        ignore=inner.flag("ignore", default=False),
        rescore=inner.flag("rescore", default=True),
        oversampling=inner.number("oversampling"),
    )
    inner.end()
    if effort.oversampling is not None and effort.oversampling < 1:
        raise BadRequest(f"{inner.at('oversampling')} is below 1")
    return effort
