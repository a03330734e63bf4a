"""Bringing what lies in another order than the log up to a cut: the corrections, and each projection's facts by key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from infra.clickhouse import ClickHouse
from infra.sql import load, render
from projections.cut import REDRIVEN, Vector, rows_between
from projections.definition import Definition
from projections.indexes.new_rows import NewRows, by_family, parameters, portions, with_new_rows
from schemas.columns import table_of

CORRECTIONS = "corrections"
"""Their checkpoint's name."""

_PACKAGE = "projections.indexes"
_FACTS_AT_ONCE = 5_000
_SETTINGS = {
    "max_projection_rows_to_use_projection_index": 1_000_000_000,
    "query_plan_max_set_size_for_projection_match": 1_000_000,
    "max_query_size": 16_777_216,
    "max_ast_elements": 1_000_000,
    "insert_deduplicate": 0,
}


class Indexes:
    """The indexes of one database. Each call takes the rows between an index's checkpoint and a cut.

    It gives the names of the checkpoints that are due then: those of what took anything. May be shared by threads.
    """

    def __init__(self, server: ClickHouse, topics: Sequence[str]) -> None:
        self._server, self._topics = server, topics

    def take_corrections(self, known: Mapping[str, Vector], end: Vector) -> list[str]:
        """Bring the corrections up to `end`: no fold is right before.

        Raises:
            LianzhiError: it could not be done.
        """
        news = self._news(known.get(CORRECTIONS, {}), end, self._topics)
        if news is None:
            return []
        for family, rows in by_family(news).items():
            correct(self._server, family, rows)
        return [CORRECTIONS]

    def take_facts(self, definition: Definition, known: Mapping[str, Vector], end: Vector) -> list[str]:
        """Bring a projection's facts up to `end`, if it has any. Raises as `take_corrections`."""
        if not definition.gathers:
            return []
        news = self._news(known.get(definition.facts, {}), end, definition.topics_among(self._topics))
        if news is None:
            return []
        gather(self._server, definition, news)
        return [definition.facts]

    def _news(self, stands: Vector, end: Vector, topics: Sequence[str]) -> list[NewRows] | None:
        """The rows to take; None: the checkpoint is where it should be."""
        news = rows_between(self._server, stands, end, topics)
        return news if news or stands.get(REDRIVEN, 0) < end.get(REDRIVEN, 0) else None


def correct(server: ClickHouse, family: str, news: Iterable[NewRows]) -> None:
    """Take rows of a family's topics into the corrections. Taking some twice changes nothing."""
    find = render(load(_PACKAGE, "corrected_facts.sql"), events=table_of(family))
    insert = load(_PACKAGE, f"corrections_{family}.sql")
    for rows in portions(news):
        found = server.rows(with_new_rows(find, rows), with_settings=_SETTINGS, **parameters(rows))
        facts = [fact for (fact,) in found]
        for start in range(0, len(facts), _FACTS_AT_ONCE):
            server.command(insert, with_settings=_SETTINGS, facts=facts[start : start + _FACTS_AT_ONCE])


def gather(server: ClickHouse, definition: Definition, news: Iterable[NewRows]) -> None:
    """Take rows into a projection's facts by key. Taking some twice changes nothing."""
    for rows in portions(news):
        server.command(with_new_rows(definition.gather, rows), with_settings=_SETTINGS, **parameters(rows))
