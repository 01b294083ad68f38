"""What monitors are told: readiness by part, metrics, and one id through all lines."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from core.records import Stage
from core.settings import LogSettings, RedisSettings
from ui.context import UiContext
from ui.metrics import Metrics
from ui.processes import free_port
from ui.readiness import look
from workers.queue import Gpu
from workers.resources import Resources


def _told(text: str) -> dict[str, float]:
    return {
        f"{sample.name}{','.join(sorted(sample.labels.values()))}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def queue_down(context: UiContext) -> Resources:
    """The same corpus, its queue gone."""
    nowhere = RedisSettings(url=SecretStr(f"redis://127.0.0.1:{free_port()}/0"))
    return type(context.resources)(context.resources.settings.model_copy(update={"redis": nowhere}))


@pytest.mark.usefixtures("live_worker", "at_rest")
def test_metrics_tell_of_every_part(api: TestClient, context: UiContext) -> None:
    queue = context.resources.queue
    queue.report_gpu(Gpu("machine:0", 1, 2))
    context.resources.stage_counts.add_done("embed", 3, 1.5)
    queue._redis.zadd("unacked_index", {"held": 1000})
    api.post("/api/v1/search", json={"text": "chair"})
    answer = api.get("/api/v1/metrics")
    queue._redis.delete("unacked_index")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    told = _told(answer.text)
    assert all(told[f"limn_up{part}"] == 1 for part in ("catalogue", "index", "queue"))
    counts = context.resources.catalogue.counts()
    # A figure whose text another test corrected has a point and waits to be indexed anew.
    assert told["limn_figuresindexed"] == counts.by_stage[Stage.INDEXED] >= 12
    assert told["limn_index_points"] == context.resources.index.count() >= 12
    assert told["limn_publications"] == counts.publications >= 4
    assert told["limn_stage_items_done_totalembed"] >= 3
    assert told["limn_stage_seconds_totalembed"] >= 1.5
    assert told["limn_unacked_messages"] == 1
    assert told["limn_unacked_oldest_seconds"] > 1e9
    assert told["limn_queue_messagesingest"] >= 0
    assert told["limn_workers"] >= 1
    assert told["limn_workers_stopped"] == 0
    assert (told["limn_gpu_memory_bytesmachine:0,used"]) == 1
    assert told["limn_search_seconds_count"] >= 1
    assert {"encode", "search", "explain"} <= {
        name.removeprefix("limn_search_part_seconds_count") for name in told
    }
    assert 'limn_build_info{index_schema="' in answer.text


def test_a_part_that_is_down_is_told_and_the_others_too(queue_down: Resources) -> None:
    told = _told(Metrics(queue_down).text().decode())
    assert (told["limn_upqueue"], told["limn_upindex"], told["limn_upcatalogue"]) == (0, 1, 1)
    assert "limn_queue_messagesingest" not in told
    checks = look(queue_down).checks
    assert {name for name, check in checks.items() if not check.ok} == {"queue", "workers"}
    assert "did not answer" in checks["queue"].detail


def test_ready_names_the_queues_that_nobody_listens_to(context: UiContext) -> None:
    queue = context.resources.queue
    queue._redis.delete("limn:heartbeat")
    queue.beat("cutter:1", ["ingest"])
    queue.beat("models:1", ["embed", "describe"])
    found = look(context.resources)
    assert found.status == "not ready"
    assert "nobody listens to index;" in found.checks["workers"].detail
    queue.beat("models:2", ["index"])
    assert look(context.resources).status == "ready"
    queue._redis.delete("limn:heartbeat")


@pytest.mark.usefixtures("live_worker")
def test_a_catalogue_changed_by_another_version_is_not_ready(
    context: UiContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.catalogue_version.REVISION", "0000")
    check = look(context.resources).checks["schema"]
    assert not check.ok
    assert "this Limn works with 0000" in check.detail


@pytest.mark.usefixtures("live_worker")
def test_an_index_of_another_encoder_is_not_ready(
    context: UiContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context.resources.index, "collection", "figures_v2_other")
    check = look(context.resources).checks["schema"]
    assert not check.ok
    assert "limn reindex" in check.detail


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Lines logged as JSON since the last call."""
    from core.logs import configure_logs

    configure_logs(LogSettings(json_lines=True))
    structlog.contextvars.clear_contextvars()
    yield lambda: [
        json.loads(line) for line in capsys.readouterr().err.splitlines() if line[:1] == "{"
    ]
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


def test_a_request_has_one_id_in_its_answer_and_in_every_line(
    api: TestClient, logged: Callable[[], list[dict[str, Any]]]
) -> None:
    answer = api.post(
        "/api/v1/search", json={"text": "chair"}, headers={"X-Request-ID": "from-the-proxy"}
    )
    assert answer.headers["X-Request-ID"] == "from-the-proxy"
    lines = {line["event"]: line for line in logged()}
    assert lines["searched"]["request_id"] == lines["answered"]["request_id"] == "from-the-proxy"
    assert (lines["answered"]["status"], lines["answered"]["path"]) == (200, "/api/v1/search")
    assert lines["searched"]["search_ms"] >= 0


@pytest.mark.parametrize("said", ["two\u00a0words", "x" * 65, ""])
def test_an_id_unfit_to_be_printed_is_replaced(api: TestClient, said: str) -> None:
    answer = api.get("/api/v1/health/live", headers={"X-Request-ID": said.encode()})
    assert len(answer.headers["X-Request-ID"]) == 32


def test_a_defect_is_logged_and_answered_with_the_id_of_its_request(
    api: TestClient,
    context: UiContext,
    logged: Callable[[], list[dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def break_down(*_: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(type(context.resources.search), "search", break_down)
    answer = api.post("/api/v1/search", json={"text": "a"}, headers={"X-Request-ID": "broken-1"})
    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"] == "broken-1"
    lines = {line["event"]: line for line in logged()}
    assert lines["request broke"]["request_id"] == "broken-1"
    assert "a defect" in lines["request broke"]["exception"]
    assert lines["answered"]["status"] == 500


def test_monitors_fill_no_log(api: TestClient, logged: Callable[[], list[dict[str, Any]]]) -> None:
    api.get("/api/v1/health/live")
    assert logged() == []
