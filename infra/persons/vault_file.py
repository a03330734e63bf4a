"""The SQLite file of a region's vault: who may open it, how it is set up, and what its errors mean to callers."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.errors import FatalError
from infra.file_lock import FileLock
from infra.files import make_private
from infra.persons.erasure import VaultBusy
from infra.sqlite import fill, set_up, transaction, version_of

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
        make_private(path)
        self.db = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
        # Of two that turn a new file to write-ahead logging SQLite lets none wait: one was told "busy" at once.
        alone = FileLock(path.with_suffix(".lock"))
        try:
            with alone.held(busy_seconds, VaultBusy(region)), self.guarded():
                self._prepare()
        finally:
            alone.close()

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
        with transaction(self.db):
            yield

    def _prepare(self) -> None:
        set_up(self.db, "journal_mode = WAL", "synchronous = FULL", "secure_delete = ON")
        with self.transaction():
            if version_of(self.db, self._path, SCHEMA_VERSION, zh="密钥库", en="vault") == 0:
                fill(self.db, "infra.persons", "vault.sql", SCHEMA_VERSION)
