"""The processes of a home as the operating system sees them, whoever started them.

A process belongs to a home when it is this user's and its command line names one of our programs and that very home.
So a manager killed with -9 leaves orphans that the next `up` finds, and nothing of another home is ever touched.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import psutil

from infra.errors import FatalError
from infra.local.home import Home
from infra.local.kafka_server import JAVA_HOME_FLAG
from infra.local.roles import MANAGER, MANAGER_MODULE, ROLES

_ROLE_OF_MODULE = {role.module: role.name for role in ROLES} | {MANAGER_MODULE: MANAGER}
_KILL_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Found:
    """A living process of a home."""

    role: str
    process: psutil.Process


def find_processes(home: Home) -> tuple[Found, ...]:
    """Every living process of the home, the manager included."""
    found, user = [], os.getuid()
    for process in psutil.process_iter():
        try:
            if process.uids().real != user or process.status() == psutil.STATUS_ZOMBIE:
                continue
            role = _role(home, process.cmdline())
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        if role:
            found.append(Found(role, process))
    return tuple(found)


def end_processes(found: Iterable[Found], seconds: float) -> None:
    """End these processes: the manager first, so that it starts nothing again; then workers, then servers.

    Each is asked with SIGTERM, and killed when it is still there after `seconds`.

    Raises:
        FatalError: when one can not be ended.
    """
    by_role: dict[str, list[psutil.Process]] = {}
    for entry in found:
        by_role.setdefault(entry.role, []).append(entry.process)
    _kill(by_role.pop(MANAGER, []))
    for role in reversed(ROLES):
        _terminate(by_role.get(role.name, []), min(seconds, role.stop_seconds))


def _terminate(processes: Sequence[psutil.Process], seconds: float) -> None:
    for process in processes:
        _signal(process, "terminate")
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    _kill(alive)


def _kill(processes: Collection[psutil.Process]) -> None:
    for process in processes:
        _signal(process, "kill")
    _, left = psutil.wait_procs(processes, timeout=_KILL_SECONDS)
    if alive := [process for process in left if not is_dead(process)]:
        pids = ", ".join(str(process.pid) for process in alive)
        raise FatalError(f"processes {pids} can not be ended", zh=f"无法结束进程 {pids}", hint="look at them with ps")


def is_dead(process: psutil.Process) -> bool:
    """Whether it is gone, or waits only for a parent of its own to take its exit status."""
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def _signal(process: psutil.Process, how: str) -> None:
    try:
        getattr(process, how)()
    except psutil.NoSuchProcess:
        return


def _role(home: Home, arguments: Sequence[str]) -> str | None:
    if f"{JAVA_HOME_FLAG}{home.path}" in arguments:
        return "kafka"
    pairs = list(pairwise(arguments))
    if ("--home", str(home.path)) not in pairs:
        return None
    modules = [value for flag, value in pairs if flag == "-m"]
    return _ROLE_OF_MODULE.get(modules[0]) if modules else None
