"""docker-compose.yml and the Dockerfile against the code they start."""

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.settings import QdrantSettings, Settings
from workers.broker import HARD_LIMIT_S, VISIBILITY_TIMEOUT_S
from workers.queue import QUEUES

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
WORKERS = {name: service for name, service in OURS.items() if name.startswith("worker-")}


CLUSTER: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.cluster.yml").read_text())


def _option(command: list[str], name: str) -> str:
    return command[command.index(name) + 1]


@pytest.mark.parametrize("gpu", [False, True])
def test_workers_serve_every_queue_exactly_once(gpu: bool) -> None:
    spare = "worker-models" if gpu else "worker-models-gpu"
    served = [
        queue
        for name, service in WORKERS.items()
        if name != spare
        for queue in _option(service["command"], "--queues").split(",")
    ]
    assert sorted(served) == sorted(QUEUES)


def test_workers_that_load_models_have_one_process() -> None:
    for service in WORKERS.values():
        if "embed" in _option(service["command"], "--queues"):
            assert _option(service["command"], "--concurrency") == "1"
        assert _option(service["command"], "--pool") == "prefork"


def test_worker_health_check_asks_the_worker_it_belongs_to() -> None:
    for service in WORKERS.values():
        named = _option(service["command"], "--hostname")
        assert named == f"{service['environment']['LIMN_WORKER']}@%h"
        assert "$$LIMN_WORKER@$$(hostname)" in service["healthcheck"]["test"][1]


def test_modules_named_on_command_lines_exist() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    modules = set(re.findall(r'"-m", "([\w.]+)"', dockerfile))
    modules |= {_option(service["command"], "--app") for service in WORKERS.values()}
    assert modules >= {"ui.server", "workers.celery_app"}
    for module in modules:
        assert importlib.util.find_spec(module), module


def test_environment_names_real_settings() -> None:
    fields = Settings.model_fields
    for service in OURS.values():
        for variable in service["environment"]:
            if not variable.startswith("LIMN_") or variable == "LIMN_WORKER":
                continue
            part, _, leaf = variable.removeprefix("LIMN_").lower().partition("__")
            assert part in fields, variable
            if leaf:
                annotation = fields[part].annotation
                assert annotation is not None
                assert leaf in annotation.model_fields, variable


def test_a_cluster_spreads_what_every_process_of_ours_makes() -> None:
    nodes = {name for name in CLUSTER["services"] if name.startswith("qdrant")}
    assert {CLUSTER["services"][name].get("image") for name in nodes - {"qdrant"}} == {
        SERVICES["qdrant"]["image"]
    }
    assert set(CLUSTER["services"]) - nodes == set(OURS)
    for name in OURS:
        environment = CLUSTER["services"][name]["environment"]
        read = QdrantSettings.model_validate(
            {key.removeprefix("LIMN_QDRANT__").lower(): v for key, v in environment.items()}
        )
        assert read.n_shards % len(nodes) == 0
        assert 1 < read.n_replicas < len(nodes)


def test_dockerfile_copies_every_room() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert set(re.findall(r"^COPY (\w+) \1$", dockerfile, re.MULTILINE)) == rooms
    assert "AS limn" in dockerfile
    assert {service["build"]["target"] for service in OURS.values()} == {"limn"}


def test_services_are_pinned_watched_and_their_volumes_declared() -> None:
    for name, service in SERVICES.items():
        assert re.search(r":v?\d", service["image"]), f"{name} has no pinned tag"
        assert service["healthcheck"]["test"], name
        for volume in service.get("volumes", []):
            assert volume.split(":")[0] in COMPOSE["volumes"], f"{name}: {volume}"
        for needed in service.get("depends_on", {}):
            assert needed in SERVICES


def test_only_the_pages_are_reachable_and_only_from_this_machine() -> None:
    published = {name: s["ports"] for name, s in SERVICES.items() if "ports" in s}
    port = SERVICES["ui"]["environment"]["LIMN_UI__PORT"]
    assert published == {"ui": [f"127.0.0.1:{port}:{port}"]}


def test_our_containers_run_with_least_rights() -> None:
    for service in OURS.values():
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]
    users = re.findall(r"^USER (\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert users == ["10001:10001"]


def test_a_stop_waits_for_the_batch_in_hand() -> None:
    minutes = {s["stop_grace_period"] for s in WORKERS.values()}
    assert {int(m.removesuffix("m")) * 60 >= HARD_LIMIT_S for m in minutes} == {True}
    assert VISIBILITY_TIMEOUT_S > HARD_LIMIT_S
