"""The system of record: publications, sheets, figures, texts, vectors and the ledger.

Everything the index holds can be rebuilt from here and the picture store, without the archives.
"""

import re
from contextlib import ExitStack

from sqlalchemy import func, or_, select

from ingestion.account import Accounts
from ingestion.answer_ledger import AnswerLedger
from ingestion.arrivals import Arrivals
from ingestion.catalogue_records import (
    PublicationSummary,
    StatusCounts,
    StoredPublication,
    StoreOutcome,
)
from ingestion.catalogue_schema import figures, publications, sheets
from ingestion.catalogue_version import check_revision, prepare_schema
from ingestion.corpus_coverage import CorpusCoverage
from ingestion.corpus_sample import CorpusSample
from ingestion.corpus_statistics import CorpusStatistics
from ingestion.database import connect
from ingestion.figure_findings import FigureFindings
from ingestion.figure_rows import FigureRows
from ingestion.figure_stages import FigureStages, count_stages
from ingestion.figure_texts import FigureTexts
from ingestion.leading_figures import LeadingFigures
from ingestion.model_ledger import ModelLedger
from ingestion.picture_ledger import PictureLedger
from ingestion.publication_store import write_publication
from ingestion.refused_uploads import RefusedUploads
from ingestion.related_publications import RelatedPublications
from ingestion.upload_members import finish_member, read_delivery
from ingestion.uploads import UploadLedger
from ingestion.walls import Walls, of_shown, shown
from ingestion.watch_ledger import WatchLedger
from ingestion.whole_publications import WholePublications
from ingestion.withdrawals import Withdrawals


class Catalogue(
    WholePublications,
    CorpusStatistics,
    CorpusSample,
    Arrivals,
    CorpusCoverage,
    UploadLedger,
    RefusedUploads,
    FigureRows,
    FigureStages,
    FigureFindings,
    LeadingFigures,
    FigureTexts,
    AnswerLedger,
    PictureLedger,
    RelatedPublications,
    WatchLedger,
    Withdrawals,
    ModelLedger,
    Accounts,
    Walls,
):
    """The catalogue in one SQLite file or PostgreSQL database.

    Any number of processes and threads may use it at once, each process with its own object.
    Every method is one transaction; each may raise CatalogueUnavailable (try again) and
    StorageFailed (full disk, rights, damage).
    """

    @classmethod
    def open(cls, url: str) -> "Catalogue":
        """Open a catalogue: made where the database is empty, brought up to date where it is old.

        Args:
            url: ``sqlite:////folder/catalogue.sqlite3`` or ``postgresql://user@host/database``.

        Raises:
            ConfigurationFault: If the URL is neither.
            SchemaMismatch: If a newer Limn's catalogue, or something else, is there.
            StorageFailed: If the file cannot be made, read or written.
            CatalogueUnavailable: If the server does not answer or the file stays locked.
        """
        catalogue = cls(connect(url))
        with ExitStack() as if_refused:
            if_refused.callback(catalogue.close)
            with catalogue._writing() as connection:
                prepare_schema(connection, catalogue.where)
            if_refused.pop_all()
        return catalogue

    @classmethod
    def as_found(cls, url: str) -> "Catalogue":
        """Open a catalogue that is there, and leave its tables as they are.

        Raises:
            SchemaMismatch: If they are not those that this Limn works with.
            ConfigurationFault, StorageFailed, CatalogueUnavailable: As `open`.
        """
        catalogue = cls(connect(url))
        with ExitStack() as if_refused:
            if_refused.callback(catalogue.close)
            catalogue.check_schema()
            if_refused.pop_all()
        return catalogue

    def store_publication(
        self, stored: StoredPublication, upload_id: str, member: str
    ) -> StoreOutcome:
        """Keep a publication with all that was cut from it, and finish its member: all or nothing.

        Figures start at CUT, front-page copies rest at STORED. Where an older version was there
        (see `versions`), its figures go away; those that do not come back are listed as obsolete
        points, and paid texts (captioner, LLM, person) stay with figures whose pixels are the same.
        Where a newer version is there, nothing is written. A publication that is withdrawn by its
        own status or by a newer notice is kept and not indexed.

        Args:
            stored: The publication; its figures lie on its sheets.
            upload_id: The upload it came with.
            member: The grant unit in that upload.

        Raises:
            BadInput: If the ledger knows no such member.
            CatalogueUnavailable: Also where another worker stored its other half meanwhile.
            PublicationInvalid: If it is words whose pictures lie on the other side of a wall.
        """
        with self._writing() as connection:
            delivery = read_delivery(connection, upload_id, member)
            outcome = write_publication(connection, stored, delivery)
            publication_id = stored.publication.publication_id
            finish_member(connection, delivery, publication_id, outcome, stored.problems)
        return outcome

    def search_publications(self, text: str = "", limit: int = 50) -> list[PublicationSummary]:
        """Publications whose title or owner contains the text, or whose number it is.

        Args:
            text: Words of a title or owner, ``"D907,292"``, ``"US-D0907292-S1"``; empty for all
                but the withdrawn ones.
            limit: At most so many, newest first.
        """
        n_figures = (
            select(func.count())
            .where(
                figures.c.publication_id == publications.c.publication_id,
                figures.c.is_front_page.is_(False),
            )
            .scalar_subquery()
        )
        matches = [
            column.icontains(text.strip(), autoescape=True)
            for column in (
                publications.c.title,
                publications.c.owner,
                publications.c.publication_id,
            )
        ]
        if compact := re.sub(r"[\s,/]", "", text):  # "DM/204232" is WO-DM204232-1
            matches.append(publications.c.publication_id.icontains(compact, autoescape=True))
        number = normalise_number(text)
        if number:
            matches.append(publications.c.number == number)
        statement = (
            select(
                publications.c.publication_id,
                publications.c.title,
                publications.c.publication_date,
                publications.c.owner,
                publications.c.locarno,
                n_figures.label("n_figures"),
            )
            .where(or_(*matches) if text.strip() else publications.c.is_withdrawn.is_(False))
            .where(shown(self._hidden))
            .order_by(publications.c.publication_date.desc(), publications.c.publication_id)
            .limit(limit)
        )
        with self._reading() as connection:
            return [PublicationSummary(*row) for row in connection.execute(statement)]

    def check_schema(self) -> str:
        """The revision of the tables, asked anew: another process may have changed them.

        Raises:
            SchemaMismatch: If it is not the one that this Limn works with.
            CatalogueUnavailable: If the database does not answer.
        """
        with self._reading() as connection:
            return check_revision(connection, self.where)

    def counts(self) -> StatusCounts:
        """What the catalogue holds, in one consistent view."""
        with self._reading() as connection:
            n_publications = connection.scalar(
                select(func.count()).select_from(publications).where(shown(self._hidden))
            )
            n_sheets = connection.scalar(
                select(func.count()).where(
                    sheets.c.position > 0, of_shown(sheets.c.publication_id, self._hidden)
                )
            )
            is_shown = of_shown(figures.c.publication_id, self._hidden)
            n_front = connection.scalar(
                select(func.count()).where(figures.c.is_front_page.is_(True), is_shown)
            )
            n_withdrawn = connection.scalar(
                select(func.count()).where(
                    figures.c.is_withdrawn.is_(True), figures.c.is_front_page.is_(False), is_shown
                )
            )
            by_stage = count_stages(connection, is_shown)
        return StatusCounts(
            publications=n_publications or 0,
            sheets=n_sheets or 0,
            figures=sum(by_stage.values()),
            front_page=n_front or 0,
            withdrawn=n_withdrawn or 0,
            by_stage=by_stage,
        )

    def locarno_counts(self) -> dict[str, int]:
        """How many publications each class and subclass holds by its main code, withdrawn ones not.

        Returns:
            Counts by code, ``{"28": 12, "28-03": 5, …}``; classes without publications left out.
        """
        statement = (
            select(publications.c.locarno, func.count())
            .where(publications.c.is_withdrawn.is_(False), shown(self._hidden))
            .group_by(publications.c.locarno)
        )
        counts: dict[str, int] = {}
        with self._reading() as connection:
            for code, n_publications in connection.execute(statement):
                for key in {code, code[:2]} if code else ():
                    counts[key] = counts.get(key, 0) + n_publications
        return counts


_NUMBER = re.compile(r"^(?:US-?)?D(\d+)(?:-?S\d?)?$", re.IGNORECASE)


def normalise_number(text: str) -> str | None:
    """Read a US design number as people write it, or None where the text is none.

    Example:
        >>> normalise_number("D907,292"), normalise_number("US-D0907292-S1")
        ('D0907292', 'D0907292')
    """
    match = _NUMBER.match(re.sub(r"[\s,]", "", text))
    return f"D{match[1].zfill(7)}" if match else None
