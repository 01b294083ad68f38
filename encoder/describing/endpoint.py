"""One question to an OpenAI-compatible service: its answer, or what is to be done about its fault.

Nothing is asked twice here; whoever asks knows when to ask again.
"""

import math
import time
import weakref
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import openai
from pydantic import BaseModel, Field, ValidationError

from core.errors import AnswerUnusable, ConfigurationFault, ProviderUnavailable
from core.settings import ProviderSettings
from encoder.describing.answers import Answer
from encoder.describing.bounded_http import bounded_client
from encoder.describing.prompts import tame

_REFUSED = (401, 403)
_BUSY = (408, 409, 425, 429)
_MAX_WAIT_S = 24 * 3600


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: int = Field(default=0, ge=0)
    completion_tokens: int = Field(default=0, ge=0)


class _Completion(BaseModel):
    """What is read of a chat completion; services differ in all the rest."""

    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None


class Endpoint:
    """A service and the model it is to use; safe in threads.

    Args:
        settings: With `url` and `model`.
        variable: How the settings are set, ``"LIMN_DESCRIBE__ENRICHER"``, for people to mend them.
    """

    def __init__(self, settings: ProviderSettings, variable: str) -> None:
        if settings.url is None or settings.model is None:
            raise ConfigurationFault(f"{variable}__URL and {variable}__MODEL are both needed")
        self._settings = settings
        self._variable = variable
        self._model = settings.model
        self.url = urlsplit(settings.url)._replace(query="", fragment="").geturl()
        key = settings.api_key.get_secret_value() if settings.api_key else "none"
        http_client = bounded_client(settings.url, settings.timeout_s)
        weakref.finalize(self, http_client.close)
        self._client = openai.OpenAI(
            base_url=settings.url,
            api_key=key,  # never None: the client would send OPENAI_API_KEY to whatever service
            organization="",
            project="",
            max_retries=0,
            timeout=settings.timeout_s,
            http_client=http_client,
            default_headers={"Accept-Encoding": "identity"},
        )

    @property
    def model(self) -> str:
        return self._model

    @property
    def shaping(self) -> tuple[object, ...]:
        """Of the settings, what shapes an answer."""
        return (self._settings.max_answer_tokens, self._settings.temperature)

    def ask(self, messages: Sequence[Any], response_format: Any | None = None) -> Answer:
        """Ask once.

        Raises:
            ProviderUnavailable: The service is away, slow, over its limit or broken just now.
            ConfigurationFault: It refuses the key, or has no such model or address.
        """
        request: dict[str, Any] = {"model": self._model, "messages": list(messages)}
        request[self._limit_name] = self._settings.max_answer_tokens
        if self._settings.temperature is not None:
            request["temperature"] = self._settings.temperature
        if response_format is not None:
            request["response_format"] = response_format
        try:
            response = self._client.chat.completions.with_raw_response.create(**request)
            return _read(response.http_response.content)
        except AnswerUnusable as error:
            return Answer("", problem=error.reason)
        except openai.APITimeoutError as error:
            raise ProviderUnavailable(
                f"{self.url} did not answer within {self._settings.timeout_s:g} s"
            ) from error
        except openai.APIConnectionError as error:
            cause = error.__cause__
            raise ProviderUnavailable(
                f"{self.url} cannot be reached: {tame(str(cause or error))}"
            ) from error
        except openai.APIStatusError as error:
            return self._judge(error)

    @property
    def _limit_name(self) -> str:
        """Only OpenAI's own service refuses the older name, which all others know."""
        host = urlsplit(self.url).hostname or ""
        return "max_completion_tokens" if host.endswith("openai.com") else "max_tokens"

    def _judge(self, error: openai.APIStatusError) -> Answer:
        """What a status other than 2xx means."""
        status = error.status_code
        said = self._without_key(tame(error.message))
        if status in _REFUSED:
            raise ConfigurationFault(
                f"{self.url} refuses the key ({status}); set {self._variable}__API_KEY"
            ) from error
        if status == 404 or 300 <= status < 400:
            raise ConfigurationFault(
                f"{self.url} has no model {self._model!r}, or nothing at this address ({status}: "
                f"{said}); set {self._variable}__MODEL or {self._variable}__URL"
            ) from error
        if status in _BUSY or status >= 500:
            wait_s = _retry_after_s(error.response.headers.get("retry-after"))
            raise ProviderUnavailable(f"{self.url} answers {status}: {said}", wait_s) from error
        return Answer("", problem=f"the service refused the question ({status}: {said})")

    def _without_key(self, text: str) -> str:
        key = self._settings.api_key
        return text.replace(key.get_secret_value(), "…") if key else text


def _read(body: bytes) -> Answer:
    """Raises `AnswerUnusable` where the body is no chat completion."""
    try:
        completion = _Completion.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise AnswerUnusable(f"no chat completion: {place} {first['msg']}"[:200]) from error
    choice, usage = completion.choices[0], completion.usage or _Usage()
    text = choice.message.content or ""
    problem = None
    if choice.message.refusal:
        problem = f"the model refused: {tame(choice.message.refusal)}"
    elif not text.strip():
        problem = "the answer is empty"
    elif choice.finish_reason == "length":
        problem = "the answer was cut off at its longest; raise MAX_ANSWER_TOKENS"
    return Answer(text, usage.prompt_tokens, usage.completion_tokens, problem)


def _retry_after_s(header: str | None) -> float | None:
    """Seconds, from seconds or an HTTP date; None where it is neither."""
    if header is None:
        return None
    try:
        wait_s = float(header)
    except ValueError:
        try:
            wait_s = parsedate_to_datetime(header).timestamp() - time.time()
        except ValueError:
            return None
    return min(max(wait_s, 0.0), _MAX_WAIT_S) if math.isfinite(wait_s) else None
