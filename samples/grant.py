"""What a sample grant says, before it is written as a document."""

from dataclasses import dataclass
from datetime import date

from samples.wording import Description, Firm, Person


@dataclass(frozen=True, slots=True)
class Citation:
    """A cited US design, or other literature where only `literature` is set."""

    number: str
    """``"D9900001"``."""
    name: str
    day: str
    """``"20190600"``: cited dates name no day."""
    us_class: str | None
    """Given for those the examiner cited."""
    literature: str | None = None


@dataclass(frozen=True, slots=True)
class GrantImage:
    """One image the document names."""

    position: int
    """0 is the front-page copy."""
    width_px: int
    height_px: int
    landscape: bool


@dataclass(frozen=True, slots=True)
class Grant:
    """Everything a grant document says."""

    number: str
    """``"D9900001"``."""
    published: date
    application: str
    """``"29900001"``; ``"35…"`` for an international registration."""
    filed: date
    locarno: str
    """``"06-01"``."""
    us_classes: tuple[str, ...]
    """Main class first, fixed width."""
    title: str
    claimed: str
    """The title in a sentence, with its article."""
    citations: tuple[Citation, ...]
    n_figures: int
    inventors: tuple[Person, ...]
    owner: Firm | None
    hague_number: str | None
    images: tuple[GrantImage, ...]
    description: Description

    @property
    def stem(self) -> str:
        """Name of its folder and files: ``"USD9900001-20240102"``."""
        return f"US{self.number}-{self.published:%Y%m%d}"
