"""`limn describe`: have models write about figures, and look at what they wrote."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from core.errors import BadInput
from ui.terminal import command_settings, err, out, print_json, say

if TYPE_CHECKING:
    from ui.describe_run import DescribeReport, SampleFigure


def describe(
    sample: Annotated[
        int | None,
        typer.Option(min=1, help="Only so many figures, the same ones every time; prints them."),
    ] = None,
    show: Annotated[
        bool, typer.Option("--show", help="Draw the sample beside its texts, for you to look at.")
    ] = False,
    to: Annotated[Path, typer.Option(help="PNG file that --show draws to.")] = Path(
        "limn-sample.png"
    ),
    redo: Annotated[
        bool,
        typer.Option(
            "--redo",
            help="Also figures that are done: for other models or prompts, or useless answers.",
        ),
    ] = False,
    budget_tokens: Annotated[
        int | None,
        typer.Option(min=0, help="What each upload may cost from now on, tokens paid included."),
    ] = None,
    not_billed: Annotated[
        bool,
        typer.Option(
            "--not-billed",
            help="First strike calls whose answers were lost: your provider did not bill them.",
        ),
    ] = False,
    retry_lost: Annotated[
        bool,
        typer.Option(
            "--retry-lost",
            help="Ask again where answers were lost; your provider may bill these twice.",
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object and nothing else.")
    ] = False,
) -> None:
    """Have the configured models write about figures that wait for it; see docs/describing.md.

    Goes on where an earlier run, or a budget, stopped; nothing is paid twice. Exit code 1 where
    figures still wait.
    """
    from rich.progress import Progress

    from ui.describe_run import choose_figures, describe_figures, read_sample
    from ui.description_sheet import draw_descriptions
    from ui.lost_answers import waiting_words
    from ui.services import DESCRIBING
    from ui.supervisor import use_services

    if show and sample is None:
        raise BadInput("--show draws a sample: say how many figures, --sample 20")
    with use_services(command_settings(), DESCRIBING, say) as session:
        resources = session.resources
        if budget_tokens is not None:
            for upload in resources.catalogue.uploads():
                resources.catalogue.set_budget(upload.upload_id, budget_tokens)
        if not_billed:
            struck = resources.catalogue.write_off_lost()
            say(f"struck {struck.n_lost:,} lost calls of at most {struck.n_lost_tokens:,} tokens")
        if retry_lost:
            waited = resources.catalogue.release_lost()
            say(f"asking again: {waiting_words(waited)}; your provider may bill these twice")
        chosen = choose_figures(resources, redo=redo, sample=sample)
        with Progress(console=err, transient=True) as progress:
            bar = progress.add_task("figures", total=None)
            report = describe_figures(
                resources,
                chosen,
                lambda done, total: progress.update(bar, completed=done, total=total),
                anew=redo,
            )
        rows = read_sample(resources, chosen) if sample is not None else []
        if show:
            draw_descriptions(resources.pictures, rows, to)
    figures = [figure for _, figure in rows]
    if as_json:
        printed = report.model_dump()
        if sample is not None:
            printed["sample"] = [figure.model_dump() for figure in figures]
        print_json(printed)
    else:
        _print_sample(figures)
        _print_report(report, asks_models=resources.asks_models)
        if show:
            out.print(f"drawn to {to}", highlight=False, soft_wrap=True)
    if report.states["pending"] and sample is None:
        raise typer.Exit(1)


def _print_report(report: "DescribeReport", *, asks_models: bool) -> None:
    if not asks_models:
        _print_line(
            "no captioner or language model is configured: nothing is asked, nothing is sent; "
            "the embedded models have described every figure (docs/describing.md)"
        )
    _print_line(
        f"{report.figures:,} figures looked at, {report.changed:,} with new words; "
        f"{report.calls:,} answers for {report.prompt_tokens + report.completion_tokens:,} tokens"
    )
    if report.reworded:
        _print_line(f"{report.reworded:,} figures have other wordings by a newer rule")
    print_reasons(out, [reason.model_dump() for reason in report.reasons])
    for cost in report.uploads:
        n_tokens = cost.prompt_tokens + cost.completion_tokens
        limit = "" if cost.budget_tokens is None else f" of {cost.budget_tokens:,}"
        price = f", {cost.price:,.4f} at your prices" if cost.price else ""
        name = cost.name or "no upload"
        _print_line(f"  {name}: {n_tokens:,}{limit} tokens, {cost.calls:,} answers{price}")
        if cost.lost_calls:
            most = f", {cost.lost_price:,.4f} at your prices" if cost.lost_price else ""
            _print_line(
                f"    possibly paid, answer lost: {cost.lost_calls:,} calls for at most "
                f"{cost.lost_tokens:,} tokens{most}; the budget counts them until --not-billed"
            )
        if cost.waiting_questions:
            _print_line(
                f"    {cost.waiting_questions:,} of these questions are not asked again until "
                f"--retry-lost, for at most {cost.waiting_tokens:,} tokens more, or --not-billed"
            )
    if report.stopped:
        out.print(f"  [red]stopped[/] {escape(report.stopped)}", highlight=False, soft_wrap=True)


def print_reasons(console: Console, reasons: list[dict[str, Any]]) -> None:
    """Say how far describing has come, and why no further."""
    for reason in reasons:
        why = f"  {escape(reason['reason'])}" if reason["reason"] else ""
        console.print(
            f"  {reason['state']:<10} {reason['figures']:>8,}{why}", highlight=False, soft_wrap=True
        )


def _print_sample(figures: "list[SampleFigure]") -> None:
    for figure in figures:
        note = f" [dim]({escape(figure.note)})[/]" if figure.note else ""
        out.print(
            f"[bold]{escape(figure.figure_id)}[/] {escape(figure.title)}{note}", soft_wrap=True
        )
        for text in figure.texts:
            out.print(f"  [cyan]{text.provenance:<17}[/] {escape(text.text)}", highlight=False)


def _print_line(line: str) -> None:
    out.print(line, markup=False, highlight=False, soft_wrap=True)
