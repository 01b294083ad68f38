"""Watches: saved searches that are run against only what has arrived since they last ran.

What is new is counted, not dated: a watch remembers the number of the last arrival it covered. A
run and what it found are written in one transaction that moves this number on from where the run
began; of two runs at once the later one writes nothing, and a run that was killed is run again.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, insert, select, true, update

from core.access import ANYBODY, Viewer
from core.errors import NotInCasebook
from search.casebook_records import Watch, WatchHit, now, one_line
from search.casebook_tables import Transactions, members, projects, searches, watch_hits, watches
from search.saved_searches import read_search, search_of_row, select_searches


class Watches:
    """Watches by the saved search they run.

    Args:
        database: Where they lie.
        viewer: Who asks: of projects that they are no member of, nothing is there.
    """

    def __init__(self, database: Transactions, viewer: Viewer = ANYBODY) -> None:
        self._database = database
        self._viewer = viewer

    @property
    def _is_own(self) -> ColumnElement[bool]:
        """Whether the viewer may see a project."""
        if not self._viewer.is_walled:
            return true()
        is_member = members.c.member == self._viewer.name
        return projects.c.project_id.in_(select(members.c.project_id).where(is_member))

    def watch(self, search_id: int, covered: int, by: str) -> Watch:
        """Watch with a saved search, or take a watch up again where it was left.

        Args:
            search_id: The saved search.
            covered: The last arrival so far, where a new watch begins.
            by: Who watches.

        Raises:
            NotInCasebook: If there is no such search.
        """
        values = {
            "search_id": search_id,
            "covered": covered,
            "is_on": True,
            "made_at": now(),
            "made_by": one_line(by, "who"),
        }
        is_it = watches.c.search_id == search_id
        with self._database.writing() as connection:
            read_search(connection, search_id, self._is_own)
            if connection.execute(update(watches).where(is_it).values(is_on=True)).rowcount == 0:
                connection.execute(insert(watches).values(values))
        return self.find_watch(search_id)

    def end_watch(self, search_id: int) -> Watch:
        """Stop watching; what was found stays.

        Raises:
            NotInCasebook: If nothing is watched with this search.
        """
        is_it = watches.c.search_id == search_id
        with self._database.writing() as connection:
            read_search(connection, search_id, self._is_own)
            connection.execute(update(watches).where(is_it).values(is_on=False))
        return self.find_watch(search_id)

    def find_watch(self, search_id: int) -> Watch:
        """The watch of a saved search.

        Raises:
            NotInCasebook: If nothing is watched with it.
        """
        found = [watch for watch in self.watches() if watch.search.search_id == search_id]
        if not found:
            raise NotInCasebook(f"nothing is watched with search {search_id}")
        return found[0]

    def watches(self, *, only_on: bool = False) -> list[Watch]:
        """All watches, by their search."""
        n_hits = (
            select(func.count())
            .where(watch_hits.c.search_id == watches.c.search_id)
            .correlate(watches)
            .scalar_subquery()
        )
        own = [column.label(f"w_{column.name}") for column in watches.c]
        statement = (
            select_searches()
            .add_columns(*own, n_hits.label("n_hits"))
            .join(watches, watches.c.search_id == searches.c.search_id)
            .where(self._is_own)
            .order_by(searches.c.search_id)
        )
        if only_on:
            statement = statement.where(watches.c.is_on)
        with self._database.reading() as connection:
            return [
                Watch(
                    search=search_of_row(row),
                    covered=row.w_covered,
                    is_on=row.w_is_on,
                    n_hits=row.n_hits,
                    last_run_at=row.w_last_run_at,
                    problem=row.w_problem,
                    made_at=row.w_made_at,
                    made_by=row.w_made_by,
                )
                for row in connection.execute(statement)
            ]

    def note_run(self, watch: Watch, covered: int, hits: Sequence[WatchHit]) -> list[WatchHit]:
        """Write what a run found, unless another run has covered it in the meantime.

        Args:
            watch: As the run began with it.
            covered: The last arrival that the run searched.
            hits: What it found, best first.

        Returns:
            The hits that were not listed before.
        """
        search_id = watch.search.search_id
        own = watch_hits.c.search_id == search_id
        with self._database.writing() as connection:
            moved = connection.execute(
                update(watches)
                .where(watches.c.search_id == search_id, watches.c.covered == watch.covered)
                .values(covered=covered, last_run_at=now(), problem=None)
            ).rowcount
            if not moved:
                return []
            listed = set(connection.scalars(select(watch_hits.c.publication_id).where(own)))
            new = [hit for hit in hits if hit.publication_id not in listed]
            if new:
                connection.execute(
                    insert(watch_hits),
                    [{"search_id": search_id, **_values(hit)} for hit in new],
                )
        return new

    def note_problem(self, watch: Watch, problem: str) -> None:
        """Say why a run could not search; what it was to cover is tried again."""
        with self._database.writing() as connection:
            connection.execute(
                update(watches)
                .where(watches.c.search_id == watch.search.search_id)
                .values(problem=problem, last_run_at=now())
            )

    def watch_hits(self, search_id: int) -> list[WatchHit]:
        """What a watch found, last run first, best first within a run."""
        statement = (
            select(*(watch_hits.c[name] for name in WatchHit.__slots__))
            .where(watch_hits.c.search_id == search_id)
            .order_by(watch_hits.c.found_at.desc(), watch_hits.c.rank)
        )
        with self._database.reading() as connection:
            read_search(connection, search_id, self._is_own)
            return [WatchHit(*row) for row in connection.execute(statement)]


def _values(hit: WatchHit) -> dict[str, object]:
    return {name: getattr(hit, name) for name in WatchHit.__slots__}
