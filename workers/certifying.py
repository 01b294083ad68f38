"""Certificates: a saved search run for the record, and a record run again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from core.errors import PictureUnreadable, QueryInvalid
from core.ports import GreyImage
from ingestion.image_decode import decode_picture
from ingestion.thumbnails import shrink_line_art
from search.casebook_records import CertificateEntry, SavedSearch
from search.certificate import (
    FORMAT,
    LIMITATIONS,
    CertificateRecord,
    CertifiedHit,
    certificate_json,
)
from search.query import SearchQuery
from search.replay import Replay, Today, Verdict, compare
from search.score_words import score_words
from workers.certified_facts import (
    certified_examples,
    certified_hits,
    certified_picture,
    corpus_facts,
    index_facts,
    model_facts,
    software,
    standing_today,
)
from workers.resources import Resources
from workers.saved_searches import load_pictures
from workers.seen import behind_walls

if TYPE_CHECKING:
    from search.hits import SearchResult

_PRINTED_PX = 400
"""Longest side of a hit's picture in a PDF."""


@dataclass(frozen=True, slots=True)
class MadeCertificate:
    """A certificate with its files; they are kept, and entered in the casebook."""

    record: CertificateRecord
    entry: CertificateEntry
    json_data: bytes
    pdf_data: bytes


def make_certificate(
    resources: Resources, search_id: int, *, by: str, exact: bool = True
) -> MadeCertificate:
    """Run a saved search behind the walls of its project and put it on the record.

    The files are kept before the casebook names them.

    Args:
        resources: Everything but the queue.
        search_id: The saved search.
        by: Who makes it.
        exact: Compare every figure with full vectors, whatever the saved search says.

    Raises:
        NotInCasebook: If there is no such search.
        QueryInvalid: If it cannot be run any more.
        IndexUnavailable: If Qdrant does not answer.
    """
    # Fonts, for this alone.
    from search.certificate_fonts import find_installed_fonts  # noqa: PLC0415
    from search.certificate_pdf import certificate_pdf  # noqa: PLC0415

    search = resources.casebook.search(search_id)
    resources = behind_walls(resources, search.project.name)
    query = SearchQuery.parse({**search.query, **({"exact": True} if exact else {})})
    result = resources.search.search(query, load_pictures(resources, search.pictures))
    record = _record(resources, search, query, result, by)
    json_data = certificate_json(record)
    pdf_data = certificate_pdf(
        record,
        _hit_pictures(resources, record.hits),
        resources.settings.casebook.fonts or find_installed_fonts(),
    )
    with resources.query_pictures.batch() as batch:
        json_file, pdf_file = batch.put(json_data), batch.put(pdf_data)
    entry = resources.casebook.note_certificate(
        search_id,
        sha256=record.sha256,
        json_file=json_file,
        pdf_file=pdf_file,
        n_hits=len(record.hits),
        by=by,
    )
    return MadeCertificate(record, entry, json_data, pdf_data)


def replay_certificate(resources: Resources, record: CertificateRecord) -> Replay:
    """Run a record again, with the drawings that lie in it, and compare.

    Raises:
        QueryInvalid: If this Limn does not know what was asked then.
        IndexUnavailable: If Qdrant does not answer.
    """
    query = SearchQuery.parse(record.query)
    last_arrival = resources.catalogue.note_arrivals()
    images = [
        decode_picture(certified.data, "query drawing", resources.settings.limits.max_pixels)
        for certified in record.pictures
    ]
    problem = None
    try:
        hits = certified_hits(resources, resources.search.search(query, images).hits, {})
    except QueryInvalid as error:
        problem, hits = f"the search cannot be run as it was: {error}", ()
    named = [hit.publication_id for hit in (*record.hits, *hits)]
    replay = compare(
        record,
        Today(
            hits=hits,
            model=model_facts(resources),
            index=index_facts(resources, query),
            catalogue_id=resources.catalogue.catalogue_id(),
            last_arrival=last_arrival,
            standing=standing_today(resources, named),
            software=software(),
        ),
    )
    if problem is None:
        return replay
    verdict = replay.verdict
    return Replay(
        verdict if verdict is Verdict.MODEL_CHANGED else Verdict.DIFFERENT,
        (problem, *replay.reasons),
        replay.changes,
        replay.missing,
        replay.n_then,
        0,
    )


def _record(
    resources: Resources, search: SavedSearch, query: SearchQuery, result: "SearchResult", by: str
) -> CertificateRecord:
    made = datetime.now().astimezone()
    opinions = resources.casebook.opinions(
        search.project, [hit.publication_id for hit in result.hits]
    )
    return CertificateRecord(
        format=FORMAT,
        made_at=made.isoformat(timespec="seconds"),
        time_zone=f"{made.tzname()} (UTC{made.isoformat()[-6:]})",
        made_by=by,
        software=software(),
        project=search.project.name,
        search_id=search.search_id,
        search_name=search.name,
        saved_at=search.made_at,
        saved_by=search.made_by,
        query=query.model_dump(mode="json"),
        pictures=tuple(certified_picture(resources, picture) for picture in search.pictures),
        examples=certified_examples(resources, query),
        corpus=corpus_facts(resources),
        index=index_facts(resources, query),
        model=model_facts(resources),
        scores=score_words(query, result),
        hidden_by_filter=result.hidden_by_filter,
        hits=certified_hits(resources, result.hits, opinions),
        limitations=LIMITATIONS,
    )


def _hit_pictures(resources: Resources, hits: Sequence[CertifiedHit]) -> dict[str, GreyImage]:
    """The best figure of each hit, small; one that cannot be read is left out."""
    pictures = {}
    for hit in hits:
        if hit.picture_sha256 is None:
            continue
        try:
            pixels = resources.pictures.get_figure(hit.picture_sha256)
        except PictureUnreadable:
            continue
        pictures[hit.publication_id] = shrink_line_art(pixels, _PRINTED_PX)
    return pictures
