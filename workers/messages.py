"""Messages to the workers: ids in batches. Loads nothing of what the workers run."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from celery import Celery
from kombu.exceptions import OperationalError

from core.errors import QueueUnavailable
from workers.broker import CLEAR_OBSOLETE, MAKE_MAP, MODEL_WORK, RUN_WATCHES, task_name
from workers.map_records import MapRequest


class Messages:
    """Sends work to the queues of one broker.

    Args:
        app: From `workers.broker.open_broker`.
        batch_figures: Figure ids a message.
    """

    def __init__(self, app: Celery, batch_figures: int) -> None:
        self._app = app
        self._batch_figures = batch_figures

    def send_members(self, upload_id: str, members: Sequence[str], n_a_message: int) -> None:
        """Have members of an upload parsed and cut, so many with each message.

        Raises:
            QueueUnavailable: If Redis does not answer.
        """
        for batch in batched(members, n_a_message):
            self._send(task_name("ingest"), upload_id, batch)

    def send_figures(self, queue: str, figure_ids: Iterable[str]) -> None:
        """Have figures described, embedded or indexed, whichever the queue does.

        Args:
            queue: Of the stage.
            figure_ids: A message leaves as soon as there are enough for it.

        Raises:
            QueueUnavailable: If Redis does not answer.
        """
        for batch in batched(figure_ids, self._batch_figures):
            self._send(task_name(queue), batch)

    def send_clear_obsolete(self) -> None:
        """Have replaced and withdrawn figures taken out of the index.

        Raises:
            QueueUnavailable: If Redis does not answer.
        """
        self._send(CLEAR_OBSOLETE)

    def send_run_watches(self, delay_s: float) -> None:
        """Have the watches run after a while, so that what is indexed until then is one run.

        Raises:
            QueueUnavailable: If Redis does not answer.
        """
        self._send(RUN_WATCHES, delay_s=delay_s)

    def send_make_map(self, request: MapRequest) -> None:
        """Have a map of the collection drawn.

        Raises:
            QueueUnavailable: If Redis does not answer.
        """
        self._send(MAKE_MAP, request.model_dump(mode="json"))

    def send_model_work(self, work: dict[str, object]) -> None:
        """Have an order about models carried out; see `workers.model_work`.

        Raises:
            QueueUnavailable: If Redis does not answer.
        """
        self._send(MODEL_WORK, work)

    def _send(self, task: str, *arguments: object, delay_s: float | None = None) -> None:
        try:
            self._app.send_task(task, args=arguments, ignore_result=True, countdown=delay_s)
        except OperationalError as error:
            raise QueueUnavailable(f"the queue (Redis) did not answer: {error}") from error


def batched(ids: Iterable[str], size: int) -> Iterator[list[str]]:
    """The ids of each message, as soon as they are there."""
    waiting = iter(ids)
    while batch := list(islice(waiting, size)):
        yield batch
