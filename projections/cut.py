"""A cut: how far into the log an answer looks, as a vector of offsets.

Each topic's number is the first offset that is not known yet. `REDRIVEN` is no topic: it counts the dead letters that
were landed at their own places after all, so that the sum of the vector grows with everything that is added to the
log's tables. That sum is the version of a folded row: of two foldings of a key the one that knew more counts, whoever
wrote it and whenever it arrived. Hence two projectors at once do no harm.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from infra.clickhouse import ClickHouse
from infra.errors import InvalidInput
from infra.sql import load, render, statements
from projections.indexes.new_rows import NewRows, by_family, parameters, with_new_rows
from projections.store.event_tables import DEAD_LETTERS
from schemas.columns import table_of

Vector = Mapping[str, int]
REDRIVEN = "redriven"
_NO_END = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Cut:
    """A vector with what is known of it.

    Attributes:
        name: given by somebody, or empty.
        vector: topic → first offset that is not known.
        as_of: the legal day it is for, if somebody said.
        known_at: the instant (UTC) it stands for, if it was found from one.
    """

    name: str
    vector: Vector
    as_of: date | None = None
    known_at: datetime | None = None

    def digest(self) -> str:
        """Twelve hex digits of the vector."""
        return vector_digest(self.vector)


def vector_digest(vector: Vector) -> str:
    """Twelve hex digits; equal for equal vectors."""
    text = json.dumps({topic: offset for topic, offset in sorted(vector.items()) if offset})
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def landed(
    server: ClickHouse, topics: Sequence[str], since: Vector | None = None, tables: Container[str] | None = None
) -> dict[str, int]:
    """What has landed: the end of each topic, and how many dead letters were redriven.

    Args:
        since: an earlier vector; the look begins there.
        tables: those that changed since then (event tables, `dead_letters`); None: any may have.
    """
    ends_sql, redriven_sql = statements(load("projections", "sql/landed.sql"))
    known = since or {}
    vector = {topic: known.get(topic, 0) for topic in topics}
    for family, spans in by_family(NewRows(topic, begin, _NO_END) for topic, begin in vector.items()).items():
        if tables is None or table_of(family) in tables:
            sql = with_new_rows(render(ends_sql, events=table_of(family)), spans)
            vector |= dict(server.rows(sql, **parameters(spans)))
    vector[REDRIVEN] = known.get(REDRIVEN, 0)
    if tables is None or DEAD_LETTERS in tables:
        vector[REDRIVEN] = max(vector[REDRIVEN], server.value(redriven_sql))
    return vector


def refuse_beyond(vector: Vector, end: Vector) -> None:
    """Check that everything up to `vector` has landed.

    Raises:
        InvalidInput: naming the first topic for which it has not.
    """
    for topic, offset in vector.items():
        if topic != REDRIVEN and offset > end.get(topic, 0):
            raise InvalidInput(
                f"{topic} has landed up to offset {end.get(topic, 0)}, the cut asks for {offset}",
                zh=f"{topic} 仅入库到 {end.get(topic, 0)}，截面要求 {offset}",
                hint="wait until it has landed: `lianzhi check`",
            )


def rows_between(server: ClickHouse, known: Vector, end: Vector, topics: Sequence[str]) -> list[NewRows]:
    """Rows between two cuts: those at the ends, and those that were landed at their own places in between."""
    news = [NewRows(topic, known.get(topic, 0), end.get(topic, 0)) for topic in topics]
    if known.get(REDRIVEN, 0) < end.get(REDRIVEN, 0):
        # Which of them came since is not asked: there are few, and doing some twice changes nothing.
        places = server.rows(load("projections", "sql/redriven.sql"))
        news += [NewRows(topic, offset, offset + 1) for topic, offset in places if topic in topics]
    return [rows for rows in news if rows.first < rows.end]
