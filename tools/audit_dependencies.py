"""Hold every pinned dependency against the advisories of PyPI, else of OSV.

Known vulnerabilities fail. Where no service answers, nothing is known, and that is said: a machine
without network checks everything else. `--required` makes that a failure too, for the machine that
decides what is released.
"""

import argparse
import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PINNED = Path(__file__).parents[1] / "constraints.txt"
_SERVICES = ("pypi", "osv")
_TIMEOUT_S = 240
_ANSWER_TIMEOUT_S = 10


@dataclass(frozen=True, slots=True)
class Audit:
    """What one service knew.

    Attributes:
        vulnerable: One line a vulnerability.
        unknown: Packages that the service does not know in this version.
        n_audited: Packages it does know.
    """

    vulnerable: tuple[str, ...]
    unknown: tuple[str, ...]
    n_audited: int


def judge(report: dict[str, Any]) -> Audit:
    """Read the JSON report of pip-audit.

    Example:
        >>> judge({"dependencies": [{"name": "a", "version": "1", "vulns": []}]}).n_audited
        1
    """
    packages = report["dependencies"]
    known = [package for package in packages if "skip_reason" not in package]
    return Audit(
        vulnerable=tuple(
            f"{package['name']} {package['version']}: {found['id']}, mended in "
            f"{', '.join(found['fix_versions']) or 'no version yet'}"
            for package in known
            for found in package["vulns"]
        ),
        unknown=tuple(package["name"] for package in packages if "skip_reason" in package),
        n_audited=len(known),
    )


def ask(service: str, pinned: Path) -> Audit | str:
    """Have one service look at every pinned package.

    Returns:
        What it knew, or why it could not be asked.
    """
    command = [
        *(sys.executable, "-m", "pip_audit", "--requirement", str(pinned)),
        *("--no-deps", "--disable-pip", "--vulnerability-service", service),
        *("--format", "json", "--progress-spinner", "off", "--timeout", str(_ANSWER_TIMEOUT_S)),
    ]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_TIMEOUT_S
        )
    except subprocess.TimeoutExpired:
        return f"did not end within {_TIMEOUT_S} s"
    try:
        audit = judge(json.loads(done.stdout))
    except json.JSONDecodeError:
        said = done.stderr.strip().splitlines()
        return said[-1][:300] if said else f"ended with exit code {done.returncode}"
    return audit if audit.n_audited else f"knows none of {len(audit.unknown)} packages"


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 nothing known, 1 vulnerable (or not audited and required), 2 no tool."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--required", action="store_true", help="fail where no service answers")
    required = parser.parse_args(arguments).required
    if importlib.util.find_spec("pip_audit") is None:
        print("audit: pip-audit is not installed; set up again with ./run check", file=sys.stderr)
        return 2
    reasons = []
    for service in _SERVICES:
        audit = ask(service, _PINNED)
        if isinstance(audit, Audit):
            return _tell(service, audit)
        reasons.append(f"{service} {audit}")
    print(
        "audit: NOT MADE, so nothing is known of vulnerabilities; run ./run check where an "
        f"advisory service answers ({'; '.join(reasons)})",
        file=sys.stderr,
    )
    return int(required)


def _tell(service: str, audit: Audit) -> int:
    for line in audit.vulnerable:
        print(f"audit: {line}", file=sys.stderr)
    if audit.unknown:
        print(f"audit: {service} does not know {', '.join(audit.unknown)}", file=sys.stderr)
    n_vulnerable = len(audit.vulnerable)
    print(f"audit: {audit.n_audited} packages held against {service}: {n_vulnerable} advisories")
    return int(n_vulnerable > 0)


if __name__ == "__main__":
    sys.exit(main())
