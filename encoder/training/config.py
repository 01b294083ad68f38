"""Everything a training run depends on, read once from a TOML file and frozen."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import QueryInvalid
from encoder.model import ModelConfig
from encoder.preprocess import PreprocessConfig
from encoder.training.augment import AugmentConfig
from encoder.training.objectives import ObjectiveConfig
from encoder.training.sampling import SamplingConfig
from encoder.training.sources.covers import CoverSource
from encoder.training.sources.deeppatent import DeepPatentSource
from encoder.training.sources.deeppatent2 import DeepPatent2Source
from encoder.training.sources.elsewhere import CatalogueSource, SampleSource
from encoder.training.sources.icons import IconSource
from encoder.training.sources.manifest import ManifestSource
from encoder.training.sources.meshes import MeshSource
from encoder.training.sources.source import SourceConfig


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CachedSource(SourceConfig):
    """A drawing cache made elsewhere."""

    kind: Literal["cache"]
    path: Path


DrawnSource: TypeAlias = (
    IconSource
    | MeshSource
    | CoverSource
    | SampleSource
    | CatalogueSource
    | DeepPatentSource
    | DeepPatent2Source
    | ManifestSource
)
Source = Annotated[DrawnSource | CachedSource, Field(discriminator="kind")]


class ScheduleConfig(_Part):
    """How long, how fast, at which size."""

    n_steps: int = Field(ge=0)
    """0 leaves the network as it begins, its projector fitted where that is configured."""
    batch_size: int = Field(ge=4, multiple_of=2)
    """Drawings a step; half as many objects, two drawings each."""
    chunk_size: int | None = Field(default=None, ge=2)
    """Drawings that pass the network at a time; fewer than a batch need gradient caching."""
    learning_rate: float = Field(gt=0)
    weight_decay: float = Field(ge=0)
    n_warmup_steps: int = Field(ge=0)
    early_size_px: int = Field(ge=16)
    """Smaller input while the coarse is learnt."""
    early_share: float = Field(default=0.0, ge=0, le=1)
    """Share of the steps at the smaller size."""
    ema_decay: float = Field(default=0.999, ge=0, lt=1)
    save_every_steps: int = Field(default=200, ge=1)


class ValidationConfig(_Part):
    """A manifest of figures (see `encoder.evaluation.tracks`) that picks the best checkpoint."""

    manifest: Path
    images: Path
    every_steps: int = Field(ge=1)
    patience: int | None = Field(default=None, ge=1)
    """Stop after this many validations without a better mAP."""


class ProjectorStepsConfig(_Part):
    """Gradient steps on the projector alone (`encoder.training.projector_training`)."""

    n_steps: int = Field(ge=1)
    batch_size: int = Field(default=512, ge=4, multiple_of=2)
    """Drawings a step; half as many objects, two drawings each."""
    learning_rate: float = Field(default=3e-4, gt=0)
    weight_decay: float = Field(default=0.0, ge=0)


class ProjectorFitConfig(_Part):
    """The projector's beginning in closed form (`encoder.training.projector_fit`)."""

    n_drawings_per_object: int = Field(ge=2)
    n_objects: int | None = Field(default=None, ge=2)
    """Objects the fit looks at, drawn from the sources by their shares; None for all."""
    shrinkage: float = Field(default=0.3, gt=0)
    kept: float = Field(default=0.0, ge=0, lt=1)
    """Share of the projector that was there, its outputs made as long; the rest is the fit's."""
    steps: ProjectorStepsConfig | None = None
    """What of the run's objective is trained on the same features after that; None for nothing."""


class BlendConfig(_Part):
    """What is published instead of the best state (`encoder.training.blend`)."""

    share: float = Field(gt=0, le=1)
    """Of the weights at the end of the run; the rest is of `start_from`."""
    projector_fit: ProjectorFitConfig
    """How the projector of what lies between is fitted."""


class TrainingConfig(_Part):
    """One run; relative paths start at the folder the command is given in."""

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    seed: int
    cache_dir: Path
    run_dir: Path
    device: Literal["auto", "cpu", "cuda"] = "auto"
    n_threads: int = Field(default=1, ge=1)
    mixed_precision: bool = True
    """bfloat16 where the matrix units support it."""
    start_from: Path | None = None
    """Run folder or checkpoint folder whose network this one begins with."""
    pretrained: str | None = None
    """Where the backbone's weights come from: `imagenet` for `efficientnet-lite…`, a hub name or
    local folder for backbones of transformers; None begins from random weights."""
    projector_fit: ProjectorFitConfig | None = None
    frozen: tuple[str, ...] = ()
    """Beginnings of names of weights that stay as they begin, as `backbone.stem.`."""
    keep_statistics: bool = False
    """Leave the batch norms' means and variances as they begin: for a few steps of fine-tuning."""
    goods: Path | None = None
    """The Locarno list of goods, for classes of objects whose source states none."""
    sources: tuple[Source, ...] = Field(min_length=1)
    sampling: SamplingConfig = SamplingConfig()
    leaks: Literal["stop", "drop"] = "stop"
    """What happens where a figure to validate on is also trained on, be it by publication, family
    or picture: the run stops and names them, or leaves them out of training."""
    model: ModelConfig = ModelConfig()
    preprocess: PreprocessConfig = PreprocessConfig()
    augment: AugmentConfig
    objective: ObjectiveConfig = ObjectiveConfig()
    schedule: ScheduleConfig
    validation: ValidationConfig | None = None
    blend: BlendConfig | None = None


def read_config(path: Path) -> TrainingConfig:
    """Read and check a run's configuration.

    Raises:
        QueryInvalid: If the file is missing, no TOML, or says something that does not exist.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        return TrainingConfig.model_validate(values)
    except FileNotFoundError as error:
        raise QueryInvalid(f"{path}: no such training configuration") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError) as error:
        raise QueryInvalid(f"{path}: {error}") from error
