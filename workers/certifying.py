"""Certificates: a saved search run for the record, and a record run again."""

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from PIL import Image
from pydantic import TypeAdapter

from core.errors import PictureUnreadable, QueryInvalid
from core.ports import GreyImage, HashedEncoder
from ingestion.catalogue_records import StoredPublication
from ingestion.image_decode import decode_picture
from ingestion.pictures import shrink_line_art
from search import schema
from search.casebook_records import CertificateEntry, Opinion, QueryPicture, SavedSearch
from search.certificate import (
    FORMAT,
    LIMITATIONS,
    CertificateRecord,
    CertifiedExample,
    CertifiedHit,
    CertifiedNote,
    CertifiedPicture,
    Corpus,
    IndexFacts,
    ModelFacts,
    OfficeSpan,
    certificate_json,
)
from search.hits import PublicationHit
from search.query import SearchQuery
from search.replay import Replay, Standing, Today, Verdict, compare
from search.score_words import score_words
from workers.resources import Resources
from workers.saved_searches import load_pictures
from workers.seen import behind_walls

if TYPE_CHECKING:
    from search.hits import SearchResult

_PRINTED_PX = 400
"""Longest side of a hit's picture in a PDF."""
_FOUND = TypeAdapter(PublicationHit)


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
        hits = _hits(resources, resources.search.search(query, images).hits, {})
    except QueryInvalid as error:
        problem, hits = f"the search cannot be run as it was: {error}", ()
    named = [hit.publication_id for hit in (*record.hits, *hits)]
    replay = compare(
        record,
        Today(
            hits=hits,
            model=_model(resources),
            index=_index(resources, query),
            catalogue_id=resources.catalogue.catalogue_id(),
            last_arrival=last_arrival,
            standing=_standing(resources, named),
            software=_software(),
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
        software=_software(),
        project=search.project.name,
        search_id=search.search_id,
        search_name=search.name,
        saved_at=search.made_at,
        saved_by=search.made_by,
        query=query.model_dump(mode="json"),
        pictures=tuple(_certified(resources, picture) for picture in search.pictures),
        examples=_examples(resources, query),
        corpus=_corpus(resources),
        index=_index(resources, query),
        model=_model(resources),
        scores=score_words(query, result),
        hidden_by_filter=result.hidden_by_filter,
        hits=_hits(resources, result.hits, opinions),
        limitations=LIMITATIONS,
    )


def _certified(resources: Resources, picture: QueryPicture) -> CertifiedPicture:
    data = resources.query_pictures.get(picture.sha256)
    with Image.open(io.BytesIO(data)) as opened:
        width_px, height_px = opened.size
    return CertifiedPicture(
        picture=picture,
        width_px=width_px,
        height_px=height_px,
        png=base64.b64encode(data).decode(),
    )


def _examples(resources: Resources, query: SearchQuery) -> tuple[CertifiedExample, ...]:
    roles = [("liked", figure) for figure in query.figure_ids]
    roles += [("disliked", figure) for figure in query.unlike_figure_ids]
    rows = {
        row.figure.figure_id: row.figure
        for row in resources.catalogue.figures([figure for _, figure in roles])
    }
    return tuple(
        CertifiedExample.model_validate(
            {
                "role": role,
                "figure_id": figure_id,
                "publication_id": figure_id.rpartition("/")[0],
                "picture_sha256": rows[figure_id].sha256 if figure_id in rows else None,
            }
        )
        for role, figure_id in roles
    )


def _corpus(resources: Resources) -> Corpus:
    catalogue = resources.catalogue
    last_arrival = catalogue.note_arrivals()
    covered = catalogue.coverage()
    return Corpus(
        catalogue_id=catalogue.catalogue_id(),
        last_arrival=last_arrival,
        offices=tuple(
            OfficeSpan(
                office=office.office,
                n_publications=office.n_publications,
                n_figures=office.n_figures,
                n_indexed=office.n_indexed,
                n_failed=office.n_failed,
                first=office.first.isoformat() if office.first else None,
                last=office.last.isoformat() if office.last else None,
                n_undated=office.n_undated,
            )
            for office in covered.offices
        ),
        n_withdrawn=covered.n_withdrawn,
        failures=dict(covered.failures),
        n_rejected=covered.n_rejected,
        texts=dict(covered.texts),
    )


def _index(resources: Resources, query: SearchQuery) -> IndexFacts:
    index = resources.index
    parameters = schema.search_params(query.offset + query.limit, exact=query.exact)
    return IndexFacts(
        collection=index.collection,
        schema_version=schema.SCHEMA_VERSION,
        dimension=index.dimension,
        n_points=index.count(),
        exact=query.exact,
        parameters=parameters.model_dump(mode="json", exclude_unset=True),
    )


def _model(resources: Resources) -> ModelFacts:
    encoder = resources.encoder
    prompts = resources.catalogue.coverage().prompts
    return ModelFacts(
        encoder_id=encoder.encoder_id,
        hashes=dict(encoder.hashes) if isinstance(encoder, HashedEncoder) else {},
        caption_prompts={model: ", ".join(hashes) for model, hashes in prompts.items()},
    )


def _software() -> dict[str, str]:
    return {"name": "Limn", "version": version("limn")}


def _hits(
    resources: Resources, found: Sequence[PublicationHit], opinions: Mapping[str, Opinion]
) -> tuple[CertifiedHit, ...]:
    stored = {hit.publication_id: resources.catalogue.publication(hit.publication_id)
              for hit in found}  # fmt: skip
    return tuple(
        _hit(hit, stored[hit.publication_id], opinions.get(hit.publication_id)) for hit in found
    )


def _hit(
    hit: PublicationHit, stored: StoredPublication | None, opinion: Opinion | None
) -> CertifiedHit:
    record = stored.publication if stored else None
    best = hit.figures[0]
    pictures = {f.figure_id: f.sha256 for f in stored.figures} if stored else {}
    marked = next((r for r in reversed(opinion.remarks) if r.mark), None) if opinion else None
    dated = record.publication_date if record else None
    view = "" if best.view == "unknown" else f", {best.view} view"
    notes = opinion.notes if opinion else ()
    return CertifiedHit(
        rank=hit.rank,
        publication_id=hit.publication_id,
        number=f"{record.office} {record.number} {record.kind}".strip()
        if record
        else hit.publication_id,
        title=hit.title,
        owner=record.owner if record else None,
        published=dated.isoformat() if dated else None,
        locarno=hit.locarno,
        score=float(hit.score),
        revision=stored.content_hash if stored else None,
        best_figure_id=best.figure_id,
        best_figure=(f"FIG. {best.label}" if best.label else best.figure_id) + view,
        picture_sha256=pictures.get(best.figure_id),
        mark=marked.mark if marked else None,
        marked_by=marked.made_by if marked else None,
        marked_at=marked.made_at if marked else None,
        notes=tuple(
            CertifiedNote(note=r.note, made_by=r.made_by, made_at=r.made_at) for r in notes
        ),
        found=_found(hit),
    )


def _found(hit: PublicationHit) -> dict[str, Any]:
    found: dict[str, Any] = _FOUND.dump_python(hit, mode="json")
    return found


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


def _standing(resources: Resources, publication_ids: Sequence[str]) -> dict[str, Standing]:
    arrivals = resources.catalogue.first_arrivals(publication_ids)
    standing = {}
    for publication_id in dict.fromkeys(publication_ids):
        stored = resources.catalogue.publication(publication_id)
        gone = resources.catalogue.withdrawal(publication_id) is not None
        revision = stored.content_hash if stored else None
        standing[publication_id] = Standing(arrivals.get(publication_id), revision, gone)
    return standing
