"""Reads printed words from normalised crops: a small convolutional network with CTC decoding.

The network (83 k weights, `label_reader.onnx` beside this file) was trained on words rendered
from many fonts, never on patent sheets; docs/adr/0003-label-reading.md says why it is our own.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import onnxruntime

from core.ports import GreyImage

CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.,'-()/"
"""What the network can say; class 0 is "nothing here", class i + 1 is character i."""
_BATCH = 32
_WIDTH_STEP_PX = 16
_STRIDE_PX = 2
"""Crop columns per network step."""

_WORD = r"[Ff][Ii1lLtjJ|](?:[GgCcQ96q](?:[UuVv][Rr][Ee])?[Ss]?[.,'\-]*|[.,])"
_NUMBER = r"(?P<number>[\dOoIlSZB]{1,3})(?P<suffix>-?[A-Za-z]?|\([A-Za-z0-9]\)|[-.]\d|'{1,2})"
_FIGURE_LABEL = re.compile(rf"{_WORD}{_NUMBER}[.,\-']*$")
_BARE_WORD = re.compile(r"[Ff][Ii1lLtjJ|][GgCcQ96q](?:[UuVv][Rr][Ee])?[Ss]?[.,'\-]*$")
_HAGUE_LABEL = re.compile(r"^(\d{1,3}\.\d{1,2})[.,]?$")
_LOOKALIKES = str.maketrans("OoIlSZB", "0011528")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a crop says."""

    text: str
    """Without blanks; empty where nothing could be read."""
    confidence: float
    """Probability of the least sure character, in [0, 1]."""
    starts_px: tuple[int, ...]
    """Crop column where each character was seen."""


@dataclass(frozen=True, slots=True)
class LabelText:
    """A reading understood as a figure label."""

    label: str | None
    """``"3A"``; None where the word FIG stands there and its number could not be read."""
    confidence: float
    first: int
    """Index in the reading of the label's first character."""
    number: int
    """Index in the reading of its number's first character; past the end without a number."""


def read_crops(crops: Sequence[GreyImage]) -> list[Reading]:
    """Read many crops.

    Args:
        crops: uint8 [28, W] each, from `label_crops.normalise_crop`.

    Returns:
        One reading a crop, in order.
    """
    readings: list[Reading] = [Reading("", 0.0, ())] * len(crops)
    of_width: dict[int, list[int]] = {}
    for idx, crop in enumerate(crops):
        width = crop.shape[1]
        of_width.setdefault(width + -width % _WIDTH_STEP_PX, []).append(idx)
    for width, alike in of_width.items():
        for start in range(0, len(alike), _BATCH):
            chosen = alike[start : start + _BATCH]
            for idx, reading in zip(
                chosen, _read_batch([crops[i] for i in chosen], width), strict=True
            ):
                readings[idx] = reading
    return readings


def _read_batch(crops: Sequence[GreyImage], width: int) -> list[Reading]:
    """Read crops padded to one width."""
    ink = np.zeros((len(crops), 1, crops[0].shape[0], width), dtype=np.float32)
    for row, crop in enumerate(crops):
        ink[row, 0, :, : crop.shape[1]] = 1 - crop.astype(np.float32) / 255
    scores = _session().run(None, {"ink": ink})[0]  # [N, C, T]
    sure = 1 / np.exp(scores - scores.max(axis=1, keepdims=True)).sum(axis=1)
    return [
        _decode(*row) for row in zip(scores.argmax(axis=1).tolist(), sure.tolist(), strict=True)
    ]


def parse_label(reading: Reading) -> LabelText | None:
    """Understand a reading as ``FIG. 3A`` in any of its spellings; None if it is something else.

    Example:
        >>> parse_label(Reading("Fig.12b", 0.9, ()))
        LabelText(label='12b', confidence=0.9, first=0, number=4)
        >>> parse_label(Reading("MENU", 0.9, ())) is None
        True
    """
    match = _FIGURE_LABEL.search(reading.text)
    if match:
        digits = match["number"].translate(_LOOKALIKES)
        certain = digits == match["number"]
        label = digits.lstrip("0") + match["suffix"]
        if digits.strip("0"):
            confidence = reading.confidence * (1 if certain else 0.8)
            return LabelText(label, confidence, match.start(), match.start("number"))
    match = _BARE_WORD.search(reading.text)
    if match is None:
        return None
    return LabelText(None, reading.confidence, match.start(), len(reading.text))


def parse_hague_label(reading: Reading) -> str | None:
    """Understand a reading as a Hague reproduction number.

    Example:
        >>> parse_hague_label(Reading("1.10", 0.9, ()))
        '1.10'
    """
    match = _HAGUE_LABEL.match(reading.text)
    return match[1] if match else None


def _decode(best: Sequence[int], sure: Sequence[float]) -> Reading:
    """Greedy CTC: merge repeats, drop blanks.

    Args:
        best: Likeliest class of every step.
        sure: Its probability.
    """
    characters: list[str] = []
    confidence: list[float] = []
    starts: list[int] = []
    previous = 0
    for step, (label, probability) in enumerate(zip(best, sure, strict=True)):
        if label and label != previous:
            characters.append(CHARACTERS[label - 1])
            confidence.append(probability)
            starts.append(step * _STRIDE_PX)
        elif label:
            confidence[-1] = max(confidence[-1], probability)
        previous = label
    return Reading("".join(characters), min(confidence, default=0.0), tuple(starts))


@cache
def _session() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # Else each shape is planned and kept for good, and crops come in hundreds of shapes: a worker
    # that reads for hours would grow without end.
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    weights = (files("ingestion") / "label_reader.onnx").read_bytes()
    return onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
