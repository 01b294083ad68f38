"""A search on the record: everything that went into it and came out of it, sealed by its hash.

The record is JSON. Its seal is the SHA-256 of its canonical form (keys sorted, no white space,
UTF-8), so that the file may be printed in any way and every change of a value is noticed.
"""

import base64
import hashlib
import json
import math
from typing import Any, Final, Literal, NoReturn

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from core.errors import CertificateInvalid
from search.casebook_records import Mark, QueryPicture

FORMAT: Final = 1
MAX_BYTES = 256 * 2**20
"""Of a file that is read as a certificate."""
ATTACHMENT = "certificate.json"
"""Name of the record in a printed certificate."""
LIMITATIONS = (
    "Similarity is not legal similarity: a rank or score says how alike drawings look to the model "
    "named here, and nothing about novelty, individual character, infringement or validity.",
    "Only what the coverage lists was searched. A publication that is missing there, failed or "
    "withdrawn could not be found; that a design is not listed does not mean that it does not "
    "exist.",
    "Only the first ranks are listed. What lies behind the last one was compared and is not shown.",
    "Drawings were compared as published: broken lines, shading, colour and scale are read by the "
    "model as they are drawn and not as a claim would construe them.",
    "Titles, dates, owners and classes are those of the deliveries named in the coverage; they "
    "were not verified against a register.",
    "The seal shows whether the record was changed after it was made, as long as its hash is kept "
    "where it cannot be changed with it. It is not a signature.",
)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CertifiedPicture(_Part):
    """A drawing that was searched with, pixels and all, so that the search can be run again."""

    picture: QueryPicture
    width_px: int
    height_px: int
    png: str
    """The file whose SHA-256 is `picture.sha256`, in Base64."""

    @property
    def data(self) -> bytes:
        """The file."""
        return base64.b64decode(self.png, validate=True)


class CertifiedExample(_Part):
    """An indexed figure that the search was to be like, or unlike."""

    role: Literal["liked", "disliked"]
    figure_id: str
    publication_id: str
    picture_sha256: str | None
    """None where the catalogue does not know the figure."""


class OfficeSpan(_Part):
    """What was searched of one office."""

    office: str
    n_publications: int
    n_figures: int
    n_indexed: int
    n_failed: int
    first: str | None
    """Earliest publication date; None where none is known."""
    last: str | None
    n_undated: int


class Corpus(_Part):
    """What was searched."""

    catalogue_id: str
    last_arrival: int
    """Drawings counted until then; what arrived later has a greater number."""
    offices: tuple[OfficeSpan, ...]
    n_withdrawn: int
    """Publications that are kept and not searched."""
    failures: dict[str, int]
    """Figures that could not be searched, by the stage that gave them up."""
    n_rejected: int
    """What deliveries brought that could not be read at all."""
    texts: dict[str, int]
    """Texts about figures, by who wrote them."""

    @property
    def n_publications(self) -> int:
        return sum(office.n_publications for office in self.offices)

    @property
    def n_indexed(self) -> int:
        return sum(office.n_indexed for office in self.offices)


class IndexFacts(_Part):
    """Where and how it was searched."""

    collection: str
    schema_version: int
    dimension: int
    n_points: int
    exact: bool
    parameters: dict[str, JsonValue]
    """What the engine was told beyond the query."""


class ModelFacts(_Part):
    """What compared the drawings. A hash that is not known is missing, not invented."""

    encoder_id: str
    hashes: dict[str, str]
    """SHA-256 of weights, preprocessing and text encoder."""
    caption_prompts: dict[str, str]
    """Hash of the prompt by model, for texts that models wrote; empty where none did."""


class CertifiedNote(_Part):
    """What somebody wrote about a hit."""

    note: str
    made_by: str
    made_at: str


class CertifiedHit(_Part):
    """One ranked publication."""

    rank: int
    publication_id: str
    number: str
    """As printed."""
    title: str
    owner: str | None
    published: str | None
    locarno: tuple[str, ...]
    score: float = Field(allow_inf_nan=False)
    revision: str | None
    """Content hash of the version that was searched; None where the catalogue lost it."""
    best_figure_id: str
    best_figure: str
    """In words, ``"FIG. 3, front view"``."""
    picture_sha256: str | None
    mark: Mark | None
    marked_by: str | None
    marked_at: str | None
    notes: tuple[CertifiedNote, ...]
    found: dict[str, JsonValue]
    """Everything the search said of it: figures, branches, scores."""


class CertificateRecord(_Part):
    """All of it; see docs/casebook.md for every field."""

    format: Literal[1]
    made_at: str
    """ISO 8601 with the offset of the time zone."""
    time_zone: str
    made_by: str
    software: dict[str, str]
    """Name and version."""
    project: str
    search_id: int
    search_name: str
    saved_at: str
    saved_by: str
    query: dict[str, JsonValue]
    """Every field of the query, defaults too."""
    pictures: tuple[CertifiedPicture, ...]
    examples: tuple[CertifiedExample, ...]
    corpus: Corpus
    index: IndexFacts
    model: ModelFacts
    scores: str
    """What the scores are, in words."""
    hidden_by_filter: int
    hits: tuple[CertifiedHit, ...]
    limitations: tuple[str, ...]

    @property
    def sha256(self) -> str:
        """The seal."""
        return hashlib.sha256(_canonical(self.model_dump(mode="json"))).hexdigest()

    @property
    def number(self) -> str:
        """What people call it: the beginning of the seal.

        Example: ``"3F9C-12AB-77E0-5D41"``.
        """
        begins = self.sha256[:16].upper()
        return "-".join(begins[place : place + 4] for place in range(0, 16, 4))


def certificate_json(record: CertificateRecord) -> bytes:
    """The JSON file of a record, with its seal."""
    sealed = {"record": record.model_dump(mode="json"), "sha256": record.sha256}
    return json.dumps(sealed, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def read_certificate(data: bytes, name: str) -> CertificateRecord:
    """Read a JSON file and hold it against its seal.

    Args:
        data: The whole file.
        name: What messages call it.

    Raises:
        CertificateInvalid: If it is no certificate, of a later format, or was changed.
    """
    if len(data) > MAX_BYTES:
        raise CertificateInvalid(f"{name}: larger than {MAX_BYTES // 2**20} MB; no certificate is")
    try:
        sealed = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_once,
            parse_constant=_refuse,
            parse_float=_finite,
        )
    except (ValueError, RecursionError) as error:
        raise CertificateInvalid(f"{name}: not the JSON of a certificate ({error})") from error
    if not (isinstance(sealed, dict) and {"record", "sha256"} == set(sealed)):
        raise CertificateInvalid(
            f"{name}: not a certificate; give the PDF or JSON that `limn certificate make` wrote"
        )
    record = sealed["record"]
    found = hashlib.sha256(_canonical(record)).hexdigest()
    if found != sealed["sha256"]:
        raise CertificateInvalid(
            f"{name}: was changed after it was made: its record has the SHA-256 {found}, its seal "
            f"says {str(sealed['sha256'])[:80]}; get the original again"
        )
    if isinstance(record, dict) and record.get("format") != FORMAT:
        raise CertificateInvalid(
            f"{name}: is of format {record.get('format')}; this Limn reads format {FORMAT}"
        )
    try:
        read = CertificateRecord.model_validate_json(_canonical(record))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise CertificateInvalid(f"{name}: {where}: {first['msg']}") from error
    _check_pictures(read, name)
    return read


def _canonical(value: Any) -> bytes:
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode("utf-8", "surrogatepass")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which nothing is said twice: readers differ in which of the two they take."""
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return read


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def _finite(number: str) -> float:
    read = float(number)
    if not math.isfinite(read):
        _refuse(number)
    return read


def _check_pictures(record: CertificateRecord, name: str) -> None:
    for number, certified in enumerate(record.pictures, start=1):
        try:
            sha256 = hashlib.sha256(certified.data).hexdigest()
        except ValueError as error:
            raise CertificateInvalid(f"{name}: query drawing {number}: {error}") from error
        if sha256 != certified.picture.sha256:
            raise CertificateInvalid(f"{name}: query drawing {number} is not the one it names")
