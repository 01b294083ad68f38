"""The nouns: publication → sheet → figure, and the texts about a figure.

Records are frozen; a later stage enriches one with `dataclasses.replace`. Pixels are never inside
records: they live in the picture store under their SHA-256.
"""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from core.families import application_key, hague_key, stated_key
from core.locarno import LocarnoCode

WITHDRAWN = "withdrawn"
"""Status of a publication that its office or operator took back."""

_US_DESIGN = re.compile(r"^D\d{7}$")
_FILED_BESIDE = re.compile(r"-(?!0*1$)\d+$", re.ASCII)
"""The number of a Community design that was filed together with a first one."""
_FAMILY_COLUMNS = ("family", "priority")
"""Columns of a delivered manifest that name a publication's family."""
_POINT_NAMESPACE = uuid.UUID("6c696d6e-0000-5000-8000-666967757265")


class View(StrEnum):
    """What a figure shows the design from."""

    PERSPECTIVE = "perspective"
    FRONT = "front"
    REAR = "rear"
    LEFT = "left"
    RIGHT = "right"
    SIDE = "side"
    TOP = "top"
    BOTTOM = "bottom"
    PLAN = "plan"
    ELEVATION = "elevation"
    ENLARGED = "enlarged"
    SECTION = "section"
    EXPLODED = "exploded"
    REFERENCE = "reference"
    UNKNOWN = "unknown"


class LabelSource(StrEnum):
    """How a figure came by its label, and so by its caption."""

    PRINTED = "printed"
    """Read from the sheet."""
    STATED = "stated"
    """Said by the delivery, which brought the figure already cut."""
    INFERRED = "inferred"
    """Bound by counting figures against captions; not read."""
    NONE = "none"
    """Unknown: no label read and the counts do not match."""


class BrokenLines(StrEnum):
    """What a document says its broken lines are to the claimed design."""

    UNCLAIMED = "unclaimed"
    """They form no part of it: environment, boundaries, disclaimed portions."""
    CLAIMED = "claimed"
    """They belong to it: stitching, perforation."""
    SOME_CLAIMED = "some claimed"
    UNKNOWN = "unknown"
    """It speaks of them and does not say."""


class Stage(StrEnum):
    """How far a figure has come. A front-page copy stays at STORED: it is never indexed."""

    STORED = "stored"
    CUT = "cut"
    DESCRIBED = "described"
    EMBEDDED = "embedded"
    INDEXED = "indexed"
    FAILED = "failed"


class Provenance(StrEnum):
    """Who wrote a text about a figure."""

    GRANT = "grant"
    GRANT_WORDING = "grant-wording"
    """What the grant says, put in other sentences by rule."""
    CAPTIONER = "captioner"
    LLM = "llm"
    TAGGER = "tagger"
    THESAURUS = "thesaurus"
    """Names from the Locarno list that mean what the grant says."""
    THESAURUS_WORDING = "thesaurus-wording"
    """What the grant says, put in other sentences by rule, under a name from that list."""
    PERSON = "person"

    @property
    def is_searched(self) -> bool:
        """Whether figures are found by such texts: not by other wordings of what is said already.

        They would take as long to embed and find no more (`benchmarks/bench_descriptions.py`).
        """
        return self not in (Provenance.GRANT_WORDING, Provenance.THESAURUS_WORDING)


@dataclass(frozen=True, slots=True)
class FigureCaption:
    """One sentence of the figure description, read: ``FIG. 1 is a front view of a chair``."""

    label: str
    """Figure number as printed, ``"3A"``."""
    text: str
    """The whole sentence, white space folded."""
    view: View
    object_name: str | None
    """What the sentence says is shown; "thereof" resolved to the title."""


@dataclass(frozen=True, slots=True)
class GivenFigure:
    """What a delivery says of an image that is one figure, already cut."""

    label: str | None
    """``"1.2"``; None where the delivery gives no number."""
    view: View = View.UNKNOWN
    object_name: str | None = None
    caption: str | None = None


@dataclass(frozen=True, slots=True)
class SheetImage:
    """One image a publication names, before it is opened."""

    file: str
    """Member file name, ``"USD0907292-20210105-D00001.TIF"``; in a manifest, its path."""
    position: int
    """1-based sheet number; 0 for the front-page copy."""
    landscape: bool
    """True where the document says the sheet lies on its side."""
    figure: GivenFigure | None = None
    """Set where the image is a figure already cut, so that it is not cut again."""

    @property
    def is_front_page(self) -> bool:
        return self.position == 0


@dataclass(frozen=True, slots=True)
class LocalText:
    """A text in one language, as offices with several languages publish it."""

    language: str
    """ISO 639-1, ``"fr"``; ``""`` where it is not said."""
    text: str


@dataclass(frozen=True, slots=True)
class Citation:
    """What a publication cites: an earlier publication, or (`text` alone) any other source."""

    office: str | None = None
    """Country code of the cited publication, ``"US"``; None for other sources."""
    number: str | None = None
    """As printed; a US design's or reissue's as it prints itself, ``"D0553080"``."""
    kind: str | None = None
    date: str | None = None
    """ISO 8601, as exact as it is printed: ``"2007-10"`` or ``"2007-10-16"``."""
    category: str | None = None
    """Who cited it, in the office's words: ``"cited by examiner"``."""
    name: str | None = None
    """First inventor or owner of the cited publication."""
    text: str | None = None
    """The whole reference, where what is cited is no patent document."""

    @property
    def is_us_design(self) -> bool:
        return self.office == "US" and bool(_US_DESIGN.match(self.number or ""))


@dataclass(frozen=True, slots=True)
class Publication:
    """One design grant or registration, without its pixels."""

    publication_id: str
    """``"US-D0907292-S1"``; see `publication_id`."""
    office: str
    number: str
    kind: str
    title: str
    publication_date: date | None
    filing_date: date | None
    application_number: str | None
    locarno: tuple[LocarnoCode, ...]
    """Main class first."""
    us_class: tuple[str, ...]
    """``"D28/47"``; main class first."""
    owner: str | None
    """Assignees joined by ``"; "``, else applicants."""
    inventors: tuple[str, ...]
    n_declared_sheets: int | None
    n_declared_figures: int | None
    captions: tuple[FigureCaption, ...]
    broken_line_statement: str | None
    """What the document says of its broken lines, word for word."""
    hague_number: str | None
    images: tuple[SheetImage, ...]
    source: str
    """Archive and member it was read from."""
    status: str = "published"
    """As its office or the delivery says, in lower case; see `is_withdrawn`."""
    confidential: bool = False
    """Not to leave the premises: never sent to a model that runs elsewhere."""
    claim: str | None = None
    applicants: tuple[str, ...] = ()
    """Names alone, as everywhere here: addresses and attorneys are not kept."""
    assignees: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()
    """In the order of the document."""
    broken_lines: BrokenLines | None = None
    """What `broken_line_statement` comes down to; None where it says nothing of broken lines."""
    colour_statements: tuple[str, ...] = ()
    embodiment_statements: tuple[str, ...] = ()
    product_indications: tuple[LocalText, ...] = ()
    """What the design is for, in every language it was published in."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """What a delivery says beyond the fields known here, by column."""
    related_applications: tuple[str, ...] = ()
    """Those it goes back to, and others of their line, then those whose priority it claims, as
    `core.families.application_key` writes them."""
    pictures_source: str | None = None
    """Where its pictures were read from, if they came apart from its words."""
    priority_date: date | None = None
    """The earliest filing date among the applications whose date it claims: those whose priority it
    claims, and of a US grant those it divides, continues, also in part, or reissues. None where it
    claims none or says no whole date. Of a continuation in part only what its parent showed has the
    parent's date; what that is no document says, so it counts. Provisional applications, which no
    design may claim, substituted ones and additions do not."""

    @property
    def is_withdrawn(self) -> bool:
        """Whether it is kept in the catalogue but left out of search."""
        return self.status == WITHDRAWN

    @property
    def effective_date(self) -> date | None:
        """The earliest day it goes back to: its filing date, or the priority it claims if earlier.

        None where neither is known.
        """
        return min((day for day in (self.filing_date, self.priority_date) if day), default=None)

    @property
    def has_words(self) -> bool:
        """Whether anything is said about the design, and not only where its pictures lie."""
        said = (self.title, self.captions, self.locarno, self.us_class, self.owner)
        return any(said)

    @property
    def owners(self) -> tuple[str, ...]:
        """Who `owner` names, one by one."""
        for names in (self.assignees, self.applicants):
            if "; ".join(names) == self.owner:
                return names
        return (self.owner,) if self.owner else ()

    @property
    def delivery(self) -> str:
        """File name of the delivery it was read from, ``"I20210105.tar"``."""
        return self.source.partition("!")[0].replace("\\", "/").rstrip("/").rpartition("/")[2]

    @property
    def family(self) -> tuple[str, ...]:
        """Numbers that its relatives share, ``("DM204232", "US 29680800")``, as far as is said.

        Of its application, or its own number as a Community design, those it is related to, its
        Hague registration, and what a delivered manifest calls family or priority. Relatives may
        show different designs: they are related, not the same. Of Community designs filed together
        only the first is kin to what they claim: a hundred may claim one priority.
        """
        is_community = self.office == "EM"
        own = self.number if is_community else self.application_number
        is_kin = not (is_community and _FILED_BESIDE.search(self.number))
        related = self.related_applications if is_kin else ()
        keys = [*related, hague_key(self.hague_number or "")]
        keys.append(application_key(self.office, own or ""))
        for column in _FAMILY_COLUMNS:
            keys += [stated_key(said) for said in self.extra.get(column, "").split(";")]
        return tuple(sorted({key for key in keys if key}))

    @property
    def cited_publication_ids(self) -> tuple[str, ...]:
        """Cited US designs as publication numbers, ``"D0553080"``, once each."""
        cited = (citation.number for citation in self.citations if citation.is_us_design)
        return tuple(dict.fromkeys(number for number in cited if number))


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on an upright sheet, pixels, origin top left."""

    x_px: int
    y_px: int
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page image of a publication, stored."""

    publication_id: str
    position: int
    """1-based; 0 for the front-page copy."""
    file: str
    sha256: str
    width_px: int
    """Of the stored original, before turning it upright."""
    height_px: int
    rotation_deg: int
    """Clockwise quarter turns that make the original upright: 0, 90, 180 or 270."""

    @property
    def is_front_page(self) -> bool:
        return self.position == 0


@dataclass(frozen=True, slots=True)
class Figure:
    """One drawn view: the unit of retrieval."""

    figure_id: str
    publication_id: str
    sheet: int
    """Sheet position; 0 for the front-page copy."""
    position: int
    """1-based reading order on the sheet."""
    label: str | None
    label_source: LabelSource
    view: View
    object_name: str | None
    caption: str | None
    box: Box
    sha256: str
    """Key of the cut figure in the picture store."""

    @property
    def is_front_page(self) -> bool:
        return self.sheet == 0


@dataclass(frozen=True, slots=True)
class FigureText:
    """One text about a figure and who wrote it."""

    figure_id: str
    provenance: Provenance
    text: str
    model: str | None = None
    """Name and version of the model that wrote it; None for people's words."""
    prompt_hash: str | None = None
    """Of what that model was asked."""


def publication_id(office: str, number: str, kind: str) -> str:
    """Identity of a publication.

    Example:
        >>> publication_id("US", "D0907292", "S1")
        'US-D0907292-S1'
    """
    return f"{office}-{number}-{kind}"


def figure_id(publication: str, sheet: int, position: int, printed_label: str | None) -> str:
    """Identity of a figure: its printed label, else its place on the sheets.

    Example:
        >>> figure_id("US-D0907292-S1", 2, 1, "3A")
        'US-D0907292-S1/3A'
        >>> figure_id("US-D0907292-S1", 2, 1, None)
        'US-D0907292-S1/s2.1'
    """
    return f"{publication}/{printed_label or f's{sheet}.{position}'}"


def publication_of(figure: str) -> str:
    """The publication that a figure's id names.

    Example:
        >>> publication_of("US-D0907292-S1/3A")
        'US-D0907292-S1'
    """
    return figure.rpartition("/")[0]


def point_id(figure: str) -> str:
    """Qdrant point id of a figure: UUIDv5 of its figure id, so re-indexing overwrites."""
    return str(uuid.uuid5(_POINT_NAMESPACE, figure))
