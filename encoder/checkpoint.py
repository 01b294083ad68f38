"""A checkpoint folder: what must be in it, how it is verified, and how it is served.

default/
encoder.json        this manifest: name, dimension, text encoder, training record, file hashes
image.onnx          the image network as served
preprocess.json     the preprocessing it was trained with
model.safetensors   the same network's weights, float16, for torch and further training
drawing_config.json shape of the network
modules.json, …     what `SentenceTransformer(folder)` reads
README.md           the model card
"""

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import CheckpointInvalid
from core.ports import Embeddings, Encoder, GreyImage
from encoder.image_encoder import ImageEncoder, load_image_encoder
from encoder.preprocess import load_preprocess
from encoder.text_encoder import DIMENSION, TEXT_ENCODER_SHA256, TextEncoder, load_text_encoder

DEFAULT_CHECKPOINT = Path(__file__).parent / "checkpoints" / "default"
MANIFEST_FILE = "encoder.json"
ONNX_FILE = "image.onnx"
PREPROCESS_FILE = "preprocess.json"
_SERVED_FILES = (ONNX_FILE, PREPROCESS_FILE)
_MODEL_FILES = ("modules.json", "config.json")
"""What tells a folder of sentence-transformers, or of transformers."""


class CheckpointManifest(BaseModel):
    """`encoder.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    dimension: int = Field(ge=2)
    text_encoder: str
    text_encoder_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    files: dict[str, str]
    """SHA-256 by file name, of everything the embeddings depend on."""
    training: dict[str, Any]
    """Resolved configuration, data, commit and validation numbers of the run."""

    @property
    def encoder_id(self) -> str:
        """Name and content hash, ``"limn-line-3f2a90c1"``."""
        parts = [self.files[name] for name in _SERVED_FILES] + [self.text_encoder_sha256]
        return f"{self.name}-{hashlib.sha256('/'.join(parts).encode()).hexdigest()[:8]}"


class CheckpointEncoder:
    """A checkpoint being served; implements `core.ports.Encoder`.

    The text encoder (90 MB) is loaded when the first text comes: workers embed drawings alone.
    """

    def __init__(
        self,
        manifest: CheckpointManifest,
        image_encoder: ImageEncoder,
        *,
        n_threads: int,
        batch_size: int,
    ) -> None:
        self._manifest = manifest
        self._image_encoder = image_encoder
        self._n_threads = n_threads
        self._batch_size = batch_size

    @property
    def encoder_id(self) -> str:
        return self._manifest.encoder_id

    @property
    def hashes(self) -> dict[str, str]:
        """SHA-256 of what the embeddings depend on, by name."""
        served = {name: self._manifest.files[name] for name in _SERVED_FILES}
        return {**served, self._manifest.text_encoder: self._manifest.text_encoder_sha256}

    @property
    def dimension(self) -> int:
        return self._manifest.dimension

    def encode_images(self, images: Sequence[GreyImage]) -> Embeddings:
        """Embed figures of any size, in order."""
        return self._image_encoder.encode(images)

    def encode_texts(self, texts: Sequence[str]) -> Embeddings:
        """Embed texts into the same space, in order."""
        return self._text_encoder.encode(texts)

    @cached_property
    def _text_encoder(self) -> TextEncoder:
        return load_text_encoder(n_threads=self._n_threads, batch_size=self._batch_size)


def read_manifest(folder: Path) -> CheckpointManifest:
    """Read and verify a checkpoint's manifest and the files it lists.

    Raises:
        CheckpointInvalid: If the folder or a file is missing, a file was edited, or the manifest
            is not valid.
    """
    path = folder / MANIFEST_FILE
    if not path.is_file():
        raise CheckpointInvalid(
            f"no checkpoint at {folder}: {MANIFEST_FILE} is missing; give a folder written by "
            "encoder.training.publish, or leave LIMN_ENCODER__CHECKPOINT unset"
        )
    try:
        manifest = CheckpointManifest.model_validate_json(path.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError) as error:
        raise CheckpointInvalid(f"{path} is no valid manifest: {error}") from error
    for required in _SERVED_FILES:
        if required not in manifest.files:
            raise CheckpointInvalid(f"{path} lists no {required}; publish the checkpoint again")
    for name, expected in manifest.files.items():
        _verify(folder / name, expected)
    return manifest


def load_encoder(checkpoint: str | Path | None, *, n_threads: int, batch_size: int) -> Encoder:
    """Open an encoder for serving.

    Args:
        checkpoint: Folder of a Limn checkpoint; folder or hub name of an image–text model that
            sentence-transformers or transformers reads; None for the shipped checkpoint.
        n_threads: Threads of one embedding call.
        batch_size: Figures computed together.

    Raises:
        CheckpointInvalid: If it is neither, or cannot be served.
    """
    folder = Path(checkpoint) if checkpoint else DEFAULT_CHECKPOINT
    if (folder / MANIFEST_FILE).is_file():
        return _load_limn_checkpoint(folder, n_threads=n_threads, batch_size=batch_size)
    if folder.is_dir() and not any((folder / name).is_file() for name in _MODEL_FILES):
        raise CheckpointInvalid(
            f"no checkpoint at {folder}: neither {MANIFEST_FILE} of Limn nor "
            f"{' or '.join(_MODEL_FILES)} of an image–text model is there; leave "
            "LIMN_ENCODER__CHECKPOINT unset for the shipped one"
        )
    from encoder.sentence_encoder import load_sentence_encoder  # noqa: PLC0415 (loads torch)

    return load_sentence_encoder(str(checkpoint), n_threads=n_threads, batch_size=batch_size)


def _load_limn_checkpoint(folder: Path, *, n_threads: int, batch_size: int) -> CheckpointEncoder:
    """Open a checkpoint; neither torch nor sentence-transformers is imported.

    Raises:
        CheckpointInvalid: If a file is missing or edited, or the checkpoint was trained against
            another text encoder than the installed one.
    """
    manifest = read_manifest(folder)
    if manifest.text_encoder_sha256 != TEXT_ENCODER_SHA256 or manifest.dimension != DIMENSION:
        raise CheckpointInvalid(
            f"{folder} was trained against {manifest.text_encoder} (SHA-256 "
            f"{manifest.text_encoder_sha256}, {manifest.dimension} dimensions), which is not the "
            "text encoder of this version; train it again or install the matching version"
        )
    try:
        preprocessing = load_preprocess(folder / PREPROCESS_FILE)
    except ValidationError as error:
        raise CheckpointInvalid(f"{folder / PREPROCESS_FILE} is not valid: {error}") from error
    image_encoder = load_image_encoder(
        folder / ONNX_FILE, preprocessing, n_threads=n_threads, batch_size=batch_size
    )
    if image_encoder.dimension != manifest.dimension:
        raise CheckpointInvalid(
            f"{folder / ONNX_FILE} gives {image_encoder.dimension} dimensions, the manifest says "
            f"{manifest.dimension}; publish the checkpoint again"
        )
    return CheckpointEncoder(manifest, image_encoder, n_threads=n_threads, batch_size=batch_size)


def _verify(path: Path, expected_sha256: str) -> None:
    if not path.is_file():
        raise CheckpointInvalid(f"{path} is missing; restore the checkpoint folder")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != expected_sha256:
        raise CheckpointInvalid(
            f"{path} was changed after publishing (SHA-256 {found}, expected {expected_sha256}); "
            "restore it or publish the checkpoint again"
        )
