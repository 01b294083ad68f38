"""Serve a folder of collections: ``python -m search.edge_service --path DIR --port 6333``.

Exit codes: 0 stopped by SIGTERM or SIGINT, 2 wrong arguments, 3 another process has the folder,
4 the address cannot be bound. The API key, if any, is read from LIMN_QDRANT__API_KEY.
"""

import argparse
import ipaddress
import os
import signal
import socket
import sys
from pathlib import Path

import structlog

from core.logs import configure_logs
from core.settings import Settings
from search.edge_service.app import build_answering
from search.edge_service.folder import FolderTaken, write_json
from search.edge_service.serving import serve
from search.edge_service.store import Store

EXIT_FOLDER_TAKEN = 3
EXIT_ADDRESS_TAKEN = 4

_log = structlog.get_logger(__name__)


def main(arguments: list[str] | None = None) -> int:
    """Run until told to stop; the address in use is written to ``DIR/service.json``."""
    parser = argparse.ArgumentParser(prog="python -m search.edge_service")
    parser.add_argument("--path", type=Path, required=True, help="folder of the collections")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=6333, help="0 takes a free one")
    given = parser.parse_args(arguments)
    settings = Settings()
    configure_logs(settings.log)
    secret = settings.qdrant.api_key
    api_key = secret.get_secret_value() if secret else None
    if api_key is None and not _is_loopback(given.host):
        parser.error(f"{given.host} is open to others: set LIMN_QDRANT__API_KEY first")
    try:
        listener = _bind(given.host, given.port)
    except OSError as error:
        _log.error("address cannot be bound", host=given.host, port=given.port, reason=str(error))
        return EXIT_ADDRESS_TAKEN
    try:
        store = Store(given.path)
    except FolderTaken as error:
        _log.error("folder is taken", reason=str(error))
        return EXIT_FOLDER_TAKEN
    try:
        _announce(store, listener, given.path)
        serve(build_answering(store, api_key), listener)
    finally:
        for stop in (signal.SIGTERM, signal.SIGINT):  # told once more: the close goes on
            signal.signal(stop, signal.SIG_IGN)
        store.close()
    return 0


def _announce(store: Store, listener: socket.socket, folder: Path) -> None:
    host, port = listener.getsockname()[:2]
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    write_json(folder / "service.json", {"url": url, "pid": os.getpid()})
    _log.info("serving", url=url, collections=store.names())


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP: asyncio turns Nagle's delay (40 ms an answer) off for no other protocol.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)  # or the dead stay for good
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


if __name__ == "__main__":
    sys.exit(main())
