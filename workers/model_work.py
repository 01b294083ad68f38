"""Work on models that a page asks for: ordered there, done by a worker, told as it goes."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from core.errors import LimnError, ModelInvalid, TransientError
from workers import models
from workers.resources import Resources


class Action(StrEnum):
    """What can be asked for."""

    EVALUATE = "evaluate"
    PROMOTE = "promote"
    ROLL_BACK = "roll back"


class WorkState(StrEnum):
    """How far it is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ModelWork(BaseModel):
    """One order, as the queue keeps it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: Action
    encoder_id: str
    by: str
    is_forced: bool = False
    state: WorkState = WorkState.WAITING
    said: str = ""
    """What is done now, what came of it, or why nothing did."""
    n_done: int = 0
    n_all: int = 0

    @property
    def is_going_on(self) -> bool:
        """Whether nothing has come of it yet."""
        return self.state in (WorkState.WAITING, WorkState.RUNNING)


def order(resources: Resources, work: ModelWork) -> None:
    """Have a worker do it.

    Raises:
        ModelInvalid: If another order goes on.
        QueueUnavailable: If Redis does not answer.
    """
    before = work_in_hand(resources)
    if before is not None and before.is_going_on:
        raise ModelInvalid(f"a worker is still busy: {before.action} {before.encoder_id}")
    _note(resources, work)
    resources.messages.send_model_work(work.model_dump(mode="json"))


def work_in_hand(resources: Resources) -> ModelWork | None:
    """The last order and what came of it; forgotten after a day, or where nobody works on it."""
    kept = resources.queue.model_work()
    return None if kept is None else ModelWork.model_validate_json(kept)


def carry_out(resources: Resources, work: ModelWork) -> None:
    """Do what was ordered, and tell how it goes.

    Args:
        resources: Of the current model.
        work: The order.

    Raises:
        TransientError: If a service is away; safe to run again.
    """

    def tell(what: str, n_done: int, n_all: int) -> None:
        going = {"state": WorkState.RUNNING, "said": what, "n_done": n_done, "n_all": n_all}
        _note(resources, work.model_copy(update=going))

    tell("begun", 0, 0)
    try:
        said = _do(resources, work, tell)
    except TransientError:
        raise
    except LimnError as error:
        _note(resources, work.model_copy(update={"state": WorkState.FAILED, "said": str(error)}))
    else:
        _note(resources, work.model_copy(update={"state": WorkState.DONE, "said": said}))


def _do(resources: Resources, work: ModelWork, tell: models.Tell) -> str:
    match work.action:
        case Action.EVALUATE:
            models.note_current(resources, by=work.by, note="the first model known here")
            model = models.find_model(resources, work.encoder_id)
            return models.judge(resources, model, tell).said
        case Action.PROMOTE:
            model = models.find_model(resources, work.encoder_id)
            models.promote(resources, model, by=work.by, force=work.is_forced, tell=tell)
            return f"{work.encoder_id} is the current model now"
        case Action.ROLL_BACK:
            switch = models.roll_back(resources, by=work.by, tell=tell)
            return f"{switch.encoder_id} is the current model again"


def _note(resources: Resources, work: ModelWork) -> None:
    resources.queue.note_model_work(work.model_dump_json(), is_going_on=work.is_going_on)
