"""The stages of an upload as people watch them: how far, how fast, how long still. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.records import Stage
from ingestion.catalogue_records import UploadProgress

_STEPS = (
    (Stage.CUT, "Cut into figures"),
    (Stage.DESCRIBED, "Described"),
    (Stage.EMBEDDED, "Embedded"),
    (Stage.INDEXED, "Searchable"),
)


@dataclass(frozen=True, slots=True)
class Look:
    """How far an upload was at one moment.

    Attributes:
        at_s: Any clock that only goes forward.
        reached: Figures that reached each stage or one after it.
    """

    at_s: float
    reached: Mapping[Stage, int]


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of an upload.

    Attributes:
        title: Its name for people.
        n_done: Figures that reached it.
        n_total: Figures that should; estimated while grants are still unread.
        rate_per_s: Figures a second lately; None before two looks.
        eta_s: Seconds until it is through at that rate; None where nobody can say.
    """

    title: str
    n_done: int
    n_total: int
    rate_per_s: float | None
    eta_s: float | None


def look(progress: UploadProgress, at_s: float) -> Look:
    """Look at an upload once."""
    reached: dict[Stage, int] = {}
    n_here_or_beyond = 0
    for stage, _ in reversed(_STEPS):
        n_here_or_beyond += progress.by_stage[stage]
        reached[stage] = n_here_or_beyond
    return Look(at_s, reached)


def upload_steps(progress: UploadProgress, looks: Sequence[Look]) -> list[Step]:
    """The stages of an upload with rate and time to go.

    Args:
        progress: How far it is now.
        looks: At least one; oldest first, the last one now. The rate is taken between the ends.
    """
    n_total = max(_expected_figures(progress) - progress.n_failed, 0)
    found = []
    for stage, title in _STEPS:
        n_done = looks[-1].reached[stage]
        rate = _rate(looks, stage)
        eta = (n_total - n_done) / rate if rate and n_total > n_done else None
        found.append(Step(title, n_done, max(n_total, n_done), rate, eta))
    return found


def _expected_figures(progress: UploadProgress) -> int:
    """Figures there will be, if the grants still unread hold as many as the others."""
    if not progress.n_done or not progress.n_pending:
        return progress.n_figures
    return round(progress.n_figures * (progress.n_done + progress.n_pending) / progress.n_done)


def _rate(looks: Sequence[Look], stage: Stage) -> float | None:
    seconds = looks[-1].at_s - looks[0].at_s
    if seconds <= 0:
        return None
    return (looks[-1].reached[stage] - looks[0].reached[stage]) / seconds


def words_for_seconds(seconds: float) -> str:
    """A time to go as people say it.

    Example:
        >>> words_for_seconds(8.2), words_for_seconds(95), words_for_seconds(5400)
        ('8 s', '2 min', '1.5 h')
    """
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
