"""The table is the ledger: where a topic's rows end, which values behind the end are dead letters, what still runs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from consumers.policy import TopicRules
from infra.clickhouse import ClickHouse
from infra.clock import Clock
from infra.errors import FatalError
from infra.sql import load, render
from schemas.columns import table_of

EMPTY = -1


@dataclass(frozen=True, slots=True)
class Position:
    """One look at the table.

    Attributes:
        end: the highest offset that the table holds of the topic; -1: none.
        rows: rows from the offset on that the look began with.
        server_time: the server's clock then.
        looked_at: our monotonic clock before the look, seconds.
    """

    end: int
    rows: int
    server_time: datetime
    looked_at: float


@dataclass(frozen=True, slots=True)
class Start:
    """Where a topic goes on: `next` is the first offset behind the end that is no dead letter."""

    position: Position
    dead: Collection[int] = field(default=())

    @property
    def next(self) -> int:
        """The offset to read from."""
        offset, dead = self.position.end + 1, set(self.dead)
        while offset in dead:
            offset += 1
        return offset

    def reaches(self, offset: int) -> bool:
        """Whether nothing but dead letters lies between the end and `offset`, so that it can be the next to land."""
        dead = set(self.dead)
        return all(between in dead for between in range(self.position.end + 1, offset))


class Ledger:
    """What one topic's table says."""

    def __init__(self, server: ClickHouse, rules: TopicRules, clock: Clock) -> None:
        self._server, self._rules, self._clock = server, rules, clock
        table = table_of(rules.family)
        self._tail = render(load("consumers", "sql/tail.sql"), table=table)
        self._row = render(load("consumers", "sql/row_at.sql"), table=table)

    def look(self, known_end: int = EMPTY) -> Position:
        """The table's end, which was `known_end` when it was last looked at (-1: empty, or never looked).

        Raises:
            FatalError: the row at `known_end` is not there any more: rows of the table were lost.
            RetryableError: the server is away.
        """
        looked_at = self._clock.monotonic()
        rows = self._server.rows(self._tail, topic=self._rules.topic, begin=max(known_end, 0))
        end, count, server_time = rows[0]
        if end < known_end:
            raise FatalError(
                f"{table_of(self._rules.family)} held {self._rules.topic} up to offset {known_end}, and holds less now",
                zh=f"事件表中 {self._rules.topic} 的数据变少了",
                hint="find out who removed rows before landing goes on; the log still has them",
            )
        return Position(end, count, server_time, looked_at)

    def start(self) -> Start:
        """Where to go on, by the table and by nothing else.

        Raises:
            RetryableError: the server is away.
        """
        position = self.look()
        dead = self._server.rows(load("consumers", "sql/dead_beyond.sql"), topic=self._rules.topic, end=position.end)
        return Start(position, frozenset(offset for (offset,) in dead))

    def undecided(self, first: int, last: int) -> int:
        """How many dead letters between these offsets, both included, nobody has decided about.

        Raises:
            RetryableError: the server is away.
        """
        sql = load("consumers", "sql/undecided.sql")
        return int(self._server.rows(sql, topic=self._rules.topic, first=first, last=last)[0][0])

    def holds(self, offset: int) -> bool:
        """Whether the table has a row at `offset`.

        Raises:
            RetryableError: the server is away.
        """
        return bool(self._server.rows(self._row, topic=self._rules.topic, offset=offset))

    def end_statements(self, prefix: str) -> None:
        """End every statement whose query id begins with `prefix`, whoever sent it, and wait until it is gone.

        Raises:
            RetryableError: the server is away, or a statement does not end.
        """
        self._server.command(load("consumers", "sql/end_statements.sql"), prefix=prefix)
