"""The uploads page: archives in, live progress, what was rejected and why, the history."""

import time
from collections import deque
from collections.abc import Mapping
from html import escape
from pathlib import PurePath

import streamlit as st

from core.errors import LimnError
from ingestion.catalogue_records import Failure, StoreOutcome, Upload, UploadProgress
from ingestion.refused_uploads import without_replaced
from ui.components.archive_drop import archive_drop
from ui.components.description_costs import draw_costs
from ui.components.notices import show_error, show_notice
from ui.components.tables import draw_table
from ui.context import UiContext, whole_context
from ui.dry_run import DryRunReport
from ui.page_gate import current_context, page_viewer
from ui.retry_run import send_again
from ui.server_deliveries import draw_dry_run, draw_server_deliveries
from ui.upload_steps import Look, Step, look, upload_steps, words_for_seconds
from ui.wording import counted

_LOOK_EVERY_S = 1.0
_LOOK_WHEN_IDLE_EVERY_S = 5.0
_BUSY = "uploads_busy"
_WATCHED = "uploads_watched"
_LOOKED = "uploads_looked"
_SETTLED = "uploads_settled"
_SETTLED_S = 60.0
"""For so long what no longer changes is not counted again; a hundred uploads take seconds."""
_RATE_OVER_LOOKS = 20
_LISTED_REASONS = 200
_OUTCOMES = {
    StoreOutcome.NEW: "new",
    StoreOutcome.REPLACED: "replaced",
    StoreOutcome.UNCHANGED: "already here",
}


def render() -> None:
    """Draw the page."""
    context = current_context()
    st.html(
        "<header class='limn-head'><h1>Uploads</h1><p>Weekly archives of design publications. "
        "Every grant and every sheet is accounted for: searchable, or listed below with the "
        "reason why not.</p></header>"
    )
    _draw_workers(context)
    project = _project(context)
    dropped = archive_drop(project, key="drop")
    _draw_looked(dropped.looked)
    started = (*dropped.started, *draw_server_deliveries(context, project))
    if started:
        st.session_state[_WATCHED] = started
        st.session_state.pop(_LOOKED, None)
        st.toast(f"{counted(len(started), 'archive')} handed to the workers")
    _draw_live(context)
    draw_costs(context)


def _draw_looked(reports: tuple[DryRunReport, ...]) -> None:
    """The last dry run of dropped archives, until another one or until some are taken in."""
    if reports:
        st.session_state[_LOOKED] = reports
    if kept := st.session_state.get(_LOOKED):
        with st.container(border=True):
            draw_dry_run(kept)


def _project(context: UiContext) -> str:
    """Whose members see what is sent as confidential; asked where people sign in."""
    viewer = page_viewer()
    if not viewer.is_walled:
        return ""
    names = [summary.project.name for summary in context.resources.casebook.projects()]
    return (
        st.selectbox(
            "Project of confidential archives", names or [viewer.name], accept_new_options=True,
            help="Its members alone see them.", key="upload_project",
        )
        or ""
    )  # fmt: skip


def _draw_workers(context: UiContext) -> None:
    try:
        names = context.resources.queue.live_workers()
    except LimnError as error:
        show_error(error)
        return
    if not names:
        show_notice(
            "No worker is running",
            "Archives can be sent; they wait in the queue until a worker takes them in.",
            "Start one with `limn up`.",
            kind="error",
        )


def _draw_live(context: UiContext) -> None:
    """Everything that changes while archives are taken in, looked at often while any is."""
    every_s = _LOOK_EVERY_S if st.session_state.get(_BUSY, True) else _LOOK_WHEN_IDLE_EVERY_S
    st.fragment(_look, run_every=every_s)(context, _settled())


def _settled() -> dict[str, UploadProgress]:
    """Uploads that no longer change, as they were a minute ago or later."""
    kept: tuple[float, dict[str, UploadProgress]] | None = st.session_state.get(_SETTLED)
    if kept is None or time.monotonic() > kept[0] + _SETTLED_S:
        kept = st.session_state[_SETTLED] = time.monotonic(), {}
    return kept[1]


def _look(context: UiContext, settled: dict[str, UploadProgress]) -> None:
    """Draw the uploads; `settled` keeps those that no longer change from look to look."""
    catalogue = context.resources.catalogue
    try:
        uploads = catalogue.uploads(limit=100)
        found = {
            upload.upload_id: settled.get(upload.upload_id)
            or catalogue.progress([upload.upload_id])
            for upload in uploads
        }
        failures = catalogue.failures()
    except LimnError as error:
        show_error(error)
        return
    settled.update({key: progress for key, progress in found.items() if progress.is_finished})
    is_busy = len(settled) < len(uploads)
    if uploads:
        _draw_uploads(uploads, found)
        _draw_failures(failures)
        n_refused = sum(progress.n_rejected for progress in found.values())
        n_refused += sum(upload.is_refused for upload in without_replaced(uploads))
        if failures or n_refused:
            _draw_retry(len(failures) + n_refused)
    else:
        show_notice("No uploads yet", "Archives sent from here or with `limn ingest` appear here.")
    if st.session_state.get(_BUSY, True) != is_busy:
        st.session_state[_BUSY] = is_busy
        st.rerun()


def _draw_uploads(uploads: list[Upload], found: Mapping[str, UploadProgress]) -> None:
    watched = st.session_state.get(_WATCHED, ())
    for upload in uploads:
        progress = found[upload.upload_id]
        if not progress.is_finished or upload.upload_id in watched:
            _draw_upload(upload, progress)
    _draw_history(uploads, found)
    for upload in uploads:
        _draw_rejections(upload, found[upload.upload_id])


def _draw_upload(upload: Upload, progress: UploadProgress) -> None:
    looks = _looks(upload.upload_id)
    looks.append(look(progress, time.monotonic()))
    with st.container(border=True):
        st.html(
            f"<div class='limn-summary'><h1>{escape(_name(upload))}</h1>"
            f"<p>{_state_words(upload, progress)}</p></div>"
            f"<div class='limn-steps'>"
            f"{_grants_row(progress)}"
            f"{''.join(_step_row(step) for step in upload_steps(progress, list(looks)))}</div>"
        )


def _looks(upload_id: str) -> deque[Look]:
    kept: dict[str, deque[Look]] = st.session_state.setdefault("looks", {})
    return kept.setdefault(upload_id, deque(maxlen=_RATE_OVER_LOOKS))


def _name(upload: Upload) -> str:
    return PurePath(upload.path).name


def _state_words(upload: Upload, progress: UploadProgress) -> str:
    size = f"{upload.size_bytes / 2**20:,.1f} MB"
    if upload.terms.is_confidential:
        size += " · confidential"
    if upload.is_refused:
        return f"{size} · cannot be read"
    if progress.is_finished:
        return f"{size} · done · {counted(progress.n_figures, 'figure')} searchable"
    return f"{size} · being taken in"


def _grants_row(progress: UploadProgress) -> str:
    n_seen = progress.n_done + progress.n_rejected
    rejected = f"{progress.n_rejected} rejected" if progress.n_rejected else ""
    return _row("Grants read", n_seen, progress.n_members, rejected, "")


def _step_row(step: Step) -> str:
    rate = f"{step.rate_per_s:,.1f} / s" if step.rate_per_s else ""
    if step.n_total and step.n_done >= step.n_total:
        left = "done"
    else:
        left = f"{words_for_seconds(step.eta_s)} to go" if step.eta_s else ""
    return _row(step.title, step.n_done, step.n_total, rate, left)


def _row(title: str, n_done: int, n_total: int, first: str, second: str) -> str:
    percent = min(100, round(100 * n_done / n_total)) if n_total else 0
    return (
        f"<div class='limn-step'><span>{title}</span>"
        f"<div class='limn-bar' role='progressbar' aria-label='{title}' aria-valuemin='0' "
        f"aria-valuemax='100' aria-valuenow='{percent}'><i style='width:{percent}%'></i></div>"
        f"<span>{n_done:,} of {n_total:,}</span><span class='limn-quiet'>{first}</span>"
        f"<span class='limn-quiet'>{second}</span></div>"
    )


def _draw_rejections(upload: Upload, progress: UploadProgress) -> None:
    if not progress.rejections:
        return
    title = f"{_name(upload)}: {counted(len(progress.rejections), 'part')} not used"
    with st.expander(title, key=f"rejections-{upload.upload_id}"):
        shown = progress.rejections[:_LISTED_REASONS]
        draw_table(("Member", "Reason"), [(r.member, r.reason) for r in shown])
        n_more = len(progress.rejections) - len(shown)
        if n_more:
            st.caption(f"and {n_more:,} more; GET /api/v1/uploads/{upload.upload_id} lists all")


def _draw_history(uploads: list[Upload], found: Mapping[str, UploadProgress]) -> None:
    st.subheader("History", anchor=False)
    rows = []
    for upload in uploads:
        progress = found[upload.upload_id]
        outcomes = [
            f"{progress.outcomes[outcome]} {words}"
            for outcome, words in _OUTCOMES.items()
            if progress.outcomes[outcome]
        ]
        if progress.n_rejected:
            outcomes.append(f"{progress.n_rejected} rejected")
        state = "done" if progress.is_finished else "running"
        rows.append(
            (
                _name(upload) + (" · confidential" if upload.terms.is_confidential else ""),
                f"{upload.started_at:%Y-%m-%d %H:%M} UTC",
                "cannot be read" if upload.is_refused else state,
                ", ".join(outcomes) or ("none" if upload.is_refused else "none yet"),
                f"{progress.n_figures:,}",
                str(len(progress.rejections) + progress.n_failed),
            )
        )
    heads = ("Archive", "Started", "State", "Grants", "Figures", "Not used")
    draw_table(heads, rows, n_numbers=2)


def _draw_retry(n_listed: int) -> None:
    what = counted(n_listed, "failure")
    if st.button(f"Try again: {what}", icon=":material/replay:", help="As `limn retry` does."):
        n_sent = send_again(whole_context().resources)
        st.session_state.pop(_SETTLED, None)
        st.toast(f"{counted(n_sent, 'part')} sent to the workers again")
        st.rerun()


def _draw_failures(failures: list[Failure]) -> None:
    if not failures:
        return
    st.subheader("Figures that a stage gave up on", anchor=False)
    rows = [(f.id, str(f.stage), f.reason) for f in failures[:_LISTED_REASONS]]
    draw_table(("Figure", "Stage", "Reason"), rows)


if __name__ == "__main__":
    render()
