"""Providers behind an endpoint: what is sent, what comes back, and every way it can go wrong."""

import base64
import io
import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import numpy as np
import pytest
from PIL import Image
from pydantic import SecretStr

from core.describing import FigureFacts
from core.errors import ConfigurationFault, ProviderUnavailable
from core.records import FigureText, Provenance
from core.settings import ProviderSettings
from encoder.describing.endpoint import Endpoint
from encoder.describing.endpoint_captioner import EndpointCaptioner
from encoder.describing.endpoint_enricher import EndpointEnricher
from encoder.describing.prompts import load_prompt
from tests.encoder.fault_server import completion, descriptions, serving, slowly

CHAIR = FigureFacts("US-D1-S/1", "Chair", "front", locarno=("06-01",), locarno_title="Seats")
KEY = "sk-tell-nobody"


@pytest.fixture(scope="module")
def running():
    with serving() as server:
        yield server


@pytest.fixture
def server(running):
    running.questions.clear()
    running.headers.clear()
    return running


def enricher(url, *, timeout_s=5.0, n_parallel=1):
    settings = ProviderSettings(
        url=url, model="some-model", api_key=SecretStr(KEY), timeout_s=timeout_s
    )
    endpoint = Endpoint(settings, "LIMN_DESCRIBE__ENRICHER")
    return EndpointEnricher(endpoint, load_prompt("enrich"), n_parallel)


def captioner(url):
    settings = ProviderSettings(url=url, model="some-vlm")
    endpoint = Endpoint(settings, "LIMN_DESCRIBE__CAPTIONER")
    return EndpointCaptioner(endpoint, load_prompt("caption"), 2)


def one(provider):
    (outcome,) = provider.enrich([CHAIR], [()])
    return outcome


def test_an_enricher_asks_for_json_and_keeps_what_is_usable(server):
    server.answer = lambda _: descriptions(
        "a folding chair", "Folding chairs.", "seat", "I am sorry"
    )
    seen = [FigureText("US-D1-S/1", Provenance.CAPTIONER, "A chair with four legs")]
    (found,) = enricher(server.url).enrich([CHAIR], [seen])
    assert found.texts == ("a folding chair", "seat")
    assert (found.n_prompt_tokens, found.n_completion_tokens, found.problem) == (7, 11, None)
    (question,) = server.questions
    assert question["model"] == "some-model"
    assert question["response_format"]["type"] == "json_schema"
    assert question["messages"][0] == {"role": "system", "content": load_prompt("enrich").system}
    said = json.loads(question["messages"][1]["content"])
    assert said["publication"]["title"] == "Chair"
    assert said["seen"] == {"captioner 1": "A chair with four legs"}
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"


def test_a_captioner_sends_the_picture_and_splits_sentences(server):
    server.answer = lambda _: completion("A chair with four legs. The chair has a round seat!")
    image = np.full((2000, 900), 255, np.uint8)
    image[100:110] = 0
    (found,) = captioner(server.url).caption([image], [CHAIR])
    assert found.texts == ("A chair with four legs", "The chair has a round seat!")
    picture, text = server.questions[0]["messages"][1]["content"]
    sent = Image.open(io.BytesIO(base64.b64decode(picture["image_url"]["url"].split(",")[1])))
    assert max(sent.size) == 1024
    assert sent.getextrema()[0] < 128
    assert json.loads(text["text"])["publication"]["view"] == "front"


def test_outcomes_come_in_order_however_long_each_takes(server):
    def answer(question):
        title = json.loads(question["messages"][1]["content"])["publication"]["title"]
        time.sleep(0.1 if title == "Thing 0" else 0)
        return descriptions(f"a {title} of wood")

    server.answer = answer
    figures = [FigureFacts(str(i), f"Thing {i}", "front") for i in range(6)]
    found = list(enricher(server.url, n_parallel=3).enrich(figures, [()] * 6))
    assert [outcome.texts for outcome in found] == [(f"a Thing {i} of wood",) for i in range(6)]


def test_once_the_service_is_away_nothing_more_is_sent(server):
    def answer(question):
        is_third = "Thing 2" in question["messages"][1]["content"]
        return (503, {}, b"{}") if is_third else descriptions("a chair")

    server.answer = answer
    figures = [FigureFacts(str(i), f"Thing {i}", "front") for i in range(9)]
    found = list(enricher(server.url).enrich(figures, [()] * 9))
    assert [isinstance(outcome, ProviderUnavailable) for outcome in found] == [False] * 2 + [
        True
    ] * 7
    assert len(server.questions) == 3


@pytest.mark.parametrize(
    ("headers", "low", "high"),
    [
        ({"retry-after": "17"}, 17, 17),
        (
            {"retry-after": format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)},
            2400,  # tests are collected long before they run
            3600,
        ),
        ({"retry-after": "-3"}, 0, 0),
        ({"retry-after": "soon"}, None, None),
        ({}, None, None),
    ],
)
def test_over_the_limit_says_how_long_to_wait(server, headers, low, high):
    server.answer = lambda _: (429, headers, b'{"error": {"message": "slow down"}}')
    outcome = one(enricher(server.url))
    assert isinstance(outcome, ProviderUnavailable)
    assert len(server.questions) == 1
    if low is None:
        assert outcome.retry_after_s is None
    else:
        assert low <= outcome.retry_after_s <= high


@pytest.mark.parametrize("status", [408, 500, 502, 503, 529])
def test_a_broken_service_is_asked_again_later(server, status):
    server.answer = lambda _: (
        status,
        {"content-type": "text/html"},
        b"<h1>oh</h1>" + b" " * 2_000_000,
    )
    assert isinstance(one(enricher(server.url)), ProviderUnavailable)


def test_silence_and_a_closed_door_are_unavailable(server):
    server.answer = slowly(0.6, descriptions("a chair"))
    outcome = one(enricher(server.url, timeout_s=0.2))
    assert isinstance(outcome, ProviderUnavailable)
    assert "0.2 s" in str(outcome)
    outcome = one(enricher("http://127.0.0.1:9/v1"))
    assert isinstance(outcome, ProviderUnavailable)


@pytest.mark.parametrize(
    ("status", "named"),
    [(401, "API_KEY"), (403, "API_KEY"), (404, "MODEL"), (302, "URL")],
)
def test_a_wrong_setting_is_named_and_the_key_is_not(server, status, named):
    body = json.dumps({"error": {"message": f"no good: {KEY}"}}).encode()
    server.answer = lambda _: (status, {"location": "http://127.0.0.1:9/"}, body)
    with pytest.raises(ConfigurationFault, match=f"LIMN_DESCRIBE__ENRICHER__{named}") as caught:
        one(enricher(server.url))
    assert KEY not in str(caught.value)


def _malformed(n_bytes):
    return 200, {}, completion(json.dumps({"descriptions": ["a chair"]}))[2][:n_bytes]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (_malformed(60), "no chat completion"),
        ((200, {}, b"[1, 2]"), "no chat completion"),
        ((200, {"content-type": "text/html"}, b"<h1>hello</h1>"), "no chat completion"),
        ((200, {}, b'{"choices": []}'), "no chat completion"),
        (completion(""), "empty"),
        (completion(None), "empty"),
        (
            (200, {}, b'{"choices": [{"message": {"content": "' + b"x" * 10_000_000 + b'"}}]}'),
            "longer",
        ),
        ((400, {}, b'{"error": {"message": "picture too large"}}'), "picture too large"),
    ],
)
def test_an_answer_that_cannot_be_used_is_a_problem_of_its_figure(server, answer, reason):
    server.answer = lambda _: answer
    outcome = one(enricher(server.url))
    assert outcome.texts == ()
    assert reason in outcome.problem
    assert len(server.questions) == 1


@pytest.mark.parametrize(
    "content",
    [
        '{"descriptions": ["a chair", ',
        '{"descriptions": "a chair"}',
        '{"texts": ["a chair"]}',
        '{"descriptions": ["see www.chairs.com"]}',
        "Here are some descriptions: a chair",
    ],
)
def test_a_wrong_form_is_sent_back_once(server, content):
    answers = [completion(content), descriptions("a folding chair")]
    server.answer = lambda _: answers[min(len(server.questions), 2) - 1]
    outcome = one(enricher(server.url))
    assert outcome.texts == ("a folding chair",)
    assert outcome.problem is None
    assert (outcome.n_prompt_tokens, outcome.n_completion_tokens) == (14, 22)
    first, second = (question["messages"] for question in server.questions)
    assert second[: len(first)] == first
    assert second[-1]["content"].startswith(load_prompt("enrich").repair)


def test_a_form_that_stays_wrong_is_listed(server):
    server.answer = lambda _: completion('{"descriptions": ["a chair", ', finish="length")
    outcome = one(enricher(server.url))
    assert outcome.texts == ()
    assert "asked twice" in outcome.problem
    assert len(server.questions) == 2


def test_of_a_caption_that_was_cut_off_whole_sentences_stay(server):
    server.answer = lambda _: completion("A chair with four legs. The back of the", finish="length")
    (found,) = captioner(server.url).caption([np.zeros((9, 9), np.uint8)], [CHAIR])
    assert found.texts == ("A chair with four legs",)
    assert "cut off" in found.problem


def test_no_key_of_ones_environment_goes_to_an_endpoint(server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody-else")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-secret")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server.answer = lambda _: completion("A chair with four legs")
    (found,) = captioner(server.url).caption([np.zeros((9, 9), np.uint8)], [CHAIR])
    assert found.texts
    assert "sk-of-somebody-else" not in str(server.headers)
    assert "org-secret" not in str(server.headers)


def test_the_prompt_hash_follows_what_shapes_an_answer(server):
    endpoint = ProviderSettings(url=server.url + "?key=1", model="m")
    warm = endpoint.model_copy(update={"temperature": 0.7})
    cold, warm = (
        EndpointEnricher(Endpoint(own, "X"), load_prompt("enrich"), 1) for own in (endpoint, warm)
    )
    assert cold.prompt_hash != warm.prompt_hash
    assert cold.endpoint == server.url
    assert cold.model_id == "m"
