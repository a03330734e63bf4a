"""The relay process: brings every outbox of a home to the log, until it is told to stop.

    python -m lianzhi.processes.relay --home HOME

SIGTERM and SIGINT end it after the batch that is on its way; whatever is left stays in the outboxes for the next one.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence

from infra.clock import SystemClock
from infra.heartbeat import Heartbeat
from infra.kafka import require_fast_parts
from infra.logging import get_logger
from infra.settings import Settings
from lianzhi.processes.worker import run_worker
from producers.relay import Relay
from producers.relay_report import relay_report

ROLE = "relay"
_REPORT_SECONDS = 1.0
_log = get_logger(__name__)


def run(settings: Settings, stop: threading.Event) -> None:
    """Relay until `stop` is set.

    Raises:
        FatalError: a compiled part is missing.
    """
    require_fast_parts()
    clock, kafka = SystemClock(), settings.kafka
    longest_round = 60.0 + 2 * kafka.delivery_seconds + 3 * kafka.request_seconds
    relay = Relay(settings, clock=clock)
    run_dir, report_at = settings.run_dir, 0.0
    try:
        with Heartbeat(run_dir / f"{ROLE}.heartbeat", run_dir / f"{ROLE}.prom", clock, longest_round) as heartbeat:
            _log.info("relay ready", home=str(settings.home), pid=os.getpid())
            while not stop.is_set():
                sent = relay.step()
                heartbeat.round()
                if clock.monotonic() >= report_at:
                    heartbeat.tell(relay_report(relay, clock.now()))
                    report_at = clock.monotonic() + _REPORT_SECONDS
                if not sent:
                    stop.wait(settings.relay.poll_seconds)
    finally:
        relay.close()
    _log.info("relay stopped", pid=os.getpid())


def main(arguments: Sequence[str] | None = None) -> int:
    """The process; its exit code."""
    return run_worker(ROLE, run, arguments)


if __name__ == "__main__":
    sys.exit(main())
