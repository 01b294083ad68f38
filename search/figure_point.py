"""A figure as callers hand it to the index; how it lies in Qdrant is `search.schema`'s matter."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

LEADS_PUBLICATION = "publication"
"""In `FigurePoint.leads` of the first figure of a publication."""
LEADS_VIEW = "view"
"""In `FigurePoint.leads` of the first figure of each view of a publication."""


@dataclass(frozen=True, slots=True, eq=False)
class FigurePoint:
    """Everything the index holds about one figure.

    Attributes:
        image: float32 [D], unit length.
        text: float32 [D], unit length, in the same space; None where no text is known.
        texts: What BM25 reads: captions, object names, titles.
        locarno: All codes, main first, ``("28-03", "24-04")``.
        us_class: ``("D28/47",)``, main first.
        owners: Owners by name, each as published.
        designers: Inventors by name, each as published.
        effective_date: Of filing, or the earliest priority it claims.
        number_keys: What the publication is found by, see `core.publication_numbers`.
        source: Name of the delivery it came with, ``"I20210105.tar"``.
        upload: Id of the upload it came with: a confidential one is hidden by it.
        family: Numbers that publications of its family share, ``("DM204232", "US 29680800")``.
        picture: SHA-256 of the drawing: figures that share it are the same picture.
        leads: What it stands for when publications are counted: `LEADS_PUBLICATION`, `LEADS_VIEW`.
        revision: Of what it was made; tells a point that was not brought up to date.
    """

    figure_id: str
    publication_id: str
    image: NDArray[np.float32]
    text: NDArray[np.float32] | None = None
    texts: tuple[str, ...] = ()
    office: str = ""
    kind: str = ""
    title: str = ""
    locarno: tuple[str, ...] = ()
    locarno_edition: str | None = None
    us_class: tuple[str, ...] = ()
    view: str = "unknown"
    label: str | None = None
    publication_date: date | None = None
    filing_date: date | None = None
    effective_date: date | None = None
    owners: tuple[str, ...] = ()
    designers: tuple[str, ...] = ()
    status: str = ""
    source: str = ""
    upload: str = ""
    family: tuple[str, ...] = ()
    number_keys: tuple[str, ...] = ()
    picture: str = ""
    leads: tuple[str, ...] = ()
    caption: str | None = None
    revision: str = ""

    @property
    def locarno_class(self) -> tuple[str, ...]:
        """Main classes without repeats, ``("28", "24")``."""
        return tuple(dict.fromkeys(code[:2] for code in self.locarno))

    @property
    def us_class_main(self) -> tuple[str, ...]:
        """US classes without subclass and repeats, ``("D28",)``."""
        return tuple(dict.fromkeys(code.partition("/")[0] for code in self.us_class))

    @property
    def year(self) -> str | None:
        """Of publication, ``"2021"``."""
        return f"{self.publication_date:%Y}" if self.publication_date else None
