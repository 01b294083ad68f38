"""How many publications and figures there are, by office, year and class, and when they came."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import extract, func, select

from core.records import Stage
from ingestion.catalogue_schema import figures, publications
from ingestion.database import Database
from ingestion.figure_stages import to_be_indexed
from ingestion.walls import of_shown, shown


@dataclass(frozen=True, slots=True)
class CorpusCell:
    """Publications of one office, year and class; withdrawn ones are not counted."""

    office: str
    year: int | None
    """Of publication; None where unknown."""
    locarno_class: str | None
    """Main class, ``"06"``; None where unknown."""
    n_publications: int
    n_figures: int
    """Figures that are to be searchable."""


@dataclass(frozen=True, slots=True)
class DayOfIntake:
    """What was stored on one day, UTC."""

    day: date
    n_publications: int


@dataclass(frozen=True, slots=True)
class StageFailures:
    """Figures listed as failed at one stage."""

    stage: Stage
    reason: str
    n_figures: int


class CorpusStatistics(Database):
    """Counts over the whole catalogue: each reads all of a table, so ask seldom."""

    def corpus_cells(self) -> list[CorpusCell]:
        """Every combination of office, year and class that occurs, in this order."""
        n_figures = (
            select(figures.c.publication_id, func.count().label("n"))
            .where(to_be_indexed)
            .group_by(figures.c.publication_id)
            .subquery()
        )
        year = extract("year", publications.c.publication_date)
        by = (publications.c.office, year, publications.c.locarno_class)
        statement = (
            select(*by, func.count(), func.coalesce(func.sum(n_figures.c.n), 0))
            .join(
                n_figures, n_figures.c.publication_id == publications.c.publication_id, isouter=True
            )
            .where(publications.c.is_withdrawn.is_(False), shown(self._hidden))
            .group_by(*by)
        )
        with self._reading() as connection:
            cells = [
                CorpusCell(office, None if year is None else int(year), code, n, int(n_figures))
                for office, year, code, n, n_figures in connection.execute(statement)
            ]
        return sorted(cells, key=lambda c: (c.office, c.year or 0, c.locarno_class or ""))

    def intake_by_day(self, n_days: int) -> list[DayOfIntake]:
        """Publications stored on each of the last days, oldest first, days without any left out.

        A publication counts on the day that its kept version was stored.
        """
        since = datetime.now(UTC) - timedelta(days=n_days)
        with self._reading() as connection:
            if connection.dialect.name == "postgresql":
                day = func.date(func.timezone("UTC", publications.c.stored_at))
            else:
                day = func.date(publications.c.stored_at)
            rows = connection.execute(
                select(day, func.count())
                .where(publications.c.stored_at >= since, shown(self._hidden))
                .group_by(day)
                .order_by(day)
            ).all()
        return [DayOfIntake(date.fromisoformat(str(day)), n) for day, n in rows]

    def failures_by_reason(self, limit: int) -> list[StageFailures]:
        """Why figures failed, the commonest reasons first."""
        by = (figures.c.failed_stage, figures.c.failure_reason)
        statement = (
            select(*by, func.count())
            .where(
                figures.c.failed_stage.is_not(None),
                to_be_indexed,
                of_shown(figures.c.publication_id, self._hidden),
            )
            .group_by(*by)
            .order_by(func.count().desc(), *by)
            .limit(limit)
        )
        with self._reading() as connection:
            return [
                StageFailures(Stage(stage), reason or "no reason was kept", n)
                for stage, reason, n in connection.execute(statement)
            ]
