"""How far each figure has come, and where it failed."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, and_, func, select, update

from core.records import Stage
from ingestion.catalogue_records import Failure
from ingestion.catalogue_schema import figures, publications, upload_members
from ingestion.database import Database, batches, storable
from ingestion.walls import of_shown

STAGES = (Stage.STORED, Stage.CUT, Stage.DESCRIBED, Stage.EMBEDDED, Stage.INDEXED)
"""In the order a figure passes them."""
PAGE = 2_000
"""Figures one step of a long walk reads."""
to_be_indexed = and_(figures.c.is_front_page.is_(False), figures.c.is_withdrawn.is_(False))
"""Neither a front-page copy nor withdrawn."""


class FigureStages(Database):
    """The stage ledger of figures. Front-page copies and withdrawn figures rest where they are."""

    def advance(
        self, figure_ids: Sequence[str], stage: Stage, revisions: Sequence[str] | None = None
    ) -> int:
        """Say that figures have passed a stage; never takes one back.

        A listed failure at this stage or an earlier one is struck out: it succeeded after all.

        Args:
            figure_ids: Unknown ones are passed over: their publication was replaced.
            stage: CUT to INDEXED.
            revisions: `FigureRow.revision` of each figure as the stage read it; a figure whose
                publication was replaced or whose texts changed since then is passed over.

        Returns:
            How many moved forward.
        """
        n_moved = 0
        with self._writing() as connection:
            for batch in batches(lock_figures(connection, figure_ids, revisions)):
                chosen = figures.c.figure_id.in_(batch)
                n_moved += connection.execute(
                    update(figures)
                    .where(chosen, to_be_indexed, figures.c.stage.in_(_before(stage)))
                    .values(stage=stage)
                ).rowcount
                connection.execute(
                    update(figures)
                    .where(chosen, figures.c.failed_stage.in_([*_before(stage), stage]))
                    .values(failed_stage=None, failure_reason=None)
                )
        return n_moved

    def fail(self, figure_ids: Sequence[str], stage: Stage, reason: str) -> int:
        """List figures that a stage gave up on.

        A figure that has passed the stage is left alone: another delivery succeeded.

        Args:
            figure_ids: The figures.
            stage: The stage that failed, DESCRIBED to INDEXED.
            reason: What went wrong, for a person to read.

        Returns:
            How many are now listed.
        """
        n_failed = 0
        with self._writing() as connection:
            for batch in batches(lock_figures(connection, figure_ids)):
                n_failed += connection.execute(
                    update(figures)
                    .where(
                        figures.c.figure_id.in_(batch),
                        to_be_indexed,
                        figures.c.stage.in_(_before(stage)),
                    )
                    .values(failed_stage=stage, failure_reason=storable(reason))
                ).rowcount
        return n_failed

    def send_back(self, figure_ids: Sequence[str], stage: Stage) -> int:
        """Take figures back to a stage, because what later stages made of them is lost.

        Args:
            figure_ids: Those that have not passed the stage are left alone.
            stage: CUT to EMBEDDED: the stage they are at now.

        Returns:
            How many went back.
        """
        n_moved = 0
        with self._writing() as connection:
            for batch in batches(lock_figures(connection, figure_ids)):
                n_moved += connection.execute(
                    update(figures)
                    .where(
                        figures.c.figure_id.in_(batch),
                        to_be_indexed,
                        figures.c.stage.not_in([*_before(stage), stage]),
                    )
                    .values(stage=stage)
                ).rowcount
        return n_moved

    def failures(self, limit: int | None = None) -> list[Failure]:
        """Figures that a stage gave up on, by id."""
        statement = (
            select(figures.c.figure_id, figures.c.failed_stage, figures.c.failure_reason)
            .where(
                figures.c.failed_stage.is_not(None),
                to_be_indexed,
                of_shown(figures.c.publication_id, self._hidden),
            )
            .order_by(figures.c.figure_id)
            .limit(limit)
        )
        with self._reading() as connection:
            return [
                Failure(row.figure_id, Stage(row.failed_stage), row.failure_reason)
                for row in connection.execute(statement)
            ]

    def reset_failures(
        self, *, figure_ids: Sequence[str] | None = None, stage: Stage | None = None
    ) -> list[str]:
        """Strike failures out for a retry; each figure is back at the last stage it passed.

        Args:
            figure_ids: Only these; None for all.
            stage: Only failures of this stage; None for all.

        Returns:
            Ids of the figures to enqueue again, sorted.
        """
        wanted = None if figure_ids is None else set(figure_ids)
        failed = figures.c.failed_stage.is_not(None)
        at_stage = failed if stage is None else figures.c.failed_stage == stage
        with self._writing() as connection:
            listed = connection.scalars(
                select(figures.c.figure_id)
                .where(at_stage, to_be_indexed)
                .order_by(figures.c.figure_id)
                .with_for_update()
            ).all()
            chosen = [figure for figure in listed if wanted is None or figure in wanted]
            for batch in batches(chosen):
                connection.execute(
                    update(figures)
                    .where(figures.c.figure_id.in_(batch))
                    .values(failed_stage=None, failure_reason=None)
                )
        return chosen

    def figure_ids(
        self,
        *,
        stage: Stage | None = None,
        publication_id: str | None = None,
        upload_id: str | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> list[str]:
        """Figures to be indexed (no front-page copies, nothing withdrawn), by id.

        Args:
            stage: Only those at this stage; FAILED for the listed failures.
            publication_id: Only of this publication.
            upload_id: Only of the publications this upload held.
            after: Only ids greater than this one, for paging.
            limit: At most so many.
        """
        statement = select(figures.c.figure_id).where(to_be_indexed)
        if stage is Stage.FAILED:
            statement = statement.where(figures.c.failed_stage.is_not(None))
        elif stage is not None:
            statement = statement.where(figures.c.stage == stage, figures.c.failed_stage.is_(None))
        if publication_id is not None:
            statement = statement.where(figures.c.publication_id == publication_id)
        if upload_id is not None:
            held = select(upload_members.c.publication_id).where(
                upload_members.c.upload_id == upload_id,
                upload_members.c.publication_id.is_not(None),
            )
            statement = statement.where(figures.c.publication_id.in_(held))
        if after is not None:
            statement = statement.where(figures.c.figure_id > after)
        with self._reading() as connection:
            return list(connection.scalars(statement.order_by(figures.c.figure_id).limit(limit)))

    def iter_indexable_figure_ids(self) -> Iterator[str]:
        """Every figure that belongs in the index: not front-page copies, withdrawn or failed ones.

        Read in pages, so that a long walk blocks nobody.
        """
        after: str | None = None
        while page := self._indexable_page(after):
            yield from page
            after = page[-1]

    def iter_revisions(self) -> Iterator[tuple[str, str]]:
        """What `iter_indexable_figure_ids` walks, each with its `FigureRow.revision`."""
        after = ""
        while True:
            statement = (
                select(figures.c.figure_id, publications.c.content_hash, figures.c.text_revision)
                .join(publications, publications.c.publication_id == figures.c.publication_id)
                .where(to_be_indexed, figures.c.failed_stage.is_(None), figures.c.figure_id > after)
                .order_by(figures.c.figure_id)
                .limit(PAGE)
            )
            with self._reading() as connection:
                page = connection.execute(statement).all()
            if not page:
                return
            yield from (
                (row.figure_id, revision_of(row.content_hash, row.text_revision)) for row in page
            )
            after = page[-1].figure_id

    def _indexable_page(self, after: str | None) -> Sequence[str]:
        statement = select(figures.c.figure_id).where(
            to_be_indexed, figures.c.failed_stage.is_(None)
        )
        if after is not None:
            statement = statement.where(figures.c.figure_id > after)
        with self._reading() as connection:
            return connection.scalars(statement.order_by(figures.c.figure_id).limit(PAGE)).all()


def _before(stage: Stage) -> tuple[Stage, ...]:
    return STAGES[: STAGES.index(stage)]


def lock_figures(
    connection: Connection, figure_ids: Sequence[str], revisions: Sequence[str] | None = None
) -> list[str]:
    """Lock figures in one order, so that two writers never wait for each other.

    Returns:
        Those that are there and, where revisions are given, unchanged; sorted.
    """
    expected = dict(zip(figure_ids, revisions, strict=True)) if revisions is not None else {}
    kept: list[str] = []
    for batch in batches(sorted(set(figure_ids))):
        statement = (
            select(figures.c.figure_id, publications.c.content_hash, figures.c.text_revision)
            .join(publications, publications.c.publication_id == figures.c.publication_id)
            .where(figures.c.figure_id.in_(batch))
            .order_by(figures.c.figure_id)
            .with_for_update(of=figures)
        )
        for row in connection.execute(statement):
            found = revision_of(row.content_hash, row.text_revision)
            if expected.get(row.figure_id, found) == found:
                kept.append(row.figure_id)
    return kept


def revision_of(content_hash: str, text_revision: int) -> str:
    """`FigureRow.revision`: what the figure was cut from and how often its texts changed.

    Example:
        >>> revision_of("3f9c", 0), revision_of("3f9c", 2)
        ('3f9c', '3f9c.2')
    """
    return f"{content_hash}.{text_revision}" if text_revision else content_hash


def count_stages(connection: Connection, where: ColumnElement[bool]) -> Mapping[Stage, int]:
    """Count figures to be indexed by stage; every stage is a key, failed ones under FAILED.

    Counted in one pass: grouping would sort every row first.
    """
    has_failed = figures.c.failed_stage.is_not(None)
    counts = [
        func.count().filter(~has_failed, figures.c.stage == stage).label(stage) for stage in STAGES
    ]
    counts.append(func.count().filter(has_failed).label(Stage.FAILED))
    row = connection.execute(select(*counts).where(and_(to_be_indexed, where))).one()
    return {stage: row._mapping[stage] for stage in Stage}
