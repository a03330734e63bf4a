"""A local stack as a whole: start its processes, stop them; how they are says `infra.local.status`.

The servers and workers of one home stand under one manager. `start` is safe to repeat at any time, after any kill: what
runs well is left alone, what the manager lost is ended first, what is down is started.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from infra.errors import FatalError, LianzhiError
from infra.local.build import this_build
from infra.local.clickhouse_config import is_current
from infra.local.home import Home
from infra.local.kafka_jars import kafka_class_path
from infra.local.manager import Managed, ManagerAwayError, ManagerClient, output_file, spawn_manager
from infra.local.ports import Ports, choose_ports, current_ports, unheeded, write_addresses
from infra.local.probes import Health, health_of, silent_seconds
from infra.local.processes import end_processes, find_processes
from infra.local.roles import MANAGER, ROLES, SERVERS, Role, require_modules, role_named
from infra.local.status import ProcessStatus, processes_of, remember_wanted
from infra.local.users import ensure_passwords, grants_of
from infra.local.watcher import Silent, Watcher
from infra.settings import Settings

_LOOK_SECONDS = 0.1
_MANAGER_SECONDS = 20.0
_ALIVE = {"starting", "running", "backoff", "stopping"}
_GIVEN_UP = "fatal"
_PAUSING = "backoff"
_FAILED_STARTS = 3
CLICKHOUSE = "clickhouse"


class LocalStack:
    """The stack of one home."""

    def __init__(self, settings: Settings, watcher: Watcher | None = None) -> None:
        self._settings = settings
        self._home = Home.of(settings.home)
        self._manager = ManagerClient(self._home)
        self._watcher: Watcher = watcher or Silent()
        self._said: set[str] = set()

    @property
    def home(self) -> Home:
        """Where it lives."""
        return self._home

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        """Only one command at a time changes a home; a second one waits.

        Raises:
            InvalidInput: when the home can not be made.
        """
        self._home.make_folders()
        with (self._home.run / "up.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._watcher.waiting_for_lock()
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def start(self, roles: Sequence[Role] = SERVERS) -> tuple[str, ...]:
        """Start what of `roles` does not run, and return when all are alive; the names of those that were started.

        One that hangs is killed, so that the manager starts it again. Call it within `exclusively`.

        Raises:
            FatalError: when a process gives up, or is not alive within `local.start_seconds`.
            RetryableError: when Kafka's jars are missing and can not be fetched.
        """
        require_modules(tuple(roles))
        self._home.make_folders()
        if any(role.name == "kafka" for role in roles):
            kafka_class_path(self._watcher.jars)
        ensure_passwords(self._home, grants_of(self._home))
        self._settle_addresses()
        self._stop_if_configured_anew()
        processes = self._manager.processes()
        remember_wanted(self._home, roles)
        hung = [role for role in roles if self._killed_because_silent(role, processes[role.name])]
        down = [role for role in roles if not processes[role.name].pid]
        for role in down:
            role.heartbeat(self._home).unlink(missing_ok=True)
            if processes[role.name].state == _PAUSING:
                self._manager.stop(role)  # try now, not when the pause after its last failure is over
            self._manager.start(role)
        self._wait_until_alive(roles)
        return tuple(role.name for role in roles if role in down or role in hung)

    def stop_other_build(self) -> tuple[str, ...]:
        """Stop everything when other code than ours started it: else old processes would go on beside new tables.

        Call it within `exclusively`, before `start`. Without a manager nothing is done: `start` ends what is left over.

        Returns:
            The roles that were running; empty: our own build started the stack, or it does not run.
        """
        try:
            if self._manager.build() == this_build():
                return ()
        except ManagerAwayError:
            return ()
        self._say(
            "运行中的进程由另一版本的代码启动：先按序全部停止，再以本版本启动，数据不丢 | "
            "what runs was started by another build of Lianzhi: all of it is stopped in order and started anew with "
            "this one; nothing is lost"
        )
        return self.stop()

    def stop(self) -> tuple[str, ...]:
        """End every process of this home, workers before servers; the roles that were running. Nothing else is touched.

        Call it within `exclusively`.

        Raises:
            FatalError: when a process can not be ended.
        """
        before = find_processes(self._home)
        if any(found.role == MANAGER for found in before):
            try:
                self._stop_by_manager()
            except ManagerAwayError:
                self._watcher.role(MANAGER, "does not answer", False)
        end_processes(find_processes(self._home), self._settings.local.stop_seconds)
        for name in (MANAGER, "tokeniser"):
            self._home.socket(name).unlink(missing_ok=True)
        self._home.remove_short_folder()
        names = {found.role for found in before}
        return tuple(name for name in [*(role.name for role in ROLES), MANAGER] if name in names)

    def status(self) -> tuple[ProcessStatus, ...]:
        """Every process that should run or does run, the manager first."""
        return processes_of(self._home, self._settings, self._manager)

    def _settle_addresses(self) -> None:
        """A manager that answers, ports that are ours, and the file that tells them to everybody."""
        managed = self._living_manager()
        before = current_ports(self._home)
        in_use = {name for role, names in _PORTS.items() for name in names if role in managed}
        if ignored := unheeded(self._home, self._settings, in_use):
            self._say(
                f"运行中的进程沿用原有端口，`lianzhi down` 之后才改用 {', '.join(ignored)} | "
                f"the running stack keeps its addresses until `lianzhi down`; not heeded: {', '.join(ignored)}"
            )
        ports = choose_ports(self._home, self._settings, in_use)
        if before is not None and ports != before and managed:
            # Somebody took a port meanwhile: what runs still knows the old address.
            self.stop()
            self._living_manager()
        write_addresses(self._home, self._settings, ports)

    def _stop_if_configured_anew(self) -> None:
        """ClickHouse reads users, grants and limits at its start only."""
        ports = current_ports(self._home)
        process = self._manager.processes()[CLICKHOUSE]
        if ports is None or not process.pid or is_current(self._home, self._settings, ports):
            return
        self._watcher.role(CLICKHOUSE, "restarts: its configuration changed", False)
        self._stop_role(role_named(CLICKHOUSE), time.monotonic() + self._settings.local.stop_seconds)

    def _killed_because_silent(self, role: Role, process: Managed) -> bool:
        """Kill a process that shows no sign of life any more (it hangs, or is paused); whether it was so."""
        seconds = silent_seconds(role, self._home)
        if not process.pid or seconds is None:
            return False
        self._say(
            f"{role.name} 已 {seconds:.0f} 秒没有心跳：强制结束并重新启动 | {role.name} has shown no sign of life for "
            f"{seconds:.0f} s: killed, and started again"
        )
        role.heartbeat(self._home).unlink(missing_ok=True)  # else its successor would be taken for hung as well
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        return True

    def _say(self, text: str) -> None:
        """Once, however often one command comes here."""
        if text not in self._said:
            self._said.add(text)
            self._watcher.say(text)

    def _living_manager(self) -> set[str]:
        """Make sure that a manager answers; the roles whose processes it has."""
        try:
            return {name for name, process in self._manager.processes().items() if process.pid}
        except ManagerAwayError:
            pass
        lost = find_processes(self._home)
        if lost:
            self._watcher.role(MANAGER, f"ending {len(lost)} left over", False)
            end_processes(lost, self._settings.local.stop_seconds)
        spawn_manager(self._home)
        deadline, pause = time.monotonic() + _MANAGER_SECONDS, threading.Event()
        while True:
            try:
                self._manager.processes()
            except ManagerAwayError as error:
                gone = not any(found.role == MANAGER for found in find_processes(self._home))
                if time.monotonic() > deadline or gone:
                    said = output_file(self._home).read_text(encoding="utf-8", errors="replace").strip()[-500:]
                    raise FatalError(f"the process manager did not start: {said}", zh="进程管理器未能启动") from error
                pause.wait(_LOOK_SECONDS)
            else:
                self._watcher.role(MANAGER, "running", True)
                return set()

    def _wait_until_alive(self, roles: Sequence[Role]) -> None:
        ports = current_ports(self._home)
        if ports is None:
            raise FatalError("the ports of this home vanished", zh="端口记录丢失")
        deadline, pause = time.monotonic() + self._settings.local.start_seconds, threading.Event()
        waiting, starts = list(roles), {role.name: set[int]() for role in roles}
        while waiting:
            processes = self._manager.processes()
            for role in list(waiting):
                process = processes[role.name]
                starts[role.name].add(process.started)
                health = self._health(role, process, ports)
                self._watcher.role(role.name, health.reason or process.state, health.alive)
                if health.alive:
                    waiting.remove(role)
                elif (
                    process.state == _GIVEN_UP or len(starts[role.name]) > _FAILED_STARTS or time.monotonic() > deadline
                ):
                    raise self._not_alive(role, health)
            if waiting:
                pause.wait(_LOOK_SECONDS)

    def _health(self, role: Role, process: Managed, ports: Ports) -> Health:
        if not process.pid:
            return Health(False, process.detail or process.state)
        return health_of(role, self._home, self._settings, ports)

    def _not_alive(self, role: Role, health: Health) -> LianzhiError:
        log = role.log(self._home)
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() if log.exists() else []
        last = f"; its last words: {_words(lines[-1])[:500]}" if lines else ""
        return FatalError(
            f"{role.name} did not start: {health.reason}{last}", zh=f"{role.name} 未能启动", hint=f"see {log}"
        )

    def _stop_by_manager(self) -> None:
        deadline, pause = time.monotonic() + self._settings.local.stop_seconds, threading.Event()
        for role in reversed(ROLES):
            self._stop_role(role, deadline)
        self._manager.shutdown()
        while any(found.role == MANAGER for found in find_processes(self._home)) and time.monotonic() < deadline:
            pause.wait(_LOOK_SECONDS)
        self._watcher.role(MANAGER, "stopped", True)

    def _stop_role(self, role: Role, deadline: float) -> None:
        if self._state(role) not in _ALIVE:
            return
        self._manager.stop(role)
        pause = threading.Event()
        while (state := self._state(role)) in _ALIVE and time.monotonic() < deadline:
            self._watcher.role(role.name, state, False)
            pause.wait(_LOOK_SECONDS)
        self._watcher.role(role.name, "stopped", True)

    def _state(self, role: Role) -> str:
        """In the manager's words; one of another build may not know every role of ours."""
        process = self._manager.processes().get(role.name)
        return "stopped" if process is None else process.state


def _words(line: str) -> str:
    """What a log line says; the error of a JSON one."""
    try:
        entry = json.loads(line)
    except ValueError:
        return line
    return str(entry.get("error") or entry.get("message") or line) if isinstance(entry, dict) else line


_PORTS = {
    "kafka": ("kafka", "kafka_controller"),
    "clickhouse": ("clickhouse_native", "clickhouse_http"),
    "registry": ("registry",),
}
