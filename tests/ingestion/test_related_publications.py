"""Which publications belong together."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from core.records import Citation
from ingestion.catalogue import Catalogue
from ingestion.catalogue_records import StoredPublication


def store(catalogue: Catalogue, stored: StoredPublication, **changes: object) -> str:
    record = replace(stored.publication, **changes)
    upload_id = record.publication_id.ljust(64, "0")
    catalogue.begin_upload(f"/in/{record.publication_id}", upload_id, 10, ["1"])
    catalogue.store_publication(replace(stored, publication=record), upload_id, "1")
    return record.publication_id


def ids(found: list) -> list[str]:
    return [one.publication_id for one in found]


def test_citing_publications_are_those_that_name_office_and_number(
    catalogue: Catalogue, make_stored: Callable[..., StoredPublication]
) -> None:
    cited = make_stored("D0553080")
    store(catalogue, cited)
    old = store(catalogue, make_stored("D0900001"), publication_date=date(2019, 1, 1))
    new = store(catalogue, make_stored("D0900002"))
    store(catalogue, make_stored("D0900003"), citations=(Citation("JP", "D0553080"),))
    store(catalogue, make_stored("D0900004"), citations=(), claim='a "D0553080"')
    assert ids(catalogue.citing(cited.publication, 10)) == [new, old]
    assert ids(catalogue.citing(cited.publication, 1)) == [new]
    hidden = catalogue.without(frozenset({new.ljust(64, "0")}))
    assert ids(hidden.citing(cited.publication, 10)) == [old]


def test_a_hague_design_is_cited_by_the_number_of_its_registration(
    catalogue: Catalogue, make_stored: Callable[..., StoredPublication]
) -> None:
    hague = replace(make_stored("D0553080").publication, office="WO", number="DM/054034-2")
    for number, *cited in (
        ("D0900001", "DM/054034", "DM54034"),
        ("D0900002", "DM/054034-2"),
        ("D0900004", "D054034-001"),
        ("D0900005", "D054034-002"),
        ("D0900003", "DM/540340"),
    ):
        named = tuple(Citation("WO", one) for one in cited)
        store(catalogue, make_stored(number), citations=named)
    citing = catalogue.citing(hague, 10)
    assert ids(citing) == ["US-D0900001-S1", "US-D0900002-S1", "US-D0900005-S1"]


def test_a_community_design_is_cited_as_of_the_european_patent_office_too(
    catalogue: Catalogue, make_stored: Callable[..., StoredPublication]
) -> None:
    design = replace(make_stored("D0553080").publication, office="EM", number="000701461-0009")
    for number, office, cited in (
        ("D0900001", "EP", "701461-0009"),
        ("D0900002", "EM", "000701461-0009"),
        ("D0900003", "EP", "701461-0010"),
        ("D0900004", "EP", "0701461"),
        ("D0900005", "DE", "701461-0009"),
    ):
        store(catalogue, make_stored(number), citations=(Citation(office, cited),))
    assert ids(catalogue.citing(design, 10)) == ["US-D0900001-S1", "US-D0900002-S1"]


def test_citing_publications_follow_what_replaces_them(
    catalogue: Catalogue, make_stored: Callable[..., StoredPublication]
) -> None:
    cited = make_stored("D0553080")
    citing = make_stored("D0900001")
    once = citing.publication.citations
    store(catalogue, citing, citations=once + once)
    assert ids(catalogue.citing(cited.publication, 10)) == ["US-D0900001-S1"]
    upload_id = "f" * 64
    catalogue.begin_upload("/in/later", upload_id, 10, ["1"])
    amended = make_stored("D0900001", revision="b")
    amended = replace(
        amended, publication=replace(amended.publication, citations=(Citation("US", "D0553081"),))
    )
    catalogue.store_publication(amended, upload_id, "1")
    assert ids(catalogue.citing(cited.publication, 10)) == []
    later = replace(cited.publication, number="D0553081")
    assert ids(catalogue.citing(later, 10)) == ["US-D0900001-S1"]


def test_citing_publications_are_found_by_the_index(tmp_path: Path) -> None:
    catalogue = Catalogue.open(f"sqlite:///{tmp_path}/catalogue.sqlite3")
    question = "SELECT publication_id FROM citations WHERE number = 'D1' AND office = 'US'"
    with catalogue.reading() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {question}").one()
    assert plan.detail == "SEARCH citations USING PRIMARY KEY (number=? AND office=?)"
    catalogue.close()


def test_publications_are_found_by_number_oldest_first(
    catalogue: Catalogue, make_stored: Callable[..., StoredPublication]
) -> None:
    whole = make_stored("D0900001")
    later = store(catalogue, whole)
    first = store(
        catalogue, make_stored("D0900002"), number="D0900001", publication_date=date(2020, 1, 1)
    )
    assert ids(catalogue.numbered(["D0900001", "D0900001", "D1"])) == [first, later]
    assert [one.title for one in catalogue.named([later, "US-D1-S1"])] == ["Razor handle"]
    assert catalogue.numbered([]) == []
    hidden = catalogue.without(frozenset({first.ljust(64, "0")}))
    assert ids(hidden.numbered(["D0900001"])) == [later]
    assert hidden.publications_by_number("US", ["D0900001"]) == [later]
    assert hidden.figures_of([first]) == []
    assert hidden.figures_of([later]) == catalogue.figures_of([later]) != []
