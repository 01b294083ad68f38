"""Certificates over a real catalogue and index: each verdict of a replay made to happen."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.errors import EncoderMismatch, NotInCasebook
from core.ports import GreyImage
from search.casebook_records import Mark
from search.certificate_reading import read_certificate_file
from search.query import SearchQuery
from search.replay import Verdict
from tests.ingestion import builders
from tests.workers.line import HashEncoder, LineResources, open_line, take_all_in
from ui.hit_export import export_hits
from workers.certifying import make_certificate, replay_certificate
from workers.reindexing import reindex
from workers.saved_searches import GivenFile, keep_files, run_search, save_search

ADA = "Ada Müller"


def _week(folder: Path, *numbers: str, name: str) -> Path:
    path = folder / name
    path.write_bytes(builders.tar_of(builders.weekly_files(numbers)))
    return path


def _drawing() -> GreyImage:
    return np.random.default_rng(1).integers(0, 2, (40, 60), np.uint8) * 255


@pytest.fixture
def line(
    tmp_path: Path, index_url: str, queue_url: str, catalogue_url: str
) -> Iterator[LineResources]:
    """A home with three grants, its catalogue in SQLite and in PostgreSQL."""
    (tmp_path / "home").mkdir()
    with open_line(tmp_path / "home", index_url, queue_url, catalogue_url) as resources:
        resources.index.delete_figures(list(resources.index.iter_figure_ids()))  # of other files
        names = [f"D090000{n}" for n in (1, 2, 3)]
        take_all_in(resources, [_week(tmp_path, *names, name="I20210105.tar")])
        yield resources
        resources.index.delete_figures(list(resources.index.iter_figure_ids()))


def _save(resources: LineResources, **query: object) -> int:
    pictures = keep_files(resources, [GivenFile("hinge.png", b"the file", (_drawing(),))])
    asked = SearchQuery.parse({"limit": 5, **query})
    return save_search(resources, asked, pictures, project="P", name="Hinges", by=ADA).search_id


def test_a_certificate_holds_all_that_a_record_needs(line: LineResources) -> None:
    search_id = _save(line, locarno_not=["32"], cut_off="2030-01-01")
    project = line.casebook.search(search_id).project
    first = run_search(line, line.casebook.search(search_id)).hits[0].publication_id
    line.casebook.remark(project, first, by=ADA, mark=Mark.RELEVANT, note="Same legs")
    made = make_certificate(line, search_id, by=ADA)
    record = made.record
    assert read_certificate_file(made.json_data, "c.json") == record
    assert read_certificate_file(made.pdf_data, "c.pdf") == record
    assert line.query_pictures.get(made.entry.pdf_file) == made.pdf_data
    assert line.query_pictures.get(made.entry.json_file) == made.json_data

    (picture,) = record.pictures
    assert (picture.picture.file_name, picture.width_px, picture.height_px) == ("hinge.png", 60, 40)
    assert set(record.query) == set(SearchQuery.model_fields)
    assert (record.query["exact"], record.query["cut_off"]) == (True, "2030-01-01")
    (office,) = record.corpus.offices
    assert (office.office, office.n_publications, office.n_failed) == ("US", 3, 0)
    assert office.n_indexed == record.index.n_points == record.corpus.last_arrival
    assert (record.model.encoder_id, record.model.hashes) == ("hash", {})
    assert record.index.parameters == {"exact": True, "quantization": {"ignore": True}}
    assert [h.rank for h in record.hits] == [1, 2, 3]
    assert all(h.picture_sha256 and h.revision and h.found["figures"] for h in record.hits)
    best = record.hits[0]
    assert (best.mark, best.marked_by, best.notes[0].note) == ("relevant", ADA, "Same legs")
    assert record.hits[1].mark is None
    assert make_certificate(line, search_id, by=ADA, exact=False).record.query["exact"] is False
    with pytest.raises(NotInCasebook):
        make_certificate(line, 99, by=ADA)


def test_every_verdict_of_a_replay(line: LineResources, tmp_path: Path) -> None:
    record = make_certificate(line, _save(line), by=ADA).record
    same = replay_certificate(line, record)
    assert (same.verdict, same.reasons) == (Verdict.SAME, ())

    take_all_in(line, [_week(tmp_path, "D0900004", name="I20210112.tar")])
    added = replay_certificate(line, record)
    assert added.verdict is Verdict.DATA_ADDED
    assert {c.publication_id for c in added.changes} == {"US-D0900004-S1"}

    upload = line.catalogue.begin_upload("/in/z.tar", "f" * 64, 10, ["notice"])
    line.catalogue.withdraw("US-D0900002-S1", upload.upload_id, "notice", "surrendered")
    line.index.delete_figures(line.catalogue.obsolete_points())
    gone = replay_certificate(line, record)
    assert gone.verdict is Verdict.DIFFERENT
    assert gone.missing == (("US-D0900002-S1", "withdrawn since"),)

    lost = LineResources(line.settings)
    lost.encoder = _OtherEncoder()  # type: ignore[misc]
    with pytest.raises(EncoderMismatch):
        replay_certificate(lost, record)
    reindex(lost, lambda *_: None)
    changed = replay_certificate(lost, record)
    assert changed.verdict is Verdict.MODEL_CHANGED
    assert changed.reasons[0] == "encoder: hash in the record, hash-2 now"
    reindex(line, lambda *_: None)
    lost.index._client.delete_collection(lost.index.collection)
    lost.catalogue.close()


class _OtherEncoder(HashEncoder):
    encoder_id = "hash-2"


def test_a_search_that_cannot_be_run_any_more_is_different(line: LineResources) -> None:
    (liked, *_) = line.catalogue.figure_ids(publication_id="US-D0900001-S1")
    record = make_certificate(line, _save(line, figure_ids=[liked]), by=ADA).record
    assert record.examples[0].role == "liked"
    line.index.delete_figures([liked])
    broken = replay_certificate(line, record)
    assert broken.verdict is Verdict.DIFFERENT
    assert f"cannot be run as it was: not in the index: {liked}" in broken.reasons[0]


def test_a_record_made_before_there_was_a_range_of_priority_is_the_same(
    line: LineResources,
) -> None:
    record = make_certificate(line, _save(line, filed_to="2021-01-01"), by=ADA).record
    asked = {name: said for name, said in record.query.items() if not name.startswith("priority")}
    assert len(asked) == len(record.query) - 2
    former = record.model_copy(update={"query": asked})
    assert replay_certificate(line, former).verdict is Verdict.SAME
    assert len(record.hits) == 3


def test_a_grant_is_found_by_the_priority_it_claims_and_exported_with_it(
    line: LineResources, tmp_path: Path
) -> None:
    claimed = (
        "<priority-claims><priority-claim><date>20181219</date></priority-claim></priority-claims>"
    )
    week = builders.weekly_files(["D0900004"], extra=claimed)
    path = tmp_path / "I20210112.tar"
    path.write_bytes(builders.tar_of(week))
    take_all_in(line, [path])
    search = line.casebook.search(_save(line))
    for asked, found in (
        ({"priority_to": "2018-12-19"}, {"US-D0900004-S1"}),
        ({"priority_to": "2018-12-18"}, set()),
        ({"priority_from": "2018-12-20"}, {f"US-D090000{n}-S1" for n in (1, 2, 3)}),
        ({"filed_to": "2018-12-19"}, set()),
    ):
        narrowed = line.casebook.search(_save(line, **asked))
        assert {hit.publication_id for hit in run_search(line, narrowed).hits} == found, asked
    rows = json.loads(export_hits(line, run_search(line, search).hits, "json"))["hits"]
    assert {row["publication_id"]: row["priority"] for row in rows} == {
        **{f"US-D090000{n}-S1": None for n in (1, 2, 3)},
        "US-D0900004-S1": "2018-12-19",
    }
    assert {row["filed"] for row in rows} == {"2019-09-27"}


def test_hits_are_exported_with_what_was_thought_of_them(line: LineResources) -> None:
    search = line.casebook.search(_save(line))
    hits = run_search(line, search).hits
    line.casebook.remark(search.project, hits[1].publication_id, by=ADA, mark=Mark.LATER, note="?")
    said = line.casebook.opinions(search.project)
    named = json.loads(export_hits(line, hits, "json", said))["hits"]
    assert [row["publication_id"] for row in named] == [hit.publication_id for hit in hits]
    assert [row["mark"] for row in named] == ["", "later", ""]
    assert named[1]["notes"].startswith("? (Ada Müller, ")
    text = export_hits(line, hits, "csv", said).decode("utf-8-sig")
    assert [row["score"] for row in csv.DictReader(io.StringIO(text))] == [
        str(hit.score) for hit in hits
    ]
    assert export_hits(line, hits, "xlsx", said).startswith(b"PK")
