"""In which order drawings became searchable, whatever is delivered again."""

from collections.abc import Callable

from core.records import FigureText, Provenance, Stage
from ingestion.catalogue import Catalogue
from ingestion.catalogue_records import StoredPublication, TextDraft

MakeStored = Callable[..., StoredPublication]


def take_in(catalogue: Catalogue, stored: StoredPublication, upload: str) -> None:
    catalogue.begin_upload(f"/in/{upload}.tar", upload * 64, 10, [stored.publication.number])
    catalogue.store_publication(stored, upload * 64, stored.publication.number)


def index_all(catalogue: Catalogue) -> int:
    catalogue.advance(catalogue.figure_ids(), Stage.INDEXED)
    return catalogue.note_arrivals()


def test_what_is_not_indexed_has_not_arrived(catalogue: Catalogue, make_stored: MakeStored) -> None:
    take_in(catalogue, make_stored("D0900001"), "a")
    assert catalogue.note_arrivals() == 0
    catalogue.advance(["US-D0900001-S1/1"], Stage.INDEXED)
    assert catalogue.note_arrivals() == 1
    assert index_all(catalogue) == 3, "a publication that is indexed bit by bit arrives twice"
    assert catalogue.arrived(0, 10) == (["US-D0900001-S1"], 3)
    assert catalogue.arrived(1, 10) == (["US-D0900001-S1"], 3)
    assert catalogue.arrived(3, 10) == ([], 3)


def test_what_is_delivered_again_does_not_arrive_again(
    catalogue: Catalogue, make_stored: MakeStored
) -> None:
    take_in(catalogue, make_stored("D0900001"), "a")
    last = index_all(catalogue)
    take_in(catalogue, make_stored("D0900001"), "b")
    assert index_all(catalogue) == last
    take_in(catalogue, make_stored("D0900001", revision="c", pixels="a", title="Saw"), "c")
    assert index_all(catalogue) == last, "another title, the same drawings"
    take_in(catalogue, make_stored("D0900001", revision="d"), "d")
    assert index_all(catalogue) == last + 3, "other drawings in their place"
    assert catalogue.first_arrivals(["US-D0900001-S1", "unknown"]) == {"US-D0900001-S1": 1}


def test_new_publications_come_in_portions_that_leave_nothing_out(
    catalogue: Catalogue, make_stored: MakeStored
) -> None:
    numbers = [f"D09{n:05}" for n in range(7)]
    for n, number in enumerate(numbers):
        take_in(catalogue, make_stored(number, n_figures=2, pixels=f"{n:02}"), "abcdefg"[n])
        catalogue.advance([f"US-{number}-S1/1"], Stage.INDEXED)
        catalogue.note_arrivals()
    last = index_all(catalogue)
    at, seen, portions = 0, set(), 0
    while at < last:
        found, at = catalogue.arrived(at, 3)
        assert len(found) <= 3
        seen.update(found)
        portions += 1
    assert seen == {f"US-{number}-S1" for number in numbers}
    assert portions <= 6


def test_a_catalogue_has_one_name(catalogue: Catalogue, catalogue_url: str) -> None:
    other = Catalogue.open(catalogue_url)
    assert other.catalogue_id() == catalogue.catalogue_id() == other.catalogue_id()
    other.close()


def test_coverage_counts_by_office(catalogue: Catalogue, make_stored: MakeStored) -> None:
    assert catalogue.coverage().offices == ()
    take_in(catalogue, make_stored("D0900001"), "a")
    take_in(catalogue, make_stored("D0900002", pixels="b"), "b")
    catalogue.advance(catalogue.figure_ids(publication_id="US-D0900001-S1"), Stage.INDEXED)
    catalogue.fail(["US-D0900002-S1/1"], Stage.EMBEDDED, "broken")
    (us,) = catalogue.coverage().offices
    assert (us.n_publications, us.n_figures, us.n_indexed, us.n_failed) == (2, 6, 3, 1)
    assert catalogue.coverage().failures == {"embedded": 1}
    catalogue.begin_upload("/in/z.tar", "f" * 64, 10, ["notice"])
    catalogue.withdraw("US-D0900002-S1", "f" * 64, "notice", "gone")
    covered = catalogue.coverage()
    (us,) = covered.offices
    assert (us.office, us.n_publications, us.n_figures, us.n_indexed) == ("US", 1, 3, 3)
    assert str(us.first) == str(us.last) == "2021-01-05"
    assert (covered.n_withdrawn, covered.n_rejected) == (1, 2)
    assert covered.texts == {"grant": 6}


def test_prompts_are_told_by_the_model_that_answered_them(
    catalogue: Catalogue, make_stored: MakeStored
) -> None:
    take_in(catalogue, make_stored("D0900001"), "a")
    assert catalogue.prompt_hashes() == {}
    (row, *_) = catalogue.figures(catalogue.figure_ids())
    figure_id = row.figure.figure_id
    texts = [FigureText(figure_id, Provenance.GRANT, "Razor")]
    texts += [
        FigureText(figure_id, Provenance.LLM, text, model, prompt_hash)
        for text, model, prompt_hash in (
            ("a shaver", "llm", "p2"), ("a razor", "llm", "p1"), ("a blade", "vlm", "p1"),
            ("a handle", "vlm", "p1"),
        )
    ]  # fmt: skip
    catalogue.store_texts([TextDraft(figure_id, tuple(texts))], [row.revision])
    assert catalogue.prompt_hashes() == {"llm": ("p1", "p2"), "vlm": ("p1",)}
    assert catalogue.without(frozenset({"a" * 64})).prompt_hashes() == {}
