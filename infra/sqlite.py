"""What every SQLite file of ours needs: set up alike, changed in whole transactions, of a version that is known."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.errors import FatalError
from infra.sql import load, statements


def set_up(db: sqlite3.Connection, *pragmas: str) -> None:
    """Set `pragmas` (`name = value`), and never trust functions that a schema names."""
    for pragma in (*pragmas, "trusted_schema = OFF"):
        db.execute(f"PRAGMA {pragma}").fetchall()


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """One transaction for writing: committed at the end, taken back whole when anything is raised."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield db
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")


def version_of(db: sqlite3.Connection, path: Path, known: int, *, zh: str, en: str) -> int:
    """The version of the schema: `known`, or 0 for a file that was never filled.

    Args:
        zh, en: what the file is, for people.

    Raises:
        FatalError: a later program wrote it.
    """
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    if version not in (0, known):
        raise FatalError(
            f"the {en} {path} is of version {version}, this program knows {known}",
            zh=f"{zh} {path} 的版本为 {version}，本程序只支持 {known}",
            hint="install the newer Lianzhi that wrote it",
        )
    return version


def fill(db: sqlite3.Connection, package: str, script: str, version: int) -> None:
    """Make the tables of `script` (an `.sql` file in `package`), inside a transaction of the caller."""
    for statement in statements(load(package, script)):
        db.execute(statement)
    db.execute(f"PRAGMA user_version = {version}")
