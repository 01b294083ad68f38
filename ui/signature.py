"""Whose name stands under what is written into the casebook."""

import getpass

from core.access import ANYBODY, Viewer
from core.errors import BadInput
from core.settings import Settings


def signed_by(settings: Settings, who: str | None = None, viewer: Viewer = ANYBODY) -> str:
    """The name signed in with, else the one given, the configured one, or that of this process.

    Raises:
        BadInput: If none is known.
    """
    if name := (viewer.name or who or settings.casebook.who or "").strip():
        return name
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:  # a container's user may have no name
        raise BadInput("who signs this? give --who, or set LIMN_CASEBOOK__WHO") from error
