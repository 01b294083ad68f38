"""Whose name stands under what is written into the casebook."""

import getpass

from core.errors import BadInput
from core.settings import Settings


def signed_by(settings: Settings, who: str | None = None) -> str:
    """The name given, else the configured one, else that of the user of this process.

    Raises:
        BadInput: If none is known.
    """
    if name := (who or settings.casebook.who or "").strip():
        return name
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:  # a container's user may have no name
        raise BadInput("who signs this? give --who, or set LIMN_CASEBOOK__WHO") from error
