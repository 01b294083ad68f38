"""`limn demo`: sample patents through the whole platform, with nothing prepared by hand."""

import shutil
import time
from pathlib import Path

from PIL import Image
from platformdirs import user_data_path
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from core.errors import BadInput
from core.locarno import class_name
from core.settings import Settings
from samples.archive import write_weekly_archives
from samples.designs import make_design
from samples.families import family_named
from ui.ingest_run import ingest_archives
from ui.patience import Patience
from ui.progress import IngestProgress
from ui.search_run import draw_hits, print_hits, read_question, run_search
from ui.services import INGESTING
from ui.serving import serve
from ui.supervisor import Session, use_services
from workers.ingestion import resume

_N_PUBLICATIONS = 60
_N_ARCHIVES = 3
_SEED = 2024
_FAMILIES = (
    *("chair", "stool", "bench", "table", "shelf", "desk_lamp", "pendant_lamp", "mug", "bowl"),
    *("kettle", "bottle", "jar", "hammer", "screwdriver", "padlock", "suitcase", "umbrella"),
    *("clock", "ring", "wheel", "loudspeaker", "camera", "guitar", "stapler"),
)
_QUERY_FAMILY, _QUERY_SEED = "chair", 4711
"""A design that is in none of the archives: the searcher's own."""
_QUERY_SIZE_PX = 900


def run_demo(settings: Settings, out: Console, err: Console, *, serve_pages: bool) -> None:
    """Make archives, ingest them, search by a drawing, and serve the pages until interrupted.

    Uses `LIMN_HOME` where it is set, else a home of its own, so that invented patents never mix
    with real ones.

    Raises:
        BadInput: If `LIMN_HOME` holds publications that are not the demo's.
    """
    if "home" not in settings.model_fields_set:
        settings = settings.model_copy(update={"home": user_data_path("limn-demo")})
    home = settings.home.expanduser().resolve()
    _refuse_real_corpus(home)
    started = time.monotonic()
    archives = _sample_archives(home / "demo", err)

    def show(session: Session) -> None:
        _ingest_and_search(session, archives, home / "demo", (out, err))
        out.print(
            f"demo done in {time.monotonic() - started:.0f} s; search on with "
            f"[bold]LIMN_HOME={home} ./run limn search --text lamp[/]",
            soft_wrap=True,
        )

    def say(line: str) -> None:
        err.print(f"limn: {escape(line)}", highlight=False, soft_wrap=True)

    if serve_pages:
        serve(settings, say, prepare=show)
    else:
        with use_services(settings, INGESTING, say) as session:
            if session.is_owner:
                resume(session.resources)
            show(session)


def _ingest_and_search(
    session: Session, archives: list[Path], folder: Path, consoles: tuple[Console, Console]
) -> None:
    out, err = consoles
    with IngestProgress(err) as progress:
        report = ingest_archives(
            session.resources, archives, progress.show, Patience(session.check)
        )
    out.print(
        f"{report.publications} publications, {report.figures} figures: {report.indexed} indexed, "
        f"{report.unchanged} here already, in {report.seconds:.0f} s "
        f"({report.indexed / report.seconds:.0f} figures a second)"
    )
    family = family_named(_QUERY_FAMILY)
    query = folder / "query.png"
    design = make_design(family, _QUERY_SEED)
    view = design.views[0]
    drawing = design.drawn(view, pixels_per_unit=_QUERY_SIZE_PX / design.extent(view).max())
    Image.fromarray(drawing).save(query)
    out.print(
        f"\nsearching by a new drawing of a {family.name}, {query}, within Locarno "
        f"{family.locarno} ({class_name(family.locarno)}):",
        soft_wrap=True,
    )
    asked = {"locarno_any": [family.locarno], "limit": 10}
    question = read_question(asked, [query], session.settings.limits)
    outcome = run_search(session.resources, question)
    print_hits(out, outcome.result, outcome.covered, is_narrowed=question.query.is_narrowed)
    sheet = folder / "contact_sheet.png"
    draw_hits(session.resources, outcome, sheet)
    out.print(f"{outcome.result.total_ms:.0f} ms; contact sheet: {sheet}", soft_wrap=True)


def _sample_archives(folder: Path, err: Console) -> list[Path]:
    """The demo's archives, written once; a half-written set is thrown away."""
    target = folder / "archives"
    if not target.exists():
        draft = folder / "archives.part"
        shutil.rmtree(draft, ignore_errors=True)
        with Progress(console=err) as progress:
            bar = progress.add_task("drawing sample patents", total=_N_PUBLICATIONS)
            write_weekly_archives(
                draft,
                n_publications=_N_PUBLICATIONS,
                n_archives=_N_ARCHIVES,
                seed=_SEED,
                families=[family_named(name) for name in _FAMILIES],
                on_publication=lambda _: progress.advance(bar),
            )
        draft.rename(target)
    return sorted(target.glob("*.tar"))


def _refuse_real_corpus(home: Path) -> None:
    if (home / "catalogue.sqlite3").exists() and not (home / "demo").exists():
        raise BadInput(
            f"{home} holds a catalogue that is not the demo's; leave LIMN_HOME unset or set it to "
            "an empty folder, so that invented patents do not mix with yours"
        )
