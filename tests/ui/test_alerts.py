"""The alert rules in `docs/examples` against `/metrics` and the page that explains them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

DOCS = Path(__file__).parents[2] / "docs"
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((DOCS / "examples/alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]


def _selectors(part: object) -> Iterator[promql_parser.VectorSelector]:
    """Every series that an expression asks for."""
    if isinstance(part, promql_parser.VectorSelector):
        yield part
    for name in ("lhs", "rhs", "expr", "vector_selector", "args"):
        found = getattr(part, name, None)
        for inner in found if isinstance(found, list) else [found] if found else []:
            yield from _selectors(inner)


@pytest.fixture(scope="module")
def asked() -> dict[str, list[promql_parser.VectorSelector]]:
    return {rule["alert"]: list(_selectors(promql_parser.parse(rule["expr"]))) for rule in RULES}


@pytest.mark.usefixtures("live_worker")
def test_alerts_ask_only_for_what_metrics_tell(
    api: TestClient, asked: dict[str, list[promql_parser.VectorSelector]]
) -> None:
    api.post("/api/v1/search", json={"text": "chair"})
    families = text_string_to_metric_families(api.get("/api/v1/metrics").text)
    # Stages that failed or were done have no sample before the first of them.
    told: dict[str, set[str]] = {
        "limn_stage_items_failed_total": {"stage"}, "limn_stage_items_done_total": {"stage"},
    }  # fmt: skip
    for family in families:
        for sample in family.samples:
            told.setdefault(sample.name, set()).update(sample.labels)
    for alert, selectors in asked.items():
        assert selectors, alert
        for selector in selectors:
            assert selector.name in told, f"{alert}: {selector.name}"
            for matcher in selector.matchers.matchers:
                assert matcher.name in told[selector.name], f"{alert}: {matcher.name}"


def test_alerts_are_whole_and_each_is_explained_once() -> None:
    page = (DOCS / "watching.md").read_text()
    explained = re.findall(r"`(Limn\w+)`", "\n".join(re.findall(r"(?m)^\|([^|]*)\|", page)))
    assert sorted(explained) == sorted(rule["alert"] for rule in RULES)
    for rule in RULES:
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"]["summary"]
        assert re.fullmatch(r"\d+[smh]", rule.get("for", "0s"))
