"""The health check that docker-compose.yml asks of Qdrant, asked of a real server."""

import subprocess
from urllib.parse import urlsplit

from tests.compose import SERVICES, interpolated


def test_qdrant_health_check_tells_a_server_that_is_ready(server_url: str) -> None:
    port = urlsplit(server_url).port
    check = [interpolated(word) for word in SERVICES["qdrant"]["healthcheck"]["test"][1:]]
    asked = [word.replace("127.0.0.1/6333", f"127.0.0.1/{port}") for word in check]
    assert subprocess.run(asked, check=False).returncode == 0
    nowhere = [word.replace("127.0.0.1/6333", "127.0.0.1/9") for word in check]
    refused = subprocess.run(nowhere, check=False, capture_output=True)
    assert refused.returncode != 0
