"""One question to an OpenAI-compatible service: its answer, or what is to be done about its fault.

Nothing that may have been answered is asked twice here; whoever asks knows when to ask again. A
question has the same `Idempotency-Key` whenever it is put, so that a service that knows the header
bills it once even if the answer was lost on its way.
"""

import base64
import hashlib
import io
import json
import math
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai
import structlog
from pydantic import BaseModel, Field, ValidationError

from core.describing import Tokens
from core.errors import AnswerUnusable, ConfigurationFault, ProviderUnavailable
from core.settings import ProviderSettings
from encoder.describing.answers import Answer
from encoder.describing.bounded_http import bounded_client
from encoder.describing.language_model import Conversation, most_tokens
from encoder.describing.pictures import scaled_picture
from encoder.describing.prompts import tame

log = structlog.get_logger()
_REFUSED = (401, 403)
_BUSY = (408, 409, 425, 429)
_GAVE_UP_WAITING = (408, 504, 524)
"""A gateway did; the model behind it may have answered."""
_NOT_UNDERSTOOD = (400, 422)
_NEVER_SENT = (
    *(httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError),
    *(httpx2.WriteError, httpx2.WriteTimeout),
)
"""Nor sent to its end, without which no service answers."""
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
        self._form_taken: int | None = None
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
    def model_id(self) -> str:
        return self._model

    @property
    def shaping(self) -> tuple[object, ...]:
        """Of the settings, what shapes an answer."""
        return (self._settings.max_answer_tokens, self._settings.temperature)

    def answers(
        self, conversations: Sequence[Conversation]
    ) -> Iterator[Answer | ProviderUnavailable]:
        """One after another; whoever wants several at a time asks so. See `LanguageModel`."""
        unavailable: ProviderUnavailable | None = None
        for conversation in conversations:
            if unavailable is None:
                try:
                    yield self.ask(conversation)
                    continue
                except ProviderUnavailable as error:
                    unavailable = error
            yield unavailable

    def ask(self, conversation: Conversation) -> Answer:
        """Have one answer.

        Until the service has answered in one form, a refusal may mean that it does not know the
        form: it is then asked in a simpler one, and in the first that it takes ever after.

        Raises:
            ProviderUnavailable: The service is away, slow, over its limit or broken just now.
            ConfigurationFault: It refuses the key, or has no such model or address.
        """
        forms = self._forms(conversation)
        while True:
            try:
                answer = self._ask_once(conversation, forms[0])
            except openai.APIStatusError as error:
                if error.status_code not in _NOT_UNDERSTOOD or len(forms) == 1:
                    return self._judge(error)
                forms = forms[1:]
            else:
                if conversation.form is not None:
                    self._learn_form(len(forms))
                return answer

    def most_tokens(self, conversation: Conversation, n_pictures: int) -> Tokens:
        """See `LanguageModel`."""
        return most_tokens(self._settings, conversation, n_pictures)

    def _forms(self, conversation: Conversation) -> list[Mapping[str, Any] | None]:
        """Forms to ask for, the strictest first; one alone where it is known."""
        if conversation.form is None:
            return [None]
        forms = [conversation.form, {"type": "json_object"}, None]
        if self._form_taken is None:
            return forms
        return [forms[self._form_taken]]

    def _learn_form(self, n_left: int) -> None:
        """Remember the form that was answered in, of those that were left to be tried."""
        if self._form_taken is not None:
            return
        self._form_taken = 3 - n_left
        if self._form_taken > 0:
            log.warning(
                "a service does not know json_schema; answers are checked here alone",
                endpoint=self.url,
                model=self._model,
                asked_for="json_object" if self._form_taken == 1 else "plain text",
            )

    def _ask_once(self, conversation: Conversation, form: Mapping[str, Any] | None) -> Answer:
        request: dict[str, Any] = {"model": self._model, "messages": _messages(conversation)}
        request[self._limit_name] = self._settings.max_answer_tokens
        if self._settings.temperature is not None:
            request["temperature"] = self._settings.temperature
        if form is not None:
            request["response_format"] = form
        asked = json.dumps([conversation.n_answers, request], sort_keys=True)
        key = hashlib.sha256(asked.encode()).hexdigest()
        most = self.most_tokens(conversation, n_pictures=int(conversation.picture is not None))
        try:
            response = self._client.chat.completions.with_raw_response.create(
                **request, extra_headers={"Idempotency-Key": key}
            )
            return _read(response.http_response.content, most)
        except AnswerUnusable as error:
            return Answer("", most, error.reason)
        except openai.APITimeoutError as error:
            raise ProviderUnavailable(
                f"{self.url} did not answer within {self._settings.timeout_s:g} s",
                may_be_paid=not isinstance(error.__cause__, _NEVER_SENT),
            ) from error
        except openai.APIConnectionError as error:
            cause = error.__cause__
            raise ProviderUnavailable(
                f"{self.url} cannot be reached: {tame(str(cause or error))}",
                may_be_paid=not isinstance(cause, _NEVER_SENT),
            ) from error

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
            raise ProviderUnavailable(
                f"{self.url} answers {status}: {said}",
                wait_s,
                may_be_paid=status in _GAVE_UP_WAITING,
            ) from error
        return Answer("", problem=f"the service refused the question ({status}: {said})")

    def _without_key(self, text: str) -> str:
        key = self._settings.api_key
        return text.replace(key.get_secret_value(), "…") if key else text


def _messages(conversation: Conversation) -> list[dict[str, Any]]:
    first: Any = conversation.said[0]
    if conversation.picture is not None:
        file = io.BytesIO()
        scaled_picture(conversation.picture).save(file, "PNG")
        url = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
        first = [
            {"type": "image_url", "image_url": {"url": url}},
            {"type": "text", "text": first},
        ]
    messages = [
        {"role": "system", "content": conversation.system},
        {"role": "user", "content": first},
    ]
    roles = cycle(("assistant", "user"))
    for role, text in zip(roles, conversation.said[1:], strict=False):
        messages.append({"role": role, "content": text})
    return messages


def _read(body: bytes, most: Tokens) -> Answer:
    """Raises `AnswerUnusable` where the body is no chat completion."""
    try:
        completion = _Completion.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise AnswerUnusable(f"no chat completion: {place} {first['msg']}"[:200]) from error
    choice, usage = completion.choices[0], completion.usage
    tokens = Tokens(usage.prompt_tokens, usage.completion_tokens) if usage else Tokens()
    text = choice.message.content or ""
    problem = None
    if choice.message.refusal:
        problem = f"the model refused: {tame(choice.message.refusal)}"
    elif not text.strip():
        problem = "the answer is empty"
    elif choice.finish_reason == "length":
        problem = "the answer was cut off at its longest; raise MAX_ANSWER_TOKENS"
    return Answer(text, most if tokens == Tokens() else tokens, problem)


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
