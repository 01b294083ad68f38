"""What every language model that enriches is asked, and what becomes of its answer."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from core.describing import Description, FigureFacts
from core.errors import AnswerUnusable
from core.records import FigureText
from encoder.describing.answers import Answer, parse_descriptions, usable_texts
from encoder.describing.prompts import Prompt, frame_facts, tame

Message: TypeAlias = dict[str, str]
Chat: TypeAlias = Callable[[list[Message]], Answer]
"""A conversation → the model's next words."""


def write_descriptions(
    chat: Chat, prompt: Prompt, facts: FigureFacts, seen: Sequence[FigureText]
) -> Description:
    """Ask for descriptions; an answer of the wrong form is sent back once with its fault.

    Raises:
        ProviderUnavailable: As the chat does.
    """
    messages = [
        {"role": "system", "content": prompt.system},
        {"role": "user", "content": frame_facts(facts, seen)},
    ]
    answer = chat(messages)
    description, fault = _judged(answer, prompt)
    if fault is None:
        return description
    second = chat(
        [
            *messages,
            {"role": "assistant", "content": tame(answer.text) or "…"},
            {"role": "user", "content": f"{prompt.repair}\nFault: {fault}"},
        ]
    )
    mended, fault = _judged(second, prompt)
    return replace(
        mended,
        n_prompt_tokens=answer.n_prompt_tokens + second.n_prompt_tokens,
        n_completion_tokens=answer.n_completion_tokens + second.n_completion_tokens,
        problem=f"asked twice: {fault}" if fault else mended.problem,
    )


def _judged(answer: Answer, prompt: Prompt) -> tuple[Description, str | None]:
    """The description, and what is to be mended in the answer; None where asking is no use."""
    tokens = (answer.n_prompt_tokens, answer.n_completion_tokens)
    if answer.problem and not answer.text:
        return Description((), *tokens, answer.problem), None
    try:
        written = parse_descriptions(answer.text)
    except AnswerUnusable as error:
        return Description((), *tokens), answer.problem or error.reason
    texts = usable_texts(written, at_most=prompt.n_descriptions)
    if not texts:
        return Description((), *tokens), "none of the texts describes a drawing"
    return Description(texts, *tokens), None
