"""The model quality page: which models are known, how they compare, and which one searches."""

from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from ingestion.model_ledger import Model, ModelState, ModelSwitch
from ui.components.notices import show_notice
from ui.context import UiContext, whole_context
from ui.model_table import TRACKS, example_sheet, measures_table, models_table, parts_table
from ui.page_gate import current_context, page_viewer
from ui.signature import signed_by
from ui.wording import date_of
from workers.model_work import Action, ModelWork, WorkState, order, work_in_hand
from workers.models import previous_model
from workers.quality_records import Quality, Verdict

_KEPT_S = 60
_LOOK_EVERY_S = 1.0
_LOOK_WHEN_IDLE_EVERY_S = 10.0
_BUSY = "models_busy"
_CHOSEN = "model"
_WORDS: Mapping[Verdict, str] = {
    Verdict.PASSED: "May take over",
    Verdict.WORSE: "Worse than the current model: may not take over",
    Verdict.UNKNOWN: "Too little is known: may not take over",
}
_DOING: Mapping[Action, str] = {
    Action.EVALUATE: "Comparing",
    Action.PROMOTE: "Taking over",
    Action.ROLL_BACK: "Going back",
}


def render() -> None:
    """Draw the page."""
    context = whole_context()  # models embed everything; drawings below are what may be seen
    st.html(
        "<header class='limn-head'><h1>Model quality</h1><p>How well models find what they should "
        "among your own publications, and which of them searches. Searches go on while another "
        "takes over.</p></header>"
    )
    resources = context.resources
    known, current_id = resources.catalogue.models(), resources.encoder.encoder_id
    _draw_models(known, current_id)
    every_s = _LOOK_EVERY_S if st.session_state.get(_BUSY) else _LOOK_WHEN_IDLE_EVERY_S
    st.fragment(_draw_work, run_every=every_s)(context)
    chosen = _choose(known, current_id)
    _draw_actions(context, chosen, current_id)
    if chosen is None or chosen.quality is None:
        show_notice(
            "Nothing was measured yet",
            "A worker compares the vectors that are kept of each figure; nothing is embedded "
            "again, and searches go on meanwhile.",
            "Press “Compare”.",
        )
    else:
        _draw_quality(Quality.model_validate(chosen.quality), current_id)
    _draw_history(resources.catalogue.model_switches(limit=20))


@st.cache_data(ttl=_KEPT_S, show_spinner=False)
def _embedded_counts() -> dict[str, int]:
    return whole_context().resources.catalogue.embedded_counts()


def _draw_models(known: Sequence[Model], current_id: str) -> None:
    counts = _embedded_counts()
    rows = [
        (
            f"<span class='limn-code'>{escape(model.encoder_id)}</span>",
            _badge(model.state),
            escape(model.source),
            f"{counts.get(model.encoder_id, 0):,}",
            _told(model),
        )
        for model in known
    ] or [
        (
            f"<span class='limn-code'>{escape(current_id)}</span>",
            _badge(ModelState.CURRENT),
            "the settings, or shipped with Limn",
            f"{counts.get(current_id, 0):,}",
            "",
        )
    ]
    st.html(models_table(rows))
    if not any(model.state is ModelState.CANDIDATE for model in known):
        st.html(
            "<p class='limn-legend'><span>Add a candidate with <code>limn reindex --checkpoint "
            "FOLDER</code>: it embeds beside the current model while searches go on.</span></p>"
        )


def _told(model: Model) -> str:
    if model.state is ModelState.CURRENT:
        return "searches now"
    if model.quality is None:
        return "not compared yet"
    return _WORDS[Verdict(model.quality["verdict"])]


def _badge(state: ModelState) -> str:
    return f"<span class='limn-badge limn-badge-{state}'>{state}</span>"


def _draw_work(context: UiContext) -> None:
    """What a worker does about models just now; the page is drawn anew when it ends."""
    work = work_in_hand(context.resources)
    is_busy = work is not None and work.is_going_on
    if work is not None:
        _tell_work(work)
    if bool(st.session_state.get(_BUSY)) != is_busy:
        st.session_state[_BUSY] = is_busy
        st.rerun()


def _tell_work(work: ModelWork) -> None:
    if work.state is WorkState.FAILED:
        show_notice(f"{_DOING[work.action]} ended without success", work.said, kind="error")
        return
    if work.state is WorkState.DONE:
        told = f"{_DOING[work.action]} is done: {work.said}"
        st.html(f"<p class='limn-quiet' role='status'>{escape(told)}</p>")
        return
    said = "waiting for a worker" if work.state is WorkState.WAITING else work.said
    counts = f", {work.n_done:,} of {work.n_all:,}" if work.n_all else ""
    st.progress(
        work.n_done / work.n_all if work.n_all else 0.0,
        text=f"{_DOING[work.action]} {work.encoder_id}: {said}{counts}",
    )


def _choose(known: Sequence[Model], current_id: str) -> Model | None:
    """The model that the page is about; the newest candidate, where none is chosen."""
    if not known:
        return None
    by_id = {model.encoder_id: model for model in known}
    candidates = [model for model in known if model.state is ModelState.CANDIDATE]
    names = list(by_id)
    start = candidates[0].encoder_id if candidates else current_id
    if len(names) == 1:
        return known[0]
    chosen = st.segmented_control(
        "Compare with the current model",
        names,
        default=start if start in by_id else names[0],
        format_func=lambda name: f"{name} ({by_id[name].state})",
        key=_CHOSEN,
    )
    return by_id[chosen or start]


def _draw_actions(context: UiContext, chosen: Model | None, current_id: str) -> None:
    resources, is_busy = context.resources, bool(st.session_state.get(_BUSY))
    former = previous_model(resources)
    with st.container(horizontal=True):
        chosen_id = chosen.encoder_id if chosen else current_id
        if st.button("Compare", disabled=is_busy, help=f"Measures {chosen_id} in a worker."):
            _order(context, Action.EVALUATE, chosen_id)
        if (
            chosen is not None
            and chosen.state is not ModelState.CURRENT
            and st.button("Let it take over…", type="primary", disabled=is_busy)
        ):
            _confirm_promotion(context, chosen)
        if former is not None and st.button(f"Go back to {former.encoder_id}…", disabled=is_busy):
            _confirm_going_back(context, former)


@st.dialog("Let another model take over")
def _confirm_promotion(context: UiContext, model: Model) -> None:
    quality = Quality.model_validate(model.quality) if model.quality else None
    verdict = quality.verdict if quality else Verdict.UNKNOWN
    said = quality.said if quality else "It was not compared with the current model."
    st.html(f"<p><b>{escape(model.encoder_id)}</b>: {escape(said)}</p>")
    is_forced = False
    if verdict is not Verdict.PASSED:
        is_forced = st.checkbox("Take over in spite of this; my name is kept on record")
    if st.button("Take over", type="primary", disabled=verdict is not Verdict.PASSED
                 and not is_forced):  # fmt: skip
        _order(context, Action.PROMOTE, model.encoder_id, is_forced=is_forced)


@st.dialog("Go back to the former model")
def _confirm_going_back(context: UiContext, model: Model) -> None:
    st.html(
        f"<p><b>{escape(model.encoder_id)}</b> searches again. What came in since is entered "
        "first; nothing else is embedded.</p>"
    )
    if st.button("Go back", type="primary"):
        _order(context, Action.ROLL_BACK, model.encoder_id)


def _order(context: UiContext, action: Action, encoder_id: str, *, is_forced: bool = False) -> None:
    by = page_viewer().name or signed_by(context.resources.settings)
    work = ModelWork(action=action, encoder_id=encoder_id, by=by, is_forced=is_forced)
    order(context.resources, work)
    st.session_state[_BUSY] = True
    st.rerun()


def _draw_quality(quality: Quality, current_id: str) -> None:
    is_alone = quality.encoder_id == quality.current_id
    kind = "empty" if is_alone or quality.verdict is Verdict.PASSED else "error"
    measured = (
        f"{quality.n_figures:,} figures of {quality.n_publications:,} publications, "
        f"{date_of(quality.made_at.date())}."
    )
    if is_alone:
        show_notice("On its own", measured, kind=kind)
    elif quality.current_id != current_id:
        show_notice(
            f"Compared when {quality.current_id} was the current model",
            f"What is called the current model below is that one; on {measured}",
            "Press “Compare” to hold it beside the one that searches now.",
        )
    else:
        said = f"{quality.said[:1].upper()}{quality.said[1:]}."
        beside = f"Beside {quality.current_id}, on {measured}"
        show_notice(_WORDS[quality.verdict], said, beside, kind=kind)
    for name, (title, told) in TRACKS.items():
        st.subheader(title, anchor=False)
        track = quality.tracks.get(name)
        if track is None:
            reason = quality.not_measured.get(name, "not asked")
            st.html(f"<p class='limn-quiet'>Not measured: {escape(reason)}.</p>")
            continue
        st.html(
            f"<p class='limn-quiet'>{escape(told)} {track.n_queries:,} queries among "
            f"{track.n_gallery:,} figures; small numbers are 95 % intervals.</p>"
            f"{measures_table(name, quality)}"
        )
        if parts := parts_table(name, quality):
            with st.expander("Frequent, middling and rare classes apart"):
                st.html(parts)
    _draw_examples(quality)


def _draw_examples(quality: Quality) -> None:
    if not quality.examples:
        return
    figure_ids = {
        figure_id
        for example in quality.examples
        for figure_id in (
            example.figure_id,
            *(hit.figure_id for hits in example.hits.values() for hit in hits),
        )
    }
    rows = current_context().resources.catalogue.figures(sorted(figure_ids))
    pictures = {row.figure.figure_id: row.figure.sha256 for row in rows}
    st.subheader("Queries drawn at random", anchor=False)
    relevant = "subclass" if "locarno" in quality.tracks else "publication"
    st.html(
        f"<p class='limn-quiet'>Black frame ✓: the same {relevant}. Red frame ✗: another.</p>"
        f"{example_sheet(quality, pictures)}"
    )


def _draw_history(switches: Sequence[ModelSwitch]) -> None:
    if not switches:
        return
    st.subheader("Which model searched, and since when", anchor=False)
    rows = "".join(
        f"<tr><td class='limn-whole'>{switch.at:%Y-%m-%d %H:%M} UTC</td>"
        f"<td class='limn-code'>{escape(switch.encoder_id)}</td>"
        f"<td>{escape(switch.by)}{' (forced)' if switch.is_forced else ''}</td>"
        f"<td>{escape(switch.note)}</td></tr>"
        for switch in switches
    )
    heads = "".join(f"<th scope='col'>{head}</th>" for head in ("When", "Model", "By", "Why"))
    st.html(
        "<table class='limn-table' aria-label='Changes of the model'>"
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


if __name__ == "__main__":
    render()
