"""Bringing the two indexes up to a cut."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from infra.clickhouse import ClickHouse
from infra.sql import load, render
from infra.topics import split_topic
from schemas.columns import table_of

NAME = "indexes"
"""Their checkpoint's name."""

_PACKAGE = "projections.indexes"
_FACTS_AT_ONCE = 5_000
_ROWS_AT_ONCE = 1_000_000
_SETTINGS = {
    "max_projection_rows_to_use_projection_index": 1_000_000_000,
    "query_plan_max_set_size_for_projection_match": 1_000_000,
    "max_query_size": 16_777_216,
    "max_ast_elements": 1_000_000,
    "insert_deduplicate": 0,
}


@dataclass(frozen=True, slots=True)
class NewRows:
    """Rows of a topic from offset `first` up to, without, `end`."""

    topic: str
    first: int
    end: int


def advance(server: ClickHouse, news: Iterable[NewRows]) -> None:
    """Take these rows into the indexes. Taking some twice changes nothing."""
    for rows in news:
        for first in range(rows.first, rows.end, _ROWS_AT_ONCE):
            _advance(server, NewRows(rows.topic, first, min(rows.end, first + _ROWS_AT_ONCE)))


def _advance(server: ClickHouse, rows: NewRows) -> None:
    family, _ = split_topic(rows.topic)
    span = {"topic": rows.topic, "first": rows.first, "end": rows.end}
    find = render(load(_PACKAGE, "corrected_facts.sql"), events=table_of(family))
    facts = [fact for (fact,) in server.rows(find, with_settings=_SETTINGS, **span)]
    for start in range(0, len(facts), _FACTS_AT_ONCE):
        insert = load(_PACKAGE, f"corrections_{family}.sql")
        server.command(insert, with_settings=_SETTINGS, facts=facts[start : start + _FACTS_AT_ONCE])
    if family == "enforcement":
        server.command(load(_PACKAGE, "mentions.sql"), with_settings=_SETTINGS, **span)
