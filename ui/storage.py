"""How much room a home takes and how much is left."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from core.settings import Settings
from workers.addresses import catalogue_url

ELSEWHERE = "on a server"


@dataclass(frozen=True, slots=True)
class Storage:
    """Sizes in words. Pictures are not measured: walking millions of files takes minutes."""

    free: str
    total: str
    catalogue: str
    index: str


def measure_storage(settings: Settings) -> Storage:
    """Look at the disk of the home, and at what this process can see of catalogue and index."""
    home = settings.home.expanduser()
    disk = shutil.disk_usage(existing_place(home))
    url = make_url(catalogue_url(settings))
    is_file = url.get_backend_name() == "sqlite"
    files = Path(str(url.database)).parent.glob(f"{Path(str(url.database)).name}*")
    index = home / "index"
    return Storage(
        free=words_for_bytes(disk.free),
        total=words_for_bytes(disk.total),
        catalogue=_size(files) if is_file else ELSEWHERE,
        index=_size(index.rglob("*")) if index.is_dir() else ELSEWHERE,
    )


def existing_place(home: Path) -> Path:
    """A home, or the folder that it would be made in."""
    whole = home.expanduser().resolve()
    return next(path for path in (whole, *whole.parents) if path.exists())


def words_for_bytes(n_bytes: int) -> str:
    """A size as people read it.

    Example:
        >>> words_for_bytes(5_400_000), words_for_bytes(2**40)
        ('5 MB', '1,024 GB')
    """
    return f"{n_bytes / 2**30:,.0f} GB" if n_bytes >= 10 * 2**30 else f"{n_bytes / 2**20:,.0f} MB"


def _size(files: Iterable[Path]) -> str:
    """What files take on the disk; the index makes some larger than what is in them."""
    return words_for_bytes(sum(512 * path.stat().st_blocks for path in files if path.is_file()))
