"""The ingest process: lands every event topic of the zone, until it is told to stop.

    python -m lianzhi.processes.ingest --home HOME

SIGTERM and SIGINT end it after what is on its way; whatever was read and not landed is read again by the next one. Any
number of them may run, on any machines. `run/ingest.heartbeat` says how each topic stands.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from consumers.statement import require_settings
from consumers.topic import Phase, TopicReport
from consumers.worker import USER, Worker
from infra.backoff import Backoff
from infra.clickhouse import ClickHouse
from infra.clock import SystemClock
from infra.errors import RetryableError
from infra.heartbeat import Heartbeat
from infra.kafka import require_fast_parts
from infra.logging import get_logger
from infra.settings import Settings
from infra.zone import zone
from lianzhi.processes.worker import run_worker
from projections.store.event_tables import require_event_tables

ROLE = "ingest"
_REPORT_SECONDS = 1.0
_log = get_logger(__name__)


def run(settings: Settings, stop: threading.Event) -> None:
    """Land until `stop` is set.

    Raises:
        FatalError: the tables are not as declared, a compiled part is missing, the log is corrupt.
    """
    require_fast_parts()
    # Values are bytes, which the collector need not look at; the lists that hold them are many and live briefly.
    gc.set_threshold(200_000, 20, 20)
    clock, run_dir = SystemClock(), settings.run_dir
    # A round asks the broker and commits; posting is the pool's. A member silent for longer is out of the group anyway.
    longest_round = settings.kafka.max_poll_interval_seconds
    with Heartbeat(run_dir / f"{ROLE}.heartbeat", run_dir / f"{ROLE}.prom", clock, longest_round) as heartbeat:
        worker = _started(settings, _Waiting(stop, heartbeat))
        if worker is None:
            return
        with worker:
            _log.info("ingest ready", home=str(settings.home), pid=os.getpid())
            report_at = 0.0
            while not stop.is_set():
                worker.step()
                heartbeat.round()
                if clock.monotonic() >= report_at:
                    heartbeat.tell(report_of(worker.reports()))
                    report_at = clock.monotonic() + _REPORT_SECONDS
            worker.stop()
    _log.info("ingest stopped", pid=os.getpid())


def report_of(topics: Sequence[TopicReport]) -> dict[str, Any]:
    """What the heartbeat says: how each topic stands, and as `alarms` each that is stopped."""
    return {
        "alarms": [
            f"主题 {topic.topic} 已停止落地 | topic {topic.topic} is stopped: {topic.reason}"
            for topic in topics
            if topic.phase is Phase.STOPPED
        ],
        "topics": [asdict(topic) for topic in topics],
    }


def _started(settings: Settings, waiting: _Waiting) -> Worker | None:
    """The worker, as soon as broker and server answer; None: told to stop meanwhile."""
    backoff = Backoff(settings.landing.backoff_min_seconds, settings.landing.backoff_max_seconds)
    while not waiting.stop.is_set():
        try:
            with ClickHouse(settings, USER) as server:
                require_event_tables(server)
                require_settings(server)
            return Worker(settings, zone(settings.zone_file))
        except RetryableError as error:
            pause = backoff.next_pause()
            _log.warning("not ready", why=str(error), seconds=round(pause, 1))
            waiting.wait(pause)
    return None


class _Waiting:
    """A pause that ends when the process is told to stop, and is no sign of being unwell."""

    def __init__(self, stop: threading.Event, heartbeat: Heartbeat) -> None:
        self.stop, self._heartbeat = stop, heartbeat

    def wait(self, seconds: float) -> None:
        """Wait."""
        self._heartbeat.round()
        self.stop.wait(seconds)


def main(arguments: Sequence[str] | None = None) -> int:
    """The process; its exit code."""
    return run_worker(ROLE, run, arguments)


if __name__ == "__main__":
    sys.exit(main())
