"""Every error Limn raises on purpose, by what the caller should do about it.

LimnError
├ TransientError       try again: the message may succeed unchanged
├ BadInput             this item is rejected and listed; its siblings go on
└ ConfigurationFault   stop: nothing will work until a person mends it
"""

from collections.abc import Sequence


class LimnError(Exception):
    """Root of all errors raised on purpose; the message says what, where and what to do."""


class TransientError(LimnError):
    """Something outside was not there just now; retried with backoff."""


class IndexUnavailable(TransientError):
    """Qdrant did not answer."""


class IndexNotReady(TransientError):
    """The index is empty, or is just being filled anew."""


class QueueUnavailable(TransientError):
    """Redis did not answer."""


class CatalogueUnavailable(TransientError):
    """The catalogue's database did not answer, or stayed locked."""


class ProviderUnavailable(TransientError):
    """A service of somebody else's did not answer, broke off, or is over its limit.

    Attributes:
        retry_after_s: How long it asks to wait; None where it does not say.
        may_be_paid: True where the question may have been answered, and the answer was lost.
    """

    def __init__(
        self, message: str, retry_after_s: float | None = None, *, may_be_paid: bool = False
    ) -> None:
        self.retry_after_s = retry_after_s
        self.may_be_paid = may_be_paid
        super().__init__(message)


class BadInput(LimnError):
    """An item cannot be used; it is listed with its reason and its siblings go on."""


class ArchiveCorrupt(BadInput):
    """An archive, or a member of it, is damaged or hostile.

    Attributes:
        member: Name of the archive or member, as the archive spells it.
        reason: What is wrong with it.
    """

    def __init__(self, member: str, reason: str) -> None:
        self.member = member
        self.reason = reason
        super().__init__(f"{member}: {reason}")


class ArchiveChanged(ArchiveCorrupt):
    """An archive was written to after it was entered, or while it was."""


class PublicationInvalid(BadInput):
    """A publication's document cannot be read as a design publication.

    Attributes:
        member: Name of the document.
        reason: What is wrong with it.
    """

    def __init__(self, member: str, reason: str) -> None:
        self.member = member
        self.reason = reason
        super().__init__(f"{member}: {reason}")


class PicturesLacking(PublicationInvalid):
    """A publication came with pictures, or should have, and none of them can be taken.

    Attributes:
        reasons: Of each picture, why it cannot be.
    """

    def __init__(self, member: str, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        more = f" and {len(reasons) - 5} more" if len(reasons) > 5 else ""
        first = "; ".join(self.reasons[:5]) or "none came with it"
        super().__init__(member, f"none of its pictures can be taken: {first}{more}")


class PictureUnreadable(BadInput):
    """A picture is empty, damaged, too large or no picture at all.

    Attributes:
        name: Name of the picture file.
        reason: What is wrong with it.
    """

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self.reason = reason
        super().__init__(f"{name}: {reason}")


class DownloadFailed(BadInput):
    """A file is not to be had from where it should be, or is not what its list says.

    Attributes:
        name: Name or address of the file.
        reason: What is wrong with it.
    """

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self.reason = reason
        super().__init__(f"{name}: {reason}")


class AnswerUnusable(BadInput):
    """What a model answered is no description, or too long to be read.

    Attributes:
        reason: What is wrong with it.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class MeshInvalid(BadInput):
    """A mesh has no surface, names vertices that do not exist or holds infinite coordinates."""


class EvaluationInvalid(BadInput):
    """An evaluation set, or what is asked of it, cannot be used."""


class SourceInvalid(BadInput):
    """What a training run should draw from is not there, or is something else."""


class LeaksFound(BadInput):
    """Drawings that a run validates on are also trained on; the message names the first pairs."""


class QueryInvalid(BadInput):
    """A search asks for something that does not exist or makes no sense."""


class CasebookInvalid(BadInput):
    """What is to be written into the casebook makes no sense."""


class NotInCasebook(CasebookInvalid):
    """The casebook holds nothing under the number or name asked for."""


class CertificateInvalid(BadInput):
    """A file is no certificate, or was changed after it was made."""


class ModelInvalid(BadInput):
    """A model is not known, or cannot be made the current one."""


class GateRefused(ModelInvalid):
    """A candidate did worse than the current model, or nothing says that it did not."""


class ConfigurationFault(LimnError):
    """The installation is not in a state to work; stops start-up."""


class CheckpointInvalid(ConfigurationFault):
    """An encoder checkpoint is missing a file or does not match its own config."""


class SchemaMismatch(ConfigurationFault):
    """The index or catalogue was written by another schema version."""


class EncoderMismatch(ConfigurationFault):
    """The index holds vectors of another encoder than the configured one."""


class VersionSkew(ConfigurationFault):
    """Client and server versions are too far apart to trust each other."""


class StorageFailed(ConfigurationFault):
    """The catalogue or the picture store cannot be written or read: full disk, rights, damage."""


class ServiceFailed(ConfigurationFault):
    """An embedded service could not be started or died."""
