"""`limn evaluate`: how well an encoder finds what it should, beside its rivals."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from core.errors import BadInput, EvaluationInvalid
from encoder.evaluation.manifest import Track
from ui.terminal import command_settings, err, out


def evaluate(
    images: Annotated[Path, typer.Option(help="Folder the file names of the manifest start at.")],
    manifest: Annotated[
        Path | None,
        typer.Option(
            help="CSV with the columns file, publication_id, title, locarno, class, view; any but "
            "the first may be missing. Default: manifest.csv in the folder of images."
        ),
    ] = None,
    relevance: Annotated[
        Track, typer.Option(help="What a relevant figure shares with the query.")
    ] = Track.PUBLICATION,
    checkpoint: Annotated[
        str | None,
        typer.Option(help="Folder or hub name of an encoder. Default: the one Limn searches with."),
    ] = None,
    baseline: Annotated[
        list[str] | None,
        typer.Option(help="hog, lbp, phash or another encoder; may be repeated."),
    ] = None,
    exclude_own_publication: Annotated[
        bool,
        typer.Option("--exclude-own-publication", help="Take a query's own publication away."),
    ] = False,
    cut_figures: Annotated[
        bool,
        typer.Option("--cut-figures/--as-is", help="Pictures are sheets, cut them; or take each."),
    ] = False,
    class_column: Annotated[
        str, typer.Option(help="Column that holds the class, say us_class.")
    ] = "class",
    citations: Annotated[
        Path | None, typer.Option(help="For relevance citations: CSV with columns citing, cited.")
    ] = None,
    deeppatent_query: Annotated[
        Path | None, typer.Option(help="DeepPatent's query list, instead of a manifest.")
    ] = None,
    deeppatent_gallery: Annotated[
        Path | None, typer.Option(help="DeepPatent's database list of the same split.")
    ] = None,
    save_figures: Annotated[
        Path | None, typer.Option(help="Also keep the figures, with a manifest, in this folder.")
    ] = None,
    plots: Annotated[
        Path | None,
        typer.Option(help="Also draw results, classes and embeddings as PNG files to this folder."),
    ] = None,
    history: Annotated[
        Path | None, typer.Option(help="With --plots: history.jsonl of a training run, to draw.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object and nothing else.")
    ] = False,
) -> None:
    """Measure an encoder on labelled pictures: retrieval, words, rare classes, beside baselines.

    Exit code 1 where pictures could not be used; they are listed.
    """
    from encoder.evaluation.evaluate import Question
    from ui.evaluation_run import compare, draw, open_systems, print_report
    from ui.evaluation_set import EvaluationSet, read_rows

    settings = command_settings()
    if not images.is_dir():
        raise BadInput(f"no such folder: {images}")
    if (relevance == Track.CITATIONS) != (citations is not None):
        raise EvaluationInvalid("--relevance citations and --citations PAIRS.csv need each other")
    if history is not None and plots is None:
        raise EvaluationInvalid("--history is drawn to the folder of --plots; give both")
    rows = read_rows(
        images,
        manifest,
        class_column,
        query_list=deeppatent_query,
        gallery_list=deeppatent_gallery,
    )
    max_pixels = settings.limits.max_pixels
    pictures = EvaluationSet(rows, images, cut_figures, max_pixels, keep=save_figures)
    question = Question.read(relevance, citations, exclude_own_publication=exclude_own_publication)
    systems = open_systems(settings.encoder, checkpoint, baseline or [])
    outcome = compare(pictures, question, systems, err, keep_thumbnails=plots is not None)
    if plots is not None:
        for path in draw(outcome.evaluation, plots, history):
            err.print(f"drawn: {escape(str(path))}", highlight=False, soft_wrap=True)
    if as_json:
        typer.echo(json.dumps(outcome.report.model_dump(exclude_none=True), ensure_ascii=False))
    else:
        print_report(out, outcome.report)
    for picture in outcome.report.unreadable:
        err.print(f"[red]left out[/] {escape(picture.file)}: {escape(picture.reason)}")
    if outcome.report.unreadable:
        raise typer.Exit(1)
