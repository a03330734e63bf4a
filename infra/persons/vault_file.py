"""The SQLite file of a region's vault: who may open it, how it is set up, and what its errors mean to callers."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.errors import FatalError
from infra.persons.erasure import VaultBusy
from infra.sql import load, statements

SCHEMA_VERSION = 1


class VaultFile:
    """One connection to a vault's file, made when there is none; may be shared by threads.

    Args:
        path: the file.
        region: six-digit code of the owning region, for messages.
        busy_seconds: longest wait for another process that writes.

    Raises:
        FatalError: when the file is of a later version, or broken.
        VaultBusy: when another process holds it.
    """

    def __init__(self, path: Path, region: str, busy_seconds: float) -> None:
        self._path, self._region = path, region
        self._lock = threading.Lock()
        _make_private(path)
        self.db = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
        with self.guarded():
            self._prepare()

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self.db.close()

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """One thread at a time; what SQLite raises comes out as an error of ours."""
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                    raise VaultBusy(self._region) from None
                raise FatalError(
                    f"the vault {self._path} failed: {error}",
                    zh=f"密钥库 {self._path} 出错",
                    hint="check disk and file",
                ) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Committed at the end, taken back whole when anything is raised; inside `guarded`."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.db.execute("COMMIT")
        finally:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")

    def _prepare(self) -> None:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "trusted_schema = OFF"):
            self.db.execute(f"PRAGMA {pragma}").fetchall()
        with self.transaction():
            (version,) = self.db.execute("PRAGMA user_version").fetchone()
            if version not in (0, SCHEMA_VERSION):
                raise FatalError(
                    f"the vault {self._path} is of version {version}, this program knows {SCHEMA_VERSION}",
                    zh=f"密钥库 {self._path} 的版本为 {version}，本程序只支持 {SCHEMA_VERSION}",
                    hint="install the newer Lianzhi that wrote it",
                )
            for statement in statements(load("infra.persons", "vault.sql")) if version == 0 else ():
                self.db.execute(statement)
            self.db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _make_private(path: Path) -> None:
    """Make the file, for its owner alone, before SQLite would make it for everybody; its companions take its mode.

    An existing file is not opened: closing it again would drop the locks that SQLite holds on it in this process.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        path.chmod(0o600)
