"""`limn inspect`: how sheets are cut, drawn for a person to judge."""

from pathlib import Path
from typing import Annotated

import typer

from core.errors import BadInput
from ui.terminal import AsJson, command_settings, out, print_json


def inspect(
    source: Annotated[
        Path, typer.Argument(help="A sheet (TIFF, PNG, JPEG), or an archive that ingest takes.")
    ],
    overlay: Annotated[
        Path, typer.Argument(help="PNG file to draw to; several sheets are numbered.")
    ] = Path("overlay.png"),
    publication: Annotated[
        str | None,
        typer.Option(help="Part of the name of a publication in the archive; else its first."),
    ] = None,
    sheet: Annotated[int | None, typer.Option(help="This sheet of the publication alone.")] = None,
    landscape: Annotated[
        bool, typer.Option(help="A sheet on its own: its document says it lies on its side.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Draw how sheets are cut: figures, printed labels, rotation, and the captions they get."""
    from ingestion.inspection import describe_sheet
    from ui.ingest_run import Rejected
    from ui.ingest_session import print_rejected
    from ui.sheet_inspection import inspect_file, write_overlays

    if not source.exists():
        raise BadInput(f"no such file: {source}")
    sheets, problems = inspect_file(
        source, command_settings().limits, publication=publication, sheet=sheet, landscape=landscape
    )
    overlays = write_overlays(sheets, overlay)
    rejected = [
        Rejected(archive=str(source), member=problem.member, reason=problem.reason)
        for problem in problems
    ]
    if as_json:
        described = [
            {**describe_sheet(shown), "overlay": str(path)}
            for shown, path in zip(sheets, overlays, strict=True)
        ]
        print_json({"sheets": described, "rejected": [one.model_dump() for one in rejected]})
    else:
        for shown, path in zip(sheets, overlays, strict=True):
            labels = ", ".join(
                said.label or figure.label or "no label read"
                for figure, said in zip(shown.cut.figures, shown.bound, strict=True)
            )
            turned = f"turned {shown.cut.rotation_deg}°"
            n = len(shown.cut.figures)
            line = f"{shown.name}: {n} figure{'s' * (n != 1)} ({labels}), {turned}: {path}"
            out.print(line, markup=False, highlight=False, soft_wrap=True)
        print_rejected(out, rejected)
    if rejected:
        raise typer.Exit(1)
