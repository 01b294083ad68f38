"""`python -m encoder.training.train CONFIG.toml`: train, keep the best, publish a checkpoint.

Killed, it goes on where it last saved when the same command is given again.
"""

import argparse
import json
import math
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
import torch
from torch import Tensor, nn

from core.errors import QueryInvalid
from core.logs import configure_logs
from core.settings import LogSettings
from encoder.model import DrawingNet
from encoder.training.augment import augment
from encoder.training.config import TrainingConfig, read_config
from encoder.training.corpus import Batch, build_caches, build_corpus
from encoder.training.losses import DrawingObjective
from encoder.training.publish import publish
from encoder.training.validation import ValidationSet, load_validation

_log = structlog.get_logger(__name__)
_STATE_FILE = "state.pt"
_BEST_FILE = "best.pt"
_HISTORY_FILE = "history.jsonl"


@dataclass
class Run:
    """The moving parts of a run."""

    config: TrainingConfig
    device: torch.device
    net: DrawingNet
    average: DrawingNet
    """Exponential moving average of `net`; what is validated and published."""
    objective: DrawingObjective
    optimizer: torch.optim.Optimizer
    step: int = 0
    best: float = -1.0

    def save(self) -> None:
        """Write everything needed to go on, atomically."""
        state = {
            "net": self.net.state_dict(),
            "average": self.average.state_dict(),
            "objective": self.objective.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "best": self.best,
        }
        unfinished = self.config.run_dir / f"{_STATE_FILE}.part"
        torch.save(state, unfinished)
        unfinished.replace(self.config.run_dir / _STATE_FILE)

    def resume(self) -> None:
        """Go on from the last saved state, if there is one."""
        path = self.config.run_dir / _STATE_FILE
        if not path.is_file():
            return
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.net.load_state_dict(state["net"])
        self.average.load_state_dict(state["average"])
        self.objective.load_state_dict(state["objective"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.best = state["step"], state["best"]
        _log.info("resumed", step=self.step, best=round(self.best, 4))


def start_run(config: TrainingConfig) -> Run:
    """Build network, objective and optimiser, or take them up where a killed run left them."""
    torch.manual_seed(config.seed)
    torch.set_num_threads(config.n_threads)
    torch.set_flush_denormal(True)
    device = torch.device(_pick_device(config))
    net = _build_net(config, device)
    if config.start_from is not None:
        net.load_state_dict(load_best(config.start_from)["average"])
    average = _build_net(config, device)
    average.load_state_dict(net.state_dict())
    average.eval().requires_grad_(requires_grad=False)
    terms = config.objective
    objective = DrawingObjective(terms.terms, terms.temperature, terms.view_temperature).to(device)
    optimizer = torch.optim.AdamW(
        _parameter_groups(net, objective, config.schedule.weight_decay),
        lr=config.schedule.learning_rate,
        betas=(0.9, 0.98),
    )
    run = Run(config, device, net, average, objective, optimizer)
    config.run_dir.mkdir(parents=True, exist_ok=True)
    run.resume()
    return run


def _build_net(config: TrainingConfig, device: torch.device) -> DrawingNet:
    net = DrawingNet(config.model).to(device)
    # channels last: what bfloat16 convolutions are fast in; torch's types leave this form out
    return net.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def train(config: TrainingConfig, *, until_step: int | None = None) -> Run:
    """Train to the end of the schedule, or to a given step.

    Args:
        config: The run.
        until_step: Stop after this many steps, saved and resumable; None for all.
    """
    corpus = build_corpus(config, build_caches(config))
    validation = load_validation(config) if config.validation else None
    run = start_run(config)
    last = config.schedule.n_steps if until_step is None else until_step
    started, seen = time.perf_counter(), 0
    while run.step < last:
        batch = corpus.batch(config.schedule.batch_size, seed=config.seed, step=run.step)
        losses = train_step(run, batch)
        run.step += 1
        seen += len(batch.bits)
        if run.step % 50 == 0 or run.step == last:
            rate = seen / (time.perf_counter() - started)
            _record(run, {"losses": losses, "images_per_s": round(rate, 1)})
        if validation and run.step % validation.every_steps == 0:
            _validate(run, validation)
        if run.step % config.schedule.save_every_steps == 0 or run.step == last:
            run.save()
    return run


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
    texts, objects, labels, classes = (
        torch.from_numpy(values).to(run.device)
        for values in (batch.texts, batch.objects, batch.labels, batch.classes)
    )
    run.net.train()
    with torch.autocast(run.device.type, torch.bfloat16, enabled=config.mixed_precision):
        vectors = run.net(ink.contiguous(memory_format=torch.channels_last))
    total, losses = run.objective(vectors.float(), texts, objects, labels, classes)
    run.optimizer.zero_grad(set_to_none=True)
    total.backward()
    nn.utils.clip_grad_norm_(run.net.parameters(), 5.0)
    run.optimizer.step()
    _update_average(run)
    return {term: float(loss.detach()) for term, loss in {"total": total, **losses}.items()}


def _validate(run: Run, validation: ValidationSet) -> None:
    numbers = validation.measure(run.average)
    _record(run, {"validation": numbers})
    if numbers["publication_map"] > run.best:
        run.best = numbers["publication_map"]
        torch.save(
            {"average": run.average.state_dict(), "step": run.step, "validation": numbers},
            run.config.run_dir / _BEST_FILE,
        )


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
    net: nn.Module, objective: nn.Module, weight_decay: float
) -> list[dict[str, Any]]:
    """Matrices decay; norms, biases, temperatures and uncertainties do not."""
    matrices: list[Tensor] = [value for value in net.parameters() if value.ndim > 1]
    others = [value for value in net.parameters() if value.ndim <= 1]
    return [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": [*others, *objective.parameters()], "weight_decay": 0.0},
    ]


def _pick_device(config: TrainingConfig) -> str:
    if config.device != "auto":
        return config.device
    return "cuda" if torch.cuda.is_available() else "cpu"


def _record(run: Run, entry: dict[str, Any]) -> None:
    rounded = json.loads(
        json.dumps({"step": run.step, **entry}), parse_float=lambda text: round(float(text), 4)
    )
    _log.info("training", **rounded)
    with (run.config.run_dir / _HISTORY_FILE).open("a", encoding="utf-8") as history:
        history.write(json.dumps(rounded) + "\n")


def load_best(run_dir: Path) -> dict[str, Any]:
    """Best validated state of a run on the CPU; the last one where nothing was validated.

    Raises:
        QueryInvalid: If the run has saved nothing yet.
    """
    for path in (run_dir / _BEST_FILE, run_dir / _STATE_FILE):
        if path.is_file():
            state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
            return state
    raise QueryInvalid(f"the run folder {run_dir} holds no saved state; train it first")


def publish_best(config: TrainingConfig, folder: Path) -> None:
    """Write the best validated state (the last, without validation) as a checkpoint folder."""
    state = load_best(config.run_dir)
    net = DrawingNet(config.model)
    net.load_state_dict(state["average"])
    training = {
        "recipe": _portable(config),
        "data": {
            drawing_set.name: {
                "n_drawings": len(drawing_set.object_idx),
                "n_objects": len(drawing_set.objects),
            }
            for drawing_set in build_caches(config)
        },
        "step": state["step"],
        "validation": state.get("validation", {}),
        "commit": _commit(),
    }
    publish(net, config.preprocess, folder, name=config.name, training=training)


def _portable(config: TrainingConfig) -> dict[str, Any]:
    """The configuration without what only tells where things lay on one machine."""
    places = {"cache_dir", "run_dir", "start_from", "validation", "device", "n_threads", "goods"}
    recipe = config.model_dump(mode="json", exclude=places)
    for source in recipe["sources"]:
        source["path"] = Path(source["path"]).name
        if "us_to_locarno" in source:
            source["us_to_locarno"] = Path(source["us_to_locarno"]).name
    return recipe


def _commit() -> str | None:
    """Commit of the checkout this runs from; None outside of one."""
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return answer.stdout.strip()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m encoder.training.train", description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("--publish", type=Path, help="checkpoint folder to write at the end")
    arguments = parser.parse_args()
    configure_logs(LogSettings())
    config = read_config(arguments.config)
    train(config)
    if arguments.publish:
        publish_best(config, arguments.publish)


if __name__ == "__main__":
    main()
