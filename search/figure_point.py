"""A figure as callers hand it to the index; how it lies in Qdrant is `search.schema`'s matter."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class FigurePoint:
    """Everything the index holds about one figure.

    Attributes:
        image: float32 [D], unit length.
        text: float32 [D], unit length, in the same space; None where no text is known.
        texts: What BM25 reads: captions, object names, titles.
        locarno: All codes, main first, ``("28-03", "24-04")``.
        us_class: ``("D28/47",)``, main first.
        source: Archive and member it came from.
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
    owner: str | None = None
    source: str = ""
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
