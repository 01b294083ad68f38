"""The casebook in SQLite and in PostgreSQL: what is written stays, whoever writes at once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from core.errors import CasebookInvalid, NotInCasebook
from ingestion.catalogue import Catalogue
from search.casebook import Casebook
from search.casebook_records import Mark, Project, QueryPicture, SavedSearch, WatchHit
from search.query import SearchQuery

ADA, BOB = "Ada Müller", "Bob 田中"
CHAIR = "US-D0900001-S1"
PICTURE = QueryPicture(
    sha256="a" * 64,
    file_name="Stuhl ﻿חדש.tif",
    file_sha256="b" * 64,
    edits={"rotation_deg": 90.0, "crop": [0.1, 0.2, 0.5, 0.5], "photo": True},
    note="drawing 2 of 3 on the sheet",
)


@pytest.fixture
def casebook(catalogue_url: str) -> Iterator[Casebook]:
    catalogue = Catalogue.open(catalogue_url)
    yield Casebook(catalogue)
    catalogue.close()


def save(casebook: Casebook, name: str = "Chairs", project: str = "Case 12") -> SavedSearch:
    query = SearchQuery(text="chair", locarno_any=("06-01",), published_to="2021-12-31", exact=True)
    return casebook.save_search(casebook.project(project, ADA), name, query, [PICTURE], ADA)


def at_once(*actions: Callable[[], object]) -> list[object]:
    start = Barrier(len(actions))

    def run(action: Callable[[], object]) -> object:
        start.wait()
        return action()

    with ThreadPoolExecutor(len(actions)) as threads:
        return list(threads.map(run, actions))


def test_a_saved_search_comes_back_as_it_was(casebook: Casebook) -> None:
    saved = save(casebook, "  Chairs,\tÖsterreich\x00 ")
    assert saved == casebook.search(saved.search_id)
    assert saved.name == "Chairs, Österreich"
    assert saved.pictures == (PICTURE,)
    assert (saved.project.name, saved.made_by) == ("Case 12", ADA)
    read = SearchQuery.parse(saved.query)
    assert read.model_dump(mode="json") == saved.query
    assert (read.text, read.locarno_any, str(read.published_to)) == (
        "chair", ("06-01",), "2021-12-31",
    )  # fmt: skip
    assert set(saved.query) == set(SearchQuery.model_fields)


def test_searches_are_listed_newest_first_by_project(casebook: Casebook) -> None:
    first, second, other = save(casebook), save(casebook, "Stools"), save(casebook, project="B")
    assert casebook.searches() == [other, second, first]
    assert casebook.searches(first.project) == [second, first]
    casebook.remark(first.project, CHAIR, by=ADA, mark=Mark.LATER)
    casebook.watch(second.search_id, 0, ADA)
    names = [(s.project.name, s.n_searches, s.n_marked, s.n_watches) for s in casebook.projects()]
    assert names == [("B", 1, 0, 0), ("Case 12", 2, 1, 1)]


def test_a_project_is_made_once_however_many_ask_for_it(casebook: Casebook) -> None:
    made = at_once(*[lambda: casebook.project("Müller ./. Tanaka", BOB)] * 4)
    assert len(set(made)) == 1
    assert len(casebook.projects()) == 1


def test_of_two_who_judge_at_once_neither_loses_a_word(casebook: Casebook) -> None:
    project = casebook.project("Case 12", ADA)

    def judge(who: str, mark: Mark) -> None:
        for number in range(10):
            casebook.remark(project, CHAIR, by=who, mark=mark, note=f"{who} {number}")

    at_once(lambda: judge(ADA, Mark.RELEVANT), lambda: judge(BOB, Mark.NOT))
    opinion = casebook.opinions(project)[CHAIR]
    said = [(remark.made_by, remark.note) for remark in opinion.remarks]
    assert len(said) == 20
    for who in (ADA, BOB):
        assert [note for by, note in said if by == who] == [f"{who} {n}" for n in range(10)]
    assert opinion.mark is opinion.remarks[-1].mark


def test_the_last_mark_holds_and_a_note_changes_none(casebook: Casebook) -> None:
    project = casebook.project("Case 12", ADA)
    casebook.remark(project, CHAIR, by=ADA, mark=Mark.LATER)
    casebook.remark(project, CHAIR, by=BOB, mark=Mark.RELEVANT)
    casebook.remark(project, CHAIR, by=BOB, note="Same\r\nlegs.\x00")
    casebook.remark(project, "US-D0900002-S1", by=BOB, mark=Mark.NOT)
    opinion = casebook.opinions(project, [CHAIR])[CHAIR]
    assert opinion.mark is Mark.RELEVANT
    assert opinion.marking is opinion.remarks[1]
    assert [(r.made_by, r.note) for r in opinion.notes] == [(BOB, "Same\nlegs.")]
    assert set(casebook.opinions(project)) == {CHAIR, "US-D0900002-S1"}
    assert casebook.opinions(casebook.project("Other", ADA)) == {}


def test_senseless_entries_say_why(casebook: Casebook) -> None:
    saved = save(casebook)
    other = casebook.project("Other", ADA)
    cases: list[tuple[type[Exception], str, Callable[[Project], object]]] = [
        (CasebookInvalid, "nothing is said", lambda p: casebook.remark(p, CHAIR, by=ADA, note=" ")),
        (CasebookInvalid, "who: the name is empty", lambda p: casebook.remark(
            p, CHAIR, by=" ", mark=Mark.NOT)),
        (CasebookInvalid, "10,000 at most", lambda p: casebook.remark(
            p, CHAIR, by=ADA, note="x" * 10_001)),
        (CasebookInvalid, "search: the name is empty", lambda p: casebook.save_search(
            p, "\t", SearchQuery(text="a"), [], ADA)),
        (CasebookInvalid, "nothing is asked", lambda p: casebook.save_search(
            p, "a", SearchQuery(), [], ADA)),
        (NotInCasebook, "belongs to 'Case 12', not to 'Other'", lambda p: casebook.remark(
            other, CHAIR, by=ADA, mark=Mark.NOT, search_id=saved.search_id)),
        (NotInCasebook, "no saved search 99", lambda p: casebook.search(99)),
        (NotInCasebook, "no saved search 99", lambda p: casebook.watch(99, 0, ADA)),
        (NotInCasebook, "nothing is watched", lambda p: casebook.end_watch(saved.search_id)),
        (NotInCasebook, "no certificate 7", lambda p: casebook.certificate(7)),
        (NotInCasebook, "there are: Case 12, Other", lambda p: casebook.find_project("Nobody")),
    ]  # fmt: skip
    for kind, says, act in cases:
        with pytest.raises(kind, match=says):
            act(saved.project)
    assert casebook.opinions(saved.project) == {}


def hit(publication_id: str, rank: int = 1) -> WatchHit:
    at = "2026-01-01T00:00:00+00:00"
    return WatchHit(publication_id, rank, 0.5, "Chair", f"{publication_id}/1", at)


def test_a_watch_lists_a_publication_once(casebook: Casebook) -> None:
    watch = casebook.watch(save(casebook).search_id, 5, ADA)
    assert casebook.note_run(watch, 9, [hit("A"), hit("B", 2)]) == [hit("A"), hit("B", 2)]
    again = casebook.find_watch(watch.search.search_id)
    assert (again.covered, again.n_hits) == (9, 2)
    assert casebook.note_run(again, 12, [hit("B"), hit("C", 2)]) == [hit("C", 2)]
    assert {h.publication_id for h in casebook.watch_hits(watch.search.search_id)} == set("ABC")


def test_of_two_runs_at_once_one_counts(casebook: Casebook) -> None:
    watch = casebook.watch(save(casebook).search_id, 5, ADA)
    runs = at_once(*[lambda: casebook.note_run(watch, 9, [hit("A")])] * 3)
    assert sorted(map(len, runs)) == [0, 0, 1]  # type: ignore[arg-type]
    assert casebook.find_watch(watch.search.search_id).covered == 9


def test_a_watch_taken_up_again_goes_on_where_it_was(casebook: Casebook) -> None:
    search_id = save(casebook).search_id
    casebook.note_run(casebook.watch(search_id, 5, ADA), 9, [])
    assert casebook.end_watch(search_id).is_on is False
    assert casebook.watches(only_on=True) == []
    assert casebook.watch(search_id, 40, BOB).covered == 9


def test_a_problem_is_kept_until_a_run_succeeds(casebook: Casebook) -> None:
    watch = casebook.watch(save(casebook).search_id, 5, ADA)
    casebook.note_problem(watch, "not in the index: US-D1/1")
    known = casebook.find_watch(watch.search.search_id)
    assert (known.problem, known.covered) == ("not in the index: US-D1/1", 5)
    casebook.note_run(known, 6, [])
    assert casebook.find_watch(watch.search.search_id).problem is None


def test_a_certificate_is_entered_once(casebook: Casebook) -> None:
    saved = save(casebook)
    entry = {"sha256": "c" * 64, "json_file": "d" * 64, "pdf_file": "e" * 64, "n_hits": 3}
    first = casebook.note_certificate(saved.search_id, by=ADA, **entry)
    assert casebook.note_certificate(saved.search_id, by=BOB, **entry) == first
    assert casebook.certificate_of("c" * 64) == casebook.certificate(first.certificate_id) == first
    assert casebook.certificates(saved.project) == [first]
    assert casebook.certificates(casebook.project("Other", ADA)) == []
    assert casebook.certificate_of("0" * 64) is None
