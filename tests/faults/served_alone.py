"""Serve a home, search it over REST, open a page, stop; run where nobody can be reached."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

_PATIENCE_S = 120


def _services() -> dict[str, Any]:
    path = Path(os.environ["LIMN_HOME"], "run/services.json")
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return found


def _ask(path: str, body: object = None) -> bytes:
    url = f"http://127.0.0.1:{_services()['ui_port']}{path}"
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=_PATIENCE_S) as answer:
        content: bytes = answer.read()
    return content


def main(limn: str) -> None:
    """Serve, ask and stop."""
    serving = subprocess.Popen([limn, "up", "--port", "0"])
    deadline = time.monotonic() + _PATIENCE_S
    while not _services().get("provides"):
        if serving.poll() is not None or time.monotonic() > deadline:
            sys.exit("Limn does not start")
        time.sleep(0.1)
    found = json.loads(_ask("/api/v1/search", {"text": "a drawing"}))
    has_page = b"<html" in _ask("/")
    serving.send_signal(signal.SIGINT)
    code = serving.wait(_PATIENCE_S)
    json.dump({"hits": len(found["hits"]), "has_page": has_page, "code": code}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
