"""A trained network → a checkpoint folder that can be shipped."""

import hashlib
import json
import warnings
from pathlib import Path
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Normalize
from torch import nn

from encoder.checkpoint import MANIFEST_FILE, ONNX_FILE, PREPROCESS_FILE, CheckpointManifest
from encoder.model import DrawingNet
from encoder.preprocess import PreprocessConfig
from encoder.sentence_module import MODEL_CONFIG_FILE, WEIGHTS_FILE, DrawingModule
from encoder.text_encoder import TEXT_ENCODER_NAME, TEXT_ENCODER_SHA256

_HASHED_FILES = (ONNX_FILE, PREPROCESS_FILE, WEIGHTS_FILE, MODEL_CONFIG_FILE)


def publish(
    net: DrawingNet,
    preprocessing: PreprocessConfig,
    folder: Path,
    *,
    name: str,
    training: dict[str, Any],
) -> CheckpointManifest:
    """Write the folder `encoder.checkpoint` describes, model card apart.

    Weights are rounded to float16 first, and the export is made from the rounded ones, so the ONNX
    network and the torch network are the same function.

    Args:
        net: Trained network; rounded and set to evaluation in place.
        preprocessing: What it was trained with.
        folder: Made if missing; files of the same names are replaced.
        name: First part of the encoder id, lower case words joined by hyphens.
        training: What the manifest records of the run.
    """
    folder.mkdir(parents=True, exist_ok=True)
    net.half().float().eval().cpu()
    module = DrawingModule(net, preprocessing)
    model = SentenceTransformer(modules=[module, Normalize()], device="cpu")
    model.save(str(folder), create_model_card=False)
    (folder / WEIGHTS_FILE).chmod(0o644)
    export_onnx(net, preprocessing.size_px, folder / ONNX_FILE)
    manifest = CheckpointManifest(
        name=name,
        dimension=net.config.dimension,
        text_encoder=TEXT_ENCODER_NAME,
        text_encoder_sha256=TEXT_ENCODER_SHA256,
        files={file: _sha256(folder / file) for file in _HASHED_FILES},
        training=training,
    )
    text = json.dumps(manifest.model_dump(), indent=2, ensure_ascii=False)
    (folder / MANIFEST_FILE).write_text(text + "\n", encoding="utf-8")
    return manifest


def export_onnx(net: nn.Module, size_px: int, path: Path) -> None:
    """Export the evaluation forward pass, any batch size; batch norms are folded away."""
    example = torch.zeros(2, 1, size_px, size_px)
    with warnings.catch_warnings(), torch.inference_mode():
        # The tracing exporter is announced as legacy; its successor needs onnxscript and gives no
        # better graph for a plain convolutional network.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            net,
            (example,),
            str(path),
            input_names=["ink"],
            output_names=["embedding"],
            dynamic_axes={"ink": {0: "batch"}, "embedding": {0: "batch"}},
            opset_version=17,
            dynamo=False,
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
