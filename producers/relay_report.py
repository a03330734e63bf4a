"""What the relay tells about itself: the numbers of its heartbeat file (`infra.heartbeat`), and its metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from infra.metrics import METRICS, RELAY_BACKLOG, RELAY_OLDEST
from producers.relay import LaneStatus, Relay


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
    unusable = sorted(relay.unusable.items())
    _measure(topics)
    return {
        "at": now.isoformat(),
        "backlog": sum(topic["backlog"] for topic in topics),
        "oldest_age_seconds": max((topic["oldest_age_seconds"] for topic in topics), default=0.0),
        "no_broker_since": None if relay.away is None else relay.away.since.isoformat(),
        "alarms": [
            *(
                f"发件箱 {publisher} 无法读取 | outbox of {publisher} can not be read: {why}"
                for publisher, why in unusable
            ),
            *(
                f"发件箱 {topic['publisher']} 的主题 {topic['topic']} 停滞 | outbox of {topic['publisher']}, topic "
                f"{topic['topic']}, stands still: {topic['trouble']}"
                for topic in topics
                if topic["alarm"] and topic["backlog"]
            ),
        ],
        "topics": topics,
    }


def _measure(topics: Sequence[Mapping[str, Any]]) -> None:
    for publisher in {topic["publisher"] for topic in topics}:
        mine = [topic for topic in topics if topic["publisher"] == publisher]
        METRICS.set(RELAY_BACKLOG, sum(topic["backlog"] for topic in mine), publisher=publisher)
        METRICS.set(RELAY_OLDEST, max(topic["oldest_age_seconds"] for topic in mine), publisher=publisher)
