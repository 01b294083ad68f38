"""The calls Limn makes, against every engine it may meet.

Legs: the embedded service (a real process), qdrant-client's in-memory engine (the oracle), and a
real server. A server older than 1.19 is used with two explicit allowances that production does not
have: the version check is loosened and TurboQuant, which it refuses, is left out.
"""

import json
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from qdrant_client import QdrantClient, models

from core.errors import EncoderMismatch, SchemaMismatch, VersionSkew
from core.records import point_id, publication_of
from search import schema
from search.branches import Branch
from search.collection_setup import CollectionLayout
from search.conditions import build_filter
from search.contributions import Fusion
from search.figure_point import FigurePoint
from search.index import FigureIndex
from search.query import SearchQuery
from search.ranking import MatchGroup
from tests.search.engines import EdgeProcess, memory_index
from tests.search.figures import D, FakeEncoder, figure_points, unit

pytestmark = [
    # The in-memory engine warns that it scans where others have an index; that is its purpose.
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect:UserWarning"),
    pytest.mark.filterwarnings("ignore:Local mode performs exact:UserWarning"),
]
POINTS = figure_points()
OLD_SERVER = (1, 19)


def version_of(url: str) -> tuple[int, int]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        major, minor, *_ = json.load(answer)["version"].split(".")
    return int(major), int(minor)


def server_index(url: str, encoder_id: str, dimension: int = D) -> FigureIndex:
    old = version_of(url) < OLD_SERVER
    return FigureIndex(
        url, encoder_id, dimension, quantised=not old, max_minor_skew=9 if old else 1
    )


@pytest.fixture(scope="module", params=["edge", "memory", "server"])
def engine(request: pytest.FixtureRequest) -> Callable[[str], FigureIndex]:
    """Opens an index on one of the engines."""
    if request.param == "edge":
        url = request.getfixturevalue("edge").url
        return lambda encoder_id: FigureIndex(url, encoder_id, D)
    if request.param == "memory":
        return memory_index
    url = request.getfixturevalue("server_url")
    return lambda encoder_id: server_index(url, encoder_id)


@pytest.fixture(scope="module")
def filled(engine: Callable[[str], FigureIndex]) -> Iterator[FigureIndex]:
    """An index with `POINTS`, shared by the tests that only read."""
    made = engine("test-shared")
    made.prepare(beside=True)
    made.upsert(POINTS)
    yield made
    made._client.delete_collection(made.collection)
    made.close()


@pytest.fixture
def index(engine: Callable[[str], FigureIndex], encoder_id: str) -> Iterator[FigureIndex]:
    """An index of the test's own with the first three publications."""
    made = engine(encoder_id)
    made.prepare(beside=True)
    made.upsert(POINTS[:15])
    yield made
    made._client.delete_collection(made.collection)
    made.close()


def image_branch(vector: np.ndarray) -> Branch:
    return Branch("image", schema.IMAGE, vector)


def by_brute_force(vector: np.ndarray) -> list[tuple[str, float]]:
    """(figure id, cosine), best first."""
    scores = np.stack([p.image for p in POINTS]) @ vector
    return sorted(
        ((p.figure_id, float(s)) for p, s in zip(POINTS, scores, strict=True)),
        key=lambda pair: (-pair[1], pair[0]),
    )


def flat(groups: tuple[MatchGroup, ...]) -> list[tuple[str, float]]:
    return [(match.figure_id, match.score) for group in groups for match in group.matches]


def agree(found: list[tuple[str, float]], expected: list[tuple[str, float]]) -> None:
    assert [figure for figure, _ in found] == [figure for figure, _ in expected]
    assert [s for _, s in found] == pytest.approx([s for _, s in expected], abs=1e-5)


def test_payload_indexes_exist(filled: FigureIndex) -> None:
    known = filled._client.get_collection(filled.collection).payload_schema
    if filled.url.endswith(".invalid"):  # the in-memory engine has none
        assert known == {}
    else:
        assert {key: info.data_type for key, info in known.items()} == schema.PAYLOAD_INDEXES


def test_writes_in_turn(index: FigureIndex) -> None:
    """Upsert, upsert again, prepare again, delete: each leaves exactly what it says."""
    everyone = {p.figure_id for p in POINTS[:15]}
    assert set(index.iter_figure_ids()) == everyone
    index.upsert(POINTS[:3])
    index.prepare(beside=True)
    assert index.count() == 15
    index.delete_figures([POINTS[0].figure_id, "US-D9999999-S1/1"])
    assert set(index.iter_figure_ids()) == everyone - {POINTS[0].figure_id}


def test_iter_figure_ids_pages(filled: FigureIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.index._SCROLL_PAGE", 7)
    ids = list(filled.iter_figure_ids())
    assert len(ids) == len(set(ids)) == len(POINTS)


def test_fetch_returns_stored_vectors(filled: FigureIndex) -> None:
    found = filled.fetch([POINTS[4].figure_id, "US-D9999999-S1/1"])
    assert list(found) == [POINTS[4].figure_id]
    stored = found[POINTS[4].figure_id]
    assert stored.publication_id == POINTS[4].publication_id
    np.testing.assert_allclose(stored.image, POINTS[4].image, atol=1e-6)


def test_payloads_hold_what_is_wanted_of_what_may_be_seen(index: FigureIndex) -> None:
    hidden, seen = replace(POINTS[0], upload="u1"), replace(POINTS[7], upload="u2")
    index.upsert([hidden, seen])
    asked = [hidden.figure_id, seen.figure_id, "US-D9999999-S1/1"]
    told = index.without(frozenset({"u1"})).payloads(asked, ("title",))
    assert list(told) == [seen.figure_id]
    assert told[seen.figure_id]["title"] == seen.title
    assert "view" not in told[seen.figure_id]
    assert index.payloads(asked)[hidden.figure_id]["view"] == hidden.view


@pytest.mark.parametrize("exact", [True, False])
def test_image_query_is_cosine_in_order(filled: FigureIndex, exact: bool) -> None:
    vector = unit(POINTS[7].image + 0.1)
    found = filled.query(
        [image_branch(vector)], condition=None, limit=10, group_size=None, exact=exact
    )
    agree(flat(found), by_brute_force(vector)[:10])


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("group_size", [None, 1])
def test_best_of_several_vectors_counts(
    filled: FigureIndex, exact: bool, group_size: int | None
) -> None:
    rows = unit(np.random.default_rng(5).standard_normal((8, D)))
    scores = (np.stack([p.image for p in POINTS]) @ rows.T).max(axis=1)
    ranked = sorted(zip(scores, POINTS, strict=True), key=lambda pair: -pair[0])
    expected = [(p.figure_id, float(score)) for score, p in ranked]
    if group_size:
        first = {p.publication_id: p.figure_id for _, p in reversed(ranked)}
        expected = [pair for pair in expected if pair[0] in first.values()]
    found = filled.query(
        [image_branch(rows)], condition=None, limit=9, group_size=group_size, exact=exact
    )
    agree(flat(found), expected[:9])


def test_groups_are_by_publication_with_their_best_figures(filled: FigureIndex) -> None:
    vector = unit(POINTS[20].image - 0.2)
    found = filled.query([image_branch(vector)], condition=None, limit=6, group_size=3, exact=True)
    expected: dict[str, list[tuple[str, float]]] = {}
    for figure, score in by_brute_force(vector):
        expected.setdefault(publication_of(figure), []).append((figure, score))
    assert [group.publication_id for group in found] == list(expected)[:6]
    for group in found:
        agree(flat((group,)), expected[group.publication_id][:3])


@pytest.mark.parametrize(
    "values",
    [
        {"locarno_any": ["02"]},
        {"locarno_any": ["03-03", "01"]},
        {"locarno_all": ["28-03", "04"]},
        {"locarno_not": ["28"]},
        {"locarno_not": ["01", "02-02"]},
        {"us_class": ["D2"]},
        {"us_class": ["D1/300", "D3"]},
        {"office": ["EM"]},
        {"us_class_not": ["D2", "D1/300"]},
        {"owner": ["Owner 1", "Owner 2"]},
        {"owner": "Joint owner", "designer": ["Designer 1"]},
        {"kind": "s1", "status": "LAPSED"},
        {"source": ["I20210105.tar", "I20210112.tar"]},
        {"cut_off": "2021-01-19"},
        {"cut_off": "2021-02-02", "published_to": "2021-02-05"},
        {"cut_off": "2021-02-09", "published_to": "2021-02-02"},
        {"locarno_any": ["02"], "locarno_not": ["28-01"], "class_mode": "boost"},
        {"views": ["front", "top"]},
        {"published_from": "2021-01-19", "published_to": "2021-02-02"},
        {"filed_from": "2020-01-05", "filed_to": "2020-01-05"},
        {"filed_to": "2020-01-04"},
        {"priority_from": "2019-07-07", "priority_to": "2019-07-10"},
        {"priority_to": "2019-07-06", "published_from": "2021-01-12"},
        {"priority_from": "2019-08-01"},
        {"locarno_any": ["02", "05"], "views": ["rear"], "office": "US"},
    ],
    ids=str,
)
def test_every_filter_keeps_exactly_what_it_says(filled: FigureIndex, values: dict) -> None:
    query = SearchQuery.parse(values)
    expected = {p.figure_id for p in POINTS if keeps(query, p)}
    condition = build_filter(query)
    assert filled.count(condition) == len(expected)
    found = filled.query(
        [image_branch(POINTS[0].image)], condition=condition, limit=100, group_size=None
    )
    assert {figure for figure, _ in flat(found)} == expected


def keeps(query: SearchQuery, p: FigurePoint) -> bool:
    """The filters again, in plain Python."""
    codes = {*p.locarno, *p.locarno_class}
    us = {*p.us_class, *p.us_class_main}
    within = codes >= set(query.locarno_all) and (
        not query.locarno_any or bool(codes & set(query.locarno_any))
    )
    published = p.publication_date or date.max
    return (
        (within or query.class_mode == "boost")
        and not codes & set(query.locarno_not)
        and (not query.us_class or bool(us & set(query.us_class)))
        and not us & set(query.us_class_not)
        and (not query.office or p.office in query.office)
        and (not query.owner or bool(set(p.owners) & set(query.owner)))
        and (not query.designer or bool(set(p.designers) & set(query.designer)))
        and (not query.kind or p.kind in query.kind)
        and (not query.status or p.status in query.status)
        and (not query.source or p.source in query.source)
        and (query.cut_off is None or published < query.cut_off)
        and (not query.views or p.view in query.views)
        and between(p.publication_date, query.published_from, query.published_to)
        and between(p.filing_date, query.filed_from, query.filed_to)
        and between(p.effective_date, query.priority_from, query.priority_to)
    )


def between(day: date | None, first: date | None, last: date | None) -> bool:
    if first is None and last is None:
        return True
    return day is not None and (first or date.min) <= day <= (last or date.max)


def newest_first(points: list[FigurePoint]) -> list[str]:
    """Publications by day, newest first, then by id; undated ones last, by their first point."""
    days = {p.publication_id: p.publication_date for p in points if p.publication_date}
    dated = sorted(sorted(days), key=lambda publication: days[publication], reverse=True)
    undated = [p for p in points if p.publication_date is None]
    by_point = sorted(undated, key=lambda p: point_id(p.figure_id))
    return [*dated, *dict.fromkeys(p.publication_id for p in by_point)]


@pytest.mark.parametrize("limit", [1, 3, 5, 12, 50])
@pytest.mark.parametrize("values", [{"office": "US"}, {"views": ["rear", "top"]}], ids=str)
def test_newest_is_in_order_wherever_it_is_cut(
    filled: FigureIndex, values: dict, limit: int
) -> None:
    query = SearchQuery.parse(values)
    expected = newest_first([p for p in POINTS if keeps(query, p)])
    found = filled.listing.newest(build_filter(query), views=query.views, limit=limit)
    assert [facts["publication_id"] for facts in found] == expected[:limit]
    assert {facts["view"] for facts in found} <= {"front", "rear", "top"}


def test_newest_orders_a_shared_day_by_id_and_lists_undated_last(index: FigureIndex) -> None:
    day = date(2021, 3, 2)
    many = [
        replace(p, publication_date=None if i % 4 == 0 else day)
        for i, p in enumerate(figure_points(12, 1))
    ]
    index.delete_figures([p.figure_id for p in POINTS])
    index.upsert(many)
    for limit in range(1, 13):
        found = index.listing.newest(None, views=(), limit=limit)
        assert [facts["publication_id"] for facts in found] == newest_first(many)[:limit]


@pytest.mark.parametrize("key", ["locarno", "locarno_class", "owner", "view", "office", "year"])
@pytest.mark.parametrize("values", [{}, {"office": "US", "views": ["front", "left"]}], ids=str)
def test_facet_counts_exactly_what_passes(filled: FigureIndex, values: dict, key: str) -> None:
    query = SearchQuery.parse(values)
    expected: dict[str, int] = {}
    for p in POINTS:
        facts = schema.point(p).payload or {}
        held = facts.get(key, ())
        for value in held if isinstance(held, list) else [held]:
            expected[value] = expected.get(value, 0) + keeps(query, p)
    expected = {value: n for value, n in expected.items() if n}
    found = filled.listing.facet(key, build_filter(query), 100)
    assert found == expected
    assert list(found) == sorted(expected, key=lambda value: (-expected[value], value))


def test_facet_keeps_the_most_frequent(filled: FigureIndex) -> None:
    assert list(filled.listing.facet("locarno", None, 1)) == ["28-03"]


def test_publications_are_found_by_id_else_by_number(filled: FigureIndex) -> None:
    figures = {p.figure_id for p in POINTS if p.publication_id == "US-D0000007-S1"}
    for publication, keys in (("US-D0000007-S1", ()), ("?", ("D77", "D7")), ("?", ("D7", "D8"))):
        found = filled.listing.figures_of(publication, keys)
        assert list(found) == ["US-D0000007-S1"]
        assert set(found["US-D0000007-S1"]) == figures
    assert filled.listing.figures_of("US-D7-S1", ("D77",)) == {}


def test_excluded_publications_stay_out(filled: FigureIndex) -> None:
    condition = build_filter(SearchQuery(), excluded_publications=[POINTS[0].publication_id])
    found = filled.query(
        [image_branch(POINTS[0].image)], condition=condition, limit=100, group_size=2
    )
    assert POINTS[0].publication_id not in {group.publication_id for group in found}
    assert len(found) == 11


def test_word_vector_finds_rare_words_first(filled: FigureIndex) -> None:
    words = Branch("words", schema.BM25, schema.query_word_vector("chair number 7"))
    found = filled.query([words], condition=None, limit=60, group_size=5)
    assert found[0].publication_id == "US-D0000007-S1"
    with_texts = {p.publication_id for p in POINTS if p.texts}
    assert {group.publication_id for group in found} == with_texts


def fused_branches(*, image: float = 1, text: float = 1) -> list[Branch]:
    """Two branches without ties: engines rank a tie differently from call to call."""
    row = FakeEncoder().encode_texts(["Chair number 5"])[0]
    return [
        Branch("image", schema.IMAGE, POINTS[3 * 5].image, weight=image),
        Branch("text", schema.TEXT, row, weight=text),
    ]


def fused_by_hand(
    index: FigureIndex, branches: list[Branch], fusion: Fusion = "rrf"
) -> list[tuple[str, float]]:
    """The sum of what each branch adds, best first."""
    ids = [p.figure_id for p in POINTS]
    rankings = index.rankings(branches, ids, condition=None, limit=20, exact=True)
    scores = {figure: sum(r.gain(figure, fusion) for r in rankings) for figure in ids}
    return sorted(scores.items(), key=lambda pair: -pair[1])


def test_fusion_is_reciprocal_rank(filled: FigureIndex) -> None:
    branches = fused_branches()
    found = flat(filled.query(branches, condition=None, limit=20, group_size=None, exact=True))
    expected = fused_by_hand(filled, branches)[:20]
    assert [s for _, s in found] == pytest.approx([s for _, s in expected], abs=1e-6)
    assert found[0][0] == expected[0][0]


def test_fusion_groups_by_publication(filled: FigureIndex) -> None:
    branches = fused_branches()
    found = filled.query(branches, condition=None, limit=4, group_size=2, exact=True)
    best: dict[str, float] = {}
    for figure, score in fused_by_hand(filled, branches):
        best.setdefault(publication_of(figure), score)
    assert [g.score for g in found] == pytest.approx(list(best.values())[:4], abs=1e-6)
    assert [g.publication_id for g in found][:2] == list(best)[:2]
    assert all(1 <= len(group.matches) <= 2 for group in found)


def test_words_take_part_in_fusion(filled: FigureIndex) -> None:
    words = Branch("words", schema.BM25, schema.query_word_vector("chair number 9"))
    row = FakeEncoder().encode_texts(["Chair number 9"])[0]
    branches = [Branch("text", schema.TEXT, row), words]
    found = filled.query(branches, condition=None, limit=4, group_size=2, exact=True)
    assert found[0].publication_id == "US-D0000009-S1"


def test_fusion_weights_count(filled: FigureIndex, request: pytest.FixtureRequest) -> None:
    """Servers before 1.17 answer as if no weights were given, the reason for the version check."""
    branches = fused_branches(image=0.9, text=0.1)
    found = flat(filled.query(branches, condition=None, limit=5, group_size=None, exact=True))
    ignored = "server" in request.node.name and version_of(filled.url) < (1, 17)
    expected = fused_by_hand(filled, fused_branches() if ignored else branches)[:5]
    assert [s for _, s in found] == pytest.approx([s for _, s in expected], abs=1e-6)


def test_fusion_by_distribution_adds_standardised_scores(filled: FigureIndex) -> None:
    branches = fused_branches()
    found = filled.query(
        branches, condition=None, limit=20, group_size=None, exact=True, fusion="dbsf"
    )
    expected = fused_by_hand(filled, branches, "dbsf")[:20]
    assert [f for f, _ in flat(found)] == [f for f, _ in expected]
    assert [s for _, s in flat(found)] == pytest.approx([s for _, s in expected], abs=1e-4)
    in_groups = filled.query(
        branches, condition=None, limit=4, group_size=2, exact=True, fusion="dbsf"
    )
    assert in_groups[0].score == pytest.approx(expected[0][1], abs=1e-4)


def test_rankings_place_figures_as_each_branch_does(filled: FigureIndex) -> None:
    vector = POINTS[11].image
    ids = [figure for figure, _ in by_brute_force(vector)[:4]]
    (ranking,) = filled.rankings([image_branch(vector)], ids, condition=None, limit=5, exact=True)
    assert {f: rank for f, (rank, _) in ranking.places.items()} == {
        figure: rank for rank, figure in enumerate(ids)
    }


def test_similarities_are_every_figures_cosine(
    filled: FigureIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = np.stack([POINTS[11].image, POINTS[3].image])
    publications = [POINTS[0].publication_id, POINTS[20].publication_id]
    figures, cosines = filled.similarities(rows, publications, condition=None)
    own = sorted((p for p in POINTS if p.publication_id in publications), key=lambda p: p.figure_id)
    assert [match.figure_id for match in figures] == [p.figure_id for p in own]
    assert cosines == pytest.approx(rows @ np.stack([p.image for p in own]).T, abs=1e-5)
    assert filled.similarities(rows, ["nobody"], condition=None)[0] == ()
    monkeypatch.setattr("search.figure_queries._FIGURES_A_PUBLICATION", 1)
    again, same = filled.similarities(rows, publications, condition=None)
    assert again == figures
    assert same == pytest.approx(cosines, abs=1e-6)


def test_sample_is_whole_publications(filled: FigureIndex) -> None:
    sample = filled.listing.sample(3)
    assert [len(rows) for rows in sample] == [5, 5, 5]
    stored = {p.image.tobytes(): p.publication_id for p in POINTS}
    of = [{closest(stored, row) for row in rows} for rows in sample]
    assert [len(publications) for publications in of] == [1, 1, 1]
    assert len(set.union(*of)) == 3


def closest(stored: dict[bytes, str], row: np.ndarray) -> str:
    return stored[max(stored, key=lambda key: float(np.frombuffer(key, np.float32) @ row))]


@pytest.mark.parametrize("spoil", [np.nan, np.inf, "short"])
def test_bad_vector_stores_nothing(index: FigureIndex, spoil: float | str) -> None:
    """Checked here: a server stores some of the sound points beside a bad one."""
    sound, bad = POINTS[50], POINTS[51]
    vector = bad.image[:-1] if spoil == "short" else bad.image * np.float32(spoil)
    with pytest.raises(ValueError, match="vector"):
        index.upsert([sound, replace(bad, image=vector)])
    assert index.count() == 15


def test_alias_moves_in_one_step(encoder_id: str, edge: EdgeProcess, server_url: str) -> None:
    first = [
        FigureIndex(edge.url, encoder_id, D),
        memory_index(encoder_id),
        server_index(server_url, encoder_id),
    ]
    for old in first:
        old.prepare(beside=True)
        old.activate()
        new = FigureIndex(old.url, f"{encoder_id}-b", D, quantised=False, max_minor_skew=9)
        new._client = old._client
        with pytest.raises(EncoderMismatch, match=encoder_id):
            new.prepare()
        new.prepare(beside=True)
        assert new.live_collection() == old.collection
        new.activate()
        assert new.live_collection() == new.collection
        new.activate()
        for index in (old, new):
            index._client.delete_collection(index.collection)
        assert new.live_collection() is None


def test_idle_collections_go_when_nobody_can_search_them_any_more(
    encoder_id: str, edge: EdgeProcess, server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = [1_000_000.0]
    monkeypatch.setattr("search.collection_setup.time.time", lambda: at[0])
    for first in (FigureIndex(edge.url, encoder_id, D), server_index(server_url, encoder_id)):
        line = [first] + [
            FigureIndex(first.url, f"{encoder_id}-{n}", D, quantised=False, max_minor_skew=9)
            for n in range(2)
        ]
        names = [index.collection for index in line]
        for index in line:
            index.prepare(beside=True)
            index.activate()
        line[1].activate()  # rolled back within the same second
        ids = [index.encoder_id for index in line]
        assert line[1].drop_idle(ids, grace_s=60).spared == (names[0], names[2])
        at[0] -= 100  # what a clock says that was set back holds nothing for ever
        assert line[1].drop_idle(ids[2:], grace_s=60).dropped == (names[2],)
        at[0] += 100 + 60
        assert line[1].drop_idle(ids, grace_s=60).dropped == (names[0],)
        aliases = first._client.get_aliases().aliases  # other tests' collections have theirs
        own = [a.collection_name for a in aliases if a.collection_name in names]
        assert own == [names[1]]
        first._client.delete_collection(names[1])


def test_a_collection_that_a_newer_limn_fills_is_not_dropped(
    index: FigureIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer_limn:
        newer_limn.setattr(schema, "SCHEMA_VERSION", schema.SCHEMA_VERSION + 1)
        newer = FigureIndex(index.url, index.encoder_id, D, max_minor_skew=9)
        newer._client = index._client
        newer._quantised = index._quantised
        newer.prepare(beside=True)
    index.activate()
    cleared = index.drop_idle([index.encoder_id])
    assert (cleared.dropped, cleared.spared) == ((), ())
    assert index._client.collection_exists(newer.collection)
    index._client.delete_collection(newer.collection)


def test_other_schema_is_refused(index: FigureIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    """A live collection of one schema stops a Limn that writes the next."""
    index.activate()
    now = schema.SCHEMA_VERSION
    monkeypatch.setattr(schema, "SCHEMA_VERSION", now + 1)
    newer = FigureIndex(index.url, index.encoder_id, D, max_minor_skew=9)
    newer._client = index._client
    with pytest.raises(SchemaMismatch, match=rf"schema {now}, .* writes {now + 1}.*limn reindex"):
        newer.prepare()
    assert newer.live_collection() == index.collection


def test_other_dimension_of_the_same_encoder_is_refused(index: FigureIndex) -> None:
    other = FigureIndex(index.url, index.encoder_id, D + 1, max_minor_skew=9)
    other._client = index._client
    with pytest.raises(EncoderMismatch, match=f"D={D}"):
        other.prepare(beside=True)


def test_missing_collection_says_what_to_do(edge: EdgeProcess, encoder_id: str) -> None:
    with pytest.raises(SchemaMismatch, match="limn reindex"):
        FigureIndex(edge.url, encoder_id, D).count()


def test_old_server_is_refused_without_the_allowance(server_url: str, encoder_id: str) -> None:
    strict = FigureIndex(server_url, encoder_id, D)
    if version_of(server_url) >= OLD_SERVER:
        strict.prepare(beside=True)
        strict._client.delete_collection(strict.collection)
        return
    with pytest.raises(VersionSkew, match="version 1"):
        strict.prepare()


def test_old_server_refuses_turboquant_itself(server_url: str, encoder_id: str) -> None:
    index = FigureIndex(server_url, encoder_id, D, max_minor_skew=9)
    if version_of(server_url) >= (1, 18):
        index.prepare(beside=True)
        index._client.delete_collection(index.collection)
        return
    with pytest.raises(SchemaMismatch, match="refused"):
        index.prepare(beside=True)


def test_a_layout_for_a_cluster_reaches_the_server(server_url: str, encoder_id: str) -> None:
    layout = CollectionLayout(n_shards=6, n_replicas=2, vectors_on_disk=True)
    index = FigureIndex(server_url, encoder_id, D, quantised=False, max_minor_skew=9, layout=layout)
    index.prepare(beside=True)
    made = index._client.get_collection(index.collection).config.params
    assert (made.shard_number, made.replication_factor) == (6, 2)
    assert isinstance(made.vectors, dict)
    assert all(vector.on_disk for vector in made.vectors.values())
    index._client.delete_collection(index.collection)


def test_a_layout_for_a_cluster_is_refused_by_the_embedded_service(
    edge: EdgeProcess, encoder_id: str
) -> None:
    index = FigureIndex(edge.url, encoder_id, D, layout=CollectionLayout(n_shards=6))
    with pytest.raises(SchemaMismatch, match="shard_number"):
        index.prepare(beside=True)


def test_bm25_matches_the_in_memory_idf(filled: FigureIndex) -> None:
    """The same words give the same scores on every engine."""
    oracle = memory_index(filled.encoder_id)
    oracle.prepare()
    oracle.upsert(POINTS)
    words = [Branch("words", schema.BM25, schema.query_word_vector("chair number 7"))]
    found, expected = (
        flat(engine.query(words, condition=None, limit=8, group_size=None))
        for engine in (filled, oracle)
    )
    # All but publication 7 tie, and which of them come along is the engine's choice.
    assert {figure for figure, _ in found[:5]} == {p.figure_id for p in POINTS[35:40]}
    assert [s for _, s in found] == pytest.approx([s for _, s in expected], rel=1e-4)
    oracle.close()


def test_strict_mode_refuses_filters_without_index(
    edge: EdgeProcess, server_url: str, encoder_id: str
) -> None:
    condition = models.Filter(
        must=[models.FieldCondition(key="caption", match=models.MatchValue(value="x"))]
    )
    for index in (FigureIndex(edge.url, encoder_id, D), server_index(server_url, encoder_id)):
        index.prepare(beside=True)
        with pytest.raises(SchemaMismatch, match="caption"):
            index.count(condition)
        index._client.delete_collection(index.collection)


def test_client_is_reached_by_url_only(edge: EdgeProcess) -> None:
    assert QdrantClient(url=edge.url, check_compatibility=False).info().version == "1.20.0"
