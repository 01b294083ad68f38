"""Any image–text model as Limn's encoder: SentenceTransformers, CLIP, SigLIP and their kin.

The model's own image processor, text tower and dimension are used. Before them a figure is cut to
its ink and laid on a white square: processors for photographs crop the middle out of a long
picture, and a drawing would lose its ends.

Needs torch, transformers and sentence-transformers: seconds of import, so `encoder.checkpoint`
imports this only for a checkpoint that is not Limn's own.
"""

import hashlib
import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx2  # what huggingface_hub speaks through
import numpy as np
import torch
from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
from PIL import Image
from safetensors import SafetensorError
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Transformer
from transformers.utils import logging as transformers_log

from core.errors import CheckpointInvalid
from core.ports import Embeddings, GreyImage
from encoder.preprocess import crop_to_ink

_PREPROCESSING = "white-square-1"
"""Changes whenever figures are laid out in another way before the model's own processor."""
_MARGIN = 0.04
_INK_BELOW = 128
_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
_READ_FILES = ("*.json", "*.txt", "*.model")
_WEIGHTS = ("*.safetensors", "*.bin")
_OTHER_RUNTIMES = ("onnx/*", "openvino/*", "*.onnx", "flax*", "tf_*", "coreml/*")
_LOAD_FAULTS = (
    OSError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ImportError,
    RuntimeError,
    SafetensorError,
)
"""What transformers and sentence-transformers raise on folders that are no model of theirs."""


class SentenceEncoder:
    """An image–text model being served; implements `core.ports.Encoder`."""

    def __init__(self, model: SentenceTransformer, encoder_id: str, batch_size: int) -> None:
        self._model = model
        self._encoder_id = encoder_id
        self._batch_size = batch_size
        blank = [np.full((8, 8), 255, np.uint8)]
        self._dimension = int(self._encode([_squared(image) for image in blank]).shape[1])

    @property
    def encoder_id(self) -> str:
        return self._encoder_id

    @property
    def dimension(self) -> int:
        return self._dimension

    def encode_images(self, images: Sequence[GreyImage]) -> Embeddings:
        """Embed figures of any size, in order; float32 [N, D], rows of unit length."""
        if not images:
            return np.empty((0, self._dimension), np.float32)
        return self._encode([_squared(image) for image in images])

    def encode_texts(self, texts: Sequence[str]) -> Embeddings:
        """Embed texts into the same space, in order; what the model has no room for is not read."""
        if not texts:
            return np.empty((0, self._dimension), np.float32)
        return self._encode(list(texts))

    def _encode(self, inputs: Sequence[str] | Sequence[Image.Image]) -> Embeddings:
        vectors = self._model.encode(
            inputs,
            batch_size=self._batch_size,
            show_progress_bar=False,
            normalize_embeddings=True,
        )
        return np.asarray(vectors, dtype=np.float32)


def load_sentence_encoder(name: str, *, n_threads: int, batch_size: int) -> SentenceEncoder:
    """Open an image–text model, on the GPU where there is one.

    Args:
        name: A folder, or `owner/name` on a model hub; that is downloaded once and then read from
            the hub's cache.
        n_threads: Threads of one embedding call, for all of torch.
        batch_size: Figures or texts computed together.

    Raises:
        CheckpointInvalid: If it is neither, cannot be loaded, lacks weights, does not embed both
            images and texts, or embeds them into spaces of different size.
    """
    folder = Path(name)
    if not folder.is_dir():
        folder = _download(name)
    torch.set_num_threads(n_threads)
    with _complete_weights(name):
        try:
            model = SentenceTransformer(str(folder), local_files_only=True)
        except _LOAD_FAULTS as error:
            raise CheckpointInvalid(f"{name} cannot be opened as a model: {error}") from error
    for modality in ("image", "text"):
        if not model.supports(modality):
            raise CheckpointInvalid(
                f"{name} embeds no {modality}s (only {', '.join(map(str, model.modalities))}); "
                "give an image–text model such as a CLIP or SigLIP"
            )
    _pad_as_trained(model)
    try:
        encoder = SentenceEncoder(model, _encoder_id(name, folder), batch_size)
        n_text = encoder.encode_texts(["chair"]).shape[1]
    except _LOAD_FAULTS as error:
        raise CheckpointInvalid(f"{name} opens but does not embed: {error}") from error
    if n_text != encoder.dimension:
        raise CheckpointInvalid(
            f"{name} embeds images into {encoder.dimension} dimensions and texts into {n_text}; "
            "they must share one space"
        )
    return encoder


def _download(name: str) -> Path:
    """The model's folder in the hub's cache, filled from the hub the first time."""
    if not _HUB_NAME.fullmatch(name):
        raise CheckpointInvalid(f"{name} is neither a folder nor the name of a hub, owner/name")
    try:
        return _fetch(name, local_files_only=True)
    except LocalEntryNotFoundError:
        pass  # not there yet, or not all of it
    try:
        return _fetch(name, local_files_only=False)
    except (HfHubHTTPError, LocalEntryNotFoundError, httpx2.HTTPError, OSError) as error:
        raise CheckpointInvalid(
            f"{name} is no folder, and the model hub gave no such model: {error}"
        ) from error


def _fetch(name: str, *, local_files_only: bool) -> Path:
    """What is read of a model: weights of the older kind only where there are no others."""
    for weights in _WEIGHTS:
        folder = Path(
            snapshot_download(
                name,
                allow_patterns=[*_READ_FILES, weights],
                ignore_patterns=list(_OTHER_RUNTIMES),
                local_files_only=local_files_only,
            )
        )
        if any(folder.rglob(weights)):
            break
    return folder


@contextmanager
def _complete_weights(name: str) -> Iterator[None]:
    """Refuse weights that a file lacks: transformers makes them up and tells its log alone."""
    lacking: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines = record.getMessage().splitlines()
            lacking.extend(line.split("|")[0].strip() for line in lines if "MISSING" in line)

    listener = Listener(logging.WARNING)
    told_by = logging.getLogger("transformers.modeling_utils")
    propagated, told_by.propagate = told_by.propagate, False
    told_by.addHandler(listener)
    transformers_log.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        told_by.removeHandler(listener)
        told_by.propagate = propagated
    if lacking:
        raise CheckpointInvalid(
            f"{name} lacks weights its configuration asks for ({', '.join(lacking[:3])}, …); "
            "it may be a part of a model, or a damaged download"
        )


def _pad_as_trained(model: SentenceTransformer) -> None:
    """Pad texts for SigLIP as in its training: rows of full length, and no mask over the padding.

    It reads a text off the row's last place, so that shorter rows would give other vectors.
    """
    for module in model.modules():
        if isinstance(module, Transformer) and module.config.model_type.startswith("siglip"):
            full = {
                "padding": "max_length",
                "truncation": True,
                "max_length": module.config.text_config.max_position_embeddings,
                "return_attention_mask": False,
            }
            module.processing_kwargs = {**module.processing_kwargs, "text": full}


def _encoder_id(name: str, folder: Path) -> str:
    """Name and content hash of everything read, ``"openai-clip-vit-base-patch32-3f2a90c1"``."""
    digest = hashlib.sha256(_PREPROCESSING.encode())
    for path in sorted(
        path for pattern in (*_READ_FILES, *_WEIGHTS) for path in folder.rglob(pattern)
    ):
        digest.update(f"/{path.relative_to(folder).as_posix()}/".encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    shown = folder.resolve().name if Path(name).is_dir() else name
    slug = re.sub(r"[^a-z0-9]+", "-", shown.lower()).strip("-") or "model"
    return f"{slug}-{digest.hexdigest()[:8]}"


def _squared(image: GreyImage) -> Image.Image:
    """The ink on a white square with a small margin; RGB, as models for photographs expect."""
    ink = crop_to_ink(image, _INK_BELOW)
    side = max(8, round(max(ink.shape) / (1 - 2 * _MARGIN)))
    square = np.full((side, side), 255, np.uint8)
    top, left = (side - ink.shape[0]) // 2, (side - ink.shape[1]) // 2
    square[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return Image.fromarray(square).convert("RGB")
