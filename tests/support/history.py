"""The history checker: what the log holds against what the tables hold, offset by offset."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from infra.clickhouse import ClickHouse
from infra.kafka import fetch_range, make_consumer
from infra.settings import Settings
from infra.sql import render
from infra.topics import split_topic
from schemas.columns import table_of

_STORED = """
SELECT offset, event_id, toUnixTimestamp64Milli(appended_at), stream_id
FROM {table:Identifier} WHERE topic = {topic:String} ORDER BY offset
"""
_DEAD = "SELECT offset, state FROM dead_letters FINAL WHERE topic = {topic:String} ORDER BY offset"


@dataclass(frozen=True)
class History:
    """Offsets that are wrong, by how; all empty: every record of the log ended once and in its place.

    Attributes:
        lost: in the log, neither stored nor a dead letter.
        doubled: stored more than once.
        both: stored, and an open dead letter too.
        misplaced: stored with another event, key or append time than the log has there (reordered rows are that).
        invented: stored, and not in the log.
    """

    records: int
    stored: int
    dead: int
    lost: tuple[int, ...]
    doubled: tuple[int, ...]
    both: tuple[int, ...]
    misplaced: tuple[int, ...]
    invented: tuple[int, ...]

    @property
    def wrong(self) -> Mapping[str, tuple[int, ...]]:
        """What is wrong, if anything, by kind; at most the first ten offsets."""
        kinds = {
            "lost": self.lost,
            "doubled": self.doubled,
            "both": self.both,
            "misplaced": self.misplaced,
            "invented": self.invented,
        }
        return {kind: offsets[:10] for kind, offsets in kinds.items() if offsets}


def history(settings: Settings, topic: str, database: str) -> History:
    """Hold a topic against its tables, reading both whole."""
    log = {}
    with make_consumer(settings, None, client_id="history") as consumer:
        end = consumer.end_offsets([topic])[topic]
    for record in fetch_range(settings, topic, 0, end):
        identity = (record.value or b"")[6:42].decode("ascii", errors="replace")
        log[record.offset] = (identity, record.appended_ms, (record.key or b"").decode(errors="replace"))
    with ClickHouse(settings, "auditor", database=database) as server:
        rows = server.rows(render(_STORED, table=table_of(split_topic(topic)[0])), topic=topic)
        dead = dict(server.rows(_DEAD, topic=topic))
    stored = Counter(offset for offset, *_ in rows)
    open_dead = {offset for offset, state in dead.items() if state != "REDRIVEN"}
    misplaced = [
        offset
        for offset, event_id, appended_ms, stream_id in rows
        if offset in log and log[offset] != (str(UUID(str(event_id))), appended_ms, stream_id)
    ]
    return History(
        records=len(log),
        stored=len(rows),
        dead=len(dead),
        lost=tuple(offset for offset in log if offset not in stored and offset not in dead),
        doubled=tuple(offset for offset, count in stored.items() if count > 1),
        both=tuple(sorted(open_dead & stored.keys())),
        misplaced=tuple(misplaced),
        invented=tuple(sorted(stored.keys() - log.keys())),
    )
