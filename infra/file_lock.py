"""A lock between processes: a file with `flock` on it. The kernel lets go of it when its holder dies, however."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.clock import Clock, SystemClock

_FIRST_PAUSE = 0.0005
_LONGEST_PAUSE = 0.02


class FileLock:
    """One holder at a time, among processes and among threads that have their own `FileLock` of the same file.

    Or several that share it, as long as nobody holds it alone.
    """

    def __init__(self, path: Path, clock: Clock | None = None) -> None:
        self.path = path
        self._clock: Clock = clock or SystemClock()
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)

    def try_acquire(self) -> bool:
        """Take the lock if nobody holds it."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def acquire(self, seconds: float) -> bool:
        """Take the lock, waiting for up to `seconds`; whether it was taken."""
        deadline, pause = self._clock.monotonic() + seconds, _FIRST_PAUSE
        while not self.try_acquire():
            if self._clock.monotonic() > deadline:
                return False
            self._clock.sleep(pause)
            pause = min(_LONGEST_PAUSE, pause * 1.5)
        return True

    def share(self) -> None:
        """Hold the lock together with others that share it; waits as long as somebody holds it alone."""
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def release(self) -> None:
        """Let go of the lock."""
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the lock and of the file."""
        os.close(self._descriptor)

    @contextmanager
    def held(self, seconds: float, busy: Exception) -> Iterator[None]:
        """Hold the lock; raise `busy` when it can not be had within `seconds`."""
        if not self.acquire(seconds):
            raise busy
        try:
            yield
        finally:
            self.release()

    def write_holder(self, text: str) -> None:
        """Write who holds the lock into the file, for people; call it while holding."""
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text.encode(), 0)


def is_held(path: Path) -> bool:
    """Whether somebody holds the lock now."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
