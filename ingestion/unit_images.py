"""The images of one unit, read into memory under the limit for one unit."""

from core.errors import ArchiveCorrupt
from core.settings import LimitSettings
from ingestion.archive_entries import Entry, Rejection


class UnitImages:
    """Images of a unit by file.

    Attributes:
        content: What was read so far.
    """

    def __init__(self, unit: str, limits: LimitSettings) -> None:
        self._unit, self._n_allowed = unit, limits.max_member_bytes
        self._n_bytes = 0
        self.content: dict[str, bytes] = {}

    def take(self, file: str, found: Entry | Rejection) -> str | None:
        """Read an image.

        Returns:
            Why it cannot be taken, None where it was.

        Raises:
            ArchiveCorrupt: If the unit becomes too large.
        """
        if isinstance(found, Rejection):
            return found.reason
        try:
            content = found.read()
        except ArchiveCorrupt as error:
            return error.reason
        if not content:
            return "is empty (0 bytes)"
        self._n_bytes += len(content)
        if self._n_bytes > self._n_allowed:
            raise ArchiveCorrupt(
                self._unit,
                f"its pictures are more than {self._n_allowed} bytes "
                "(LIMN_LIMITS__MAX_MEMBER_BYTES); refused",
            )
        self.content[file] = content
        return None
