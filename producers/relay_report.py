"""What the relay tells about itself: a file that says it is well, with its numbers, and its metrics.

`$LIANZHI_HOME/run/relay.heartbeat` is rewritten every second while the relay's loop comes round; a loop that hangs
stops it. The numbers in it are those of the loop's last round.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import orjson

from infra.clock import Clock
from infra.logging import get_logger
from infra.metrics import HEARTBEAT, METRICS, RELAY_BACKLOG, RELAY_OLDEST
from producers.relay import LaneStatus, Relay

_BEAT_SECONDS = 1.0
_log = get_logger(__name__)


def lane_report(lane: LaneStatus, now: datetime) -> dict[str, Any]:
    """One topic as JSON: counters, backlog, age of the oldest unsent event, and why it stands still, if it does."""
    state, trouble = lane.state, lane.trouble
    return {
        "publisher": lane.publisher,
        "topic": state.topic,
        "epoch": lane.epoch,
        "last": state.last,
        "sent": state.sent,
        "backlog": state.backlog,
        "oldest_age_seconds": age_seconds(state.oldest, now),
        "trouble": None if trouble is None else trouble.text,
        "alarm": trouble is not None and trouble.alarm,
        "trouble_since": None if trouble is None else trouble.since.isoformat(),
    }


def age_seconds(oldest: datetime | None, now: datetime) -> float:
    """How long ago that was, seconds; 0 when there is nothing, or when clocks disagree."""
    return 0.0 if oldest is None else round(max(0.0, (now - oldest).total_seconds()), 3)


def relay_report(relay: Relay, now: datetime) -> dict[str, Any]:
    """All that a relay holds, as JSON."""
    lanes = relay.status()
    topics = [lane_report(lane, now) for lane in lanes]
    _measure(topics)
    return {
        "at": now.isoformat(),
        "backlog": sum(topic["backlog"] for topic in topics),
        "oldest_age_seconds": max((topic["oldest_age_seconds"] for topic in topics), default=0.0),
        "no_broker_since": None if relay.away is None else relay.away.since.isoformat(),
        "topics": topics,
    }


def _measure(topics: Sequence[Mapping[str, Any]]) -> None:
    for publisher in {topic["publisher"] for topic in topics}:
        mine = [topic for topic in topics if topic["publisher"] == publisher]
        METRICS.set(RELAY_BACKLOG, sum(topic["backlog"] for topic in mine), publisher=publisher)
        METRICS.set(RELAY_OLDEST, max(topic["oldest_age_seconds"] for topic in mine), publisher=publisher)


class Heartbeat:
    """Rewrites the heartbeat file every second from a thread, as long as `round` is called often enough.

    Args:
        file: the file.
        metrics: where this process's metrics go, as Prometheus text.
        longest_round: a loop that does not come round within so many seconds is not well.
    """

    def __init__(self, file: Path, metrics: Path, clock: Clock, longest_round: float) -> None:
        self._file, self._metrics, self._clock, self._longest = file, metrics, clock, longest_round
        self._report: Mapping[str, Any] = {}
        self._round_at = clock.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._file.unlink(missing_ok=True)

    def round(self) -> None:
        """The loop has come round."""
        self._round_at = self._clock.monotonic()

    def tell(self, report: Mapping[str, Any]) -> None:
        """New numbers for the file."""
        self._report = report

    def _run(self) -> None:
        while True:
            if self._clock.monotonic() - self._round_at < self._longest:
                METRICS.set(HEARTBEAT, self._clock.now().timestamp())
                try:
                    _replace(self._file, orjson.dumps(self._report, option=orjson.OPT_INDENT_2))
                    METRICS.write(self._metrics)
                except OSError as error:  # a full disk; the next beat may do better
                    _log.warning("heartbeat can not be written", why=str(error))
            if self._stop.wait(_BEAT_SECONDS):
                return


def _replace(file: Path, content: bytes) -> None:
    draft = file.with_name(f".{file.name}.new")
    draft.write_bytes(content)
    draft.replace(file)
