"""Every process of a local stack, in the order of starting; stopping goes the other way.

The one table from a role to the module that plays it. Each module is run as `python -m <module> --home HOME`, logs to
stderr, and a worker touches `run/<role>.heartbeat` while it is well (an idle worker is well).
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from infra.errors import FatalError
from infra.local.home import Home

MANAGER = "supervisor"
MANAGER_MODULE = "infra.local.manager"

HEARTBEAT_SECONDS = 20.0
"""A worker whose heartbeat is older is not well."""


class Kind(StrEnum):
    """Servers are asked over the network; workers show a heartbeat."""

    SERVER = "server"
    WORKER = "worker"


@dataclass(frozen=True, slots=True)
class Role:
    """One process: `start_seconds` long it must live to count as started, `stop_seconds` long it may take to stop."""

    name: str
    module: str
    kind: Kind
    start_seconds: int
    stop_seconds: int

    def heartbeat(self, home: Home) -> Path:
        """The file that a worker touches while it is well."""
        return home.run / f"{self.name}.heartbeat"

    def log(self, home: Home) -> Path:
        """What the process writes to stdout and stderr."""
        return home.logs / f"{self.name}.log"


# A process that ends before `start_seconds` is started again with growing pauses, so that a broken one does not spin.
ROLES = (
    Role("kafka", "infra.local.kafka_server", Kind.SERVER, 10, 40),
    Role("clickhouse", "infra.local.clickhouse_server", Kind.SERVER, 5, 40),
    Role("registry", "lianzhi.processes.registry", Kind.WORKER, 5, 10),
    Role("tokeniser", "infra.persons.tokeniser", Kind.WORKER, 5, 10),
    Role("relay", "lianzhi.processes.relay", Kind.WORKER, 5, 25),
    Role("ingest", "lianzhi.processes.ingest", Kind.WORKER, 5, 30),
    Role("projector", "lianzhi.processes.projector", Kind.WORKER, 5, 25),
)
SERVERS = tuple(role for role in ROLES if role.kind is Kind.SERVER)
WORKERS = tuple(role for role in ROLES if role.kind is Kind.WORKER)

_BY_NAME = {role.name: role for role in ROLES}


def role_named(name: str) -> Role:
    """The role of that name (KeyError for any other)."""
    return _BY_NAME[name]


def require_modules(roles: tuple[Role, ...]) -> None:
    """Refuse to begin when the program of a role is not there.

    Raises:
        FatalError: naming every role and module.
    """
    missing = [role for role in roles if not _exists(role.module)]
    if missing:
        names = ", ".join(f"{role.name} ({role.module})" for role in missing)
        raise FatalError(
            f"this installation has no program for: {names}",
            zh=f"缺少以下进程的程序：{names}",
            hint="`lianzhi up --servers-only` starts Kafka and ClickHouse alone",
        )


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False
