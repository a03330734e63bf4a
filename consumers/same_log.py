"""At start: is the log still the one that the table was landed from, and what did the group commit meanwhile?"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from consumers.ledger import Start
from consumers.policy import TopicRules
from infra.clickhouse import ClickHouse
from infra.errors import FatalError
from infra.kafka import fetch_range
from infra.logging import get_logger
from infra.settings import Settings
from infra.sql import load, render
from schemas.columns import table_of
from schemas.wire import FRAME_LENGTH, HEADER

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LogExtent:
    """What the broker says of a topic, asked after the table was looked at: [begin, end), and the group's commit."""

    begin: int
    end: int
    committed: int | None


def compare_extent(rules: TopicRules, start: Start, extent: LogExtent) -> None:
    """Hold the log against the table, in both directions.

    A commit means nothing for landing. One that is ahead of the table says that the table lost rows since; the log has
    them, so they land again, but somebody should know.

    Raises:
        FatalError: the log is shorter than its table, or has forgotten what did not land yet.
    """
    topic, table_end = rules.topic, start.position.end
    seen = max([table_end, *start.dead])
    if extent.end <= seen:
        raise FatalError(
            f"{topic} ends at offset {extent.end - 1}, but its table or ledger already holds offset {seen}",
            zh=f"主题 {topic} 比其事件表短",
            hint="was the topic made anew, or the broker restored from an old copy? nothing lands until this is clear",
        )
    if extent.begin > start.next:
        raise FatalError(
            f"{topic} begins at offset {extent.begin}; offsets from {start.next} on never landed and are gone",
            zh=f"主题 {topic} 中尚未入表的事件已被删除",
            hint="events must never expire: check retention.ms, retention.bytes and who deleted records",
        )
    if extent.committed is not None and extent.committed > start.next:
        _log.error(
            "the group's commit is ahead of the table; the rows land again from the log",
            topic=topic,
            committed=extent.committed,
            next_offset=start.next,
        )
    elif extent.committed is not None and extent.committed < start.next:
        _log.info("the group's commit is behind the table", topic=topic, committed=extent.committed, next=start.next)


def require_same_log(settings: Settings, server: ClickHouse, rules: TopicRules, start: Start) -> None:
    """The last row of the table is the record that the log holds at its place, else the topic was made anew.

    Raises:
        FatalError: it is another record, or none.
        RetryableError: the broker or the server is away.
    """
    end = start.position.end
    if end < 0:
        return
    sql = render(load("consumers", "sql/row_at.sql"), table=table_of(rules.family))
    rows = server.rows(sql, topic=rules.topic, offset=end)
    record = next(fetch_range(settings, rules.topic, end, end + 1, client_id="same-log"), None)
    there = None
    if record is not None and record.value is not None:
        there = (record.value[HEADER.size + 1 : FRAME_LENGTH], record.appended_ms)
    held = [(str(event_id if isinstance(event_id, UUID) else UUID(event_id)).encode(), ms) for event_id, ms in rows]
    if held != [there]:
        raise FatalError(
            f"{rules.topic} holds another record at offset {end} than its table does",
            zh=f"主题 {rules.topic} 与其事件表不是同一份日志",
            hint="was the topic made anew? its events belong under another name, or the tables must be rebuilt",
        )
