"""What the collection covers: of which offices, from when to when, how much, and what failed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, func, select, true

from core.records import Stage
from ingestion.catalogue_schema import figure_texts, figures, publications, rejections
from ingestion.database import Database
from ingestion.figure_stages import to_be_indexed
from ingestion.walls import of_shown, shown


@dataclass(frozen=True, slots=True)
class OfficeCoverage:
    """What is there of one office, withdrawn publications not counted.

    Attributes:
        n_indexed: Its figures that can be found.
        first, last: Publication dates; None where no publication has one.
        n_undated: Publications without a date.
    """

    office: str
    n_publications: int
    n_figures: int
    n_indexed: int
    n_failed: int
    first: date | None
    last: date | None
    n_undated: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a search over the whole collection looks at.

    Attributes:
        n_withdrawn: Publications that are kept and not searched.
        failures: Figures that are not searched, by the stage that gave them up.
        n_rejected: What deliveries brought that could not be read at all.
        texts: Texts about figures, by who wrote them.
    """

    offices: tuple[OfficeCoverage, ...]
    n_withdrawn: int
    failures: Mapping[str, int]
    n_rejected: int
    texts: Mapping[str, int]


class CorpusCoverage(Database):
    """What the catalogue covers."""

    def coverage(self) -> Coverage:
        """What the collection covers now, in one consistent view."""
        p, f = publications.c, figures.c
        is_shown = shown(self._hidden)
        of_shown_figure = of_shown(f.publication_id, self._hidden)
        offices = (
            select(
                p.office,
                func.count(),
                func.min(p.publication_date),
                func.max(p.publication_date),
                func.count().filter(p.publication_date.is_(None)),
            )
            .where(p.is_withdrawn.is_(False), is_shown)
            .group_by(p.office)
            .order_by(p.office)
        )
        has_failed = f.failed_stage.is_not(None)
        of_office = (
            select(
                p.office,
                func.count(),
                func.count().filter(and_(f.stage == Stage.INDEXED, ~has_failed)),
                func.count().filter(has_failed),
            )
            .join(publications, p.publication_id == f.publication_id)
            .where(to_be_indexed, is_shown)
            .group_by(p.office)
        )
        failures = (
            select(f.failed_stage, func.count())
            .where(has_failed, to_be_indexed, of_shown_figure)
            .group_by(f.failed_stage)
            .order_by(f.failed_stage)
        )
        texts = (
            select(figure_texts.c.provenance, func.count())
            .where(self._of_shown_text)
            .group_by(figure_texts.c.provenance)
            .order_by(figure_texts.c.provenance)
        )
        with self._reading() as connection:
            figures_of = {row[0]: row for row in connection.execute(of_office)}
            covered = []
            for office, n, first, last, n_undated in connection.execute(offices):
                _, n_figures, n_indexed, n_failed = figures_of.get(office, (office, 0, 0, 0))
                covered.append(
                    OfficeCoverage(
                        office, n, n_figures, n_indexed, n_failed, first, last, n_undated
                    )
                )
            return Coverage(
                offices=tuple(covered),
                n_withdrawn=connection.scalar(select(func.count()).where(p.is_withdrawn, is_shown))
                or 0,
                failures={row[0]: row[1] for row in connection.execute(failures)},
                n_rejected=connection.scalar(
                    select(func.count()).where(rejections.c.upload_id.not_in(self._hidden))
                )
                or 0,
                texts={row[0]: row[1] for row in connection.execute(texts)},
            )

    def prompt_hashes(self) -> dict[str, tuple[str, ...]]:
        """By model, the hashes of the prompts that its texts answer, in order."""
        asked = (
            select(figure_texts.c.model, figure_texts.c.prompt_hash)
            .where(figure_texts.c.prompt_hash.is_not(None), self._of_shown_text)
            .distinct()
            .order_by(figure_texts.c.model, figure_texts.c.prompt_hash)
        )
        hashes: dict[str, tuple[str, ...]] = {}
        with self._reading() as connection:
            for model, prompt_hash in connection.execute(asked):
                hashes[str(model)] = (*hashes.get(str(model), ()), prompt_hash)
        return hashes

    @property
    def _of_shown_text(self) -> ColumnElement[bool]:
        if not self._hidden:
            return true()
        seen = select(figures.c.figure_id).where(of_shown(figures.c.publication_id, self._hidden))
        return figure_texts.c.figure_id.in_(seen)
