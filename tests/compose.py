"""The compose files as the tests read them."""

import re
from collections.abc import Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
CLUSTER: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.cluster.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
WORKERS = {name: service for name, service in OURS.items() if name.startswith("worker-")}
EXAMPLE = (ROOT / ".env.example").read_text()


def option(command: list[str], name: str) -> str:
    """What follows an option on a command line."""
    return command[command.index(name) + 1]


def interpolated(text: str, variables: Mapping[str, str] | None = None) -> str:
    """A value of a compose file with its variables filled in, as Compose does it."""
    given = variables or {}

    def fill(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        if found["kind"] == ":?" and not given.get(found["name"]):
            raise KeyError(found["text"])
        return given.get(found["name"]) or found["text"] or ""

    pattern = r"\$\$|\$\{(?P<name>\w+)(?:(?P<kind>:-|:\?)(?P<text>[^}]*))?\}"
    return re.sub(pattern, fill, text)


def starting_order(profiles: set[str]) -> list[str]:
    """Services of these profiles, each after those it needs."""
    chosen = {
        name for name, s in SERVICES.items() if profiles.issuperset(s.get("profiles", profiles))
    }
    needs = {name: chosen & set(SERVICES[name].get("depends_on", {})) for name in sorted(chosen)}
    return list(TopologicalSorter(needs).static_order())
