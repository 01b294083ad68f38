"""Files drawn with: scripts, styles and pictures, all from this package."""

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "assets"
API = "/api/v1"


@cache
def read_asset(name: str) -> str:
    """The text of an asset, read once."""
    return (FOLDER / name).read_text(encoding="utf-8")


def thumbnail_url(sha256: str) -> str:
    """Address of a stored picture, small."""
    return f"{API}/thumbnails/{sha256}"


def picture_url(sha256: str) -> str:
    """Address of a stored picture at full resolution, in a form that browsers show."""
    return f"{API}/pictures/{sha256}?png=true"


def query_view_url(sha256: str) -> str:
    """Address of a drawing somebody searched with, small."""
    return f"{API}/queries/{sha256}"


def query_picture_url(sha256: str) -> str:
    """Address of a drawing somebody searched with, at full resolution."""
    return f"{API}/queries/{sha256}/picture"
