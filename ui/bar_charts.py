"""Counts as bars that are links, so that a chart is read, focused and followed like text. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

_MIN_PERCENT = 0.6
"""A bar of one among thousands can still be seen and hit."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar.

    Attributes:
        label: Short, below or beside the bar.
        n: Its length.
        said: What it means, in words; a screen reader's text and the tooltip.
        params: Address of the search it leads to; None for a bar that leads nowhere.
        tone: Style of its class ``limn-tone-…``; empty for the usual one.
    """

    label: str
    n: int
    said: str
    params: Mapping[str, str | list[str]] | None = None
    tone: str = ""


def columns(bars: Sequence[Bar], title: str) -> str:
    """Upright bars, for an order that matters: years, classes by frequency."""
    top = max((bar.n for bar in bars), default=0)
    items = "".join(
        _link(
            bar,
            f"<span><em>{compact(bar.n) if bar.n else ''}</em>"
            f"<i style='height:{_percent(bar.n, top)}%'></i></span><b>{escape(bar.label)}</b>",
        )
        for bar in bars
    )
    return f"<div class='limn-columns' role='list' aria-label='{escape(title)}'>{items}</div>"


def rows(bars: Sequence[Bar], title: str) -> str:
    """Lying bars with their names and numbers."""
    top = max((bar.n for bar in bars), default=0)
    items = "".join(
        _link(
            bar,
            f"<b>{escape(bar.label)}</b><span class='limn-bar'>"
            f"<i style='width:{_percent(bar.n, top)}%'></i></span><em>{bar.n:,}</em>",
        )
        for bar in bars
    )
    return f"<div class='limn-rows' role='list' aria-label='{escape(title)}'>{items}</div>"


def compact(n: int) -> str:
    """A number in at most four letters.

    Example:
        >>> compact(950), compact(1_234), compact(56_789), compact(7_000_000)
        ('950', '1.2k', '57k', '7M')
    """
    for unit, name in ((10**6, "M"), (10**3, "k")):
        if n >= unit:
            return f"{n / unit:.{int(n < 10 * unit)}f}".removesuffix(".0") + name
    return str(n)


def _link(bar: Bar, inside: str) -> str:
    said = escape(bar.said)
    tone = f" limn-tone-{bar.tone}" if bar.tone else ""
    style = f"class='limn-chart-bar{tone}' role='listitem' title='{said}' aria-label='{said}'"
    if bar.params is None:
        return f"<span {style}>{inside}</span>"
    address = escape(f"/?{urlencode(bar.params, doseq=True)}")
    return f"<a {style} href='{address}' target='_self'>{inside}</a>"


def _percent(n: int, top: int) -> float:
    return round(max(100 * n / top, _MIN_PERCENT), 2) if n else 0
