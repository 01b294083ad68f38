"""The compose files, the Dockerfile and .env.example against the code they start."""

import importlib.util
import json
import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from core.settings import QdrantSettings, Settings
from encoder.checkpoint import DEFAULT_CHECKPOINT
from tests.compose import (
    CLUSTER,
    COMPOSE,
    EXAMPLE,
    OURS,
    ROOT,
    SERVICES,
    WORKERS,
    interpolated,
    option,
    starting_order,
)
from ui.services import Service, service_spec, with_addresses
from workers.broker import HARD_LIMIT_S, VISIBILITY_TIMEOUT_S, open_broker
from workers.queue import QUEUES

DOCKERFILE = (ROOT / "Dockerfile").read_text()


def _setting_of(variable: str) -> Any:
    """The field that a variable or a secret's file sets, ``qdrant__api_key``."""
    model: Any = Settings
    for part in variable.lower().split("__"):
        assert part in model.model_fields, variable
        model = model.model_fields[part].annotation
    return model


def _seconds(duration: str) -> int:
    return int(duration[:-1]) * {"s": 1, "m": 60}[duration[-1]]


@pytest.mark.parametrize("profile", ["cpu", "gpu"])
def test_workers_serve_every_queue_exactly_once(profile: str) -> None:
    served = [
        queue
        for name in starting_order({profile})
        if name in WORKERS
        for queue in option(WORKERS[name]["command"], "--queues").split(",")
    ]
    assert sorted(served) == sorted(QUEUES)


@pytest.mark.parametrize("name", list(WORKERS))
def test_workers_are_started_as_those_of_a_home(name: str) -> None:
    kind = {"ingest": Service.INGEST_WORKER, "enrich": Service.ENRICH_WORKER}
    service = WORKERS[name]
    at_home = service_spec(
        kind.get(service["environment"]["LIMN_WORKER"], Service.MODEL_WORKER),
        with_addresses(Settings()),
    )
    known, theirs = list(at_home.command)[2:], service["command"]
    known[-1] = theirs[theirs.index("--hostname") + 1]  # each says who it is
    assert set(known) == set(theirs)
    assert option(theirs, "--queues") == option(known, "--queues")
    assert option(theirs, "--concurrency") == option(known, "--concurrency")
    threads = {k: v for k, v in at_home.environment.items() if not k.startswith("LIMN_")}
    assert threads.items() <= service["environment"].items()


def test_worker_health_check_asks_the_worker_it_belongs_to() -> None:
    for service in WORKERS.values():
        named = option(service["command"], "--hostname")
        assert named == f"{service['environment']['LIMN_WORKER']}@%h"
        assert "$$LIMN_WORKER@$$(hostname)" in service["healthcheck"]["test"][1]


def test_modules_and_commands_named_exist() -> None:
    modules = set(re.findall(r'"-m", "([\w.]+)"', DOCKERFILE))
    modules |= {option(service["command"], "--app") for service in WORKERS.values()}
    assert modules >= {"ui.server", "workers.celery_app"}
    for module in modules:
        assert importlib.util.find_spec(module), module
    from ui.cli import app

    commands = {str(c.name or c.callback.__name__) for c in app.registered_commands if c.callback}
    assert SERVICES["migrate"]["command"] == ["limn", "migrate"]
    assert "migrate" in commands


def test_environment_and_example_name_real_settings() -> None:
    own = {"LIMN_WORKER"}
    variables = {v for service in OURS.values() for v in service["environment"]}
    variables |= set(re.findall(r"^#?(LIMN_\w+)=", EXAMPLE, re.MULTILINE))
    for variable in variables - own:
        if variable.startswith("LIMN_"):
            _setting_of(variable.removeprefix("LIMN_"))


def test_the_example_wires_the_language_model_that_compose_runs() -> None:
    lines = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))
    url = urlsplit(lines["LIMN_DESCRIBE__ENRICHER__URL"])
    command = SERVICES[str(url.hostname)]["command"]
    assert option(command, "--port") == str(url.port)
    assert option(command, "--alias") == lines["LIMN_DESCRIBE__ENRICHER__MODEL"]
    assert lines["COMPOSE_PROFILES"] in {"cpu", "gpu"}
    used = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    assert set(lines) - {v for v in lines if v.startswith("LIMN_DESCRIBE")} == used


def test_without_a_profile_nothing_starts() -> None:
    with pytest.raises(KeyError, match=r"\.env\.example"):
        interpolated(SERVICES["ui"]["labels"]["limn.profiles"])


def test_secrets_are_files_that_their_readers_know() -> None:
    for name, service in SERVICES.items():
        for secret in service.get("secrets", []):
            source = secret if isinstance(secret, str) else secret["source"]
            assert COMPOSE["secrets"][source] == {"file": f"./secrets/{source}"}
            if name in OURS:
                folder, _, file = secret["target"].rpartition("/")
                assert folder == "/run/secrets/limn"
                _setting_of(file)
            else:
                told = str(service.get("command")) + str(service.get("environment"))
                assert f"/run/secrets/{source}" in told
    unnamed = re.findall(r"\$\{\w*(?:PASSWORD|KEY|SECRET)", str(COMPOSE) + str(CLUSTER))
    assert unnamed == []
    assert {"/secrets/", "/.env"} <= set((ROOT / ".gitignore").read_text().split())


def test_nobody_starts_before_the_tables_are_right() -> None:
    assert SERVICES["migrate"]["restart"] == "no"
    for name, service in OURS.items():
        if name != "migrate":
            finished = {"condition": "service_completed_successfully"}
            assert service["depends_on"]["migrate"] == finished


def test_a_cluster_spreads_what_every_process_of_ours_makes() -> None:
    nodes = {name for name in CLUSTER["services"] if name.startswith("qdrant")}
    one = {"file": "docker-compose.yml", "service": "qdrant"}
    for name in nodes:
        node = CLUSTER["services"][name]
        assert node.get("extends") == (None if name == "qdrant" else one)
        assert node["command"][-1].endswith(f"--uri http://{name}:6335")
        assert SERVICES["qdrant"]["command"][-1] in node["command"][-1]
    indexing = set(OURS) - {"migrate"}
    assert set(CLUSTER["services"]) - nodes == indexing
    for name in indexing:
        # Qdrant lays a part's copies on the nodes it has then, and never adds one by itself.
        waits = CLUSTER["services"][name].get("depends_on", {})
        assert waits == {node: {"condition": "service_healthy"} for node in nodes - {"qdrant"}}
        environment = CLUSTER["services"][name]["environment"]
        read = QdrantSettings.model_validate(
            {key.removeprefix("LIMN_QDRANT__").lower(): v for key, v in environment.items()}
        )
        assert read.n_shards % len(nodes) == 0
        assert 1 < read.n_replicas < len(nodes)


def test_dockerfile_copies_every_room_and_has_every_target() -> None:
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert set(re.findall(r"^COPY (\w+) \1$", DOCKERFILE, re.MULTILINE)) == rooms
    sent = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    assert sent == rooms | {"pyproject.toml", "constraints.txt", "README.md"}
    stages = set(re.findall(r" AS ([\w-]+)$", DOCKERFILE, re.MULTILINE))
    targets = {name: service["build"]["target"] for name, service in OURS.items()}
    assert set(targets.values()) == {"cpu", "cuda"} <= stages
    assert {name for name, target in targets.items() if target == "cuda"} == {
        name for name, service in SERVICES.items() if "gpus" in service
    }


def _amount(told: str) -> float:
    """``"3 × 40 GB"`` in bytes, the upper end of a range."""
    times, _, each = told.rpartition(" × ")
    number, unit = each.split()
    return float(times or 1) * float(number.split("–")[-1]) * {"GB": 1e9, "TB": 1e12}[unit]


def _table(header: str) -> list[list[str]]:
    """The rows of the scaling page's table that begins so, without what divides its header."""
    page = (ROOT / "docs" / "scaling.md").read_text()
    lines = page[page.index(f"| {header} |") :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_sizes_of_the_scaling_page_follow_from_what_a_figure_takes() -> None:
    takes = {what: int(n.replace(",", "")) for what, n, _ in _table("where")}
    vectors = 2 * json.loads((DEFAULT_CHECKPOINT / "encoder.json").read_text())["dimension"]
    four_bit, disk_only = takes["index, memory: 4-bit vectors, two of 384"], 4 * vectors
    assert four_bit == pytest.approx(vectors / 2, rel=0.03)
    memory = sum(n for what, n in takes.items() if what.startswith("index, memory"))
    of_disk = memory + next(n for what, n in takes.items() if what.startswith("index, disk"))
    kept = {what.split(" ")[0].rstrip(":"): n for what, n in takes.items()}
    sizes = _table("figures")
    assert len(sizes) == 4
    for n, _, layout, ram, disks, catalogue, pictures in sizes:
        n_figures = float(n.replace(",", "").replace(" million", "e6"))
        n_copies = 2 if "2 copies" in layout else 1
        held = memory if "on disk" in layout else memory + disk_only
        for told, wanted in (
            (ram, n_copies * held * 1.5),
            (disks, n_copies * of_disk),
            (catalogue, kept["catalogue"]),
            (pictures, kept["pictures"]),
        ):
            assert _amount(told) == pytest.approx(n_figures * wanted, rel=0.25), (n, told)


@pytest.mark.parametrize("name", list(SERVICES))
def test_every_service_is_pinned_held_and_without_rights(name: str) -> None:
    service = SERVICES[name]
    assert re.search(r":(v?\d+\.\d+\.\d+|\d+\.\d+-|server-b\d+)", service["image"]), "no exact tag"
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["pids_limit"]
    assert service["cpus"] <= 2, "Docker refuses more cores than the machine has"
    assert re.fullmatch(r"\d+[mg]", interpolated(service["mem_limit"]))
    assert _seconds(service["stop_grace_period"]) >= 10
    assert all("size=" in t or "run/" in t for t in service["tmpfs"])
    assert name == "migrate" or service["healthcheck"]["test"]
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        assert source in COMPOSE["volumes"] or (source == "./llm" and volume.endswith(":ro"))
    for needed in service.get("depends_on", {}):
        assert needed in SERVICES


def test_pinned_versions_fit_the_clients() -> None:
    major, minor, _ = re.split(r"[.-]", SERVICES["qdrant"]["image"].split(":v")[1])[:3]
    assert (int(major), int(minor)) >= (1, 20)
    pinned = (ROOT / "constraints.txt").read_text()
    assert f"qdrant-client=={major}.{minor}." in pinned
    assert DOCKERFILE.splitlines()[1].startswith("FROM python:3.11.")
    users = re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)
    assert users == [service["user"] for service in OURS.values()][:1]


def test_published_ports_are_of_this_machine_alone_and_servers_have_no_way_out() -> None:
    published = {name: s["ports"] for name, s in SERVICES.items() if "ports" in s}
    port = SERVICES["ui"]["environment"]["LIMN_UI__PORT"]
    assert published == {
        "ui": [f"127.0.0.1:{port}:{port}"],
        "flower": ["127.0.0.1:5555:5555"],
    }
    inner = {name for name, network in COMPOSE["networks"].items() if network}
    assert all(COMPOSE["networks"][name] == {"internal": True} for name in inner)
    for name, service in SERVICES.items():
        assert (set(service["networks"]) <= inner) == (name not in published)


def test_a_stop_waits_for_the_batch_in_hand() -> None:
    soft = open_broker("redis://127.0.0.1").conf.task_soft_time_limit
    for service in WORKERS.values():
        assert _seconds(service["stop_grace_period"]) > HARD_LIMIT_S > soft
    assert VISIBILITY_TIMEOUT_S > HARD_LIMIT_S
