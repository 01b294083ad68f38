"""Drawings → embeddings through ONNX Runtime; no torch."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from core.errors import CheckpointInvalid
from core.ports import Embeddings, GreyImage
from encoder.preprocess import PreprocessConfig, prepare


class ImageEncoder:
    """Embeds figures in batches; sessions are safe to share between threads."""

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        preprocessing: PreprocessConfig,
        batch_size: int,
    ) -> None:
        self._session = session
        self._preprocessing = preprocessing
        self._batch_size = batch_size

    @property
    def dimension(self) -> int:
        """D, read from the network's output."""
        return int(self._session.get_outputs()[0].shape[1])

    def encode(self, images: Sequence[GreyImage]) -> Embeddings:
        """Embed figures of any size, in order.

        Args:
            images: uint8 [H, W] each, 0 ink, 255 paper.

        Returns:
            float32 [N, D], rows of unit length.
        """
        embeddings = np.empty((len(images), self.dimension), dtype=np.float32)
        for start in range(0, len(images), self._batch_size):
            batch = images[start : start + self._batch_size]
            ink = np.stack([prepare(image, self._preprocessing) for image in batch])
            (vectors,) = self._session.run(None, {"ink": ink})
            embeddings[start : start + len(batch)] = vectors
        return embeddings


def load_image_encoder(
    onnx_path: Path, preprocessing: PreprocessConfig, *, n_threads: int, batch_size: int
) -> ImageEncoder:
    """Open an exported network, on the GPU where the installed ONNX Runtime is built for one.

    Only a GPU embeds `batch_size` figures together.

    Idle threads sleep instead of spinning, since workers share their cores. Denormals keep their
    value: ONNX Runtime would count them as zero for the calling thread and for good, and SciPy's
    trees, which step to the next number above a zero, then split for ever and overrun the stack.

    Raises:
        CheckpointInvalid: If ONNX Runtime cannot read the file.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = n_threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(onnx_path, options, providers=_providers())
    except (
        onnxruntime.capi.onnxruntime_pybind11_state.Fail,
        onnxruntime.capi.onnxruntime_pybind11_state.InvalidProtobuf,
        onnxruntime.capi.onnxruntime_pybind11_state.InvalidGraph,
        onnxruntime.capi.onnxruntime_pybind11_state.NoSuchFile,
    ) as error:
        raise CheckpointInvalid(f"{onnx_path} is no readable ONNX network: {error}") from error
    # A core's cache holds the layers of one drawing: eight at a time take an eighth longer each.
    on_gpu = "CUDAExecutionProvider" in session.get_providers()
    return ImageEncoder(session, preprocessing, batch_size if on_gpu else 1)


def _providers() -> list[str]:
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        return ["CPUExecutionProvider"]
    onnxruntime.preload_dlls()  # CUDA's libraries as torch's packages brought them
    return ["CUDAExecutionProvider", "CPUExecutionProvider"]
