"""What `limn doctor` finds: settings, versions, where things may be sent, and what is wrong.

Nothing is started, written or mended. What cannot be known while no services run is said to be
unknown.
"""

import platform
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from core.passwords import HIDDEN, without_password
from core.settings import Settings
from ui.doctor_looks import LOOKS, AsFound, Finding

LIBRARIES = (
    "limn", "qdrant-client", "qdrant-edge-py", "torch", "transformers", "sentence-transformers",
    "onnxruntime", "celery", "redis", "streamlit", "fastapi", "pillow", "numpy", "SQLAlchemy",
)  # fmt: skip


class Endpoint(BaseModel):
    """An address that Limn may speak to, and what for."""

    name: str
    url: str
    used_for: str


class Diagnosis(BaseModel):
    """Everything; the stable JSON of `limn doctor --json`."""

    versions: dict[str, str]
    settings: dict[str, Any]
    """Those that differ from the defaults, as `LIMN_*` variables; secrets are not shown."""
    endpoints: list[Endpoint]
    findings: list[Finding]

    @property
    def is_well(self) -> bool:
        """Whether nothing is a fault."""
        return all(finding.state != "fault" for finding in self.findings)


def diagnose(settings: Settings, running: Settings | None) -> Diagnosis:
    """Look at an installation.

    Args:
        settings: As configured.
        running: The same with the addresses of running services; None where none run.
    """
    with closing(AsFound(settings, running)) as found:
        findings = [finding for look in LOOKS for finding in look(found)]
    return Diagnosis(
        versions={
            "python": platform.python_version(),
            "system": platform.platform(),
            **{name: version(name) for name in LIBRARIES},
        },
        settings=dict(_changed(settings, Settings.model_construct())),
        endpoints=list(_endpoints(settings)),
        findings=findings,
    )


def _changed(
    part: BaseModel, default: BaseModel, prefix: str = "LIMN_"
) -> Iterator[tuple[str, Any]]:
    for name in type(part).model_fields:
        value, usual = getattr(part, name), getattr(default, name)
        variable = f"{prefix}{name.upper()}"
        if isinstance(value, BaseModel):
            yield from _changed(value, usual, f"{variable}__")
        elif value != usual or name == "home":
            yield variable, _shown(value)


def _shown(value: object) -> Any:
    if isinstance(value, SecretStr):
        return HIDDEN
    if isinstance(value, Path):
        return str(value)
    return without_password(value) if isinstance(value, str) else value


def _endpoints(settings: Settings) -> Iterator[Endpoint]:
    """In the order in which a person worried about egress would ask."""
    describe = settings.describe
    for name, provider in (("captioner", describe.captioner), ("enricher", describe.enricher)):
        if provider.url:
            used_for = f"drawings and texts of publications are sent to {provider.model}"
            yield Endpoint(name=name, url=without_password(provider.url), used_for=used_for)
    for name, url, used_for in (
        ("qdrant", settings.qdrant.url, "vectors and facts of figures"),
        ("redis", _secret(settings.redis.url), "figure ids on their way to workers"),
        ("catalogue", _secret(settings.catalogue.url), "everything known of publications"),
        ("pictures", _secret(settings.pictures.url), "drawings"),
    ):
        if url and not url.startswith("sqlite"):
            yield Endpoint(name=name, url=without_password(url), used_for=used_for)
    checkpoint = settings.encoder.checkpoint
    if checkpoint and not (Path(checkpoint).is_absolute() or Path(checkpoint).exists()):
        used_for = "downloaded from its hub once; nothing is sent"
        yield Endpoint(name="encoder", url=checkpoint, used_for=used_for)
    if settings.access.mode == "oidc":
        used_for = "asked who signs in; people are sent there and back"
        yield Endpoint(
            name="identity provider", url=str(settings.access.oidc.metadata_url), used_for=used_for
        )
    if settings.fetch.uspto_api_key:
        used_for = "asked by `limn fetch uspto` alone"
        yield Endpoint(name="uspto", url=settings.fetch.uspto_url, used_for=used_for)


def _secret(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value else None
