"""What every error raised on purpose is called, by all faces alike: code, title, what to do."""

import re
from dataclasses import dataclass

from core.errors import (
    ArchiveCorrupt,
    BadInput,
    CertificateInvalid,
    ConfigurationFault,
    GateRefused,
    IndexNotReady,
    LimnError,
    MeshInvalid,
    ModelInvalid,
    NotInCasebook,
    PictureUnreadable,
    PublicationInvalid,
    QueryInvalid,
    StorageFailed,
    TransientError,
)

RETRY_AFTER_S = 5


class NotFound(BadInput):
    """Nothing is known under the id asked for."""


class TooLarge(BadInput):
    """A request body is larger than allowed."""


class TooManyRequests(TransientError):
    """Somebody asks more often than they may.

    Attributes:
        retry_after_s: When they may ask again.
    """

    def __init__(self, message: str, retry_after_s: int) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message)


class SignInNeeded(BadInput):
    """Nobody is signed in, or the key or session is not valid any more."""


class NotPermitted(BadInput):
    """Who is signed in may not do this."""


_KINDS: tuple[tuple[type[LimnError], int, str, str], ...] = (
    (NotFound, 404, "Not found", "Check the id."),
    (NotInCasebook, 404, "Not in the casebook", "Check the number or name."),
    (CertificateInvalid, 422, "The certificate cannot be used", "Get the original file again."),
    (SignInNeeded, 401, "Sign in first", "Send a key (Authorization: Bearer …), or sign in."),
    (NotPermitted, 403, "Not permitted", "Ask an administrator for a role or project that may."),
    (TooLarge, 413, "The request is too large", "Send less at a time."),
    (QueryInvalid, 422, "This search cannot be run", "Correct the field named and send it again."),
    (
        PictureUnreadable,
        422,
        "The picture cannot be read",
        "Send a complete PNG, TIFF, JPEG, WebP or GIF picture.",
    ),
    (
        MeshInvalid,
        422,
        "The 3-D model cannot be read",
        "Send a complete STL, OBJ or GLB model.",
    ),
    (ArchiveCorrupt, 422, "The archive cannot be read", "Fetch the archive again and resend it."),
    (PublicationInvalid, 422, "The publication cannot be read", "Check the document named."),
    (
        GateRefused,
        409,
        "The model is not promoted",
        "Train it further, or promote it by force; the record will say so.",
    ),
    (ModelInvalid, 400, "This cannot be done with the model", "Look at `limn models`."),
    (BadInput, 400, "The input cannot be used", "Correct the input and send it again."),
    (
        IndexNotReady,
        503,
        "There is nothing to search yet",
        "Take archives in with `limn ingest` or on the Uploads page, or wait for `limn reindex`.",
    ),
    (TooManyRequests, 429, "Too many requests", "Wait as long as it says, then ask again."),
    (
        TransientError,
        503,
        "A part of Limn did not answer",
        f"Try again in {RETRY_AFTER_S} seconds; `limn status` shows which service is down.",
    ),
    (StorageFailed, 507, "Storage failed", "Make room on the disk or check its rights."),
    (
        ConfigurationFault,
        500,
        "Limn is not set up to do this",
        "Mend the setting named and restart Limn.",
    ),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """How an error is told.

    Attributes:
        code: Names the kind of error for programs; the same in REST, on the command line and on
            the pages.
        status: HTTP status.
        title: One line.
        remedy: What to do.
    """

    code: str
    status: int
    title: str
    remedy: str


def fault_of(error: LimnError) -> Fault:
    """How an error is told."""
    for kind, status, title, remedy in _KINDS:
        if isinstance(error, kind):
            return Fault(code_of(error), status, title, remedy)
    return Fault(code_of(error), 500, "Limn failed", "See the log of the pages.")


def code_of(error: LimnError) -> str:
    """The error's name as a code.

    Example:
        >>> code_of(QueryInvalid("nothing is asked"))
        'query-invalid'
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(error).__name__).lower()
