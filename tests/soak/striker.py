"""Carries out the plan: kill -9, or SIGSTOP and later SIGCONT, on the process that plays a role at that moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import psutil

from tests.soak.plan import SUPERVISOR, Blow, Strike
from tests.soak.stand import Stand

_LOOK = 0.2
_AWAIT_ROLE = 30.0


@dataclass
class Struck:
    """A blow that was dealt: when, and to which process (None: nobody played the role in time)."""

    blow: Blow
    at: float
    pid: int | None

    def as_row(self) -> dict[str, Any]:
        """As the report holds it."""
        return asdict(self.blow) | {"dealt_at": round(self.at, 1), "pid": self.pid}


@dataclass
class Striker:
    """Deals blows one after the other; pauses run on meanwhile.

    Args:
        say: told of each blow.
    """

    stand: Stand
    say: Callable[[str], None]
    dealt: list[Struck] = field(default_factory=list)
    _paused: list[tuple[float, psutil.Process]] = field(default_factory=list)
    _look: threading.Event = field(default_factory=threading.Event)

    def run(self, blows: Sequence[Blow], began: float) -> None:
        """Deal all `blows`; `began` is the moment (monotonic) that they count from."""
        for blow in blows:
            self._pass_time(began + blow.at)
            pid = self._deal(blow)
            self.dealt.append(Struck(blow, time.monotonic() - began, pid))
            lasting = f" for {blow.seconds:.1f} s" if blow.strike is Strike.PAUSE else ""
            self.say(f"{len(self.dealt)}: {blow.strike} {blow.role}{lasting} (pid {pid})")
            if blow.role == SUPERVISOR:
                self.release()
                self.stand.up()

    def rest(self, until: float) -> None:
        """Let time pass (monotonic) while pauses end and what died is started again."""
        self._pass_time(until)

    def release(self) -> None:
        """End every pause now."""
        for _, process in self._paused:
            _resume(process)
        self._paused.clear()

    def count(self, strike: Strike) -> int:
        """Blows of a kind that hit a living process."""
        return sum(struck.pid is not None for struck in self.dealt if struck.blow.strike is strike)

    def _deal(self, blow: Blow) -> int | None:
        process = self._target(blow.role)
        if process is None:
            return None
        try:
            if blow.strike is Strike.KILL:
                process.kill()
            else:
                process.suspend()
                self._paused.append((time.monotonic() + blow.seconds, process))
        except psutil.NoSuchProcess:
            return None
        return process.pid

    def _target(self, role: str) -> psutil.Process | None:
        """The process that plays the role; a moment ago it may have been killed, so wait for the next one."""
        deadline = time.monotonic() + _AWAIT_ROLE
        while time.monotonic() < deadline:
            pid = self.stand.processes().get(role)
            if pid is not None and psutil.pid_exists(pid):
                return psutil.Process(pid)
            self._pass_time(time.monotonic() + 1.0)
        return None

    def _pass_time(self, until: float) -> None:
        while True:
            now = time.monotonic()
            for entry in [entry for entry in self._paused if entry[0] <= now]:
                _resume(entry[1])
                self._paused.remove(entry)
            self.stand.keep_running()
            if now >= until:
                return
            self._look.wait(min(_LOOK, until - now))


def _resume(process: psutil.Process) -> None:
    try:
        process.resume()
    except psutil.NoSuchProcess:
        return
