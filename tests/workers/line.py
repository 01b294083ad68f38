"""All stages of real archives in one process: the tasks, with messages run where they are sent.

Catalogue, pictures, queue and index are real; the encoder is a hash. `killed_line` is run by
processes that end themselves in the middle of the work.
"""

import hashlib
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
from pydantic import SecretStr
from sqlalchemy import Engine, event

from core.describing import Description, Enricher, FigureFacts, Outcome, Providers, Tokens
from core.ports import Embeddings, Encoder, GreyImage
from core.records import Provenance
from core.settings import (
    CatalogueSettings,
    DescribeSettings,
    QdrantSettings,
    RedisSettings,
    Settings,
)
from ingestion.catalogue import Catalogue
from ingestion.durable_files import DurableFiles
from search.index import FigureIndex
from workers import tasks
from workers.ingestion import enter_upload, resume, send_upload, start_upload
from workers.messages import Messages, batched
from workers.resources import Resources

D = 16


class HashEncoder:
    """Each picture and each text has a direction of its own, the same in every process."""

    encoder_id = "hash"
    dimension = D

    def encode_images(self, images: Sequence[GreyImage]) -> Embeddings:
        return _directions([image.tobytes() for image in images])

    def encode_texts(self, texts: Sequence[str]) -> Embeddings:
        return _directions([text.encode() for text in texts])


def _directions(items: Sequence[bytes]) -> Embeddings:
    rows = np.zeros((len(items), D))
    for row, item in zip(rows, items, strict=True):
        seed = int.from_bytes(hashlib.sha256(item).digest()[:8])
        row[:] = np.random.default_rng(seed).normal(size=D)
    return cast(Embeddings, (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32))


class NoAliases:
    """The embedded enricher, with nothing to say."""

    provenance = Provenance.TAGGER
    model_id = "none"
    prompt_hash = "none"
    endpoint = None

    def enrich(
        self, figures: Sequence[FigureFacts], seen: object, earlier: object = ()
    ) -> Iterator[Outcome]:
        return iter([Description(())] * len(figures))

    def most_tokens(self, *_: object) -> Tokens:
        return Tokens()


class LineResources(Resources):
    """The resources of production but for the encoder, who describes, and the messages."""

    @cached_property
    def encoder(self) -> Encoder:
        return HashEncoder()

    @cached_property
    def providers(self) -> Providers:
        return Providers(None, None, NoAliases())

    @cached_property
    def thesaurus(self) -> Enricher:
        return NoAliases()

    @cached_property
    def messages(self) -> Messages:
        return cast(Messages, _RunHere())


class _RunHere:
    """Runs a message where it is sent; models are asked when a test asks them."""

    def send_members(self, upload_id: str, members: Sequence[str], n_a_message: int) -> None:
        for batch in batched(members, n_a_message):
            tasks.ingest.delay(upload_id, batch)

    def send_figures(self, queue: str, figure_ids: Iterable[str]) -> None:
        if queue == "enrich":
            return
        for batch in batched(figure_ids, 4):
            getattr(tasks, queue).delay(batch)

    def send_clear_obsolete(self) -> None:
        tasks.clear_obsolete.delay()

    def send_run_watches(self, delay_s: float) -> None:
        tasks.run_watches.delay()


@contextmanager
def open_line(
    home: Path,
    index_url: str,
    queue_url: str,
    catalogue_url: str | None = None,
    describe: DescribeSettings | None = None,
    kind: "type[LineResources] | None" = None,
) -> Iterator[LineResources]:
    """Resources of a home, with the tasks of this process bound to them."""
    settings = Settings(
        home=home,
        qdrant=QdrantSettings(url=index_url),
        redis=RedisSettings(url=SecretStr(queue_url)),
        catalogue=CatalogueSettings(url=SecretStr(catalogue_url) if catalogue_url else None),
        describe=describe or DescribeSettings(),
    )
    resources = (kind or LineResources)(settings)
    before = tasks._Process.resources, tasks.messages
    tasks._Process.resources = resources
    tasks.messages = resources.messages
    with _eager():
        yield resources
    tasks._Process.resources, tasks.messages = before
    resources.catalogue.close()
    if "index" in vars(resources):
        resources.index.close()


@contextmanager
def messages_lost(resources: Resources) -> Iterator[None]:
    """Nothing that is sent arrives."""
    kept, resources.messages = resources.messages, _Nowhere()
    yield
    resources.messages = kept


class _Nowhere:
    def send_members(self, *_: object) -> None:
        """Lose them."""


@contextmanager
def _eager() -> Iterator[None]:
    tasks.app.conf.update(task_always_eager=True, task_eager_propagates=True)
    yield
    tasks.app.conf.update(task_always_eager=False, task_eager_propagates=False)


def take_all_in(resources: Resources, archives: Sequence[Path]) -> None:
    """What `limn ingest` does: go on with what is unfinished, then take the archives in."""
    resume(resources)
    for archive in archives:
        start_upload(resources, archive)


def die_at(kill_at: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """From now on, die at the n-th step that changes something outside the process.

    Returns:
        Makes a step of what is none yet: commits are, and files written.
    """
    n_steps = 0

    def step(*_: object) -> None:
        nonlocal n_steps
        n_steps += 1
        if n_steps == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def before(action: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(*arguments: Any, **named: Any) -> Any:
            step()
            return action(*arguments, **named)

        return stepped

    event.listen(Engine, "commit", step)
    DurableFiles.write = before(DurableFiles.write)  # type: ignore[method-assign]
    DurableFiles.finish = before(DurableFiles.finish)  # type: ignore[method-assign]
    return before


def killed_line(kill_at: int, archives: Sequence[Path], **where: Any) -> None:
    """Take archives in and die at the n-th step that changes something outside the process."""
    before = die_at(kill_at)
    FigureIndex.upsert = before(FigureIndex.upsert)  # type: ignore[method-assign]
    FigureIndex.delete_figures = before(FigureIndex.delete_figures)  # type: ignore[method-assign]
    with open_line(**where) as resources:
        take_all_in(resources, archives)


def line_in_step(together: threading.Barrier, archive: Path, **where: Any) -> None:
    """Take an archive in beside another process, each publication stored at the same moment."""
    store = Catalogue.store_publication

    def in_step(*arguments: Any, **named: Any) -> Any:
        _wait(together)
        return store(*arguments, **named)

    Catalogue.store_publication = in_step  # type: ignore[method-assign]
    with open_line(**where) as resources:
        _wait(together)
        entered = enter_upload(resources, archive)
        _wait(together)
        if entered.is_to_be_sent:
            send_upload(resources, entered)
        else:
            resume(resources)  # as `limn ingest` does of what another one entered


def _wait(together: threading.Barrier) -> None:
    try:
        together.wait(timeout=60)
    except threading.BrokenBarrierError:
        raise SystemExit("the other process is not where this one is") from None
