"""Publications in, figures out, on SQLite and PostgreSQL alike."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import Engine, event

from core.records import FigureText, Provenance, Stage
from ingestion.catalogue import Catalogue, normalise_number
from ingestion.catalogue_records import StoredPublication, StoreOutcome, TextDraft

MakeStored = Callable[..., StoredPublication]


@contextmanager
def _counted_statements() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    event.listen(Engine, "before_cursor_execute", note)
    yield statements
    event.remove(Engine, "before_cursor_execute", note)


def _store(catalogue: Catalogue, *stored: StoredPublication) -> list[StoreOutcome]:
    members = [f"{s.publication.number}.ZIP" for s in stored]
    catalogue.begin_upload("/in/I20210105.tar", "u" * 64, 10, members)
    return [
        catalogue.store_publication(s, "u" * 64, member)
        for s, member in zip(stored, members, strict=True)
    ]


def test_what_is_stored_comes_back_equal(catalogue: Catalogue, make_stored: MakeStored) -> None:
    stored = make_stored()
    assert _store(catalogue, stored) == [StoreOutcome.NEW]
    assert catalogue.publication("US-D0907292-S1") == stored
    assert catalogue.publication("US-D0000001-S1") is None


def test_publication_without_optional_facts_comes_back_equal(
    catalogue: Catalogue, make_stored: MakeStored
) -> None:
    stored = make_stored(n_figures=0)
    bare = replace(
        stored.publication, publication_date=None, owner=None, locarno=(), us_class=(), images=()
    )
    stored = replace(stored, publication=bare, sheets=(), figures=(), problems=())
    _store(catalogue, stored)
    assert catalogue.publication("US-D0907292-S1") == stored


def test_storing_the_same_content_again_writes_nothing(
    catalogue: Catalogue, make_stored: MakeStored
) -> None:
    stored = make_stored()
    _store(catalogue, stored)
    catalogue.advance(["US-D0907292-S1/1"], Stage.INDEXED)
    assert _store(catalogue, replace(stored, texts=())) == [StoreOutcome.UNCHANGED]
    assert catalogue.publication("US-D0907292-S1") == stored
    assert catalogue.figure_ids(stage=Stage.INDEXED) == ["US-D0907292-S1/1"]
    assert catalogue.obsolete_points() == []


def test_replacement_lists_figures_that_do_not_come_back(
    catalogue: Catalogue, make_stored: MakeStored
) -> None:
    _store(catalogue, make_stored(n_figures=4))
    catalogue.advance(catalogue.figure_ids(), Stage.INDEXED)
    fewer = make_stored(n_figures=2, revision="b")
    assert _store(catalogue, fewer) == [StoreOutcome.REPLACED]
    assert catalogue.publication("US-D0907292-S1") == fewer
    assert catalogue.obsolete_points() == ["US-D0907292-S1/3", "US-D0907292-S1/4"]
    assert catalogue.figure_ids(stage=Stage.CUT) == ["US-D0907292-S1/1", "US-D0907292-S1/2"]
    catalogue.forget_obsolete(["US-D0907292-S1/4"])
    assert catalogue.obsolete_points() == ["US-D0907292-S1/3"]
    _store(catalogue, make_stored(n_figures=3, revision="c"))
    assert catalogue.obsolete_points() == []


def test_replacement_keeps_paid_texts_of_the_same_pixels(
    catalogue: Catalogue, make_stored: MakeStored
) -> None:
    _store(catalogue, make_stored(n_figures=2, pixels="p"))
    paid = [
        FigureText(f"US-D0907292-S1/{n}", Provenance.LLM, f"a handle, alias {n}") for n in (1, 2)
    ]
    rows = catalogue.figures([text.figure_id for text in paid])
    drafts = [TextDraft(text.figure_id, (text,)) for text in paid]
    assert len(catalogue.store_texts(drafts, [row.revision for row in rows])) == 2
    vectors = np.eye(2, 8, dtype=np.float32)
    catalogue.store_embeddings("e1", [text.figure_id for text in paid], vectors)
    changed = make_stored(n_figures=2, pixels="p", revision="b", title="Handle")
    redrawn = replace(changed.figures[2], sha256="9" * 64)
    _store(catalogue, replace(changed, figures=(*changed.figures[:2], redrawn)))
    first, second = catalogue.figures(["US-D0907292-S1/1", "US-D0907292-S1/2"])
    assert [text.text for text in first.texts] == ["Handle", "a handle, alias 1"]
    assert [text.text for text in second.texts] == ["Handle"]
    assert catalogue.embeddings("e1", [text.figure_id for text in paid]).figure_ids == ()


def test_figures_come_in_the_order_asked_with_a_constant_number_of_statements(
    catalogue: Catalogue, make_stored: MakeStored
) -> None:
    several = [make_stored(f"D090000{n}", n_figures=5) for n in range(4)]
    _store(catalogue, *several)
    wanted = [f.figure_id for s in reversed(several) for f in reversed(s.figures)]
    with _counted_statements() as statements:
        rows = catalogue.figures([wanted[0], "US-D0000001-S1/1", *wanted])
    assert len(statements) <= 4
    assert [row.figure.figure_id for row in rows] == wanted
    for row in rows:
        stored = next(s for s in several if s.publication == row.publication)
        assert row.figure in stored.figures
        assert row.revision == stored.content_hash
        assert row.stage is (Stage.STORED if row.figure.is_front_page else Stage.CUT)
        assert len(row.texts) == (0 if row.figure.is_front_page else 1)


def test_every_figure_is_walked_once_front_pages_only_where_asked(
    catalogue: Catalogue, make_stored: MakeStored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.figure_stages.PAGE", 3)
    several = [make_stored(f"D090000{n}", n_figures=n) for n in range(5)]
    _store(catalogue, *several)
    drawn = sorted(f.figure_id for s in several for f in s.figures if not f.is_front_page)
    assert list(catalogue.iter_indexable_figure_ids()) == drawn
    catalogue.fail(drawn[2:4], Stage.EMBEDDED, "no")
    assert list(catalogue.iter_indexable_figure_ids()) == drawn[:2] + drawn[4:]
    everything = [row.figure for row in catalogue.iter_figures()]
    assert everything == [f for s in several for f in s.figures]


def test_figure_ids_can_be_paged_and_narrowed(
    catalogue: Catalogue, make_stored: MakeStored
) -> None:
    first, second = make_stored("D0900001"), make_stored("D0900002")
    _store(catalogue, first)
    catalogue.begin_upload("/in/b.tar", "b" * 64, 10, ["b"])
    catalogue.store_publication(second, "b" * 64, "b")
    page = catalogue.figure_ids(limit=2)
    assert page == ["US-D0900001-S1/1", "US-D0900001-S1/2"]
    assert catalogue.figure_ids(after=page[-1], limit=2) == ["US-D0900001-S1/3", "US-D0900002-S1/1"]
    of_second = [f.figure_id for f in second.figures[1:]]
    assert catalogue.figure_ids(upload_id="b" * 64) == of_second
    assert catalogue.figure_ids(publication_id="US-D0900002-S1") == of_second
    assert catalogue.figure_ids(publication_id="US-D0900002-S1", stage=Stage.EMBEDDED) == []


def test_counts_leave_front_pages_out(catalogue: Catalogue, make_stored: MakeStored) -> None:
    _store(catalogue, make_stored("D0900001"), make_stored("D0900002", n_figures=2))
    counts = catalogue.counts()
    assert (counts.publications, counts.sheets, counts.figures, counts.front_page) == (2, 5, 5, 2)
    assert counts.by_stage == {s: 5 if s is Stage.CUT else 0 for s in Stage}
    assert catalogue.locarno_counts() == {"28": 2, "28-03": 2}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("D900,001", ["US-D0900001-S1"]),
        ("us-d0900001-s1", ["US-D0900001-S1"]),
        ("D 0900002", ["US-D0900002-S1"]),
        ("RAZOR", ["US-D0900001-S1"]),
        ("100% c_tton", ["US-D0900002-S1"]),
        ("100% cotton", []),
        ("_", ["US-D0900002-S1"]),
        ("møller", ["US-D0900001-S1", "US-D0900002-S1"]),
        ("  ", ["US-D0900001-S1", "US-D0900002-S1"]),
        ("'; DROP TABLE figures; --", []),
    ],
)
def test_publications_are_found_by_number_title_and_owner(
    catalogue: Catalogue, make_stored: MakeStored, asked: str, found: list[str]
) -> None:
    _store(
        catalogue,
        make_stored("D0900001"),
        make_stored("D0900002", title="Shirt, 100% c_tton", n_figures=2),
    )
    summaries = catalogue.search_publications(asked)
    assert [summary.publication_id for summary in summaries] == found
    assert all(s.n_figures == (3 if s.title == "Razor handle" else 2) for s in summaries)


def test_numbers_are_read_as_people_write_them() -> None:
    assert normalise_number("US D907,292 S1") == "D0907292"
    assert normalise_number("907292") is None


def test_embeddings_come_back_bit_for_bit(catalogue: Catalogue, make_stored: MakeStored) -> None:
    _store(catalogue, make_stored())
    ids = catalogue.figure_ids()
    rng = np.random.default_rng(0)
    image, text = rng.normal(size=(2, 3, 384)).astype(np.float32)
    assert catalogue.store_embeddings("e1", ids, image, text) == ids
    assert catalogue.store_embeddings("e2", [*ids[:1], "gone"], image[:2]) == ids[:1]
    found = catalogue.embeddings("e1", [ids[2], "gone", ids[0]])
    assert found.figure_ids == (ids[2], ids[0])
    np.testing.assert_array_equal(found.image, image[[2, 0]])
    np.testing.assert_array_equal(found.text, text[[2, 0]])
    assert found.has_text.all()
    other = catalogue.embeddings("e2", ids)
    assert (other.figure_ids, other.has_text.tolist()) == ((ids[0],), [False])
    assert not other.text.any()
    catalogue.store_embeddings("e1", ids, -image, text)
    np.testing.assert_array_equal(catalogue.embeddings("e1", ids).image, -image)


def test_embeddings_of_the_wrong_shape_are_refused(catalogue: Catalogue) -> None:
    two = np.zeros((2, 4), np.float32)
    with pytest.raises(ValueError, match="1 figures"):
        catalogue.store_embeddings("e1", ["a"], two)
    with pytest.raises(ValueError, match="text"):
        catalogue.store_embeddings("e1", ["a", "b"], two, two[:, :3])


def test_work_on_a_replaced_publication_is_dropped(
    catalogue: Catalogue, make_stored: MakeStored
) -> None:
    _store(catalogue, make_stored())
    ids = catalogue.figure_ids()
    revisions = [row.revision for row in catalogue.figures(ids)]
    _store(catalogue, make_stored(revision="b"))
    vectors = np.eye(3, dtype=np.float32)
    assert catalogue.store_embeddings("e1", ids, vectors, revisions=revisions) == []
    assert catalogue.advance(ids, Stage.EMBEDDED, revisions) == 0
    assert catalogue.figure_ids(stage=Stage.CUT) == ids
