"""What a table lacks, and the keys whose rows must be folded anew because of it."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from infra.clickhouse import ClickHouse
from infra.sql import identifier, load, render, statements
from projections.cut import REDRIVEN, Vector
from projections.definition import Definition
from projections.indexes.new_rows import NewRows, by_family, parameters, portions, with_new_rows
from schemas.columns import table_of

Lists = Mapping[str, set[Any]]
"""Keys by the name of the projection, and corrected facts."""


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
    """What new rows touch: the keys that they name, and those that another revision of their facts ever named.

    Whoever stands at the same place asks together, tables and corrections: the server plans one statement a family for
    all of them, not one for each. May be shared by threads.

    Args:
        lagging: every table that will be asked about.
        uncorrected: the rows that will be asked for corrected facts.
        most_rows: more rows than this are too many to ask for keys.

    Attributes:
        uncorrected: those rows by their family.
    """

    def __init__(
        self, server: ClickHouse, lagging: Iterable[Lag], uncorrected: Iterable[NewRows], most_rows: int
    ) -> None:
        self._server, self._most = server, most_rows
        self._together: dict[tuple[NewRows, ...], dict[str, Definition]] = defaultdict(dict)
        self._named: dict[tuple[NewRows, ...], Lists] = {}
        self._moved: dict[tuple[NewRows, ...], Lists] = {}
        self._one_at_a_time = threading.Lock()
        self.uncorrected = by_family(uncorrected)
        for lags in lagging:
            if self._are_few(lags.news):
                for rows in by_family(lags.news).values():
                    self._together[rows][lags.definition.name] = lags.definition

    def keys(self, lags: Lag) -> list[str] | None:
        """The keys that the new rows of a table touch, in order; None: there are too many rows.

        The corrections must know the rows.

        Raises:
            LianzhiError: the server could not be asked.
        """
        if not self._are_few(lags.news):
            return None
        keys: set[str] = set()
        for family, rows in by_family(lags.news).items():
            name = lags.definition.name
            with self._one_at_a_time:
                keys |= self._names(family, rows)[name] | self._moves(family, rows).get(name, set())
        return sorted(keys)

    def corrected(self, family: str, news: tuple[NewRows, ...]) -> Iterator[set[UUID]]:
        """Facts among new rows that are corrected, retracted, or were corrected before; so many at a time.

        Raises:
            LianzhiError: the server could not be asked.
        """
        if news in self._together:
            with self._one_at_a_time:
                facts = self._names(family, news)[_FACTS]
            yield facts
        else:
            for rows in portions(news):
                yield self._ask(_NAMING, family, rows, {_FACTS: _corrected(family)})[_FACTS]

    def _are_few(self, news: Iterable[NewRows]) -> bool:
        return sum(rows.end - rows.first for rows in news) <= self._most

    def _names(self, family: str, news: tuple[NewRows, ...]) -> Lists:
        if news not in self._named:
            lists = {name: each.sql("touched") for name, each in self._together[news].items()}
            if self.uncorrected.get(family) == news:
                lists[_FACTS] = _corrected(family)
            self._named[news] = self._ask(_NAMING, family, news, lists)
        return self._named[news]

    def _moves(self, family: str, news: tuple[NewRows, ...]) -> Lists:
        if news not in self._moved:
            about = self._together[news] if self._names(family, news).get(_FACTS) != set() else {}
            lists = {name: f"nullIf({identifier(by)}, '')" for name, each in about.items() if (by := each.corrected_by)}
            self._moved[news] = self._ask(_MOVING, family, news, lists)
        return self._moved[news]

    def _ask(self, which: int, family: str, news: Iterable[NewRows], lists: Mapping[str, str]) -> Lists:
        sql = statements(load("projections", "sql/touched.sql"))[which]
        if which == _NAMING:
            sql = render(sql, events=table_of(family))
        wanted = ", ".join(f"groupUniqArray(\n{each.strip()}\n)" for each in lists.values())
        found: dict[str, set[Any]] = {name: set() for name in lists}
        for rows in portions(news) if lists else ():
            told = self._server.rows(with_new_rows(sql, rows, lists=wanted), **parameters(rows), family=family)
            for name, listed in zip(lists, told[0], strict=True):
                found[name].update(listed)
        return found


_NAMING, _MOVING = range(2)
_FACTS = "facts"
"""Beside the names of projections: the list of corrected facts."""


def _corrected(family: str) -> str:
    return render(load("projections.indexes", "corrected_facts.sql"), events=table_of(family))
