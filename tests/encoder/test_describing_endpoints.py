"""Providers behind an endpoint: what is sent, what comes back, and every way it can go wrong."""

import base64
import io
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import numpy as np
import pytest
from PIL import Image
from pydantic import SecretStr

from core.describing import Description, FigureFacts, Flaw, Tokens
from core.errors import ConfigurationFault, ProviderUnavailable
from core.records import FigureText, Provenance
from core.settings import ProviderSettings
from encoder.describing.endpoint import Endpoint
from encoder.describing.model_providers import ModelCaptioner, ModelEnricher
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


def enricher(url, **changes):
    settings = ProviderSettings(
        url=url, model="some-model", api_key=SecretStr(KEY), **{"timeout_s": 5.0, **changes}
    )
    return ModelEnricher(Endpoint(settings, "LIMN_DESCRIBE__ENRICHER"), load_prompt("enrich"))


def captioner(url):
    settings = ProviderSettings(url=url, model="some-vlm")
    return ModelCaptioner(Endpoint(settings, "LIMN_DESCRIBE__CAPTIONER"), load_prompt("caption"))


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
    assert (found.tokens, found.problem, found.flaw) == (Tokens(7, 11), None, None)
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
    n_forms = 3 if answer[0] == 400 else 1  # it might have been the form that was not understood
    assert len(server.questions) == n_forms


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
    server.answer = lambda _: answers[len(server.questions) - 1]
    provider = enricher(server.url)
    flawed = one(provider)
    assert (flawed.texts, flawed.tokens) == ((), Tokens(7, 11))
    (mended,) = provider.enrich([CHAIR], [()], [flawed])
    assert mended == Description(("a folding chair",), Tokens(7, 11))
    first, second = (question["messages"] for question in server.questions)
    assert second[: len(first)] == first
    assert second[-2] == {"role": "assistant", "content": flawed.flaw.answer}
    assert second[-1]["content"].startswith(load_prompt("enrich").repair)


def test_a_form_that_stays_wrong_is_listed(server):
    server.answer = lambda _: completion('{"descriptions": ["a chair", ', finish="length")
    provider = enricher(server.url)
    (outcome,) = provider.enrich([CHAIR], [()], [one(provider)])
    assert (outcome.texts, outcome.flaw) == ((), None)
    assert "asked twice" in outcome.problem
    assert len(server.questions) == 2


def test_the_same_question_has_the_same_key_and_another_one_another(server):
    server.answer = lambda _: descriptions("a chair")
    provider = enricher(server.url)
    earlier = [None, None, Description((), flaw=Flaw("[", "no JSON")), Description(())]
    for had in earlier:
        list(provider.enrich([CHAIR], [()], [had]))
    list(enricher(server.url, temperature=1).enrich([CHAIR], [()]))
    keys = [headers["idempotency-key"] for headers in server.headers]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 4


def test_a_service_without_a_form_is_asked_in_a_simpler_one_ever_after(server):
    def answer(question):
        asked_for = question.get("response_format", {"type": "nothing"})["type"]
        known = asked_for in server.knows
        return descriptions("a chair") if known else (400, {}, b'{"error": {"message": "what?"}}')

    server.answer = answer
    services = ({"json_schema"}, {"json_object", "nothing"}, {"nothing"})
    for n_questions, knows in enumerate(services, 1):
        server.knows = knows
        server.questions.clear()
        provider = enricher(server.url)
        assert one(provider).texts == ("a chair",)
        assert one(provider).texts == ("a chair",)
        assert len(server.questions) == n_questions + 1
        server.knows = {}
        assert "what?" in one(provider).problem
        assert len(server.questions) == n_questions + 2


@pytest.mark.parametrize(
    ("answer", "may_be_paid"),
    [
        ((429, {}, b"{}"), False),
        ((500, {}, b"{}"), False),
        ((504, {}, b"{}"), True),
        ((0, {}, b""), True),
        ((200, {"content-length": "999", "connection": "close"}, b'{"choices": ['), True),
        (None, True),
    ],
)
def test_an_answer_that_may_be_paid_and_lost_is_told_from_none(server, answer, may_be_paid):
    server.answer = slowly(0.6, descriptions("a chair")) if answer is None else lambda _: answer
    assert one(enricher(server.url, timeout_s=0.3)).may_be_paid is may_be_paid
    assert not one(enricher("http://127.0.0.1:9/v1")).may_be_paid


@pytest.mark.parametrize("answer", [(200, {}, b"{"), completion("{", prompt_tokens=0)])
def test_what_a_service_does_not_count_is_counted_at_its_most(server, answer):
    server.answer = lambda _: answer
    if b"usage" in answer[2]:
        body = {**json.loads(answer[2]), "usage": None}
        server.answer = lambda _: (200, {}, json.dumps(body).encode())
    provider = enricher(server.url)
    assert one(provider).tokens == provider.most_tokens(CHAIR, (), None)


def test_a_question_never_takes_more_than_was_foreseen(server):
    most = enricher(server.url).most_tokens(CHAIR, (), None)
    assert most.completion == 1024
    server.answer = lambda _: descriptions("a chair")
    one(enricher(server.url))
    sent = sum(len(message["content"].encode()) for message in server.questions[0]["messages"])
    assert sent < most.prompt < sent + 1000
    assert captioner(server.url).most_tokens(CHAIR).prompt > 8192


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
        ModelEnricher(Endpoint(own, "X"), load_prompt("enrich")) for own in (endpoint, warm)
    )
    assert cold.prompt_hash != warm.prompt_hash
    assert cold.endpoint == server.url
    assert cold.model_id == "m"
