"""Write the graph of the frozen text encoder, without its weights.

The graph's weights are ranges of the official `model.safetensors`, where ONNX Runtime reads them;
so the repository holds a small file, and the encoder's package the 90 MB.

    ./run bench build_text_network
"""

import json
import tempfile
import warnings
from pathlib import Path

import onnx
import torch
from torch import nn
from transformers import BertModel

from encoder.text_encoder import NETWORK, WEIGHTS_FILE, packaged_model_folder

_OPSET = 17


class _MeanOfTokens(nn.Module):
    """Token ids and mask, int64 [B, T] → unit vectors, float32 [B, D]."""

    def __init__(self, bert: BertModel) -> None:
        super().__init__()
        self.bert = bert

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        hidden = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state
        read = mask.unsqueeze(2).float()
        return nn.functional.normalize((hidden * read).sum(dim=1) / read.sum(dim=1), dim=1)


def export(folder: Path) -> onnx.ModelProto:
    """Trace the model; weights keep their names, so nothing may be folded into them."""
    bert = BertModel.from_pretrained(folder, attn_implementation="eager", add_pooling_layer=False)
    ones = torch.ones(2, 7, dtype=torch.long)
    with tempfile.TemporaryDirectory() as traced, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracing exporter is announced as legacy
        path = Path(traced, "traced.onnx")
        torch.onnx.export(
            _MeanOfTokens(bert).eval(),
            (ones, ones),
            str(path),
            input_names=["ids", "mask"],
            output_names=["vectors"],
            dynamic_axes={name: {0: "B", 1: "T"} for name in ("ids", "mask")}
            | {"vectors": {0: "B"}},
            opset_version=_OPSET,
            do_constant_folding=False,
            dynamo=False,
        )
        return onnx.load(path)


def point_into(graph: onnx.GraphProto, weights: Path) -> None:
    """Replace the graph's weights by their place in the safetensors file."""
    with weights.open("rb") as file:
        n_header = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(n_header))
    for tensor in graph.initializer:
        name = tensor.name.removeprefix("bert.")
        if name not in header:
            continue
        first, end = header[name]["data_offsets"]
        if header[name]["dtype"] != "F32" or header[name]["shape"] != list(tensor.dims):
            raise SystemExit(f"{name} is another tensor in {weights}")
        tensor.ClearField("raw_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL
        place = {"location": weights.name, "offset": 8 + n_header + first, "length": end - first}
        for key, value in place.items():
            tensor.external_data.add(key=key, value=str(value))


def main() -> None:
    """Write the file."""
    folder = packaged_model_folder()
    model = export(folder)
    point_into(model.graph, folder / WEIGHTS_FILE)
    NETWORK.write_bytes(model.SerializeToString())
    print(f"{NETWORK}: {NETWORK.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
