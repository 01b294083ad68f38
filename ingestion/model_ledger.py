"""Which models have embedded this collection, which of them searches, and how that changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update

from ingestion.catalogue_schema import embeddings, model_switches, models
from ingestion.database import Database, storable


class ModelState(StrEnum):
    """How a model stands."""

    CURRENT = "current"
    """Searches and embeds what comes in; one model at most."""
    CANDIDATE = "candidate"
    """Embedded beside the current one, never promoted."""
    PREVIOUS = "previous"
    """Was current once; kept for a way back."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model that embedded figures here, or is about to."""

    encoder_id: str
    source: str
    """What it was opened from when it came: a folder, or a name on a model hub."""
    folder: str | None
    """Name of the copy that is kept of its folder; None for a name on a hub."""
    added_at: datetime
    promoted_at: datetime | None
    retired_at: datetime | None
    quality: Mapping[str, Any] | None
    """What its newest comparison with the current model found; None where there was none."""

    @property
    def state(self) -> ModelState:
        """How it stands."""
        if self.promoted_at is None:
            return ModelState.CANDIDATE
        return ModelState.CURRENT if self.retired_at is None else ModelState.PREVIOUS


@dataclass(frozen=True, slots=True)
class ModelSwitch:
    """One change of the model that searches."""

    at: datetime
    by: str
    encoder_id: str
    former_id: str | None
    is_forced: bool
    """Against what the gate said."""
    note: str
    """What the gate said, or why nobody asked it."""


class ModelLedger(Database):
    """The models of a catalogue."""

    def models(self) -> list[Model]:
        """All that are known, the current one first, then by when they were current or came."""
        with self._reading() as connection:
            found = [_model(row) for row in connection.execute(select(models))]
        order = list(ModelState)
        return sorted(
            sorted(found, key=lambda model: model.retired_at or model.added_at, reverse=True),
            key=lambda model: order.index(model.state),
        )

    def model(self, encoder_id: str) -> Model | None:
        """One model."""
        with self._reading() as connection:
            row = connection.execute(
                select(models).where(models.c.encoder_id == encoder_id)
            ).one_or_none()
        return _model(row) if row else None

    def current_model(self) -> Model | None:
        """The model that searches; None where no model was ever made the current one on purpose."""
        is_current = models.c.promoted_at.is_not(None) & models.c.retired_at.is_(None)
        with self._reading() as connection:
            row = connection.execute(select(models).where(is_current)).one_or_none()
        return _model(row) if row else None

    def add_model(self, encoder_id: str, source: str, folder: str | None) -> Model:
        """Enter a model as a candidate; one that is known stays as it is.

        Returns:
            The model as the ledger has it.
        """
        known = select(models).where(models.c.encoder_id == encoder_id)
        with self._writing() as connection:
            row = connection.execute(known).one_or_none()
            if row is None:
                connection.execute(
                    insert(models).values(
                        encoder_id=encoder_id,
                        source=storable(source),
                        folder=folder,
                        added_at=datetime.now(UTC),
                    )
                )
                row = connection.execute(known).one()
        return _model(row)

    def switch_model(
        self, encoder_id: str, *, by: str, note: str, is_forced: bool = False
    ) -> ModelSwitch | None:
        """Make a known model the current one, and the current one a previous one.

        Returns:
            What changed; None where the model is the current one already.
        """
        now = datetime.now(UTC)
        is_current = models.c.promoted_at.is_not(None) & models.c.retired_at.is_(None)
        with self._writing() as connection:
            former = connection.scalar(select(models.c.encoder_id).where(is_current))
            if former == encoder_id:
                return None
            connection.execute(update(models).where(is_current).values(retired_at=now))
            connection.execute(
                update(models)
                .where(models.c.encoder_id == encoder_id)
                .values(promoted_at=now, retired_at=None)
            )
            switch = ModelSwitch(now, storable(by), encoder_id, former, is_forced, storable(note))
            connection.execute(
                insert(model_switches).values(
                    switched_at=switch.at,
                    switched_by=switch.by,
                    encoder_id=encoder_id,
                    former_id=former,
                    is_forced=is_forced,
                    note=switch.note,
                )
            )
        return switch

    def model_switches(self, limit: int | None = None) -> list[ModelSwitch]:
        """How the current model changed, newest first."""
        statement = select(
            model_switches.c.switched_at,
            model_switches.c.switched_by,
            model_switches.c.encoder_id,
            model_switches.c.former_id,
            model_switches.c.is_forced,
            model_switches.c.note,
        ).order_by(model_switches.c.switch_id.desc())
        with self._reading() as connection:
            return [ModelSwitch(*row) for row in connection.execute(statement.limit(limit))]

    def embedded_counts(self) -> dict[str, int]:
        """How many figures each encoder has embedded, by its id."""
        statement = select(embeddings.c.encoder_id, func.count()).group_by(embeddings.c.encoder_id)
        with self._reading() as connection:
            return {row[0]: row[1] for row in connection.execute(statement)}

    def note_quality(self, encoder_id: str, quality: Mapping[str, Any]) -> None:
        """Keep what a comparison found of a model, in place of an older one."""
        with self._writing() as connection:
            connection.execute(
                update(models).where(models.c.encoder_id == encoder_id).values(quality=quality)
            )

    def forget_model(self, encoder_id: str) -> None:
        """Strike a model out with all its vectors; what its switches were stays on record."""
        with self._writing() as connection:
            connection.execute(delete(embeddings).where(embeddings.c.encoder_id == encoder_id))
            connection.execute(delete(models).where(models.c.encoder_id == encoder_id))


def _model(row: Row[Any]) -> Model:
    return Model(
        encoder_id=row.encoder_id,
        source=row.source,
        folder=row.folder,
        added_at=row.added_at,
        promoted_at=row.promoted_at,
        retired_at=row.retired_at,
        quality=row.quality,
    )
