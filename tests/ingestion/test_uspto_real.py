"""Real grants: every archive is read whole, every document parses, figures are understood."""

import csv
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from core.families import least_relatives
from core.records import Publication, View
from core.settings import LimitSettings
from ingestion.deliveries import list_units, read_units
from ingestion.delivery import Unit
from ingestion.figure_captions import parse_description
from ingestion.formats.uspto_archive import GrantFiles, list_grants, read_grants
from ingestion.formats.uspto_fields import us_class
from ingestion.formats.uspto_xml import parse_grant

pytestmark = pytest.mark.realdata

DATA = Path(__file__).parents[3] / "shared" / "data"
LIMITS = LimitSettings()


@pytest.fixture(scope="module")
def grants() -> list[tuple[GrantFiles, Publication]]:
    read = []
    for path in sorted((DATA / "redbook").glob("*.tar")):
        listing = list_grants(path, LIMITS)
        assert listing.rejected == ()
        assert listing.left.n_files == 0
        for name, grant in read_grants(path, listing.members, LIMITS):
            assert isinstance(grant, GrantFiles), grant
            read.append((grant, parse_grant(grant.document, name)))
    return read


@pytest.fixture(scope="module")
def publications(grants) -> list[Publication]:
    """Every ICE document there is: weekly archives, single documents, concatenated ones."""
    singles = [p.read_bytes() for p in sorted((DATA / "xml").glob("*.XML"))]
    weekly = (DATA / "xml_weekly" / "ipg120327.196.xml").read_bytes()
    parts = re.split(rb"(?=<\?xml version)", weekly)[1:]
    documents = [d for d in singles + parts if b"<us-patent-grant" in d]
    return [publication for _, publication in grants] + [parse_grant(d, "x") for d in documents]


def test_every_image_is_named_and_there(grants):
    assert len(grants) == 36
    for grant, publication in grants:
        assert {image.file for image in publication.images} == set(grant.images)
        assert [image.position for image in publication.images] == list(range(len(grant.images)))
        assert len(publication.images) == publication.n_declared_sheets + 1
        assert grant.rejected == ()


def test_identity_classes_and_dates_are_always_there(publications):
    assert len(publications) == 280
    for publication in publications:
        assert re.fullmatch(r"US-D\d{7}-S1", publication.publication_id)
        assert publication.locarno
        assert all(re.fullmatch(r"D\d{1,2}/\d{1,3}(\.\d+)?[A-Z]*", c) for c in publication.us_class)
        assert publication.us_class
        assert publication.publication_date > publication.filing_date
        assert publication.owner
        assert publication.inventors
        assert publication.citations
        assert all(re.fullmatch(r"D\d{7}", cited) for cited in publication.cited_publication_ids)


def test_relatives_of_a_grant_are_known(publications):
    """35 of these documents hold `us-related-documents`, 81 a priority claim, 111 either."""
    assert sum(bool(p.related_applications) for p in publications) == 111
    families = least_relatives(p.family for p in publications)
    kin = Counter(families[p.family[0]] for p in publications)
    assert sorted(n for n in kin.values() if n > 1) == [2, 2, 2, 3]
    claimed = [p for p in publications if p.priority_date]
    assert len(claimed) == 111
    assert all(p.effective_date == p.priority_date < p.filing_date for p in claimed)


def test_declared_figure_counts_are_met_by_captions(publications):
    described = [p for p in publications if p.captions]
    assert len(described) >= len(publications) - 3  # three documents were trimmed to bibliography
    met = [p for p in described if len(p.captions) == p.n_declared_figures]
    assert len(met) / len(described) > 0.99


def test_nearly_every_caption_names_a_view_and_an_object(publications):
    captions = [caption for p in publications for caption in p.captions]
    assert all(caption.object_name for caption in captions)
    known = [caption for caption in captions if caption.view is not View.UNKNOWN]
    assert len(known) / len(captions) > 0.99


def test_every_document_says_what_the_manifest_says():
    folder = DATA / "xml"
    listing = list_units(folder, LIMITS)
    (notice,) = listing.rejected
    assert notice.reason.startswith("no images in this delivery: 117 documents")
    units = dict(read_units(folder, listing.members, LIMITS))
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(units) == 117
    for row in rows:
        publication = units[row["file"]].publication
        assert [
            publication.number,
            f"{publication.publication_date:%Y%m%d}",
            publication.title,
            publication.locarno[0].code,
            publication.locarno[0].edition,
            publication.us_class[0],
            str(publication.n_declared_figures),
        ] == [
            row["patent"], row["date"], row["title"], row["locarno"], row["locarno_edition"],
            us_class(row["us_class"]), row["n_figures"],
        ]  # fmt: skip


def test_sgml_documents_are_whole():
    folder = DATA / "xml"
    documents = [path for path in folder.glob("*.XML") if b"<PATDOC" in path.read_bytes()]
    units = dict(read_units(folder, [path.name for path in documents], LIMITS))
    assert len(units) == 69
    for unit in units.values():
        publication = unit.publication
        assert publication.owner
        assert publication.inventors
        assert publication.claim
        assert publication.citations
        assert publication.filing_date < publication.publication_date
        assert len(publication.images) == publication.n_declared_sheets + 1
        assert "&" not in publication.title + publication.owner.replace(" & ", "")
        assert len(publication.captions) == publication.n_declared_figures
    assert sum(bool(unit.publication.related_applications) for unit in units.values()) == 17
    assert sum(bool(unit.publication.priority_date) for unit in units.values()) == 16


@pytest.mark.parametrize(
    ("name", "n_designs", "n_skipped"),
    [("ipg120327.196.xml", 196, 0), ("ipgb20221025_wk43.zip", 2, 11),
     ("ipgb20230404_wk14.zip", 2, 3)],
)  # fmt: skip
def test_weekly_text_files_give_every_design(name, n_designs, n_skipped):
    path = DATA / "xml_weekly" / name
    listing = list_units(path, LIMITS)
    assert (len(listing.members), listing.left.n_files) == (n_designs, n_skipped)
    assert len(listing.rejected) == 1
    units = [unit for _, unit in read_units(path, listing.members, LIMITS)]
    assert all(isinstance(unit, Unit) and not unit.images_expected for unit in units)
    assert all(unit.publication.number in unit.name for unit in units)


def test_nearly_every_described_sentence_is_read():
    described = json.loads((DATA / "drawing_descriptions.json").read_text(encoding="utf-8"))
    n_sentences = n_read = n_known = 0
    for grant in described.values():
        captions = parse_description(grant["figures"], grant["title"]).captions
        n_sentences += len(grant["figures"])
        n_read += len(captions)
        n_known += sum(caption.view is not View.UNKNOWN for caption in captions)
    assert n_read / n_sentences > 0.99
    assert n_known / n_read > 0.99
