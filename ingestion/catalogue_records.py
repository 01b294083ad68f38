"""What goes into the catalogue and what comes out of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from core.ports import Embeddings
from core.records import Figure, FigureText, Publication, Sheet, Stage
from ingestion.archive_entries import Rejection


class StoreOutcome(StrEnum):
    """What storing a publication changed."""

    NEW = "new"
    UNCHANGED = "unchanged"
    """The same document and pictures were already there; nothing was written."""
    REPLACED = "replaced"
    """An older version was there; its figures are gone and listed as obsolete points."""
    OLDER = "older"
    """A newer version is there, or one with pictures where this has none (see `versions`); nothing
    was written."""
    WITHDRAWN = "withdrawn"
    """A notice of withdrawal; what is there of the publication leaves the index."""


class MemberState(StrEnum):
    """Where one grant unit of an upload stands."""

    PENDING = "pending"
    DONE = "done"
    REJECTED = "rejected"


class Described(StrEnum):
    """Where a figure stands with the models that the settings ask for beside the embedded ones.

    A figure that waits is searchable meanwhile, by its picture and by the words it has.
    """

    PENDING = "pending"
    WITHHELD = "withheld"
    """Its upload is confidential, and the model is not on this machine."""
    DONE = "done"


@dataclass(frozen=True, slots=True)
class StoredPublication:
    """A publication with everything cut from it: the unit that is stored and replaced whole."""

    publication: Publication
    content_hash: str
    """SHA-256 over the document and every picture."""
    sheets: tuple[Sheet, ...]
    figures: tuple[Figure, ...]
    texts: tuple[FigureText, ...]
    problems: tuple[Rejection, ...] = ()
    """Pictures of this publication that are missing, surplus, unreadable or blank."""
    keeps_pictures: bool = False
    """True where the pictures are those of the version before: they are cut again from its upload,
    should they be lost. Not kept."""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Why a publication is not to be found any more."""

    publication_id: str
    reason: str
    upload_id: str
    """The upload that said so."""
    member: str


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A figure with all that its index entry is made of."""

    figure: Figure
    stage: Stage
    """FAILED where a failure is listed; STORED for what is not indexed: front pages, withdrawn."""
    publication: Publication
    texts: tuple[FigureText, ...]
    revision: str
    """Content hash of the publication it was cut from, with how often its texts changed."""
    upload_id: str = ""
    """The upload that the kept version came with."""
    described: Described | None = None
    """None where no model but the embedded ones was asked for."""
    described_note: str | None = None
    """Why it waits or is withheld; of a figure that is done, what went wrong."""


@dataclass(frozen=True, slots=True)
class TextDraft:
    """What is to be said about a figure, people's corrections left out."""

    figure_id: str
    texts: tuple[FigureText, ...]
    described: Described | None = None
    note: str | None = None
    wording_rule: str | None = None
    """By which its other wordings are written; None where they stay as they are."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person wrote about a figure."""

    correction_id: str
    """Names it among those of its figure."""
    text: str | None
    """None where the original is only hidden."""
    original: str | None
    """The machine's text that it stands for; None where it stands beside all."""
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Origin:
    """What the upload that a figure came with says of sending it out and paying for it."""

    upload_id: str | None
    is_confidential: bool
    """True where any upload that held its publication is."""
    budget_tokens: int | None
    """Of the upload itself; None where it has none of its own."""


@dataclass(frozen=True, slots=True)
class PublicationSummary:
    """A publication as a list shows it."""

    publication_id: str
    title: str
    publication_date: date | None
    owner: str | None
    locarno: str | None
    """Main subclass, ``"28-03"``."""
    n_figures: int
    """Front-page copy not counted."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A figure that a stage gave up on."""

    id: str
    """Figure id."""
    stage: Stage
    """The stage that failed."""
    reason: str


@dataclass(frozen=True, slots=True)
class UploadTerms:
    """What may be done with an upload beside searching it."""

    is_confidential: bool = False
    """Nothing of it is sent to another machine. Once said, it holds."""
    budget_tokens: int | None = None
    """What models may cost; None for what is configured."""
    project: str | None = None
    """Of the casebook; its members see it too, however it is confidential. None adds none."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One archive in the ledger. Its members are grant units."""

    upload_id: str
    """SHA-256 of the archive; `deliveries.refused_id` where it could not be read."""
    path: str
    """Where it was last taken in from."""
    size_bytes: int
    started_at: datetime
    """UTC, when the archive was first seen."""
    finished_at: datetime | None
    """UTC; None while a member is pending."""
    n_members: int
    n_done: int
    n_rejected: int
    mark: str | None = None
    """Tells whether the file is still the one that was entered; see `archive_marks`."""
    terms: UploadTerms = UploadTerms()

    @property
    def n_pending(self) -> int:
        return self.n_members - self.n_done - self.n_rejected

    @property
    def is_refused(self) -> bool:
        """Whether nothing of it could be read; its rejections say why."""
        return self.n_members == 0


@dataclass(frozen=True, slots=True)
class Member:
    """One grant unit of an upload, as the ledger sees it."""

    upload_id: str
    member: str
    state: MemberState
    publication_id: str | None
    outcome: StoreOutcome | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class UploadProgress:
    """How far some uploads have come, figures of their publications included.

    Invariant: `n_members` = pending + `n_done` + `n_rejected`, and `n_figures` = sum of `by_stage`.
    """

    n_members: int
    n_done: int
    n_rejected: int
    n_publications: int
    """Distinct publications that the members held."""
    outcomes: Mapping[StoreOutcome, int]
    """Members by what storing them changed."""
    n_figures: int
    """Figures of those publications, front-page copies not counted."""
    by_stage: Mapping[Stage, int]
    """Those figures by stage; every stage is a key, failed ones under FAILED."""
    rejections: tuple[Rejection, ...]
    """All that was refused: by the archive reader, whole members, and single pictures."""
    n_obsolete: int = 0
    """Points of replaced or withdrawn figures, of whatever upload, that the index still holds."""

    @property
    def n_pending(self) -> int:
        return self.n_members - self.n_done - self.n_rejected

    @property
    def n_failed(self) -> int:
        return self.by_stage[Stage.FAILED]

    @property
    def is_finished(self) -> bool:
        """No member pending, every figure indexed or listed as failed, nothing left to delete."""
        settled = self.by_stage[Stage.INDEXED] + self.n_failed
        return self.n_pending == self.n_obsolete == 0 and settled == self.n_figures


@dataclass(frozen=True, slots=True)
class StatusCounts:
    """What the catalogue holds."""

    publications: int
    sheets: int
    """Sheets of drawings; front-page copies not counted."""
    figures: int
    """Figures to be indexed; front-page copies not counted."""
    front_page: int
    """Front-page copies: stored, never indexed."""
    withdrawn: int
    """Figures of withdrawn publications: stored, no longer indexed."""
    by_stage: Mapping[Stage, int]
    """`figures` by stage; every stage is a key, failed ones under FAILED."""


@dataclass(frozen=True, slots=True, eq=False)
class StoredEmbeddings:
    """Vectors of the figures that have them, in the order they were asked for."""

    figure_ids: tuple[str, ...]
    image: Embeddings
    """float32 [N, D]."""
    text: Embeddings
    """float32 [N, D]; rows of zeros where `has_text` is False."""
    has_text: NDArray[np.bool_]
    """bool [N]."""
    revisions: tuple[str | None, ...]
    """`FigureRow.revision` that each was made of; None where an older Limn did not note it."""
