"""What a certificate states of this installation: read from it as it stands."""

import base64
import io
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any, Literal

from PIL import Image
from pydantic import TypeAdapter

from core.ports import HashedEncoder
from core.records import publication_of
from ingestion.catalogue_records import StoredPublication
from search import schema
from search.casebook_records import Opinion, QueryPicture
from search.certificate import (
    CertifiedExample,
    CertifiedHit,
    CertifiedNote,
    CertifiedPicture,
    Corpus,
    IndexFacts,
    ModelFacts,
    OfficeSpan,
)
from search.hits import PublicationHit
from search.query import SearchQuery
from search.replay import Standing
from workers.resources import Resources

_FOUND = TypeAdapter(PublicationHit)


def certified_picture(resources: Resources, picture: QueryPicture) -> CertifiedPicture:
    """A drawing that was searched with, itself and what is known of it.

    Raises:
        PictureUnreadable: If it is no longer kept, or damaged.
    """
    data = resources.query_pictures.get(picture.sha256)
    with Image.open(io.BytesIO(data)) as opened:
        width_px, height_px = opened.size
    return CertifiedPicture(
        picture=picture,
        width_px=width_px,
        height_px=height_px,
        png=base64.b64encode(data).decode(),
    )


def certified_examples(resources: Resources, query: SearchQuery) -> tuple[CertifiedExample, ...]:
    """Figures given as examples, with the pictures that they have today."""
    liked, disliked = query.figure_ids, query.unlike_figure_ids
    pictures = {
        row.figure.figure_id: row.figure.sha256
        for row in resources.catalogue.figures([*liked, *disliked])
    }

    def example(role: Literal["liked", "disliked"], figure_id: str) -> CertifiedExample:
        return CertifiedExample(
            role=role,
            figure_id=figure_id,
            publication_id=publication_of(figure_id),
            picture_sha256=pictures.get(figure_id),
        )

    return (
        *(example("liked", figure_id) for figure_id in liked),
        *(example("disliked", figure_id) for figure_id in disliked),
    )


def corpus_facts(resources: Resources) -> Corpus:
    """What can be found and what cannot, by office.

    Drawings that became searchable since are given their arrivals first.
    """
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


def index_facts(resources: Resources, query: SearchQuery) -> IndexFacts:
    """The index and how it is asked for a query.

    Raises:
        IndexUnavailable: If Qdrant does not answer.
    """
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


def model_facts(resources: Resources) -> ModelFacts:
    """The encoder and its files, and who wrote texts under which prompts."""
    encoder = resources.encoder
    prompts = resources.catalogue.prompt_hashes()
    return ModelFacts(
        encoder_id=encoder.encoder_id,
        hashes=dict(encoder.hashes) if isinstance(encoder, HashedEncoder) else {},
        caption_prompts={model: ", ".join(hashes) for model, hashes in prompts.items()},
    )


def software() -> dict[str, str]:
    """The program, by name and version."""
    return {"name": "Limn", "version": version("limn")}


def certified_hits(
    resources: Resources, found: Sequence[PublicationHit], opinions: Mapping[str, Opinion]
) -> tuple[CertifiedHit, ...]:
    """Hits with the publications as the catalogue has them, and what was said of them."""
    return tuple(
        _hit(
            hit,
            resources.catalogue.publication(hit.publication_id),
            opinions.get(hit.publication_id),
        )
        for hit in found
    )


def _hit(
    hit: PublicationHit, stored: StoredPublication | None, opinion: Opinion | None
) -> CertifiedHit:
    record = stored.publication if stored else None
    best = hit.figures[0]
    pictures = {f.figure_id: f.sha256 for f in stored.figures} if stored else {}
    marked = opinion.marking if opinion else None
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


def standing_today(resources: Resources, publication_ids: Sequence[str]) -> dict[str, Standing]:
    """When each publication came, what it is by now, and whether it was taken back."""
    arrivals = resources.catalogue.first_arrivals(publication_ids)
    standing = {}
    for publication_id in dict.fromkeys(publication_ids):
        stored = resources.catalogue.publication(publication_id)
        standing[publication_id] = Standing(
            arrival=arrivals.get(publication_id),
            revision=stored.content_hash if stored else None,
            is_withdrawn=resources.catalogue.withdrawal(publication_id) is not None,
        )
    return standing
