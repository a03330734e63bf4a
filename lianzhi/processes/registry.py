"""The registry process: the catalogue over HTTP, in the shape that Avro clients and ClickHouse expect of a registry.

    python -m lianzhi.processes.registry --home HOME

It holds no state: any number of them may run, and any compatible registry with the same ids can take its place.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.clock import SystemClock
from infra.errors import FatalError, LianzhiError
from infra.heartbeat import Heartbeat
from infra.logging import configure_logging, get_logger
from infra.metrics import METRICS, REGISTRY_REQUESTS
from infra.settings import Settings, load_settings
from schemas.catalogue import catalogue
from schemas.registry import CONTENT_TYPE, answer

ROLE = "registry"
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
_LONGEST_ROUND = 30.0
_log = get_logger(__name__)


def application() -> Starlette:
    """The registry as an ASGI application; `/health` besides."""
    return Starlette(
        routes=[
            Route("/health", _health, methods=["GET"]),
            Route("/{path:path}", _answer, methods=_METHODS),
        ]
    )


async def _answer(request: Request) -> Response:
    target = request.scope.get("raw_path", b"").decode("ascii", errors="replace") or request.url.path
    found = answer(request.method, target)
    METRICS.add(REGISTRY_REQUESTS, method=request.method, outcome=str(found.status))
    body = orjson.dumps(found.body)
    return Response(body, status_code=found.status, media_type=CONTENT_TYPE)


async def _health(_: Request) -> Response:
    return Response(orjson.dumps({"ok": True, "schemas": len(catalogue().by_id)}), media_type="application/json")


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        FatalError: the address is taken, or the catalogue is broken.
    """
    known = len(catalogue().by_id)  # read now, so that a broken catalogue ends the start and not the first request
    try:
        listener = socket.create_server((settings.registry.host, settings.registry.port), reuse_port=False)
    except OSError as error:
        raise FatalError(
            f"can not listen on {settings.registry.host}:{settings.registry.port}: {error.strerror}",
            zh="注册服务的端口被占用",
            hint="set registry.port, or local.registry_port before `lianzhi up`",
        ) from error
    config = uvicorn.Config(application(), log_config=None, access_log=False, lifespan="off", timeout_keep_alive=75)
    run_dir = settings.run_dir
    with (
        listener,
        Heartbeat(run_dir / f"{ROLE}.heartbeat", run_dir / f"{ROLE}.prom", SystemClock(), _LONGEST_ROUND) as heartbeat,
    ):
        _log.info("registry ready", url=settings.registry.url, schemas=known, pid=os.getpid())
        asyncio.run(_serve(uvicorn.Server(config), listener, heartbeat))
    _log.info("registry stopped", pid=os.getpid())


async def _serve(server: uvicorn.Server, listener: socket.socket, heartbeat: Heartbeat) -> None:
    """Serve, and beat as long as the event loop comes round."""

    async def beat() -> None:
        while not server.should_exit:
            heartbeat.round()
            await asyncio.sleep(1)

    beating = asyncio.create_task(beat())
    await server.serve(sockets=[listener])
    beating.cancel()


def _stopped(_signal: int, _frame: FrameType | None) -> None:
    """uvicorn has its own handlers while it serves, and hands the signal on to these when it is done: nothing more."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The process; its exit code."""
    parser = argparse.ArgumentParser(prog=f"lianzhi.processes.{ROLE}", description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    home = parser.parse_args(arguments).home
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stopped)
    try:
        settings = load_settings(home)
        configure_logging(settings.log, role=ROLE)
        run(settings)
    except LianzhiError as error:
        _log.error("registry ends", why=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
