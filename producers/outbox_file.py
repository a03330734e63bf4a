"""The file of an outbox: where it lies, who may write now, how it begins, and what happens when it is lost or broken.

SQLite in WAL mode. All writers of one outbox (publishers in any number of processes, and the relay) take turns with a
file lock that covers commit and checkpoint, besides SQLite's own locks: SQLite before 3.51.3 can corrupt a database
when two connections commit and checkpoint at the same instant (its WAL-reset bug); Python brings what the system has.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from infra.clock import Clock, SystemClock, micros
from infra.errors import FatalError, InvalidInput, LianzhiError, RetryableError
from infra.file_lock import FileLock
from infra.files import make_private, sync_folder
from infra.logging import get_logger
from infra.persons.keys import private_folder
from infra.sqlite import fill, set_up, transaction, version_of
from producers.epochs import next_epoch, remember_epoch
from producers.outbox_paths import outbox_paths

SCHEMA_VERSION = 1
BROKEN = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
"""What SQLite says of a file that is no database any more."""

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_log = get_logger(__name__)


class OutboxBusy(RetryableError):
    """Another process holds the outbox for too long."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"the outbox {path} is busy", zh=f"发件箱 {path} 正忙", hint="try again")


class Sync(StrEnum):
    """What a commit waits for. FULL: the disk has it. NORMAL: a power failure may take back the latest commits."""

    FULL = "FULL"
    NORMAL = "NORMAL"


class OutboxFile:
    """One connection to an outbox. Threads may share it; processes open their own.

    Args:
        home: `$LIANZHI_HOME`.
        publisher: id of the publisher.
        create: whether a missing outbox is begun (under a new epoch) or is an error.
        sync: what a commit waits for.
        busy_seconds: longest wait for another process that writes.

    Raises:
        FatalError: when the file is of a later version, of another publisher, or older than the epoch begun here last.
        InvalidInput: when there is none and `create` is false.
        OutboxBusy: when another process holds it.
    """

    def __init__(
        self,
        home: Path,
        publisher: str,
        *,
        create: bool = True,
        sync: Sync = Sync.FULL,
        clock: Clock | None = None,
        busy_seconds: float = 10.0,
    ) -> None:
        self.paths = outbox_paths(home, publisher)
        self.publisher = publisher
        self.clock: Clock = clock or SystemClock()
        self._sync = sync
        self._busy_seconds = busy_seconds
        self._thread_lock = threading.Lock()
        self._closed = False
        if not create and not self.paths.epochs():
            raise InvalidInput(f"{publisher} has no outbox here", zh=f"{publisher} 在此没有发件箱")
        private_folder(self.paths.folder)
        try:
            self._lock = FileLock(self.paths.lock, self.clock)
        except OSError as error:
            raise FatalError(
                f"can not open {self.paths.lock}: {error.strerror}",
                zh=f"无法打开 {self.paths.lock}",
                hint="check its owner",
            ) from error
        try:
            with self._lock.held(busy_seconds, OutboxBusy(self.paths.lock)), self.guarded():
                self.db, self.epoch = self._open()
        except LianzhiError:
            self._lock.close()
            raise
        self.path = self.paths.database(self.epoch)
        self._inode = self.path.stat().st_ino

    def close(self) -> None:
        """Close the connection; the last one out writes the WAL back. Twice is harmless."""
        with self._thread_lock:
            if self._closed:
                return
            self._closed = True
            if self._lock.acquire(self._busy_seconds):
                self.db.close()
                self._lock.release()
            self._lock.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Read; each statement sees the state of its own moment."""
        with self._thread_lock, self.guarded():
            self._check_open()
            yield self.db

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: committed at the end, taken back whole when anything is raised."""
        self._check_open()
        with self._thread_lock, self._lock.held(self._busy_seconds, OutboxBusy(self.paths.lock)), self.guarded():
            self._check_in_place()
            with transaction(self.db):
                yield self.db

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Turn what SQLite raises into errors of ours."""
        try:
            yield
        except sqlite3.Error as error:
            raise self._as_ours(error) from error

    def changes(self) -> int:
        """A number that changes when another connection has committed; cheap enough to ask twenty times a second."""
        with self.reading() as db:
            (version,) = db.execute("PRAGMA data_version").fetchone()
        return int(version)

    def in_place(self) -> bool:
        """Whether the file that is open still lies there and its epoch is the present one."""
        try:
            return self.path.stat().st_ino == self._inode and self.paths.present_epoch() == self.epoch
        except FileNotFoundError:
            return False

    def _check_open(self) -> None:
        if self._closed:
            raise InvalidInput(
                f"the outbox of {self.publisher} was closed",
                zh=f"{self.publisher} 的发件箱已关闭",
                hint="open a publisher anew; nothing was stored",
            )

    def _check_in_place(self) -> None:
        if not self.in_place():
            raise FatalError(
                f"the outbox {self.path} was removed or followed by another while it was in use",
                zh=f"发件箱 {self.path} 在使用中被删除或替换",
                hint="nothing was stored; open the publisher again",
            )

    def _as_ours(self, error: sqlite3.Error) -> LianzhiError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        path = self.paths.folder / self.publisher
        if code in _BUSY:
            return OutboxBusy(path)
        if code in BROKEN:
            return FatalError(
                f"the outbox {path} is broken: {error}",
                zh=f"发件箱 {path} 已损坏",
                hint=f"`lianzhi outbox renew {self.publisher}` begins a new epoch",
            )
        if code in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}:
            return RetryableError(
                f"the outbox {path} could not be written: {error}",
                zh=f"发件箱 {path} 无法写入",
                hint="check the disk; publish again: what was stored after all is recognised",
            )
        return FatalError(f"the outbox {path} failed: {error}", zh=f"发件箱 {path} 出错", hint="check disk and file")

    def _open(self) -> tuple[sqlite3.Connection, int]:
        epoch = self.paths.present_epoch()
        if not epoch or not self.paths.database(epoch).exists():
            return self._begin(next_epoch(self.clock, epoch, *self.paths.epochs()))
        db = self._connect(epoch)
        try:
            self._set_up(db)
            if self._has_begun(db, epoch):
                return db, epoch
        except sqlite3.DatabaseError as error:
            db.close()
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in BROKEN:
                raise
            _log.error("outbox is broken", file=str(self.paths.database(epoch)), reason=str(error))
            return self._begin(next_epoch(self.clock, epoch, *self.paths.epochs()))
        db.close()
        return self._begin(epoch)

    def _connect(self, epoch: int) -> sqlite3.Connection:
        path = self.paths.database(epoch)
        make_private(path)
        return sqlite3.connect(path, timeout=self._busy_seconds, isolation_level=None, check_same_thread=False)

    def _set_up(self, db: sqlite3.Connection) -> None:
        set_up(
            db,
            "auto_vacuum = INCREMENTAL",  # works on a new file only
            "journal_mode = WAL",
            f"synchronous = {self._sync.value}",
            "foreign_keys = ON",
        )

    def _has_begun(self, db: sqlite3.Connection, epoch: int) -> bool:
        """Whether this is an outbox; a file that was made and never filled is none yet."""
        path = self.paths.database(epoch)
        if version_of(db, path, SCHEMA_VERSION, zh="发件箱", en="outbox") == 0:
            return False
        found = db.execute("SELECT publisher, epoch FROM outbox").fetchone()
        if found != (self.publisher, epoch):
            raise FatalError(
                f"the outbox {path} is that of {found[0]}, epoch {found[1]}",
                zh=f"发件箱 {path} 属于 {found[0]}，纪元 {found[1]}",
                hint=f"put the right file back, or begin anew with `lianzhi outbox renew {self.publisher}`",
            )
        return True

    def _begin(self, epoch: int) -> tuple[sqlite3.Connection, int]:
        """Begin `epoch`. It is remembered before anything is numbered under it, so that it never comes twice."""
        remember_epoch(self.paths.epoch_file, epoch)
        db = self._connect(epoch)
        self._set_up(db)
        with transaction(db):
            fill(db, "producers", "outbox.sql", SCHEMA_VERSION)
            db.execute("INSERT INTO outbox VALUES (1, ?, ?, ?)", (self.publisher, epoch, micros(self.clock.now())))
        sync_folder(self.paths.folder)
        _log.info("outbox begins", publisher=self.publisher, epoch=epoch)
        return db, epoch
