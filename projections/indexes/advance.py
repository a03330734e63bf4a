"""Bringing what lies in another order than the log up to a cut: the corrections, and each projection's facts by key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from infra.clickhouse import ClickHouse
from infra.sql import load
from projections.cut import REDRIVEN, Vector, rows_between
from projections.definition import Definition
from projections.indexes.new_rows import NewRows, parameters, portions, with_new_rows
from projections.touched import Touched

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

    def uncorrected(self, known: Mapping[str, Vector], end: Vector) -> list[NewRows]:
        """The rows that the corrections have not taken."""
        return rows_between(self._server, known.get(CORRECTIONS, {}), end, self._topics)

    def take_corrections(self, known: Mapping[str, Vector], end: Vector, touched: Touched) -> list[str]:
        """Bring the corrections up to `end`: no fold is right before.

        Args:
            touched: which rows the corrections have not taken, and what these say.

        Raises:
            LianzhiError: it could not be done.
        """
        for family, rows in touched.uncorrected.items():
            for facts in touched.corrected(family, rows):
                _correct(self._server, family, sorted(facts))
        return [CORRECTIONS] if touched.uncorrected or _redriven_since(known.get(CORRECTIONS, {}), end) else []

    def take_facts(self, definition: Definition, known: Mapping[str, Vector], end: Vector) -> list[str]:
        """Bring a projection's facts up to `end`, if it has any. Raises as `take_corrections`."""
        if not definition.gathers:
            return []
        stands = known.get(definition.facts, {})
        news = rows_between(self._server, stands, end, definition.topics_among(self._topics))
        if not news and not _redriven_since(stands, end):
            return []
        _gather(self._server, definition, news)
        return [definition.facts]


def _redriven_since(stands: Vector, end: Vector) -> bool:
    """Whether a checkpoint is due although there is nothing to take."""
    return stands.get(REDRIVEN, 0) < end.get(REDRIVEN, 0)


def _correct(server: ClickHouse, family: str, facts: Sequence[UUID]) -> None:
    """Take all revisions of these facts into the corrections. Taking some twice changes nothing."""
    insert = load(_PACKAGE, f"corrections_{family}.sql")
    for start in range(0, len(facts), _FACTS_AT_ONCE):
        server.command(insert, with_settings=_SETTINGS, facts=list(facts[start : start + _FACTS_AT_ONCE]))


def _gather(server: ClickHouse, definition: Definition, news: Iterable[NewRows]) -> None:
    """Take rows into a projection's facts by key. Taking some twice changes nothing."""
    for rows in portions(news):
        server.command(with_new_rows(definition.gather, rows), with_settings=_SETTINGS, **parameters(rows))
