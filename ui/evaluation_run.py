"""One evaluation from the command line: pictures read, embedded, compared and told."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from core.errors import CheckpointInvalid, ConfigurationFault, EvaluationInvalid
from core.settings import EncoderSettings
from encoder.evaluation.embedding import embed_figures
from encoder.evaluation.evaluate import Evaluation, Question, evaluate
from encoder.evaluation.report import (
    BaselineScores,
    EvaluationReport,
    SystemScores,
    TrackReport,
    Unreadable,
)
from encoder.evaluation.systems import Descriptor, System, open_system
from encoder.evaluation.tracks import check_answerable
from ui.evaluation_set import EvaluationSet

_SHOWN = {
    "map": "mAP",
    "hit_at_1": "hit@1",
    "hit_at_10": "hit@10",
    "recall_at_10": "recall@10",
    "mrr_at_10": "MRR@10",
    "ndcg_at_10": "nDCG@10",
}


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """The whole report, and the evaluation its plots are drawn from."""

    report: EvaluationReport
    evaluation: Evaluation


def open_systems(
    settings: EncoderSettings, checkpoint: str | None, baselines: Sequence[str]
) -> list[System]:
    """The encoder evaluated, then its baselines.

    Raises:
        EvaluationInvalid: If two have the same name.
        CheckpointInvalid: If one is no checkpoint that can be read.
    """
    opening = partial(open_system, n_threads=settings.n_threads, batch_size=settings.batch_size)
    systems = [opening(checkpoint or settings.checkpoint)]
    for name in baselines:
        try:
            systems.append(opening(name))
        except CheckpointInvalid as error:
            raise CheckpointInvalid(
                f"no baseline {name!r}: give {', '.join(Descriptor)}, or the folder or hub name of "
                f"another encoder ({error})"
            ) from error
    names = [system.name for system in systems]
    if len(set(names)) < len(names):
        raise EvaluationInvalid(f"the same encoder is asked for twice: {', '.join(names)}")
    return systems


def compare(
    pictures: EvaluationSet,
    question: Question,
    systems: Sequence[System],
    console: Console,
    *,
    keep_thumbnails: bool = False,
) -> Outcome:
    """Embed the pictures with every system and measure them all, with progress on the console.

    Raises:
        EvaluationInvalid: If no picture can be used, no figure says what the track needs, or no
            query has a relevant figure.
    """
    check_answerable(
        pictures.rows, question.track, exclude_own_publication=question.hides_own_publication
    )
    unreadable: list[Unreadable] = []

    def reject(file: str, reason: str) -> None:
        unreadable.append(Unreadable(file=file, reason=reason))

    with _progress(console) as progress:
        rows = progress.track(pictures.rows, description="pictures embedded")
        figures = pictures.iter_figures(rows, reject)
        try:
            embedded = embed_figures(figures, systems, keep_thumbnails=keep_thumbnails)
        except EvaluationInvalid as error:
            listed = "; ".join(f"{item.file}: {item.reason}" for item in unreadable[:3])
            raise EvaluationInvalid(f"{error} ({listed})") from error
        bars = {
            system.name: progress.add_task(f"queries by {escape(system.name)}", total=None)
            for system in systems
        }

        def watch(name: str, n_done: int, n_all: int) -> None:
            progress.update(bars[name], completed=n_done, total=n_all)

        evaluation = evaluate(embedded, question, watch)
        without = None
        if pictures.is_deeppatent:
            pages = np.array([row.is_front_page for row in embedded.rows])
            without = evaluate(embedded.select(~pages), question, watch).report
    report = EvaluationReport(
        **dict(evaluation.report),
        relevance=question.track,
        exclude_own_publication=question.hides_own_publication,
        n_publications=len({row.publication_id or row.file for row in embedded.rows}),
        without_front_pages=without,
        unreadable=tuple(unreadable),
    )
    return Outcome(report, evaluation)


def draw(evaluation: Evaluation, folder: Path, history: Path | None) -> list[Path]:
    """Write the plots of an evaluation whose thumbnails were kept.

    Raises:
        ConfigurationFault: If the `eval` extra is not installed.
        EvaluationInvalid: If the history cannot be read.
    """
    if find_spec("matplotlib") is None:
        raise ConfigurationFault("plots need matplotlib: install Limn with its `eval` extra")
    from encoder.evaluation.plot_files import write_plots  # noqa: PLC0415 (needs the eval extra)

    return write_plots(evaluation, folder, history)


def print_report(console: Console, report: EvaluationReport) -> None:
    """Tables for a person."""
    own = ", own publication left out" if report.exclude_own_publication else ""
    console.print(
        f"relevance {report.relevance}{own}: {report.n_queries:,} queries among "
        f"{report.n_gallery:,} figures of {report.n_publications:,} publications"
    )
    for n, meaning in (
        (report.n_left_out, "figures left out: the manifest says too little of them"),
        (report.n_unanswered, "queries left out: nothing is relevant to them"),
    ):
        if n:
            console.print(f"[dim]{n:,} {meaning}[/]")
    _print_track(console, report, "")
    if report.without_front_pages:
        _print_track(console, report.without_front_pages, "without front-page copies")


def _print_track(console: Console, report: TrackReport, title: str) -> None:
    systems = {"model": report.model, **report.baselines}
    if title:
        told = f"{report.n_queries:,} queries among {report.n_gallery:,} figures"
        console.print(f"\n[bold]{title}[/]: {told}")
    if report.model.parts:
        sizes = (
            f"{part}: {numbers.n_classes} class{'es' * (numbers.n_classes > 1)}, "
            f"{numbers.n_queries:,} queries"
            for part, numbers in report.model.parts.items()
        )
        console.print(f"[dim]{' · '.join(sizes)}[/]")
    for name, scores in systems.items():
        _print_system(console, name, scores)
    _print_words(console, systems)


def _print_system(console: Console, name: str, scores: SystemScores) -> None:
    columns = ["", "mean", "95 %", *scores.parts]
    if isinstance(scores, BaselineScores):
        columns += ["gain", "95 % of gain"]
    table = Table(*columns, box=None, pad_edge=False)
    for key, measure in _SHOWN.items():
        cells = [f"{getattr(scores, key):.3f}", "{:.3f}–{:.3f}".format(*scores.ci95[key])]
        cells += [f"{getattr(part, key):.3f}" for part in scores.parts.values()]
        if isinstance(scores, BaselineScores):
            cells += [
                f"{scores.gain[key]:+.3f}",
                "{:+.3f} to {:+.3f}".format(*scores.gain_ci95[key]),
            ]
        table.add_row(measure, *cells)
    told = f"{scores.encoder_id} · " if scores.encoder_id and name != scores.encoder_id else ""
    console.print(f"\n[bold]{escape(name)}[/] [dim]{escape(told)}{scores.ms_per_image:.1f} ms[/]")
    console.print(table)


def _print_words(console: Console, systems: dict[str, SystemScores]) -> None:
    table = Table("", "queries", "R@1", "R@5", "R@10", "95 % of R@10", box=None, pad_edge=False)
    for name, scores in systems.items():
        for told, found in (
            ("title → figure", scores.text_to_image),
            ("figure → title", scores.image_to_text),
        ):
            if found:
                shares = (f"{share:.3f}" for share in (found.r_at_1, found.r_at_5, found.r_at_10))
                ends = "{:.3f}–{:.3f}".format(*found.ci95["r_at_10"])
                cells = (f"{found.n_queries:,}", *shares, ends)
                table.add_row(f"{escape(name)}: {told}", *cells)
    if table.row_count:
        console.print()
        console.print(table)


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=32),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
    )
