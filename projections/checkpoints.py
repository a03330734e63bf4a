"""How far each projection table has been folded, and what a rebuild has done so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from infra.clickhouse import ClickHouse
from infra.sql import load, statements
from projections.cut import Vector


@dataclass(frozen=True, slots=True)
class RebuildState:
    """What is known of a table that is being built: at which cut, in how many slices, which (from 1) are done."""

    cut: Vector
    slices: int
    done: frozenset[int]


class Checkpoints:
    """The two tables. A checkpoint of a smaller cut never replaces one of a larger."""

    def __init__(self, server: ClickHouse) -> None:
        self._server = server
        parts = statements(load("projections", "sql/checkpoints.sql"))
        self._read, self._write, self._forget, self._read_rebuild, self._write_slice, self._forget_rebuild = parts

    def all(self) -> Mapping[str, dict[str, int]]:
        """The cut of each table that is fed, by the table's name."""
        return {name: dict(cut) for name, cut in self._server.rows(self._read)}

    def write(self, table: str, cut: Vector) -> None:
        """Say that `table` is folded up to `cut`."""
        self.write_all([table], cut)

    def write_all(self, tables: Sequence[str], cut: Vector) -> None:
        """Say of several that they are folded up to `cut`."""
        self._server.command(self._write, targets=list(tables), cut=dict(cut))

    def forget(self, table: str) -> None:
        """Feed `table` no more, and know nothing of its building."""
        self._server.command(self._forget, target=table)
        self._server.command(self._forget_rebuild, target=table)

    def rebuild(self, table: str) -> RebuildState | None:
        """How far the building of `table` is; None: nobody began."""
        rows = self._server.rows(self._read_rebuild, target=table)
        if not rows:
            return None
        _, slices, cut = rows[0]
        return RebuildState(dict(cut), slices, frozenset(slice_ for slice_, _, _ in rows if slice_))

    def write_slice(self, table: str, slice_: int, slices: int, cut: Vector) -> None:
        """Say that a slice (from 1) is folded; 0: that building begins."""
        self._server.command(self._write_slice, target=table, slice=slice_, slices=slices, cut=dict(cut))

    def forget_rebuild(self, table: str) -> None:
        """Building is over."""
        self._server.command(self._forget_rebuild, target=table)
