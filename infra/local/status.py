"""How the processes of a home are: which should run, which do, and what each tells about itself."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from infra.files import write_private
from infra.local.home import Home
from infra.local.manager import Managed, ManagerAwayError, ManagerClient
from infra.local.ports import Ports, current_ports
from infra.local.probes import Health, address_of, health_of, version_of
from infra.local.processes import find_processes
from infra.local.roles import MANAGER, ROLES, Role
from infra.settings import Settings


@dataclass(frozen=True, slots=True)
class ProcessStatus:
    """One process as `lianzhi status` shows it; `pid` None: it does not run."""

    role: str
    pid: int | None
    state: str
    address: str
    version: str
    health: Health

    def as_row(self) -> dict[str, Any]:
        """As `-o json` prints it."""
        row = asdict(self)
        row["health"] = {"ok": self.health.ok, "reason": self.health.trouble}
        row["alarms"] = list(self.health.alarms)
        return row


def processes_of(home: Home, settings: Settings, client: ManagerClient) -> tuple[ProcessStatus, ...]:
    """Every process that should run or does run, the manager first; none: this home was never up."""
    ports = current_ports(home)
    if ports is None:
        return ()
    facts = address_of(MANAGER, home, ports), version_of(MANAGER)
    try:
        managed = dict(client.processes())
        manager = ProcessStatus(MANAGER, client.pid(), "running", *facts, Health(True))
    except ManagerAwayError:
        managed = _orphans(home)
        manager = ProcessStatus(MANAGER, None, "stopped", *facts, Health(False, "does not run; `lianzhi up`"))
    wanted = _wanted(home)
    return (
        manager,
        *(
            _status_of(role, managed.get(role.name), home, settings, ports)
            for role in ROLES
            if role.name in wanted or (role.name in managed and managed[role.name].pid)
        ),
    )


def remember_wanted(home: Home, roles: Iterable[Role]) -> None:
    """From now on these should run too: their absence is a problem that `lianzhi status` tells."""
    names = _wanted(home) | {role.name for role in roles}
    text = json.dumps([role.name for role in ROLES if role.name in names])
    write_private(home.run / "wanted.json", text + "\n")


def _wanted(home: Home) -> set[str]:
    try:
        return set(json.loads((home.run / "wanted.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        return set()


def _status_of(role: Role, process: Managed | None, home: Home, settings: Settings, ports: Ports) -> ProcessStatus:
    address, version = address_of(role.name, home, ports), version_of(role.name)
    if process is None or not process.pid:
        state = process.state if process else "stopped"
        reason = (process.detail if process else "") or "does not run"
        return ProcessStatus(role.name, None, state, address, version, Health(False, reason))
    health = health_of(role, home, settings, ports)
    # The manager calls a process "starting" for its first seconds, however well it is.
    state = "running" if health.alive and process.state == "starting" else process.state
    return ProcessStatus(role.name, process.pid, state, address, health.version or version, health)


def _orphans(home: Home) -> dict[str, Managed]:
    return {
        found.role: Managed(found.role, found.process.pid, "unmanaged", "")
        for found in find_processes(home)
        if found.role != MANAGER
    }
