"""Train, keep the best, publish a checkpoint. Killed, a run goes on where it last saved."""

import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from tensorboardX import SummaryWriter
from torch import Tensor, nn

from core.errors import ConfigurationFault
from encoder.model import DrawingNet
from encoder.training.augment import augment
from encoder.training.blend import blended
from encoder.training.caches import PackingWatch
from encoder.training.config import TrainingConfig
from encoder.training.corpus import Batch, Corpus
from encoder.training.gradient_cache import backward_in_chunks
from encoder.training.kept_memory import kept_memory
from encoder.training.long_tail import write_long_tail
from encoder.training.material import Material, open_material
from encoder.training.objectives import Targets
from encoder.training.parallel import Ranks, joined_ranks
from encoder.training.publish import publish
from encoder.training.record import read_record, run_record, write_record
from encoder.training.run import MEMORY_FORMAT, Run, pick_device, start_run
from encoder.training.sources.elsewhere import Elsewhere
from encoder.training.state import BEST_FILE, load_best, load_last, save_state
from encoder.training.validation import ValidationSet

_RECORD_EVERY = 50
Watch = Callable[[int, dict[str, Any]], None]
"""Told the step, and at some steps losses, speed or validation numbers."""


def train(
    config: TrainingConfig,
    *,
    elsewhere: Elsewhere | None = None,
    until_step: int | None = None,
    watch: Watch | None = None,
    packing: PackingWatch | None = None,
) -> Run:
    """Train to the end of the schedule, to a given step, or until validation gets no better.

    Started by torchrun, this process trains together with the others.

    Args:
        config: The run.
        elsewhere: How sources of other rooms are opened.
        until_step: Stop after this many steps, saved and resumable; None for all.
        watch: Called after every step, in the leading process.
        packing: Called while sources are drawn.

    Raises:
        SourceInvalid, EvaluationInvalid: If what is trained on or validated on is not there.
        LeaksFound: If validation is also trained on, and leaks are not dropped.
        ConfigurationFault: If the processes do not fit the batch or the GPUs.
    """
    with joined_ranks(pick_device(config)) as ranks:
        _check_split(config, ranks)
        led = open_material(config, elsewhere, packing) if ranks.leads else None
        ranks.share(None)  # the others find everything drawn, written and embedded
        material = led or open_material(config, elsewhere, leads=False)
        run = start_run(config, material.corpus, ranks)
        if ranks.leads:
            write_record(config.run_dir, run_record(config, material))
        if run.step == 0 and material.validation:
            _validate(run, material.validation)
        with _board(run, material) as board, _denormals_as_zero(), kept_memory():
            _go_on(run, material, until_step, _watching(watch, board))
        run.save()
    return run


def _check_split(config: TrainingConfig, ranks: Ranks) -> None:
    if config.schedule.batch_size % (2 * ranks.n_ranks):
        raise ConfigurationFault(
            f"a batch of {config.schedule.batch_size} drawings, two of each object, cannot be "
            f"split evenly over {ranks.n_ranks} processes"
        )


@contextmanager
def _board(run: Run, material: Material) -> Iterator[SummaryWriter | None]:
    """TensorBoard's files, the long tail's plot first; None for processes that do not lead."""
    if not run.ranks.leads:
        yield None
        return
    with SummaryWriter(str(run.config.run_dir / "tensorboard")) as board:
        figure = write_long_tail(material.corpus, run.config.run_dir)
        board.add_figure("long_tail", figure, run.step, close=False)
        yield board


@contextmanager
def _denormals_as_zero() -> Iterator[None]:
    """They slow training down many times over; for SciPy afterwards they must count again."""
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


def _go_on(run: Run, material: Material, until_step: int | None, watch: Watch) -> None:
    schedule, ranks, validation = run.config.schedule, run.ranks, material.validation
    last = schedule.n_steps if until_step is None else until_step
    started, seen = time.perf_counter(), 0
    for batch in _batches(run, material.corpus, last):
        losses = train_step(run, batch)
        run.step += 1
        seen += len(batch.objects)
        news: dict[str, Any] = {}
        if run.step % _RECORD_EVERY == 0 or run.step == last:
            rate = seen / (time.perf_counter() - started)
            news |= {"losses": losses, "images_per_s": round(rate, 1)}
            if ranks.leads:
                run.record(news)
        if validation and run.step % validation.every_steps == 0:
            news["validation"] = _validate(run, validation)
        if run.step % schedule.save_every_steps == 0:
            run.save()
        watch(run.step, news)
        if run.is_exhausted:
            break


def _batches(run: Run, corpus: Corpus, last: int) -> Iterator[Batch]:
    """What the steps to come learn from, each batch read while the one before is learnt from."""
    if run.is_exhausted:
        return
    size, part = run.config.schedule.batch_size, (run.ranks.rank, run.ranks.n_ranks)

    def read(step: int) -> Batch | None:
        if step == last:
            return None
        return corpus.batch(size, seed=run.config.seed, step=step, part=part)

    with ThreadPoolExecutor(1) as reader:
        batch = read(run.step)
        while batch is not None:
            following = reader.submit(read, run.step + 1)
            yield batch
            batch = following.result()


def train_step(run: Run, batch: Batch) -> dict[str, float]:
    """One update of network, objective and moving average.

    Returns:
        The combined loss under `total`, and each term before weighting.
    """
    config, schedule = run.config, run.config.schedule
    for group in run.optimizer.param_groups:
        group["lr"] = _learning_rate(run.step, config)
    early = run.step < schedule.early_share * schedule.n_steps
    chance = config.seed * 1_000_003 + run.step + (run.ranks.rank << 40)
    generator = torch.Generator().manual_seed(chance)
    packed = torch.from_numpy(batch.packed).to(run.device)
    size_px = schedule.early_size_px if early else config.preprocess.size_px
    ink = augment(packed, size_px, config.augment, config.preprocess.gamma, generator)
    run.net.train()
    if config.keep_statistics:
        run.net.backbone.eval()
    run.optimizer.zero_grad(set_to_none=True)

    def embed(some: Tensor) -> Tensor:
        with torch.autocast(run.device.type, torch.bfloat16, enabled=config.mixed_precision):
            vectors: Tensor = run.net(some.contiguous(memory_format=MEMORY_FORMAT))
            return vectors.float()

    losses = backward_in_chunks(
        ink,
        schedule.chunk_size,
        embed,
        lambda vectors: run.objective(run.ranks.gather(vectors), _targets(run, batch)),
    )
    run.ranks.combine_gradients(run.net, run.objective)
    nn.utils.clip_grad_norm_(run.net.parameters(), 5.0)
    run.optimizer.step()
    run.ranks.average_statistics(run.net)
    _update_average(run)
    return losses


def _targets(run: Run, batch: Batch) -> Targets:
    return Targets(
        torch.from_numpy(batch.texts).to(run.device),
        torch.from_numpy(batch.objects).to(run.device),
        {level: torch.from_numpy(codes).to(run.device) for level, codes in batch.levels.items()},
    )


def _validate(run: Run, validation: ValidationSet) -> dict[str, float]:
    """Measure in the leading process, keep the best, and tell the others."""
    numbers: dict[str, float] = {}
    if run.ranks.leads:
        numbers = validation.measure(run.average)
        run.record({"validation": numbers})
        run.n_without_gain += 1
        if numbers["publication_map"] > run.best:
            run.best, run.n_without_gain = numbers["publication_map"], 0
            best = {"average": run.average.state_dict(), "step": run.step, "validation": numbers}
            save_state(run.config.run_dir / BEST_FILE, best)
    run.best, run.n_without_gain = run.ranks.share((run.best, run.n_without_gain))
    return numbers


def _watching(watch: Watch | None, board: SummaryWriter | None) -> Watch:
    """Numbers to TensorBoard, then on to whoever looks; of the leading process alone."""

    def see(step: int, news: dict[str, Any]) -> None:
        if board is None:
            return
        for part, values in news.items():
            numbers = values if isinstance(values, dict) else {part: values}
            for name, value in numbers.items():
                board.add_scalar(f"{part}/{name}", value, step)
        if watch is not None:
            watch(step, news)

    return see


@torch.no_grad()
def _update_average(run: Run) -> None:
    decay = min(run.config.schedule.ema_decay, (run.step + 1) / (run.step + 10))
    pairs = list(zip(run.average.state_dict().values(), run.net.state_dict().values(), strict=True))
    floating = [(mean, value) for mean, value in pairs if mean.is_floating_point()]
    means, values = map(list, zip(*floating, strict=True))
    torch._foreach_lerp_(means, values, 1 - decay)
    for mean, value in pairs:
        if not mean.is_floating_point():
            mean.copy_(value)


def _learning_rate(step: int, config: TrainingConfig) -> float:
    """Linear warm-up, then half a cosine down to nothing."""
    schedule = config.schedule
    if step < schedule.n_warmup_steps:
        return schedule.learning_rate * (step + 1) / schedule.n_warmup_steps
    done = (step - schedule.n_warmup_steps) / max(1, schedule.n_steps - schedule.n_warmup_steps)
    return schedule.learning_rate * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


def publish_run(config: TrainingConfig, folder: Path, elsewhere: Elsewhere | None = None) -> None:
    """Write what a run gives as a checkpoint folder.

    That is its best validated state (the last, without validation), or where `[blend]` says so a
    network between its beginning and its end.
    """
    record = read_record(config.run_dir)
    if config.blend is None:
        state = load_best(config.run_dir)
        net = DrawingNet(config.model)
        net.load_state_dict(state["average"])
        numbers = state.get("validation", {})
    else:
        state, material = load_last(config.run_dir), open_material(config, elsewhere)
        net = blended(config, config.blend, state["average"], material.corpus)
        numbers = material.validation.measure(net) if material.validation else {}
    reached = {"step": state["step"], "validation": numbers}
    publish(net, config.preprocess, folder, name=config.name, training=record | reached)
