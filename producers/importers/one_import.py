"""One import of a publisher at a time, its workers included: they may still publish for a moment when it was killed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.errors import RetryableError
from infra.file_lock import FileLock
from infra.persons.keys import private_folder


def imports_folder(home: Path) -> Path:
    """Where ledgers and their locks lie: `$LIANZHI_HOME/imports`."""
    return home / "imports"


def hold(home: Path, publisher: str) -> FileLock:
    """The lock of an import, held until it is closed.

    Raises:
        RetryableError: another import of this publisher runs, or the workers of one that was killed still do.
    """
    folder = private_folder(imports_folder(home))
    lock = FileLock(folder / f"{publisher}.lock")
    if not lock.try_acquire():
        lock.close()
        raise _running(publisher, "wait for it")
    workers = FileLock(_workers_file(home, publisher))
    try:
        if not workers.try_acquire():
            lock.close()
            raise _running(publisher, "its workers are at their last rows; try again in a moment")
    finally:
        workers.close()
    return lock


@contextmanager
def held_by_worker(home: Path, publisher: str) -> Iterator[None]:
    """Keep further imports of this publisher away as long as this worker lives; any number of workers may."""
    private_folder(imports_folder(home))
    lock = FileLock(_workers_file(home, publisher))
    try:
        lock.share()
        yield
    finally:
        lock.close()


def _workers_file(home: Path, publisher: str) -> Path:
    return imports_folder(home) / f"{publisher}.workers.lock"


def _running(publisher: str, hint: str) -> RetryableError:
    return RetryableError(
        f"another import for {publisher} is running", zh=f"{publisher} 的另一次导入正在进行", hint=hint
    )
