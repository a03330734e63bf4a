"""The projector process: keeps every projection up with what has landed, until it is told to stop.

    python -m lianzhi.processes.projector --home HOME

SIGTERM and SIGINT end it after the tick on its way. Several may run; the rows of the one that knew more count. A
failing projection waits longer and longer and delays no other. `run/projector.heartbeat` says how each table stands.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from infra.backoff import Backoff
from infra.clickhouse import ClickHouse
from infra.clock import Clock, SystemClock
from infra.errors import LianzhiError, RetryableError
from infra.heartbeat import Heartbeat
from infra.logging import get_logger
from infra.metrics import METRICS, PROJECTION_KEYS, PROJECTION_LAG, PROJECTION_SECONDS, PROJECTION_TICKS
from infra.settings import Settings
from lianzhi.processes.worker import run_worker
from projections.cut import Vector
from projections.projector import USER, Fed, Projector

ROLE = "projector"
_PATIENCE = 30.0
"""Seconds for which a failure that may pass by itself (a server that starts again) is no alarm."""

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why something fails, whether that may pass by itself, and since when it has failed (monotonic)."""

    why: str
    may_pass: bool
    since: float


@dataclass
class _Loop:
    """One tick after another; pauses after a failure, and says once what fails and once that it is well again."""

    settings: Settings
    projector: Projector
    clock: Clock
    failing: dict[str, _Failure] = field(default_factory=dict)
    backoff: Backoff = field(init=False)
    _seen: Vector = field(default_factory=dict)
    _since: float | None = None
    _taken: Vector = field(default_factory=dict)
    _came: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        limits = self.settings.projector
        self.backoff = Backoff(limits.backoff_min_seconds, limits.backoff_max_seconds)

    def round(self) -> tuple[dict[str, Any], float]:
        """One tick: what to report (nothing: it only looked), and the pause before the next, seconds."""
        try:
            cut = self.projector.look()
            if self._still_landing(cut):
                return {}, self.settings.projector.tick_seconds
            fed = self.projector.tick(cut, patient=True)
        except LianzhiError as error:
            pause = self.backoff.next_pause()
            self._say("*", error)
            return {"error": str(error), "alarms": self.alarms()}, pause
        self._say("*", None)
        for each in fed:
            self._count(each)
        report = {
            each.table: {"behind": each.behind, "error": None if each.error is None else str(each.error)}
            for each in fed
        }
        told = {"tables": report, "alarms": self.alarms()}
        if any(each.error for each in fed):
            # The others have no reason to wait for it: a short pause, growing while it fails.
            return told, min(self.backoff.next_pause(), 5.0)
        self.backoff.succeeded()
        return told, self.settings.projector.tick_seconds

    def alarms(self) -> list[str]:
        """What a person has to look at, for `lianzhi status`."""
        now = self.clock.monotonic()
        return [
            _alarm(what, failure.why)
            for what, failure in sorted(self.failing.items())
            if not failure.may_pass or now - failure.since >= _PATIENCE
        ]

    def _still_landing(self, cut: Vector) -> bool:
        """Whether to look once more before the tick: one tick for all topics costs little more than one for one.

        Not when every topic that came with the last tick has come again, and not for longer than `together_seconds`
        since something landed that no tick has taken.
        """
        came = frozenset(topic for topic, offset in cut.items() if offset != self._taken.get(topic, 0))
        if came and cut != self._seen and not (self._came and self._came <= came):
            now = self.clock.monotonic()
            self._seen, self._since = dict(cut), now if self._since is None else self._since
            if now - self._since < self.settings.projector.together_seconds:
                return True
        self._since = None
        if came:
            self._taken, self._came = dict(cut), came
        return False

    def _count(self, fed: Fed) -> None:
        name = fed.table.rpartition("_v")[0]
        self._say(fed.table, fed.error)
        METRICS.set(PROJECTION_LAG, fed.behind, projection=name)
        if fed.error is not None or fed.keys:
            METRICS.observe(PROJECTION_SECONDS, fed.seconds, projection=name)
        if fed.error is not None:
            METRICS.add(PROJECTION_TICKS, 1, projection=name, outcome="failed")
        elif fed.keys:
            METRICS.add(PROJECTION_TICKS, 1, projection=name, outcome="folded")
            METRICS.add(PROJECTION_KEYS, max(fed.keys, 0), projection=name)

    def _say(self, what: str, error: LianzhiError | None) -> None:
        known = self.failing.get(what)
        if error is None:
            if self.failing.pop(what, None):
                _log.info("projection is well again", projection=what)
            return
        if known is None or known.why != str(error):
            _log.error("projection fails", projection=what, why=str(error))
        since = self.clock.monotonic() if known is None else known.since
        self.failing[what] = _Failure(str(error), isinstance(error, RetryableError), since)


def _alarm(what: str, why: str) -> str:
    if what == "*":
        return f"全部投影失败 | all projections fail: {why}"
    return f"投影 {what} 失败 | projection {what} fails: {why}"


def run(settings: Settings, stop: threading.Event) -> None:
    """Feed the projections until `stop` is set."""
    clock, run_dir = SystemClock(), settings.run_dir
    longest_round = settings.projector.query_seconds
    with Heartbeat(run_dir / f"{ROLE}.heartbeat", run_dir / f"{ROLE}.prom", clock, longest_round) as heartbeat:
        loop: _Loop | None = None
        backoff = Backoff(settings.projector.backoff_min_seconds, settings.projector.backoff_max_seconds)
        _log.info("projector ready", home=str(settings.home), pid=os.getpid())
        while not stop.is_set():
            heartbeat.round()
            if loop is None:
                loop, pause = _begun(settings, clock, backoff, heartbeat)
            else:
                report, pause = loop.round()
                if report:
                    heartbeat.tell(report)
            stop.wait(pause)
    _log.info("projector stopped", pid=os.getpid())


def _begun(settings: Settings, clock: Clock, backoff: Backoff, heartbeat: Heartbeat) -> tuple[_Loop | None, float]:
    try:
        return _Loop(settings, Projector(settings, ClickHouse(settings, USER)), clock), 0.0
    except LianzhiError as error:
        pause = backoff.next_pause()
        _log.warning("not ready", why=str(error), seconds=round(pause, 1))
        alarms = [] if isinstance(error, RetryableError) else [_alarm("*", str(error))]
        heartbeat.tell({"error": str(error), "alarms": alarms})
        return None, pause


def main(arguments: Sequence[str] | None = None) -> int:
    """The process; its exit code."""
    return run_worker(ROLE, run, arguments)


if __name__ == "__main__":
    sys.exit(main())
