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
from numpy.typing import NDArray

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
        crops: uint8 [28, W] each, from `label_candidates.normalise_crop`.

    Returns:
        One reading a crop, in order.
    """
    readings: list[Reading] = [Reading("", 0.0, ())] * len(crops)
    by_width = sorted(range(len(crops)), key=lambda idx: crops[idx].shape[1])
    for start in range(0, len(by_width), _BATCH):
        chosen = by_width[start : start + _BATCH]
        width = max(crops[idx].shape[1] for idx in chosen)
        width += -width % _WIDTH_STEP_PX
        ink = np.zeros((len(chosen), 1, crops[chosen[0]].shape[0], width), dtype=np.float32)
        for row, idx in enumerate(chosen):
            ink[row, 0, :, : crops[idx].shape[1]] = 1 - crops[idx].astype(np.float32) / 255
        scores = _session().run(None, {"ink": ink})[0]  # [N, C, T]
        for row, idx in enumerate(chosen):
            readings[idx] = _decode(scores[row])
    return readings


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


def _decode(scores: NDArray[np.float32]) -> Reading:
    """Greedy CTC: merge repeats, drop blanks.

    Args:
        scores: float32 [C, T], unnormalised.
    """
    weights = np.exp(scores - scores.max(axis=0))
    probability = weights / weights.sum(axis=0)
    best = probability.argmax(axis=0)
    characters: list[str] = []
    sure: list[float] = []
    starts: list[int] = []
    previous = 0
    for step, label in enumerate(best):
        if label and label != previous:
            characters.append(CHARACTERS[label - 1])
            sure.append(float(probability[label, step]))
            starts.append(step * _STRIDE_PX)
        elif label:
            sure[-1] = max(sure[-1], float(probability[label, step]))
        previous = int(label)
    return Reading("".join(characters), min(sure, default=0.0), tuple(starts))


@cache
def _session() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    weights = (files("ingestion") / "label_reader.onnx").read_bytes()
    return onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
