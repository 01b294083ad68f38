"""What models answer, checked: nothing unchecked is ever kept as a description.

Rules drop a text that cannot be a description of a drawing, whatever made the model write it (a
refusal, an instruction hidden in a title, a broken template): one with an address, markup or code;
one that speaks of its writer or reader; one without words. What is left is cut, folded and freed of
repetitions.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Any
from unicodedata import normalize

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.describing import NO_TOKENS, Description, Tokens
from core.errors import AnswerUnusable
from encoder.describing.prompts import tame

MAX_CHARACTERS = 240
"""Of one description, as its letters fall apart in Unicode's form D (a Hangul syllable into three).
No word piece of the frozen text encoder is shorter than one of these, so that of the 256 it reads
none is missing; of English 240 are 50 to 60 pieces, where a CLIP reads 77."""
_MOST_TEXTS = 30
_LIST_MARK = re.compile(r"^\s*(?:[-*•·]+|\(?\d{1,2}[.):])\s+")
_FENCE = re.compile(r"^\s*```\w*\s*|\s*```\s*$")
_THOUGHT = re.compile(r"^\s*<think>.*?</think>", re.DOTALL)
_ADDRESS_OR_CODE = re.compile(
    r"https?:|www\.|\S@\S+\.\w|</?\w+[^>]*>|<\||\|>|```|[{}\\]|\b\w+\.(?:com|net|org|io)\b",
    re.IGNORECASE,
)
_SPEAKS_OF_SELF = re.compile(
    r"\b(?:I|I'm|I’m|me|my|myself|we|our|you|your|yours)\b(?!-)|\bas an ai\b|\blanguage model\b"
    r"|\b(?:sorry|cannot|can't|can’t|unable to|apologi[sz]e)\b"
    r"|\b(?:previous|these) instructions\b|\bsystem prompt\b",
    re.IGNORECASE,
)
_ROMAN_OR_SHAPE = re.compile(
    r"\bI(?=-|\s?(?:beam|section|shape|profile))|\b(?:type|class|figure) I\b"
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_FILLERS = frozenset(("a", "an", "the", "of", "with", "and", "in", "for", "its"))
_SENTENCE_END = re.compile(r"[.!?](?=\s)")
_MOST_SENTENCES = 4
_KEPT_TEXTS = 1024
"""Of which the words are kept: the figures of a publication say much that is the same."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model wrote.

    Attributes:
        tokens: As the service counts them; the most that it can be where it does not.
        problem: Why the text is none or not whole.
    """

    text: str
    tokens: Tokens = NO_TOKENS
    problem: str | None = None


class Descriptions(BaseModel):
    """The form in which an enricher answers."""

    model_config = ConfigDict(extra="forbid", strict=True)

    descriptions: list[str] = Field(min_length=1)


def answer_schema() -> dict[str, Any]:
    """JSON schema of `Descriptions`, with no more than strict structured output understands."""
    return {
        "type": "object",
        "properties": {"descriptions": {"type": "array", "items": {"type": "string"}}},
        "required": ["descriptions"],
        "additionalProperties": False,
    }


def parse_descriptions(answer: str) -> list[str]:
    """Read an enricher's answer: JSON of the right form, a fence or a thought before it aside.

    Raises:
        AnswerUnusable: If it is none; says why in words that can be sent back.
    """
    text = _FENCE.sub("", _THOUGHT.sub("", answer)).strip()
    if not text:
        raise AnswerUnusable("the answer is empty")
    try:
        return Descriptions.model_validate_json(text).descriptions
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise AnswerUnusable(": ".join(filter(None, (place, first["msg"])))[:200]) from error


def usable_texts(texts: Iterable[str], *, at_most: int) -> tuple[str, ...]:
    """Those that can be kept, in order, none twice nor twice in other clothes.

    Example:
        >>> usable_texts(["1. A folding chair.", "a chair, folding", "See www.x.com"], at_most=20)
        ('A folding chair',)
    """
    kept: dict[frozenset[str], str] = {}
    for _, raw in zip(range(_MOST_TEXTS), texts, strict=False):
        text = _tidied(raw)
        words = said_words(text)
        if words not in kept and is_description(text):
            kept[words] = text
    return tuple(kept.values())[:at_most]


def description_of_caption(answer: Answer) -> Description:
    """A captioner's answer, sentence by sentence; of one that was cut off, the whole sentences."""
    sentences = _SENTENCE_END.split(_THOUGHT.sub("", answer.text))
    if answer.problem and len(sentences) > 1:
        sentences.pop()
    texts = usable_texts(sentences, at_most=_MOST_SENTENCES)
    problem = answer.problem
    if not texts and problem is None:
        problem = "the answer is no description of a drawing"
    return Description(texts, answer.tokens, problem)


@lru_cache(maxsize=_KEPT_TEXTS)
def said_words(text: str) -> frozenset[str]:
    """What two texts share that say the same in other clothes; never empty where there is a letter.

    Example:
        >>> said_words("A folding chair") == said_words("chairs, folding")
        True
    """
    folded = text.casefold()
    words = frozenset(_stem(word) for word in _WORD.findall(folded)) - _FILLERS
    return words or frozenset(folded.split())


def is_read_whole(text: str) -> bool:
    """Whether no text encoder reads less than all of a text."""
    return len(normalize("NFD", text)) <= MAX_CHARACTERS


def is_description(text: str) -> bool:
    """Whether a text can be one at all."""
    if _ADDRESS_OR_CODE.search(text) or not _WORD.search(text):
        return False
    return not _SPEAKS_OF_SELF.search(_ROMAN_OR_SHAPE.sub("", text))


def _tidied(text: str) -> str:
    """Without list marks, quotes and a last full stop, cut at a sentence or a word."""
    text = tame(_LIST_MARK.sub("", text)[: 2 * MAX_CHARACTERS]).strip("\"'“”‘’* ")
    read = _beginning(text)
    if read != text:
        ends = [end.start() for end in _SENTENCE_END.finditer(f"{read} ")]
        text = read[: ends[-1]] if ends else read.rpartition(" ")[0] or read
    return text.rstrip(" .,;:")


def _beginning(text: str) -> str:
    """As much of a text as `MAX_CHARACTERS` allow."""
    lengths = accumulate(len(normalize("NFD", letter)) for letter in text)
    return text[: sum(1 for length in lengths if length <= MAX_CHARACTERS)]


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
