"""What becomes of an enricher's answer."""

from core.describing import Description, Flaw
from core.errors import AnswerUnusable
from encoder.describing.answers import Answer, parse_descriptions, usable_texts
from encoder.describing.prompts import Prompt, tame


def description_of_answer(answer: Answer, prompt: Prompt, *, is_mended: bool) -> Description:
    """The descriptions in an answer, or what is to be mended in it.

    Args:
        answer: What a model wrote.
        prompt: What it was asked.
        is_mended: It had its answer sent back already; whatever this one is, it is final.
    """
    if answer.problem and not answer.text:
        return Description((), answer.tokens, answer.problem)
    texts: tuple[str, ...] = ()
    try:
        texts = usable_texts(parse_descriptions(answer.text), at_most=prompt.n_descriptions)
        fault = None if texts else "none of the texts describes a drawing"
    except AnswerUnusable as error:
        fault = answer.problem or error.reason
    if fault is None:
        return Description(texts, answer.tokens)
    if is_mended:
        return Description((), answer.tokens, f"asked twice: {fault}")
    return Description((), answer.tokens, fault, Flaw(tame(answer.text) or "…", fault))
