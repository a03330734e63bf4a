"""Waiting until what has landed stands in the tables that answers read."""

from __future__ import annotations

from infra.clickhouse import ClickHouse
from infra.clock import Clock, SystemClock
from infra.errors import RetryableError
from infra.settings import Settings
from infra.topics import event_topics
from infra.zone import zone
from lianzhi.progress import Bar
from projections.cut import REDRIVEN, landed
from projections.standing import standing_vector

_READER = "auditor"
_PAUSE = 0.2


def wait_until_folded(
    settings: Settings, bar: Bar, *, patience_seconds: float = 120.0, clock: Clock | None = None
) -> None:
    """Wait until every projection has folded in what the event tables held when the waiting began.

    Raises:
        RetryableError: no projection has moved for `patience_seconds`; what has landed will be folded all the same.
    """
    ticking: Clock = clock or SystemClock()
    with ClickHouse(settings, _READER) as server:
        end = landed(server, event_topics(zone(settings.zone_file)))
    end.pop(REDRIVEN, None)
    total = sum(end.values())
    last, moved_at = -1, ticking.monotonic()
    while True:
        standing = standing_vector(settings)
        done = sum(min(standing.get(topic, 0), offset) for topic, offset in end.items())
        bar.update(completed=done, total=total, note="投影 projections")
        if done >= total:
            return
        if done != last:
            last, moved_at = done, ticking.monotonic()
        elif ticking.monotonic() - moved_at > patience_seconds:
            raise RetryableError(
                f"{total - done:,} events are not folded yet, and nothing has moved for {patience_seconds:g} s",
                zh=f"尚有 {total - done:,} 个事件未折叠，{patience_seconds:g} 秒内没有进展",
                hint="see `lianzhi status` and `lianzhi projections list`",
            )
        ticking.sleep(_PAUSE)
