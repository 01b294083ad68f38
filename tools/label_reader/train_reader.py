"""Train the label reader on rendered words and write it as ONNX.

    python tools/label_reader/train_reader.py SAMPLES.pkl [MORE.pkl …] --output \\
        ingestion/label_reader.onnx --epochs 5 [--start OLDER.onnx --rate 1.5e-3 --mean]

About an hour of one core for 100,000 samples; less from weights that can read already. The part
of the project that serves never imports this file, and torch is not needed to read labels.
"""

import argparse
import pickle
import random
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn
from torch.nn import functional

from core.ports import GreyImage
from ingestion.label_crops import CROP_HEIGHT_PX
from ingestion.label_reader import CHARACTERS

BATCH = 96
N_HELD_OUT = 1500
Sample = tuple[GreyImage, str]


def block(n_in: int, n_out: int, kernel: tuple[int, int] = (3, 3)) -> nn.Sequential:
    """Convolution that keeps the size, normalised."""
    padding = (kernel[0] // 2, kernel[1] // 2)
    convolution = nn.Conv2d(n_in, n_out, kernel, padding=padding, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(n_out), nn.ReLU())


class ReaderNet(nn.Module):
    """Four convolutions squeeze the height to one row; two look along it; one names characters."""

    def __init__(self) -> None:
        super().__init__()
        self.columns = nn.Sequential(
            *(block(1, 12), nn.MaxPool2d(2)),  # (B, 12, 14, W/2)
            *(block(12, 24), nn.MaxPool2d((2, 1))),  # (B, 24, 7, W/2)
            *(block(24, 40), nn.MaxPool2d((2, 1), ceil_mode=True)),  # (B, 40, 4, W/2)
            *(block(40, 56), nn.MaxPool2d((4, 1))),  # (B, 56, 1, W/2)
        )
        self.context = nn.Sequential(nn.Dropout(0.1), block(56, 72, (1, 5)), block(72, 72, (1, 5)))
        self.name = nn.Conv2d(72, len(CHARACTERS) + 1, 1)

    def forward(self, ink: Tensor) -> Tensor:
        """Scores [B, C, W / 2] of ink [B, 1, 28, W] in [0, 1]."""
        scores: Tensor = self.name(self.context(self.columns(ink))).squeeze(2)
        return scores


def stack(samples: list[Sample]) -> Tensor:
    """Ink [B, 1, 28, W] of crops padded to the widest."""
    width = max(crop.shape[1] for crop, _ in samples)
    width += -width % 8
    ink = np.zeros((len(samples), 1, CROP_HEIGHT_PX, width), dtype=np.float32)
    for row, (crop, _) in enumerate(samples):
        ink[row, 0, :, : crop.shape[1]] = 1 - crop / 255
    return torch.from_numpy(ink)


def roughen(ink: Tensor) -> Tensor:
    """Another blur, place and grain each time a sample is seen."""
    if random.random() < 0.5:
        soft = functional.avg_pool2d(functional.pad(ink, (1, 1, 1, 1)), 3, 1)
        ink = soft * random.uniform(0.5, 1) + ink * random.uniform(0, 0.5)
    if random.random() < 0.5:
        ink = torch.roll(ink, random.choice([-1, 1]), 2)
    if random.random() < 0.5:
        ink = (ink + torch.randn_like(ink) * random.uniform(0, 0.15)).clamp(0, 1)
    return ink


def ctc_loss(net: ReaderNet, ink: Tensor, samples: list[Sample]) -> Tensor:
    """How badly the network explains the samples' texts, over all ways to align them."""
    log_probability = net(ink).log_softmax(1).permute(2, 0, 1)  # [T, B, C]
    texts = [[CHARACTERS.index(character) + 1 for character in text] for _, text in samples]
    steps = torch.full((len(samples),), log_probability.shape[0])
    lengths = torch.tensor([len(text) for text in texts])
    flat = torch.tensor([character for text in texts for character in text], dtype=torch.long)
    loss: Tensor = functional.ctc_loss(log_probability, flat, steps, lengths, zero_infinity=True)
    return loss


def read(net: ReaderNet, sample: Sample) -> str:
    """What the network says a crop holds."""
    best = net(stack([sample]))[0].argmax(0).tolist()
    pairs = zip([0, *best], best, strict=False)
    return "".join(CHARACTERS[now - 1] for before, now in pairs if now and now != before)


def start_from(net: ReaderNet, path: Path, samples: list[Sample]) -> None:
    """Take over exported weights, and give back the normalisations that export folded into them.

    Args:
        net: Gets the weights.
        path: What `export` wrote.
        samples: Some hundred, to measure each layer's mean and spread on.
    """
    graph = onnx.load(path).graph
    arrays = {w.name: numpy_helper.to_array(w).astype(np.float32) for w in graph.initializer}
    for node in graph.node:
        if node.op_type == "Cast":
            arrays[node.output[0]] = arrays[node.input[0]]
    folded = iter([n.input[1:3] for n in graph.node if n.op_type == "Conv"])
    net.eval()
    ink = stack(samples)
    with torch.no_grad():
        for layer in (*net.columns, *net.context):
            if isinstance(layer, nn.Sequential):
                weight, bias = (torch.from_numpy(arrays[name]) for name in next(folded))
                convolution, norm = layer[0], layer[1]
                convolution.weight.copy_(weight)
                spread, mean = torch.var_mean(convolution(ink), (0, 2, 3))
                norm.running_mean.copy_(mean)
                norm.running_var.copy_(spread)
                norm.weight.copy_((spread + norm.eps).sqrt())
                norm.bias.copy_(bias + mean)
            ink = layer(ink)
        weight, bias = (torch.from_numpy(arrays[name]) for name in next(folded))
        net.name.weight.copy_(weight)
        net.name.bias.copy_(bias)


def train(net: ReaderNet, samples: list[Sample], n_epochs: int, rate: float) -> None:
    """One cycle of AdamW; prints loss and the share of held-out words read without a fault."""
    random.shuffle(samples)
    held_out, rest = samples[:N_HELD_OUT], samples[N_HELD_OUT:]
    n_batches = len(rest) // BATCH
    optimizer = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, rate, total_steps=n_epochs * n_batches, pct_start=0.1
    )
    for epoch in range(n_epochs):
        net.train()
        rest.sort(key=lambda sample: sample[0].shape[1] + random.uniform(-12, 12))
        losses = []
        for start in random.sample(range(n_batches), n_batches):
            batch = rest[start * BATCH : (start + 1) * BATCH]
            loss = ctc_loss(net, roughen(stack(batch)), batch)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 5)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        net.eval()
        with torch.no_grad():
            n_right = sum(read(net, sample) == sample[1] for sample in held_out)
        right = n_right / len(held_out)
        print(f"epoch {epoch}: loss {np.mean(losses):.3f}, read without a fault {right:.3f}")


def export(net: ReaderNet, path: Path) -> None:
    """Write ONNX with the weights in half precision, cast up when the session starts."""
    names = {"input_names": ["ink"], "output_names": ["scores"], "opset_version": 17}
    free = {"ink": {0: "n", 3: "w"}, "scores": {0: "n", 2: "t"}}
    example = (torch.zeros(2, 1, CROP_HEIGHT_PX, 64),)
    torch.onnx.export(net.eval(), example, path, dynamic_axes=free, dynamo=False, **names)
    model = onnx.load(path)
    kept, casts = [], []
    for weights in model.graph.initializer:
        if weights.data_type == TensorProto.FLOAT and np.prod(weights.dims) > 200:
            half = numpy_helper.to_array(weights).astype(np.float16)
            kept.append(numpy_helper.from_array(half, f"{weights.name}_half"))
            casts.append(
                helper.make_node("Cast", [kept[-1].name], [weights.name], to=TensorProto.FLOAT)
            )
        else:
            kept.append(weights)
    nodes = [*casts, *model.graph.node]
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend(kept)
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def take_mean(path: Path, other: Path) -> None:
    """Replace exported weights by the mean of them and others they were trained on from.

    Weights that started from one another read what either reads; see ADR 3.
    """
    model, start = onnx.load(path), onnx.load(other)
    for mine, their in zip(_in_order(model), _in_order(start), strict=True):
        both = [numpy_helper.to_array(weights).astype(np.float32) for weights in (mine, their)]
        mean = ((both[0] + both[1]) / 2).astype(numpy_helper.to_array(mine).dtype)
        mine.CopyFrom(numpy_helper.from_array(mean, mine.name))
    onnx.save(model, path)


def _in_order(model: onnx.ModelProto) -> list[TensorProto]:
    """Weights and biases of the convolutions, first to last."""
    half = {n.output[0]: n.input[0] for n in model.graph.node if n.op_type == "Cast"}
    stored = {weights.name: weights for weights in model.graph.initializer}
    names = [n.input[i] for n in model.graph.node if n.op_type == "Conv" for i in (1, 2)]
    return [stored[half.get(name, name)] for name in names]


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("samples", type=Path, nargs="+")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--rate", type=float, default=3e-3, help="highest learning rate")
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--mean", action="store_true", help="write the mean with the start")
    options = parser.parse_args()
    random.seed(0)
    torch.manual_seed(0)
    samples: list[Sample] = []
    for path in options.samples:
        samples += pickle.loads(path.read_bytes())
    net = ReaderNet()
    if options.start:
        start_from(net, options.start, random.sample(samples, 600))
    train(net, samples, options.epochs, options.rate)
    export(net, options.output)
    if options.start and options.mean:
        take_mean(options.output, options.start)


if __name__ == "__main__":
    main()
