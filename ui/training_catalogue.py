"""The catalogue's figures as a source of training drawings."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from functools import cached_property, lru_cache, partial
from itertools import groupby

from core.errors import SourceInvalid
from core.families import least_relatives
from core.records import Provenance, Stage
from core.settings import CatalogueSettings, PicturesSettings, Settings
from encoder.describing.wordings import tells_view
from encoder.evaluation.manifest import ManifestRow
from encoder.training.drawings import Drawing, DrawnObject
from encoder.training.sources.elsewhere import CatalogueSource
from encoder.training.sources.manifest import describe
from encoder.training.sources.source import Job
from ingestion.catalogue_records import FigureRow
from ingestion.pictures import PictureStore
from ui.held_out_figures import HeldOut, write_figures
from workers.addresses import pictures_url
from workers.resources import Resources

_RECIPE = "catalogue: figures by publication, v1"
_ABOUT_ONE_FIGURE = (Provenance.GRANT, Provenance.GRANT_WORDING, Provenance.THESAURUS_WORDING)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A publication with the figures to be drawn."""

    drawn: DrawnObject
    rows: tuple[ManifestRow, ...]
    sha256s: tuple[str, ...]
    """Of each row's picture."""

    split_key: str
    """What must not be torn apart: the family, else the publication."""


class CatalogueDrawings:
    """See `encoder.training.sources.source.DrawingSource`.

    Args:
        source: Which home, and which texts.
        settings: Of the environment; used where the source names no home.

    Raises:
        SourceInvalid: If the source's home holds no catalogue.
    """

    def __init__(self, source: CatalogueSource, settings: Settings) -> None:
        self._source = source
        if source.path is not None:
            if not (source.path / "catalogue.sqlite3").is_file():
                raise SourceInvalid(f"{source.path} is no Limn home: it holds no catalogue.sqlite3")
            places = {"catalogue": CatalogueSettings(), "pictures": PicturesSettings()}
            settings = settings.model_copy(update={"home": source.path, **places})
        self._resources = Resources(settings)
        self._pictures = pictures_url(settings)

    @property
    def recipe(self) -> str:
        digest = hashlib.sha256()
        for one in self._publications:
            digest.update(repr(astuple(one)).encode())
        return f"{self._source.recipe_of(_RECIPE)}, {digest.hexdigest()[:16]}"

    def jobs(self) -> Sequence[Job]:
        """One a figure, publication after publication."""
        return [
            partial(_draw_figure, self._pictures, one.drawn, sha256)
            for one in self._publications
            if not self._source.is_held_out(one.split_key)
            for sha256 in one.sha256s
        ]

    def write_held_out(self) -> None:
        """Write the figures that are kept."""
        if self._source.held_out is not None:
            write_figures(self._source.held_out, self._held_out())

    def _held_out(self) -> Iterator[HeldOut]:
        for one in self._publications:
            if self._source.is_held_out(one.split_key):
                for row, sha256 in zip(one.rows, one.sha256s, strict=True):
                    yield row, partial(self._resources.pictures.get_figure, sha256)

    @cached_property
    def _publications(self) -> tuple[_Drawn, ...]:
        rows = (
            row
            for row in self._resources.catalogue.iter_figures()
            if row.stage is not Stage.STORED  # front pages, withdrawn publications
        )
        found = [
            _drawn(tuple(own), self._source.texts)
            for _, own in groupby(rows, key=lambda row: row.publication.publication_id)
        ]
        if not found:
            raise SourceInvalid(f"the catalogue of {self._resources.settings.home} has no figure")
        least = least_relatives(one.drawn.family for one in found)
        return tuple(
            replace(one, split_key=least[one.drawn.family[0]]) if one.drawn.family else one
            for one in found
        )


def _drawn(rows: tuple[FigureRow, ...], origins: tuple[str, ...]) -> _Drawn:
    """A publication as one object: what is said of any of its figures is said of the design."""
    publication = rows[0].publication
    title = publication.title.strip().lower()
    names = [row.figure.object_name for row in rows if row.figure.object_name]
    name = names[0].lower() if names else title
    locarno = publication.locarno[0].code if publication.locarno else ""
    texts = [
        *describe(name, title, locarno),
        *(said for row in rows for said in _said(row, origins)),
    ]
    identity, family = publication.publication_id, publication.family
    drawn = DrawnObject(name, tuple(dict.fromkeys(texts)), locarno or None, identity, family)
    manifest = tuple(
        ManifestRow(
            file=f"{row.figure.figure_id.replace('/', '_')}.png",
            publication_id=identity,
            title=publication.title,
            locarno=locarno,
            class_name=name,
            view=row.figure.view.value,
            family=family,
        )
        for row in rows
    )
    return _Drawn(drawn, manifest, tuple(row.figure.sha256 for row in rows), identity)


def _said(row: FigureRow, origins: tuple[str, ...]) -> Iterator[str]:
    """Texts about the design; sentences by rule that name one view do not fit its others."""
    for text in row.texts:
        if text.provenance.value not in origins:
            continue
        about_view = text.text == row.figure.caption or tells_view(text.text, row.figure.view)
        if not (text.provenance in _ABOUT_ONE_FIGURE and about_view):
            yield text.text


def _draw_figure(pictures: str, drawn: DrawnObject, sha256: str) -> list[Drawing]:
    return [Drawing(drawn.publication_id or sha256, drawn, _store(pictures).get_figure(sha256))]


@lru_cache
def _store(url: str) -> PictureStore:
    """One a process."""
    return PictureStore(url)
