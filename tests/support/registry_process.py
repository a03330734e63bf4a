"""The registry as a process of its own, for tests that let ClickHouse or another client ask it."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.command import begin_module
from tests.support.wait import wait_until

HOST = "127.0.0.1"


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def registry_process(home: Path, port: int | None = None) -> Iterator[str]:
    """The registry's address; it serves until the end of the block."""
    chosen = port or free_port()
    (home / "run").mkdir(parents=True, exist_ok=True)
    process = begin_module(
        *("lianzhi.processes.registry", "--home", str(home)),
        log=home / "registry.log",
        environ={"LIANZHI_REGISTRY__PORT": str(chosen)},
    )
    try:
        wait_until(lambda: _answers(chosen), seconds=60, what="the registry answers")
        yield f"http://{HOST}:{chosen}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/subjects")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()
