"""Comments on the columns of stable views, so that an analyst who sees nothing but the view knows what they mean.

The tables say it already; ClickHouse gives a view's columns no comment of their table, and CREATE OR REPLACE drops what
they had. So they are set anew behind every making of a view, from the tables as they are.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from infra.clickhouse import ClickHouse
from infra.sql import comment, identifier, load


@cache
def texts() -> Mapping[str, Mapping[str, Any]]:
    """Of each view: the `columns` that only it has, and the tables and views that explain the others, `like`."""
    return tomllib.loads(Path(__file__).with_name("view_comments.toml").read_text(encoding="utf-8"))


def comment_view(server: ClickHouse, view: str, tables: Iterable[str] = (), database: str | None = None) -> None:
    """Set the comments of a view's columns.

    Args:
        tables: those that it reads; `like` of view_comments.toml comes after them.
        database: where these tables lie, unless they lie beside it.
    """
    own = texts().get(view, {})
    read, like = list(tables), list(own.get("like", ()))
    sources = [*read, *like]
    found: dict[str, dict[str, str]] = {}
    sql = load("projections.store", "comments.sql")
    wanted = {server.database: [view, *like]}
    wanted.setdefault(database or server.database, []).extend(read)
    for place, names in wanted.items():
        for table, column, text in server.rows(sql, database=place, tables=names):
            found.setdefault(table, {})[column] = text
    known: dict[str, str] = {}
    for source in reversed(sources):
        known |= {column: text for column, text in found.get(source, {}).items() if text}
    known |= own.get("columns", {})
    changes = [
        f"COMMENT COLUMN {identifier(column)} {comment(known[column])}"
        for column, text in found.get(view, {}).items()
        if known.get(column, text) != text
    ]
    if changes:
        server.command(f"ALTER TABLE {identifier(view)} {', '.join(changes)}")


def comment_views_of_views(server: ClickHouse) -> None:
    """Set the comments of the views that read other stable views; those must have theirs."""
    for view, said in texts().items():
        if "like" in said:
            comment_view(server, view)
