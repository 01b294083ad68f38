"""A home with as many figures as wanted, without drawing each of them: made once, then kept.

Every publication shows the views of one of some generated designs (`samples`) on sheets of its own
bytes, so that no two pictures are the same to catalogue, store and browser. Vectors are those of
`search_corpus`: they lie like the encoder's, and do not follow what is drawn. Publications come in
uploads of a thousand and pass the real catalogue and the real index stage. A home that was left
half made is gone on with where it stands.
"""

import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from PIL import Image
from sqlalchemy import update

from benchmarks.search_corpus import FIGURES_A_PUBLICATION, build_corpus
from core.locarno import parse_locarno
from core.ports import Embeddings
from core.records import (
    Box,
    Figure,
    FigureText,
    LabelSource,
    Provenance,
    Publication,
    Sheet,
    SheetImage,
    Stage,
    View,
    figure_id,
    publication_id,
)
from drafting.line_art import draw
from ingestion.catalogue_records import StoredPublication, StoreOutcome
from ingestion.catalogue_schema import embeddings, figures
from ingestion.database import insert_new
from ingestion.publication_store import write_publication
from ingestion.upload_members import finish_member, read_delivery
from samples.designs import make_design
from samples.families import FAMILIES
from workers import stages
from workers.resources import Resources

_FIGURE_PX = 900
_FIRST_SEED = 60_000_000
_AN_UPLOAD = 1000
_A_BATCH = 1024
_FIRST_DAY = date(2010, 1, 5)
_N_OWNERS = 400


@dataclass(frozen=True)
class _Drawn:
    """A design as publications show it: title, class, and views as PNG files."""

    title: str
    locarno: str
    us_class: str
    views: tuple[tuple[View, bytes], ...]


def fill_home(resources: Resources, n_figures: int) -> None:
    """Take in the publications that are not there; a home that holds all of them stays as it is.

    Args:
        resources: Of a home that only ever got publications from here, for as many figures.
        n_figures: How many it is to hold.
    """
    n_indexed = resources.catalogue.counts().by_stage[Stage.INDEXED]
    if n_indexed >= n_figures:
        return
    n_whole = n_indexed // (_AN_UPLOAD * FIGURES_A_PUBLICATION)
    designs = [_draw(family_idx) for family_idx in range(len(FAMILIES))]
    encoder = resources.encoder
    titles = [design.title for design in designs]
    words = dict(zip(titles, encoder.encode_texts(titles), strict=True))
    n_publications = -(-n_figures // FIGURES_A_PUBLICATION)
    rows = build_corpus(n_publications * FIGURES_A_PUBLICATION, encoder).rows
    for first in range(n_whole * _AN_UPLOAD, n_publications, _AN_UPLOAD):
        numbers = range(first, min(first + _AN_UPLOAD, n_publications))
        stored = [_publication(resources, n, designs[n % len(designs)]) for n in numbers]
        _store(resources, first // _AN_UPLOAD, stored)
        start = first * FIGURES_A_PUBLICATION
        _embed(resources, stored, rows[start : start + len(stored) * FIGURES_A_PUBLICATION], words)
        ids = [figure.figure_id for each in stored for figure in each.figures]
        for done in range(0, len(ids), _A_BATCH):
            stages.index(resources, ids[done : done + _A_BATCH])


def _draw(family_idx: int) -> _Drawn:
    family = FAMILIES[family_idx]
    design = make_design(family, _FIRST_SEED + family_idx)
    views = []
    for shown in design.views[:FIGURES_A_PUBLICATION]:
        pixels = draw(design.edges, shown.viewpoint, size_px=_FIGURE_PX, style=design.style)
        file = io.BytesIO()
        Image.fromarray(pixels > 127).save(file, "PNG", optimize=True)
        views.append((shown.view, file.getvalue()))
    return _Drawn(design.title, family.locarno, family.us_class, tuple(views))


def _publication(resources: Resources, number: int, design: _Drawn) -> StoredPublication:
    identity = publication_id("US", f"D{number:07d}", "S1")
    owner = f"Company {number % _N_OWNERS}"
    # What follows the end of a PNG is not looked at: another file, the same drawing.
    with resources.pictures.batch() as batch:
        keys = [
            batch.put(png + f"{identity} {n}".encode()) for n, (_, png) in enumerate(design.views)
        ]
    parts = list(_parts(identity, design, keys))
    record = Publication(
        publication_id=identity,
        office="US",
        number=f"D{number:07d}",
        kind="S1",
        title=design.title,
        publication_date=_FIRST_DAY + timedelta(weeks=number // 20),
        filing_date=_FIRST_DAY + timedelta(weeks=number // 20 - 60),
        application_number=f"29{number:06d}",
        locarno=(parse_locarno(design.locarno, "14"),),
        us_class=(design.us_class,),
        owner=owner,
        inventors=(f"Inventor {number % (3 * _N_OWNERS)}",),
        n_declared_sheets=len(parts),
        n_declared_figures=len(parts),
        captions=(),
        broken_line_statement=None,
        hague_number=None,
        images=tuple(SheetImage(sheet.file, sheet.position, False) for sheet, _, _ in parts),
        source=f"{_upload_name(number // _AN_UPLOAD)}!{identity}.ZIP",
        assignees=(owner,),
    )
    return StoredPublication(
        publication=record,
        content_hash=hashlib.sha256(identity.encode()).hexdigest(),
        sheets=tuple(sheet for sheet, _, _ in parts),
        figures=tuple(figure for _, figure, _ in parts),
        texts=tuple(text for _, _, text in parts),
    )


def _parts(
    identity: str, design: _Drawn, keys: Sequence[str]
) -> Iterator[tuple[Sheet, Figure, FigureText]]:
    for n, ((view, _), key) in enumerate(zip(design.views, keys, strict=True), start=1):
        named = figure_id(identity, n, 1, str(n))
        caption = f"FIG. {n} is a {view} view of a {design.title.lower()}"
        box = Box(0, 0, _FIGURE_PX, _FIGURE_PX)
        yield (
            Sheet(identity, n, f"{identity}-D{n:05d}.PNG", key, _FIGURE_PX, _FIGURE_PX, 0),
            Figure(
                named, identity, n, 1, str(n), LabelSource.STATED, view, design.title, caption,
                box, key,
            ),
            FigureText(named, Provenance.GRANT, caption),
        )  # fmt: skip


def _upload_name(number: int) -> str:
    return f"I{number:08d}.tar"


def _store(resources: Resources, number: int, stored: Sequence[StoredPublication]) -> None:
    catalogue = resources.catalogue
    path = str(Path("deliveries", _upload_name(number)))
    members = [f"{each.publication.publication_id}.ZIP" for each in stored]
    upload = catalogue.begin_upload(path, hashlib.sha256(path.encode()).hexdigest(), 0, members)
    with catalogue.writing() as connection:
        for member, each in zip(members, stored, strict=True):
            delivery = read_delivery(connection, upload.upload_id, member)
            write_publication(connection, each, delivery)
            identity = each.publication.publication_id
            finish_member(connection, delivery, identity, StoreOutcome.NEW, ())


def _embed(
    resources: Resources,
    stored: Sequence[StoredPublication],
    rows: Embeddings,
    words: dict[str, Embeddings],
) -> None:
    parts = [(each, figure) for each in stored for figure in each.figures]
    vectors = [
        {
            "figure_id": figure.figure_id,
            "encoder_id": resources.encoder.encoder_id,
            "image": row.tobytes(),
            "text": words[each.publication.title].tobytes(),
            "revision": each.content_hash,
        }
        for (each, figure), row in zip(parts, rows, strict=True)
    ]
    with resources.catalogue.writing() as connection:
        insert_new(connection, embeddings, vectors)
        kept = [vector["figure_id"] for vector in vectors]
        for first in range(0, len(kept), _A_BATCH):
            batch = figures.c.figure_id.in_(kept[first : first + _A_BATCH])
            is_new = figures.c.stage == Stage.CUT
            connection.execute(update(figures).where(batch, is_new).values(stage=Stage.EMBEDDED))
