"""`limn search`: by drawings, words, figures, publications and filters, or a folder of drawings."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.errors import BadInput, QueryInvalid
from core.settings import Settings
from ui.terminal import command_settings, err, out, print_json, say

if TYPE_CHECKING:
    from ui.picture_edits import PictureEdits
    from ui.search_keeping import Keeping
    from ui.search_run import Question

Texts = list[str] | None


def search(
    image: Annotated[
        list[Path] | None,
        typer.Option("--image", help="A drawing, sheet, photograph or 3-D model (STL, OBJ, GLB)."),
    ] = None,
    text: Annotated[str | None, typer.Option(help="Words to search by.")] = None,
    figure: Annotated[Texts, typer.Option(help="More like this figure id.")] = None,
    unlike: Annotated[Texts, typer.Option(help="Less like this figure id.")] = None,
    publication: Annotated[
        str | None, typer.Option(help="More like this publication, D907,292 in any spelling.")
    ] = None,
    locarno: Annotated[
        Texts, typer.Option(help="Class (28) or subclass (28-03); one of them must match.")
    ] = None,
    locarno_all: Annotated[Texts, typer.Option(help="All of these classes must match.")] = None,
    locarno_not: Annotated[Texts, typer.Option(help="Leave this class out.")] = None,
    boost: Annotated[
        float | None,
        typer.Option(help="Raise the Locarno classes by this much instead of leaving others out."),
    ] = None,
    us_class: Annotated[Texts, typer.Option(help="US class, D28 or D28/47.")] = None,
    us_class_not: Annotated[Texts, typer.Option(help="Leave this US class out.")] = None,
    office: Annotated[Texts, typer.Option(help="Office, US or WO.")] = None,
    owner: Annotated[Texts, typer.Option(help="Owner, as published.")] = None,
    designer: Annotated[Texts, typer.Option(help="Designer, as published.")] = None,
    view: Annotated[Texts, typer.Option(help="View, front.")] = None,
    kind: Annotated[Texts, typer.Option(help="Kind code, S1.")] = None,
    status: Annotated[Texts, typer.Option(help="Status, published.")] = None,
    source: Annotated[Texts, typer.Option(help="Delivery, I20210105.tar.")] = None,
    published_from: Annotated[str | None, typer.Option(help="First day, 2021-01-05.")] = None,
    published_to: Annotated[str | None, typer.Option(help="Last day, included.")] = None,
    filed_from: Annotated[str | None, typer.Option(help="First day of filing.")] = None,
    filed_to: Annotated[str | None, typer.Option(help="Last day of filing, included.")] = None,
    priority_from: Annotated[
        str | None, typer.Option(help="First day of the earliest of filing and claimed priority.")
    ] = None,
    priority_to: Annotated[str | None, typer.Option(help="Last such day, included.")] = None,
    cut_off: Annotated[
        str | None, typer.Option(help="Nothing published on this day or after it: prior art.")
    ] = None,
    image_weight: Annotated[
        float | None, typer.Option(help="Share of the pictures beside words, 0 to 1.")
    ] = None,
    text_weight: Annotated[
        Texts,
        typer.Option(help="How words search: pictures=1, descriptions=1 or words=1; repeatable."),
    ] = None,
    unlike_weight: Annotated[
        float | None, typer.Option(help="How far to move away from --unlike, 0 to 1.")
    ] = None,
    limit: Annotated[int, typer.Option(help="Publications to list.")] = 10,
    offset: Annotated[int, typer.Option(help="Ranks to pass over.")] = 0,
    exact: Annotated[bool, typer.Option("--exact", help="No approximation: slower.")] = False,
    crop: Annotated[
        str | None, typer.Option(help="Of each image: left,top,width,height as shares of it.")
    ] = None,
    rotate: Annotated[float, typer.Option(help="Turn each image clockwise, degrees.")] = 0,
    mask: Annotated[
        Texts,
        typer.Option(help="Paint white: left,top,width,height or x,y x,y x,y … as shares."),
    ] = None,
    photo: Annotated[
        bool | None, typer.Option("--photo/--no-photo", help="Search by a photograph's lines.")
    ] = None,
    up_axis: Annotated[str | None, typer.Option(help="Of 3-D models: Y or Z.")] = None,
    facets: Annotated[bool, typer.Option("--facets", help="Count classes, owners, years.")] = False,
    classes: Annotated[
        bool, typer.Option("--classes", help="Suggest classes for the picture.")
    ] = False,
    batch: Annotated[
        Path | None, typer.Option(help="Search with every file of a folder, one by one.")
    ] = None,
    target: Annotated[
        Path | None, typer.Option("--out", help="Results of --batch: a .csv or .json file.")
    ] = None,
    sheet: Annotated[
        Path | None, typer.Option(help="Also draw query and hits to this PNG file.")
    ] = None,
    export: Annotated[
        Path | None, typer.Option(help="Also write the hits to this .csv, .xlsx or .json file.")
    ] = None,
    save: Annotated[str | None, typer.Option(help="Save the search under this name.")] = None,
    project: Annotated[str, typer.Option(help="Project of --save.")] = "General",
    who: Annotated[
        str | None, typer.Option(help="Who saves; else LIMN_CASEBOOK__WHO or your user name.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object and nothing else.")
    ] = False,
) -> None:
    """Search by drawings, words or both, within filters; best publications first.

    With filters alone it lists what is newest. Options that name values may be repeated.
    """
    asked: dict[str, Any] = {
        "text": text,
        "figure_ids": figure,
        "unlike_figure_ids": unlike,
        "publication_id": publication,
        "locarno_any": locarno,
        "locarno_all": locarno_all,
        "locarno_not": locarno_not,
        "class_mode": None if boost is None else "boost",
        "class_boost": boost,
        "us_class": us_class,
        "us_class_not": us_class_not,
        "office": office,
        "owner": owner,
        "designer": designer,
        "views": view,
        "kind": kind,
        "status": status,
        "source": source,
        "published_from": published_from,
        "published_to": published_to,
        "filed_from": filed_from,
        "filed_to": filed_to,
        "priority_from": priority_from,
        "priority_to": priority_to,
        "cut_off": cut_off,
        "image_weight": image_weight,
        "text_weights": _weights(text_weight),
        "unlike_weight": unlike_weight,
        "limit": limit,
        "offset": offset,
        "exact": exact,
    }
    asked = {name: value for name, value in asked.items() if value is not None}
    settings = command_settings()
    edits = _edits(crop, rotate, mask, photo, up_axis)
    if batch is not None:
        if image:
            raise BadInput("--batch takes the pictures of its folder; leave --image out")
        _search_folder(settings, asked, batch, target, edits, as_json=as_json)
        return
    from ui.search_keeping import Keeping
    from ui.search_run import read_question

    keeping = Keeping(settings, save=save, project=project, who=who, export=export)
    question = read_question(asked, image or [], settings.limits, edits)
    _search_once(
        settings, question, sheet, keeping, facets=facets, classes=classes, as_json=as_json
    )


def _search_once(
    settings: Settings,
    question: "Question",
    sheet: Path | None,
    keeping: "Keeping",
    *,
    facets: bool,
    classes: bool,
    as_json: bool,
) -> None:
    from ui.search_run import draw_hits, print_hits, run_search, to_json
    from ui.search_told import counts_json, print_counts, print_suggestions, suggestions_json
    from ui.services import SEARCHING
    from ui.supervisor import use_services

    for notice in question.notices:
        say(notice)
    with use_services(settings, SEARCHING, say) as session:
        service = session.resources.search
        outcome = run_search(session.resources, question)
        counted = service.facets(question.query, question.images) if facets else None
        suggested = service.suggest_classes(question.query, question.images) if classes else None
        if sheet:
            draw_hits(session.resources, outcome, sheet)
        kept = keeping.keep(session.resources, outcome)
    if as_json:
        told = {**to_json(outcome.result, outcome.covered), **kept}
        if counted:
            told["facets"] = counts_json(counted)
        if suggested:
            told["classes"] = suggestions_json(suggested)
        print_json(told)
        return
    print_hits(out, outcome.result, outcome.covered, is_narrowed=question.query.is_narrowed)
    if counted:
        print_counts(out, counted)
    if suggested:
        print_suggestions(out, suggested)
    if sheet:
        out.print(f"contact sheet: {sheet}")
    for what, where in kept.items():
        out.print(f"{what.replace('_', ' ')}: {where}", highlight=False, markup=False)


def _search_folder(
    settings: Settings,
    asked: dict[str, Any],
    folder: Path,
    target: Path | None,
    edits: "PictureEdits",
    *,
    as_json: bool,
) -> None:
    from rich.progress import Progress

    from search.query import SearchQuery
    from ui.batch_search import check_target, list_batch, search_batch, write_batch
    from ui.services import SEARCHING
    from ui.supervisor import use_services

    query = SearchQuery.parse(asked)
    check_target(target, as_json=as_json)
    files = list_batch(folder)
    with use_services(settings, SEARCHING, say) as session, Progress(console=err) as progress:
        bar = progress.add_task("drawings", total=len(files))
        report = search_batch(session.resources, query, files, edits, lambda: progress.advance(bar))
    if target is not None:
        write_batch(report, target)
    if as_json:
        print_json(report.to_json())
    else:
        out.print(
            f"{report.n_searched:,} of {len(files):,} files searched with; results: {target}",
            highlight=False,
        )
        for failure in report.failures:
            say(f"{failure.file}: {failure.reason}")
    if report.stopped_by:
        raise report.stopped_by
    if report.failures:
        raise typer.Exit(1)


def _edits(
    crop: str | None, rotate: float, mask: Texts, photo: bool | None, up_axis: str | None
) -> "PictureEdits":
    from ui.picture_edits import PictureEdits

    values: dict[str, Any] = {"rotation_deg": rotate, "photo": photo, "up_axis": up_axis}
    if crop:
        values["crop"] = _numbers(crop, "--crop")
    if mask:
        values["mask"] = [_region(region) for region in mask]
    return PictureEdits.parse(values)


def _region(text: str) -> list[Any]:
    corners = [_numbers(corner, "--mask") for corner in text.split()]
    return corners[0] if len(corners) == 1 else corners


def _numbers(text: str, option: str) -> list[float]:
    try:
        return [float(number) for number in text.split(",")]
    except ValueError as error:
        raise QueryInvalid(f"{option}: {text!r} is not numbers such as 0.1,0.2,0.5,0.5") from error


def _weights(given: Texts) -> dict[str, float] | None:
    if not given:
        return None
    weights: dict[str, float] = {}
    for item in given:
        name, _, number = item.partition("=")
        try:
            weights[name.strip()] = float(number)
        except ValueError as error:
            raise QueryInvalid(f"--text-weight: {item!r} is not like words=1") from error
    return weights
