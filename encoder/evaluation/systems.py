"""What is compared: encoders, and classical descriptors beside them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec

from core.errors import ConfigurationFault
from core.ports import Embeddings, GreyImage
from encoder.checkpoint import load_encoder


class Descriptor(StrEnum):
    """A classical descriptor, by the name it is asked for."""

    HOG = "hog"
    LBP = "lbp"
    PHASH = "phash"


@dataclass(frozen=True, slots=True)
class System:
    """Something that embeds figures, and texts if it can."""

    name: str
    encode_images: Callable[[Sequence[GreyImage]], Embeddings]
    """N figures of any size → float32 [N, D]."""
    encode_texts: Callable[[Sequence[str]], Embeddings] | None = None
    encoder_id: str | None = None


def open_system(name: str | None, *, n_threads: int, batch_size: int) -> System:
    """Open a descriptor, a checkpoint folder or an encoder of a hub.

    Args:
        name: `hog`, `lbp`, `phash`, or what `load_encoder` takes.
        n_threads: Threads of one embedding call.
        batch_size: Figures computed together.

    Raises:
        CheckpointInvalid: If it is no checkpoint that can be read.
        ConfigurationFault: If a descriptor needs a package that is not installed.
    """
    if name in set(Descriptor):
        return System(name, _descriptor(Descriptor(name)))
    encoder = load_encoder(name, n_threads=n_threads, batch_size=batch_size)
    return System(
        name or encoder.encoder_id,
        encoder.encode_images,
        encoder.encode_texts,
        encoder.encoder_id,
    )


def _descriptor(name: Descriptor) -> Callable[[Sequence[GreyImage]], Embeddings]:
    if find_spec("skimage") is None:
        raise ConfigurationFault(f"{name} needs scikit-image: install Limn with its `eval` extra")
    from encoder.evaluation import baselines  # noqa: PLC0415 (needs the eval extra)

    match name:
        case Descriptor.HOG:
            return baselines.embed_hog
        case Descriptor.LBP:
            return baselines.embed_lbp
        case Descriptor.PHASH:
            return baselines.embed_phash
