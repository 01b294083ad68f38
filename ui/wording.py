"""How numbers, classes, views and branches are written for people. Pure."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date

from core.locarno import CLASS_NAMES, class_name, subclass_titles
from core.records import Figure, Publication, View

_US_NUMBER = re.compile(r"^(D|RE)0*(\d+)$")
_US_APPLICATION = re.compile(r"^(29|35)(\d{6})$")
MARK_WORDS = {"relevant": "relevant", "not": "not relevant", "later": "look at later"}
"""By `search.casebook_records.Mark`."""
_BRANCHES = {
    "image": "matched by drawing",
    "text-image": "drawing matches the words",
    "text": "description matches the words",
    "words": "contains the words",
}


def number_of(office: str, number: str, kind: str) -> str:
    """A publication number as printed on the grant.

    Example:
        >>> number_of("US", "D0907292", "S1")
        'US D907,292 S1'
    """
    match = _US_NUMBER.match(number)
    shown = f"{match[1]}{int(match[2]):,}" if match else number
    return f"{office} {shown} {kind}".strip()


def application_of(number: str) -> str:
    """A US application number as printed on the grant.

    Example:
        >>> application_of("29700001"), application_of("35/123")
        ('29/700,001', '35/123')
    """
    match = _US_APPLICATION.match(number)
    return f"{match[1]}/{match[2][:3]},{match[2][3:]}" if match else number


def source_of(source: str) -> str:
    """Archive and member without the folders they lie in.

    Example:
        >>> source_of("/archives/I20210105.tar!I20210105/DESIGN/USD0907292-20210105.ZIP")
        'I20210105.tar, USD0907292-20210105.ZIP'
    """
    return ", ".join(part.replace("\\", "/").rsplit("/", 1)[-1] for part in source.split("!"))


def date_of(day: date | None) -> str:
    """A day as people read it, empty where unknown.

    Example:
        >>> date_of(date(2021, 1, 5))
        '5 Jan 2021'
    """
    return f"{day.day} {day:%b %Y}" if day else ""


def class_words(code: str) -> str:
    """The name of a class or subclass, empty for a code without one.

    Example:
        >>> class_words("26"), class_words("99-00")
        ('Lighting apparatus', '')
    """
    if "-" in code:
        return subclass_titles().get(code) or class_name(code) or ""
    return CLASS_NAMES.get(code, "")


def class_label(code: str, n_publications: int) -> str:
    """A class in the filter: code, how many publications it holds, name.

    Example:
        >>> class_label("26", 12), class_label("27", 0)
        ('26 (12) Lighting apparatus', "27 Tobacco and smokers' supplies")
    """
    count = f"({n_publications:,}) " if n_publications else ""
    return f"{code} {count}{class_words(code)}".strip()


def view_words(view: str) -> str:
    """A view in a caption.

    Example:
        >>> view_words("front"), view_words("unknown"), view_words("perspective")
        ('front view', '', 'perspective view')
    """
    if view == View.UNKNOWN:
        return ""
    return view if view in (View.PLAN, View.SECTION, View.REFERENCE) else f"{view} view"


def figure_name(label: str | None, sheet: int) -> str:
    """What a figure is called.

    Example:
        >>> figure_name("3A", 2), figure_name(None, 2), figure_name(None, 0)
        ('FIG. 3A', 'Sheet 2', 'Front page')
    """
    if sheet == 0:
        return "Front page"
    return f"FIG. {label}" if label else f"Sheet {sheet}"


def figure_alt(figure: Figure, publication: Publication) -> str:
    """What a screen reader says of a figure's picture."""
    parts = [figure_name(figure.label, figure.sheet), view_words(figure.view)]
    return f"{', '.join(part for part in parts if part)} of {publication.title}"


def branch_words(branch: str | None) -> str:
    """Why a figure was found, empty where the search does not say."""
    return _BRANCHES.get(branch or "", "")


def counted(n: int, noun: str) -> str:
    """A number with its noun.

    Example:
        >>> counted(1, "publication"), counted(1200, "publication")
        ('1 publication', '1,200 publications')
    """
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def worker_names(workers: Sequence[str]) -> list[str]:
    """Workers by what they do and a number, without the machines they run on.

    Args:
        workers: As `workers.queue.WorkQueue.live_workers` gives them.

    Example:
        >>> worker_names(["embed,index@a:1", "ingest@a:2", "ingest@b:7"])
        ['embed and index 1', 'ingest 1', 'ingest 2']
    """
    n_seen: Counter[str] = Counter()
    names = []
    for worker in workers:
        role = " and ".join(worker.partition("@")[0].split(","))
        n_seen[role] += 1
        names.append(f"{role} {n_seen[role]}")
    return names


def beside_words(files: Sequence[str]) -> str:
    """Which files lie beside deliveries and belong to none; names the first ten.

    Example:
        >>> beside_words(["README.md"])
        '1 file beside the deliveries left alone: README.md'
    """
    named = ", ".join(files[:10]) + (f" and {len(files) - 10:,} more" if len(files) > 10 else "")
    return f"{counted(len(files), 'file')} beside the deliveries left alone: {named}"
