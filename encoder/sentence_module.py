"""The image network as a sentence-transformers module, so anyone can open a checkpoint folder.

`SentenceTransformer(folder)` embeds PIL images; `assemble_router` adds the frozen text encoder from
its package and gives one model for both.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import InputModule, Normalize, Router
from torch import Tensor

from encoder.model import DrawingNet, ModelConfig
from encoder.preprocess import PreprocessConfig, load_preprocess, prepare
from encoder.text_encoder import packaged_model_folder

MODEL_CONFIG_FILE = "drawing_config.json"
PREPROCESS_FILE = "preprocess.json"
WEIGHTS_FILE = "model.safetensors"


class DrawingModule(InputModule):
    """PIL images of drawings → `sentence_embedding`; weights are kept as float16 on disk."""

    config_file_name = MODEL_CONFIG_FILE

    def __init__(self, net: DrawingNet, preprocessing: PreprocessConfig) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.net = net
        self.preprocessing = preprocessing

    @property
    def modalities(self) -> list[Any]:
        return ["image"]

    def preprocess(  # type: ignore[override]  # images alone
        self, inputs: Sequence[Image.Image], prompt: str | None = None, **_: Any
    ) -> dict[str, Tensor]:
        """Prepare PIL images of any size and mode; a prompt means nothing to a drawing."""
        del prompt
        prepared = [prepare(np.asarray(image.convert("L")), self.preprocessing) for image in inputs]
        return {"pixel_values": torch.from_numpy(np.stack(prepared))}

    def forward(self, features: dict[str, Tensor], **_: Any) -> dict[str, Tensor]:
        features["sentence_embedding"] = self.net(features["pixel_values"])
        return features

    def get_embedding_dimension(self) -> int:
        """D."""
        return self.net.config.dimension

    def save(self, output_path: str, *_: Any, safe_serialization: bool = True, **__: Any) -> None:
        """Write config, preprocessing and weights; only safetensors are written."""
        del safe_serialization
        folder = Path(output_path)
        (folder / MODEL_CONFIG_FILE).write_text(self.net.config.model_dump_json(indent=2) + "\n")
        (folder / PREPROCESS_FILE).write_text(self.preprocessing.model_dump_json(indent=2) + "\n")
        save_file(
            {
                name: (tensor.half() if tensor.is_floating_point() else tensor).contiguous()
                for name, tensor in self.net.state_dict().items()
            },
            folder / WEIGHTS_FILE,
        )

    @classmethod
    def load(  # type: ignore[override]  # local folders
        cls, model_name_or_path: str, subfolder: str = "", **_: Any
    ) -> Self:
        """Read what `save` wrote, from a local folder."""
        folder = Path(model_name_or_path) / subfolder
        config = json.loads((folder / MODEL_CONFIG_FILE).read_text(encoding="utf-8"))
        net = DrawingNet(ModelConfig.model_validate(config))
        weights = load_file(folder / WEIGHTS_FILE)
        net.load_state_dict(
            {
                name: tensor.float() if tensor.is_floating_point() else tensor
                for name, tensor in weights.items()
            }
        )
        return cls(net.eval(), load_preprocess(folder / PREPROCESS_FILE))


def assemble_router(folder: Path) -> SentenceTransformer:
    """One model for both sides: the checkpoint's image side and the packaged text encoder.

    Args:
        folder: Checkpoint folder.

    Returns:
        `SentenceTransformer([Router{image, text}, Normalize])` on the CPU; `encode` takes PIL
        images or strings. It trains with sentence-transformers' own trainer.
    """
    text_side = SentenceTransformer(str(packaged_model_folder()), device="cpu")
    routes: dict[str, list[Any]] = {
        "image": [DrawingModule.load(str(folder))],
        "text": list(text_side.children())[:2],
    }
    router = Router(routes, route_mappings={(None, "image"): "image", (None, "text"): "text"})
    return SentenceTransformer(modules=[router, Normalize()], device="cpu")
