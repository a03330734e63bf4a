"""What new events touch: the rows between two cuts, and the keys whose rows must be folded anew because of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from infra.clickhouse import ClickHouse
from infra.sql import load, render
from infra.topics import split_topic
from projections.cut import REDRIVEN, Vector
from projections.definition import Definition
from projections.indexes.new_rows import NewRows, parameters, portions, with_new_rows
from schemas.columns import table_of


def rows_between(server: ClickHouse, known: Vector, end: Vector, topics: Sequence[str]) -> list[NewRows]:
    """Rows between two cuts: those at the ends, and those that were landed at their own places in between."""
    news = [NewRows(topic, known.get(topic, 0), end.get(topic, 0)) for topic in topics]
    if known.get(REDRIVEN, 0) < end.get(REDRIVEN, 0):
        # Which of them came since is not asked: there are few, and doing some twice changes nothing.
        places = server.rows(load("projections", "sql/redriven.sql"))
        news += [NewRows(topic, offset, offset + 1) for topic, offset in places if topic in topics]
    return [rows for rows in news if rows.first < rows.end]


def touched_keys(
    server: ClickHouse, definition: Definition, news: Sequence[NewRows], most_rows: int
) -> list[str] | None:
    """The keys that these rows touch, in order; None: more rows than `most_rows`, too many to ask.

    A row touches the key that it names, and every key that another revision of its fact ever named.
    """
    if sum(rows.end - rows.first for rows in news) > most_rows:
        return None
    keys: set[str] = set()
    for family in definition.families:
        mine = [rows for rows in news if split_topic(rows.topic)[0] == family]
        for sql, values in _asking(definition, family):
            for rows in portions(mine):
                found = server.rows(with_new_rows(sql, rows), **(parameters(rows) | values))
                keys.update(key for (key,) in found)
    return sorted(keys)


def _asking(definition: Definition, family: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """What finds the keys of new rows, with its parameters: those that they name, and those that a fact had before."""
    sql = definition.sql("touched")
    yield (render(sql, events=table_of(family)) if "{events:Identifier}" in sql else sql), {}
    if definition.corrected_by is not None:
        yield render(load("projections", "sql/moved.sql"), key=definition.corrected_by), {"family": family}
