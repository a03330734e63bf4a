"""What a table lacks, and the keys whose rows must be folded anew because of it."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from infra.clickhouse import ClickHouse
from infra.sql import identifier, load, render, statements
from projections.cut import REDRIVEN, Vector
from projections.definition import Definition
from projections.indexes.new_rows import NewRows, by_family, parameters, portions, with_new_rows
from schemas.columns import table_of

Keys = Mapping[str, set[str]]
"""Keys by the name of the projection."""


def behind(definition: Definition, stands: Vector, end: Vector) -> int:
    """How many landed events a table of this projection has not folded in."""
    topics = definition.topics_among(topic for topic in end if topic != REDRIVEN)
    return sum(max(0, end[topic] - stands.get(topic, 0)) for topic in topics)


@dataclass(frozen=True, slots=True)
class Lag:
    """A table that is fed, where it stands, and the rows beyond that; or that it rests in this tick."""

    definition: Definition
    table: str
    stands: Vector
    news: list[NewRows]
    rests: bool = False


class Touched:
    """The keys that new rows touch: those that they name, and those that another revision of their facts ever named.

    Tables that stand at the same place ask together: the server plans one statement a family for all of them, not one
    for each. May be shared by threads.

    Args:
        lagging: every table that will be asked about.
        most_rows: more rows than this are too many to ask.
    """

    def __init__(self, server: ClickHouse, lagging: Iterable[Lag], most_rows: int) -> None:
        self._server, self._most = server, most_rows
        self._together: dict[tuple[NewRows, ...], dict[str, Definition]] = defaultdict(dict)
        self._found: dict[tuple[NewRows, ...], Keys] = {}
        self._one_at_a_time = threading.Lock()
        for lags in lagging:
            for rows in by_family(lags.news).values():
                self._together[rows][lags.definition.name] = lags.definition

    def keys(self, lags: Lag) -> list[str] | None:
        """The keys that the new rows of a table touch, in order; None: there are too many rows.

        Raises:
            LianzhiError: the server could not be asked.
        """
        if sum(rows.end - rows.first for rows in lags.news) > self._most:
            return None
        keys: set[str] = set()
        for family, rows in by_family(lags.news).items():
            with self._one_at_a_time:
                if rows not in self._found:
                    self._found[rows] = self._ask(family, rows)
            keys |= self._found[rows][lags.definition.name]
        return sorted(keys)

    def _ask(self, family: str, news: tuple[NewRows, ...]) -> Keys:
        asked = self._together[news]
        named = {name: each.sql("touched") for name, each in asked.items()}
        moved = {name: f"nullIf({identifier(by)}, '')" for name, each in asked.items() if (by := each.corrected_by)}
        naming, moving = statements(load("projections", "sql/touched.sql"))
        found: dict[str, set[str]] = defaultdict(set)
        for sql, keys in ((render(naming, events=table_of(family)), named), (moving, moved)):
            lists = ", ".join(f"groupUniqArray(\n{key.strip()}\n)" for key in keys.values())
            for rows in portions(news) if keys else ():
                told = self._server.rows(with_new_rows(sql, rows, keys=lists), **parameters(rows), family=family)
                for name, listed in zip(keys, told[0], strict=True):
                    found[name].update(listed)
        return found
