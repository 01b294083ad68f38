"""Train, keep the best, publish a checkpoint. Killed, a run goes on where it last saved."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
import torch
from tensorboardX import SummaryWriter
from torch import Tensor, nn

from encoder.model import DrawingNet
from encoder.training.augment import augment
from encoder.training.config import TrainingConfig
from encoder.training.corpus import Batch, Corpus, build_caches, build_corpus
from encoder.training.gradient_cache import backward_in_chunks
from encoder.training.objectives import Targets, build_objective
from encoder.training.pretrained import load_backbone, load_network
from encoder.training.projector_fit import fit_projector
from encoder.training.publish import publish
from encoder.training.record import run_record, write_record
from encoder.training.state import (
    BEST_FILE,
    STATE_FILE,
    append_history,
    load_best,
    load_state,
    save_state,
)
from encoder.training.validation import ValidationSet, load_validation

_log = structlog.get_logger(__name__)
_RECORD_EVERY = 50
Watch = Callable[[int, dict[str, Any]], None]
"""Told the step, and at some steps losses, speed or validation numbers."""


@dataclass
class Run:
    """The moving parts of a run."""

    config: TrainingConfig
    device: torch.device
    net: DrawingNet
    average: DrawingNet
    """Exponential moving average of `net`; what is validated and published."""
    objective: nn.Module
    optimizer: torch.optim.Optimizer
    step: int = 0
    best: float = -1.0
    n_without_gain: int = 0
    """Validations since the best one."""

    def save(self) -> None:
        """Write everything needed to go on, atomically."""
        modules = ("net", "average", "objective", "optimizer")
        state = {name: getattr(self, name).state_dict() for name in modules}
        numbers = {name: getattr(self, name) for name in ("step", "best", "n_without_gain")}
        save_state(self.config.run_dir / STATE_FILE, state | numbers)

    def resume(self) -> bool:
        """Go on from the last saved state; whether there was one."""
        state = load_state(self.config.run_dir / STATE_FILE, self.device)
        if state is None:
            return False
        for name in ("net", "average", "objective", "optimizer"):
            getattr(self, name).load_state_dict(state[name])
        self.step, self.best = state["step"], state["best"]
        self.n_without_gain = state["n_without_gain"]
        _log.info("resumed", step=self.step, best=round(self.best, 4))
        return True

    def record(self, entry: dict[str, Any]) -> None:
        """Keep losses or validation numbers of this step in the history and the log."""
        _log.info("training", **append_history(self.config.run_dir, {"step": self.step, **entry}))

    @property
    def is_exhausted(self) -> bool:
        """Whether validation has not become better for too long."""
        validation = self.config.validation
        patience = validation.patience if validation else None
        return patience is not None and self.n_without_gain >= patience


def start_run(config: TrainingConfig, corpus: Corpus) -> Run:
    """Build network, objective and optimiser, or take them up where a killed run left them."""
    torch.manual_seed(config.seed)
    torch.set_num_threads(config.n_threads)
    device = torch.device(_pick_device(config))
    net, average = (_channels_last(DrawingNet(config.model).to(device)) for _ in range(2))
    average.eval().requires_grad_(requires_grad=False)
    objective = build_objective(
        config.objective,
        n_objects=int(corpus.object_starts[-1]),
        dimension=config.model.dimension,
        counts={level: torch.from_numpy(counts) for level, counts in corpus.counts().items()},
    ).to(device)
    optimizer = torch.optim.AdamW(
        _parameter_groups(net, objective, config), betas=(0.9, 0.98), lr=0.0
    )
    run = Run(config, device, net, average, objective, optimizer)
    config.run_dir.mkdir(parents=True, exist_ok=True)
    if not run.resume():
        _begin(net, corpus, config)
        average.load_state_dict(net.state_dict())
    return run


def _begin(net: DrawingNet, corpus: Corpus, config: TrainingConfig) -> None:
    """Give a new run's network the weights it begins with."""
    if config.pretrained is not None:
        load_backbone(net, config.pretrained)
    if config.start_from is not None:
        load_network(net, config.start_from)
    if config.projector_fit is not None:
        fit_projector(net, corpus, config, config.projector_fit)


def train(
    config: TrainingConfig, *, until_step: int | None = None, watch: Watch | None = None
) -> Run:
    """Train to the end of the schedule, to a given step, or until validation gets no better.

    Args:
        config: The run.
        until_step: Stop after this many steps, saved and resumable; None for all.
        watch: Called after every step.
    """
    corpus = build_corpus(config, build_caches(config))
    validation = load_validation(config) if config.validation else None
    run = start_run(config, corpus)
    write_record(config.run_dir, run_record(config, corpus))
    if run.step == 0 and validation:
        _validate(run, validation)
    with SummaryWriter(str(config.run_dir / "tensorboard")) as board, _denormals_as_zero():
        _go_on(run, corpus, validation, until_step, _watching(watch, board))
    run.save()
    return run


@contextmanager
def _denormals_as_zero() -> Iterator[None]:
    """They slow training down many times over; for SciPy afterwards they must count again."""
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


def _go_on(
    run: Run,
    corpus: Corpus,
    validation: ValidationSet | None,
    until_step: int | None,
    watch: Watch,
) -> None:
    schedule = run.config.schedule
    last = schedule.n_steps if until_step is None else until_step
    started, seen = time.perf_counter(), 0
    while run.step < last and not run.is_exhausted:
        batch = corpus.batch(schedule.batch_size, seed=run.config.seed, step=run.step)
        losses = train_step(run, batch)
        run.step += 1
        seen += len(batch.bits)
        news: dict[str, Any] = {}
        if run.step % _RECORD_EVERY == 0 or run.step == last:
            rate = seen / (time.perf_counter() - started)
            news |= {"losses": losses, "images_per_s": round(rate, 1)}
            run.record(news)
        if validation and run.step % validation.every_steps == 0:
            news["validation"] = _validate(run, validation)
        if run.step % schedule.save_every_steps == 0:
            run.save()
        watch(run.step, news)


def train_step(run: Run, batch: Batch) -> dict[str, float]:
    """One update of network, objective and moving average.

    Returns:
        The combined loss under `total`, and each term before weighting.
    """
    config, schedule = run.config, run.config.schedule
    for group in run.optimizer.param_groups:
        group["lr"] = _learning_rate(run.step, config)
    early = run.step < schedule.early_share * schedule.n_steps
    generator = torch.Generator().manual_seed(config.seed * 1_000_003 + run.step)
    bits = torch.from_numpy(batch.bits).to(run.device)[:, None]
    size_px = schedule.early_size_px if early else config.preprocess.size_px
    ink = augment(bits, size_px, config.augment, config.preprocess.gamma, generator)
    run.net.train()
    if config.keep_statistics:
        run.net.backbone.eval()
    run.optimizer.zero_grad(set_to_none=True)

    def embed(some: Tensor) -> Tensor:
        with torch.autocast(run.device.type, torch.bfloat16, enabled=config.mixed_precision):
            vectors: Tensor = run.net(some.contiguous(memory_format=torch.channels_last))
            return vectors.float()

    losses = backward_in_chunks(
        ink,
        schedule.chunk_size,
        embed,
        lambda vectors: run.objective(vectors, _targets(run, batch)),
    )
    nn.utils.clip_grad_norm_(run.net.parameters(), 5.0)
    run.optimizer.step()
    _update_average(run)
    return losses


def _targets(run: Run, batch: Batch) -> Targets:
    return Targets(
        torch.from_numpy(batch.texts).to(run.device),
        torch.from_numpy(batch.objects).to(run.device),
        {level: torch.from_numpy(codes).to(run.device) for level, codes in batch.levels.items()},
    )


def _validate(run: Run, validation: ValidationSet) -> dict[str, float]:
    numbers = validation.measure(run.average)
    run.record({"validation": numbers})
    run.n_without_gain += 1
    if numbers["publication_map"] > run.best:
        run.best, run.n_without_gain = numbers["publication_map"], 0
        best = {"average": run.average.state_dict(), "step": run.step, "validation": numbers}
        save_state(run.config.run_dir / BEST_FILE, best)
    return numbers


def _watching(watch: Watch | None, board: SummaryWriter) -> Watch:
    """Numbers to TensorBoard, then on to whoever looks."""

    def see(step: int, news: dict[str, Any]) -> None:
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
    for mean, value in zip(
        run.average.state_dict().values(), run.net.state_dict().values(), strict=True
    ):
        if mean.is_floating_point():
            mean.lerp_(value, 1 - decay)
        else:
            mean.copy_(value)


def _learning_rate(step: int, config: TrainingConfig) -> float:
    """Linear warm-up, then half a cosine down to nothing."""
    schedule = config.schedule
    if step < schedule.n_warmup_steps:
        return schedule.learning_rate * (step + 1) / schedule.n_warmup_steps
    done = (step - schedule.n_warmup_steps) / max(1, schedule.n_steps - schedule.n_warmup_steps)
    return schedule.learning_rate * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


def _parameter_groups(
    net: DrawingNet, objective: nn.Module, config: TrainingConfig
) -> list[dict[str, Any]]:
    """Matrices decay; norms, biases, temperatures and uncertainties do not."""
    for name, value in net.named_parameters():
        value.requires_grad_(not name.startswith(config.frozen))
    trained = [value for value in net.parameters() if value.requires_grad]
    matrices: list[Tensor] = [value for value in trained if value.ndim > 1]
    others = [value for value in trained if value.ndim <= 1]
    return [
        {"params": matrices, "weight_decay": config.schedule.weight_decay},
        {"params": [*others, *objective.parameters()], "weight_decay": 0.0},
    ]


def _channels_last(net: DrawingNet) -> DrawingNet:
    # what bfloat16 convolutions are fast in; torch's types leave this form out
    return net.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def _pick_device(config: TrainingConfig) -> str:
    if config.device != "auto":
        return config.device
    return "cuda" if torch.cuda.is_available() else "cpu"


def publish_best(config: TrainingConfig, folder: Path) -> None:
    """Write the best validated state (the last, without validation) as a checkpoint folder."""
    state = load_best(config.run_dir)
    net = DrawingNet(config.model)
    net.load_state_dict(state["average"])
    record = run_record(config, build_corpus(config, build_caches(config)))
    reached = {"step": state["step"], "validation": state.get("validation", {})}
    publish(net, config.preprocess, folder, name=config.name, training=record | reached)
