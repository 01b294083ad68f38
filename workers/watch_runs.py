"""Watches, run: each saved search against only the publications that arrived since its last run."""

from dataclasses import dataclass, replace

import structlog

from core.errors import BadInput
from search.casebook_records import SavedSearch, Watch, WatchHit, now
from workers.resources import Resources
from workers.saved_searches import run_search

PORTION = 2_000
"""Publications one search is narrowed to; of more new ones each portion is a run of its own."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class WatchRun:
    """What one run of a watch did.

    Attributes:
        watch: As it was before.
        n_new: Publications that were searched.
        hits: Those found that were not listed before.
        problem: Why it could not search; what was new stays new.
    """

    watch: Watch
    n_new: int
    hits: tuple[WatchHit, ...]
    problem: str | None = None


def run_watches(resources: Resources, search_id: int | None = None) -> list[WatchRun]:
    """Run every watch that is on, or one.

    A publication is new to a watch when a drawing of it became searchable (see
    `ingestion.arrivals`) after the watch began and was not covered by a run. Killed in the middle,
    a run is done again, and lists nothing twice.

    Raises:
        NotInCasebook: If the one asked for is no watch.
        TransientError: If index or catalogue do not answer; run again.
    """
    casebook = resources.casebook
    if search_id is not None:
        chosen = [casebook.find_watch(search_id)]
    else:
        chosen = casebook.watches(only_on=True)
    if not chosen:
        return []
    latest = resources.catalogue.note_arrivals()
    return [_run(resources, watch, latest) for watch in chosen]


def start_watch(resources: Resources, search_id: int, by: str) -> Watch:
    """Watch with a saved search from now on: what is searchable already is not new.

    Raises:
        NotInCasebook: If there is no such search.
    """
    return resources.casebook.watch(search_id, resources.catalogue.note_arrivals(), by)


def _run(resources: Resources, watch: Watch, latest: int) -> WatchRun:
    at = watch
    hits: list[WatchHit] = []
    n_new = 0
    while True:
        new, covered = resources.catalogue.arrived(at.covered, PORTION)
        try:
            found = _search(resources, watch.search, new)
        except BadInput as error:
            resources.casebook.note_problem(watch, str(error))
            log.warning("watch failed", search=watch.search.search_id, reason=str(error))
            return WatchRun(watch, n_new, tuple(hits), str(error))
        hits += resources.casebook.note_run(at, covered, found)
        n_new += len(new)
        at = replace(at, covered=covered)
        if covered >= latest:
            return WatchRun(watch, n_new, tuple(hits))


def _search(resources: Resources, search: SavedSearch, new: list[str]) -> list[WatchHit]:
    """What the search finds among new publications, best first."""
    wanted = search.query.get("within")
    within = [one for one in new if not wanted or one in wanted]
    if not within:
        return []
    result = run_search(resources, search, within=within, offset=0, group="publication")
    at = now()
    return [
        WatchHit(
            publication_id=hit.publication_id,
            rank=hit.rank,
            score=hit.score,
            title=hit.title,
            figure_id=hit.figures[0].figure_id,
            found_at=at,
        )
        for hit in result.hits
    ]
