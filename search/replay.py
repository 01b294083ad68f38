"""A certificate against today: is it the same, and if not, what is different and why. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from search.certificate import CertificateRecord, CertifiedHit, IndexFacts, ModelFacts

SCORE_TOLERANCE = 1e-5
"""Scores that differ by less are equal: sums in another order, on another machine."""


class Verdict(StrEnum):
    """What a replay comes to."""

    SAME = "same"
    """The same ranking by the same model."""
    DATA_ADDED = "data added"
    """Only publications that arrived since came in; those of the record keep their order."""
    MODEL_CHANGED = "model changed"
    """Another model, preprocessing, prompt or index schema compared the drawings."""
    DIFFERENT = "different"
    """Anything else; the reasons say what."""


class Change(StrEnum):
    """What became of one publication's place."""

    ENTERED = "entered"
    LEFT = "left"
    MOVED = "moved"
    RESCORED = "score changed"


@dataclass(frozen=True, slots=True)
class RankChange:
    """One publication whose place or score is another."""

    change: Change
    publication_id: str
    title: str
    rank_then: int | None
    rank_now: int | None
    score_then: float | None
    score_now: float | None
    reason: str
    """As far as the catalogue knows; ``""`` where it does not."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the catalogue says of a publication today.

    Attributes:
        arrival: Number of its first drawing; None where none ever arrived here.
        revision: Content hash of the version that is kept; None where it is not there.
    """

    arrival: int | None
    revision: str | None
    is_withdrawn: bool


@dataclass(frozen=True, slots=True)
class Today:
    """The same search now.

    Attributes:
        hits: Its ranking.
        standing: Of every publication in the old or the new ranking.
        catalogue_id, last_arrival: As in `certificate.Corpus`.
    """

    hits: Sequence[CertifiedHit]
    model: ModelFacts
    index: IndexFacts
    catalogue_id: str
    last_arrival: int
    standing: Mapping[str, Standing]
    software: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay found.

    Attributes:
        reasons: Why the verdict is not *same*, or what changed without changing the ranking.
        changes: By rank; empty where every rank and score is the same.
        missing: Publications of the record that cannot be found any more, with the reason.
        n_then, n_now: Ranks listed.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    changes: tuple[RankChange, ...]
    missing: tuple[tuple[str, str], ...]
    n_then: int
    n_now: int


def compare(record: CertificateRecord, today: Today) -> Replay:
    """Hold a record against the same search today.

    Example: ``compare(record, today).verdict is Verdict.SAME`` when nothing changed.
    """
    circumstances = _Circumstances(record, today)
    changes = _changes(record, today, circumstances)
    missing = tuple(
        (hit.publication_id, reason)
        for hit in record.hits
        if (reason := circumstances.why_missing(hit))
    )
    model = _model_changes(record, today)
    notes = _notes(record, today, circumstances)
    if model:
        verdict, reasons = Verdict.MODEL_CHANGED, model
    elif not changes:
        verdict, reasons = Verdict.SAME, ()
    elif circumstances.explains(changes, missing):
        n_new = sum(change.change is Change.ENTERED for change in changes)
        verdict = Verdict.DATA_ADDED
        reasons = (
            f"{n_new} of the publications found arrived after the record was made; those of the "
            "record keep their order"
            if n_new
            else "what arrived since changed scores and no order: they depend on the collection",
        )
    else:
        verdict, reasons = Verdict.DIFFERENT, _differences(changes, missing)
    return Replay(verdict, (*reasons, *notes), changes, missing, len(record.hits), len(today.hits))


@dataclass(frozen=True, slots=True)
class _Circumstances:
    """What the catalogue knows about the publications of both rankings."""

    record: CertificateRecord
    today: Today

    @property
    def is_same_catalogue(self) -> bool:
        return self.record.corpus.catalogue_id == self.today.catalogue_id

    def is_new(self, publication_id: str) -> bool:
        """Whether it is known to have arrived after the record."""
        standing = self.today.standing.get(publication_id)
        return (
            self.is_same_catalogue
            and standing is not None
            and standing.arrival is not None
            and standing.arrival > self.record.corpus.last_arrival
        )

    def why_missing(self, hit: CertifiedHit) -> str:
        """Why a publication of the record cannot be found as it was; empty where it can."""
        standing = self.today.standing.get(hit.publication_id)
        if standing is None or standing.revision is None:
            return "not in this catalogue"
        if standing.is_withdrawn:
            return "withdrawn since"
        if hit.revision is not None and standing.revision != hit.revision:
            return "replaced by another version since"
        return ""

    def explains(self, changes: Sequence[RankChange], missing: Sequence[tuple[str, str]]) -> bool:
        """Whether new publications, and they alone, account for every change."""
        grew = self.is_same_catalogue and (
            self.today.last_arrival > self.record.corpus.last_arrival
        )
        entered = [c for c in changes if c.change is Change.ENTERED]
        if not grew or missing or not all(self.is_new(c.publication_id) for c in entered):
            return False
        if any(c.change is Change.MOVED for c in changes):
            return False
        return _pushed_off(self.record, changes, len(entered))


def _pushed_off(record: CertificateRecord, changes: Sequence[RankChange], n_entered: int) -> bool:
    """Whether those that left are the last ones, and no more than came in."""
    left = [change.rank_then for change in changes if change.change is Change.LEFT]
    last = [hit.rank for hit in record.hits[len(record.hits) - len(left) :]]
    return len(left) <= n_entered and left == last


def _changes(
    record: CertificateRecord, today: Today, circumstances: _Circumstances
) -> tuple[RankChange, ...]:
    then = {hit.publication_id: hit for hit in record.hits}
    now = {hit.publication_id: hit for hit in today.hits}
    stayed = [hit.publication_id for hit in record.hits if hit.publication_id in now]
    moved = _moved(stayed, [h.publication_id for h in today.hits if h.publication_id in then], then)
    changes = []
    for publication_id in dict.fromkeys([*now, *then]):
        old, new = then.get(publication_id), now.get(publication_id)
        kind = _kind(old, new, has_moved=publication_id in moved)
        if kind is None:
            continue
        shown = new or old
        assert shown is not None
        changes.append(
            RankChange(
                change=kind,
                publication_id=publication_id,
                title=shown.title,
                rank_then=old.rank if old else None,
                rank_now=new.rank if new else None,
                score_then=old.score if old else None,
                score_now=new.score if new else None,
                reason=_reason(old, publication_id, circumstances),
            )
        )
    return tuple(changes)


def _moved(
    then_order: Sequence[str], now_order: Sequence[str], then: Mapping[str, CertifiedHit]
) -> set[str]:
    """Publications of both rankings whose order among these is another, ties aside."""
    return {
        now_id
        for then_id, now_id in zip(then_order, now_order, strict=True)
        if then_id != now_id and abs(then[then_id].score - then[now_id].score) > SCORE_TOLERANCE
    }


def _kind(old: CertifiedHit | None, new: CertifiedHit | None, *, has_moved: bool) -> Change | None:
    if old is None:
        return Change.ENTERED
    if new is None:
        return Change.LEFT
    if has_moved:
        return Change.MOVED
    return Change.RESCORED if abs(old.score - new.score) > SCORE_TOLERANCE else None


def _reason(old: CertifiedHit | None, publication_id: str, circumstances: _Circumstances) -> str:
    if old is not None:
        return circumstances.why_missing(old)
    if circumstances.is_new(publication_id):
        return "arrived since"
    if not circumstances.is_same_catalogue:
        return "whether it arrived since is unknown: this is another catalogue"
    return "was there when the record was made"


def _model_changes(record: CertificateRecord, today: Today) -> tuple[str, ...]:
    pairs = [
        ("encoder", record.model.encoder_id, today.model.encoder_id),
        ("index schema", record.index.schema_version, today.index.schema_version),
        ("dimensions", record.index.dimension, today.index.dimension),
    ]
    for what, then, now in (
        ("SHA-256 of", record.model.hashes, today.model.hashes),
        ("caption prompt of", record.model.caption_prompts, today.model.caption_prompts),
    ):
        pairs += [
            (f"{what} {name}", then.get(name, "unknown"), now.get(name, "unknown"))
            for name in sorted({*then, *now})
        ]
    return tuple(
        f"{what}: {then} in the record, {now} now" for what, then, now in pairs if then != now
    )


def _notes(
    record: CertificateRecord, today: Today, circumstances: _Circumstances
) -> tuple[str, ...]:
    """What changed around the ranking, whatever the verdict."""
    notes = []
    if not circumstances.is_same_catalogue:
        notes.append("this is another catalogue than the one the record was made from")
    elif n_new := today.last_arrival - record.corpus.last_arrival:
        notes.append(f"{n_new:,} drawings arrived since the record was made")
    if dict(record.software) != dict(today.software):
        then, now = (" ".join(s.values()) for s in (record.software, today.software))
        notes.append(f"the record was made by {then}, replayed by {now}")
    return tuple(notes)


def _differences(
    changes: Sequence[RankChange], missing: Sequence[tuple[str, str]]
) -> tuple[str, ...]:
    said = [f"{publication_id} of the record: {reason}" for publication_id, reason in missing]
    old = [
        change.publication_id
        for change in changes
        if change.change is Change.ENTERED and change.reason != "arrived since"
    ]
    if old:
        said.append(f"found now and not then, without having arrived since: {', '.join(old)}")
    gone = {publication_id for publication_id, _ in missing}
    for kind, words in (
        (Change.LEFT, "found then and not now"),
        (Change.MOVED, "in another order"),
        (Change.RESCORED, "with another score"),
    ):
        of_kind = [c.publication_id for c in changes if c.change is kind]
        named = [one for one in of_kind if one not in gone]
        if named:
            more = f" and {len(named) - 5} more" if len(named) > 5 else ""
            said.append(f"{words}: {', '.join(named[:5])}{more}")
    return tuple(said)
