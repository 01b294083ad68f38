"""The dashboards page: what the collection holds, how it came in, and how the services are."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from math import isinf

import streamlit as st

from core.records import Stage
from encoder.evaluation.long_tail import PARTS, parts_of_classes
from ingestion.catalogue import Catalogue
from ingestion.corpus_statistics import CorpusCell, DayOfIntake, StageFailures
from ui.bar_charts import Bar, columns, rows
from ui.components.notices import show_notice
from ui.context import UiContext, whole_context
from ui.metrics import n_searches, searches_within
from ui.page_gate import current_context
from ui.search_state import SearchState
from ui.storage import measure_storage
from ui.wording import class_words, counted, worker_names

# Counting reads whole tables: once a minute is enough for people.
_KEPT_S = 60
_LOOK_EVERY_S = 5.0
_INTAKE_DAYS = 28
_N_REASONS = 12
_YEARS = 40


def render() -> None:
    """Draw the page."""
    context = current_context()
    st.html(
        "<header class='limn-head'><h1>Dashboards</h1><p>What this collection holds and what it "
        "does not. Every bar leads to its publications.</p></header>"
    )
    hidden = context.resources.hidden_uploads
    cells = _cells(hidden)
    if not cells:
        show_notice(
            "Nothing is in yet",
            "Counts appear with the first publication.",
            "Send a weekly archive on the page Uploads.",
        )
        return
    _draw_totals(context, cells)
    _draw_classes(cells)
    left, right = st.columns(2, gap="large")
    with left:
        _draw_years(cells)
    with right:
        _draw_offices(cells)
    st.fragment(_draw_services, run_every=_LOOK_EVERY_S)(context)
    _draw_intake(_intake(hidden))
    _draw_failures(_failures(hidden))


def _catalogue(hidden_uploads: frozenset[str]) -> Catalogue:
    """What is kept is kept for all who see the same."""
    return whole_context().resources.catalogue.without(hidden_uploads)


@st.cache_data(ttl=_KEPT_S, show_spinner=False)
def _cells(hidden_uploads: frozenset[str]) -> list[CorpusCell]:
    return _catalogue(hidden_uploads).corpus_cells()


@st.cache_data(ttl=_KEPT_S, show_spinner=False)
def _intake(hidden_uploads: frozenset[str]) -> list[DayOfIntake]:
    return _catalogue(hidden_uploads).intake_by_day(_INTAKE_DAYS)


@st.cache_data(ttl=_KEPT_S, show_spinner=False)
def _failures(hidden_uploads: frozenset[str]) -> list[StageFailures]:
    return _catalogue(hidden_uploads).failures_by_reason(_N_REASONS)


def _draw_totals(context: UiContext, cells: Sequence[CorpusCell]) -> None:
    counts = context.resources.catalogue.counts()
    waiting = sum(
        counts.by_stage[stage] for stage in Stage if stage not in (Stage.INDEXED, Stage.FAILED)
    )
    years = [cell.year for cell in cells if cell.year]
    span = f"{min(years)} to {max(years)}" if years else "unknown dates"
    _draw_numbers(
        [
            (f"{sum(cell.n_publications for cell in cells):,}", f"publications, {span}"),
            (f"{counts.by_stage[Stage.INDEXED]:,}", "figures searchable"),
            (f"{waiting:,}", "figures on their way"),
            (f"{counts.by_stage[Stage.FAILED]:,}", "figures listed as failed"),
            (f"{counts.withdrawn:,}", "figures withdrawn, kept and not found"),
        ]
    )


def _draw_numbers(numbers: Iterable[tuple[str, str]]) -> None:
    items = "".join(
        f"<div><b>{escape(n)}</b><span>{escape(what)}</span></div>" for n, what in numbers
    )
    st.html(f"<div class='limn-numbers'>{items}</div>")


def _sums(
    cells: Sequence[CorpusCell], key: Callable[[CorpusCell], str]
) -> tuple[Counter[str], Counter[str]]:
    """Publications and figures by key."""
    publications: Counter[str] = Counter()
    figures: Counter[str] = Counter()
    for cell in cells:
        publications[key(cell)] += cell.n_publications
        figures[key(cell)] += cell.n_figures
    return publications, figures


def _draw_classes(cells: Sequence[CorpusCell]) -> None:
    publications, figures = _sums(cells, lambda cell: cell.locarno_class or "")
    unknown = publications.pop("", 0)
    ranked = tuple(sorted(publications.items(), key=lambda item: (-item[1], item[0])))
    parts = parts_of_classes(ranked)
    bars = [
        Bar(
            label=code,
            n=n,
            said=f"{code} {class_words(code)}: {counted(n, 'publication')}, "
            f"{counted(figures[code], 'figure')} ({parts[code]})",
            params=SearchState(classes=(code,)).to_params(),
            tone=parts[code],
        )
        for code, n in ranked
    ]
    st.subheader("Locarno classes, most frequent first", anchor=False)
    legend = " ".join(
        f"<span class='limn-tone-{part}'><i></i>{part}: "
        f"{sum(1 for found in parts.values() if found == part)} classes</span>"
        for part in PARTS
    )
    lacking = f" {counted(unknown, 'publication')} without a class." if unknown else ""
    st.html(
        f"{columns(bars, 'Publications by Locarno class')}"
        f"<p class='limn-legend'>{legend}<span>Head, middle and tail hold about a third of the "
        f"publications each.{lacking}</span></p>"
    )


def _draw_years(cells: Sequence[CorpusCell]) -> None:
    publications, figures = _sums(cells, lambda cell: str(cell.year or ""))
    unknown = publications.pop("", 0)
    known = sorted(int(year) for year in publications)
    shown = range(max(known[0], known[-1] - _YEARS + 1), known[-1] + 1) if known else range(0)
    bars = [
        Bar(
            label=f"{year}"[2:] if len(shown) > 12 else f"{year}",
            n=publications[str(year)],
            said=f"{year}: {counted(publications[str(year)], 'publication')}, "
            f"{counted(figures[str(year)], 'figure')}",
            params=SearchState(
                published_from=f"{year}-01-01", published_to=f"{year}-12-31"
            ).to_params(),
        )
        for year in shown
    ]
    st.subheader("By year of publication", anchor=False)
    older = sum(n for year, n in publications.items() if int(year) not in shown)
    notes = [f"{older:,} older" if older else "", f"{unknown:,} without a date" if unknown else ""]
    st.html(
        columns(bars, "Publications by year")
        + f"<p class='limn-legend'>{' · '.join(note for note in notes if note)}</p>"
    )


def _draw_offices(cells: Sequence[CorpusCell]) -> None:
    publications, figures = _sums(cells, lambda cell: cell.office)
    bars = [
        Bar(
            office,
            n,
            f"{office}: {counted(n, 'publication')}, {counted(figures[office], 'figure')}",
            params=SearchState(offices=(office,)).to_params(),
        )
        for office, n in publications.most_common()
    ]
    st.subheader("By office", anchor=False)
    st.html(rows(bars, "Publications by office"))


def _draw_services(context: UiContext) -> None:
    """What changes from moment to moment."""
    queue = context.resources.queue
    workers, depths = queue.live_workers(), queue.depths()
    named = ", ".join(worker_names(workers)) or "none lately"
    fault = queue.fault()
    st.subheader("Now", anchor=False)
    if fault:
        show_notice(
            "The workers cannot go on", str(fault), "Mend it, then `limn retry`.", kind="error"
        )
    waiting = ", ".join(f"{n:,} in {name}" for name, n in depths.items() if n)
    storage = measure_storage(context.resources.settings)
    disk = f"disk free of {storage.total}; catalogue {storage.catalogue}, index {storage.index}"
    _draw_numbers(
        [
            (f"{len(workers):,}", f"workers heard of: {named}"),
            (f"{sum(depths.values()):,}", f"messages waiting{f': {waiting}' if waiting else ''}"),
            (_within(0.5), f"for half of the {n_searches():,} searches since the start"),
            (_within(0.95), "for 19 of 20 searches"),
            (storage.free, disk),
        ]
    )


def _within(share: float) -> str:
    seconds = searches_within(share)
    if seconds is None:
        return "–"
    return "> 10 s" if isinf(seconds) else f"≤ {seconds * 1000:,.0f} ms"


def _draw_intake(days: Sequence[DayOfIntake]) -> None:
    stored = {day.day: day.n_publications for day in days}
    today = datetime.now(UTC).date()
    shown = [today - timedelta(days=back) for back in reversed(range(_INTAKE_DAYS))]
    bars = [
        Bar(
            label=f"{day.day}",
            n=stored.get(day, 0),
            said=f"{day:%d %b}: {counted(stored.get(day, 0), 'publication')} stored",
        )
        for day in shown
    ]
    st.subheader(f"Taken in, last {_INTAKE_DAYS} days", anchor=False)
    st.html(columns(bars, "Publications stored by day"))


def _draw_failures(failures: Sequence[StageFailures]) -> None:
    st.subheader("Why figures failed", anchor=False)
    if not failures:
        st.html("<p class='limn-quiet'>No figure is listed as failed.</p>")
        return
    bars = [
        Bar(f"{found.stage.value}: {found.reason}", found.n_figures, found.reason)
        for found in failures
    ]
    st.html(rows(bars, "Failed figures by reason"))


if __name__ == "__main__":
    render()
