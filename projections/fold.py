"""Running a fold: the one SELECT of a projection, for some keys or for a slice of all, at a cut, into a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from infra.clickhouse import ClickHouse
from infra.sql import identifier, render
from projections.cut import Vector
from projections.definition import Definition

SETTINGS: Mapping[str, str | int | float] = {
    # Keys are found through the light projections however many granules they lie in.
    "max_projection_rows_to_use_projection_index": 1_000_000_000,
    "query_plan_max_set_size_for_projection_match": 1_000_000,
    # A thousand keys among facts of ten million events are found an eighth faster in smaller steps than the server's 8.
    "merge_tree_coarse_index_granularity": 3,
    "max_query_size": 16_777_216,
    "max_ast_elements": 1_000_000,
    "max_expanded_ast_elements": 2_000_000,
    # Folded rows are no source of truth; losing them in a power cut means folding again.
    "insert_deduplicate": 0,
    "max_bytes_before_external_group_by": 4_000_000_000,
    "max_bytes_ratio_before_external_group_by": 0,
    # Facts lie by key, so keys come in order: out of the groups, into the table.
    "optimize_aggregation_in_order": 1,
    # In small blocks a fold takes less than 1 GiB of memory however many keys it folds; of ten million events, half.
    "max_block_size": 16_384,
    "min_insert_block_size_rows": 262_144,
    # A fold has one row a key: there is nothing to replace within what it inserts.
    "optimize_on_insert": 0,
}
KEYS_AT_ONCE = 5_000


def fold_keys(
    server: ClickHouse,
    definition: Definition,
    target: str,
    cut: Vector,
    keys: Sequence[str],
    *,
    seconds: float,
) -> None:
    """Compute the rows of `keys` anew at `cut` and put them into `target`.

    Args:
        target: `table` or `database.table`.
        seconds: longest run of one statement.
    """
    for start in range(0, len(keys), KEYS_AT_ONCE):
        part = list(keys[start : start + KEYS_AT_ONCE])
        _run(server, definition, target, cut, part, 0, 0, seconds)


def fold_slice(
    server: ClickHouse,
    definition: Definition,
    target: str,
    cut: Vector,
    slice_: int,
    slices: int,
    *,
    seconds: float,
    settled: bool = False,
) -> None:
    """Compute the rows of all keys whose hash falls into slice `slice_` (from 0) of `slices`.

    Args:
        settled: as settled rows (see `projections.settling`); else as fresh ones.
    """
    _run(server, definition, target, cut, [], slice_, slices, seconds, sum(cut.values()) if settled else 0)


def _run(
    server: ClickHouse,
    definition: Definition,
    target: str,
    cut: Vector,
    keys: list[str],
    slice_: int,
    slices: int,
    seconds: float,
    settled: int = 0,
) -> None:
    database, _, table = target.rpartition(".")
    into = render(
        "INSERT INTO {database:Identifier}.{table:Identifier}\nSELECT *, {settled:UInt64} AS settled FROM (\n",
        database=identifier(database or server.database),
        table=table,
    )
    server.command(
        f"{into}{definition.fold}\n)",
        with_settings={**SETTINGS, "max_execution_time": seconds},
        cut=dict(cut),
        keys=keys,
        slice=slice_,
        slices=slices,
        settled=settled,
    )
