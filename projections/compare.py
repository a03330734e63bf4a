"""Comparing two tables row by row: counts, hashes that see NULL, and the keys that differ."""

from __future__ import annotations

from dataclasses import dataclass

from infra.clickhouse import ClickHouse
from infra.sql import include, load, render, statements
from projections.definition import rows_of


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two tables (each `database.table`) as read.

    Attributes:
        rows: rows of either.
        hashes: sums of the rows' SipHash128 of either, hexadecimal.
        differing: keys of rows that only one has, or that differ; at most so many as were asked for.
    """

    left: str
    right: str
    rows: tuple[int, int]
    hashes: tuple[str, str]
    differing: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether they hold the same rows."""
        return self.rows[0] == self.rows[1] and self.hashes[0] == self.hashes[1]


def compare(server: ClickHouse, left: str, right: str, key: str, *, most: int = 20) -> Comparison:
    """Compare two tables of folded rows: what they say of each key, not when it was folded or settled.

    Args:
        left: `table` or `database.table`; so is `right`.
        key: columns that say which row is which, with commas.
    """
    whole_sql, differing_sql = statements(load("projections", "sql/compare.sql"))
    one, other = _rows(server, left), _rows(server, right)
    counts = [server.rows(include(whole_sql, rows=rows)) for rows in (one, other)]
    (rows_l, hash_l), (rows_r, hash_r) = counts[0][0], counts[1][0]
    keys: tuple[str, ...] = ()
    if (rows_l, hash_l) != (rows_r, hash_r):
        found = server.rows(include(render(differing_sql, key=key), left=one, right=other), most=most)
        keys = tuple(str(name) for (name,) in found)
    return Comparison(left, right, (rows_l, rows_r), (f"{hash_l:032x}", f"{hash_r:032x}"), keys)


def _rows(server: ClickHouse, table: str) -> str:
    database, _, name = table.rpartition(".")
    return rows_of(database or server.database, name)
