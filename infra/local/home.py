"""The folder of one local stack: what lies where, and sockets whose paths fit.

Two homes share nothing: data, ports, secrets, sockets and logs all lie under the home, or under a name made from it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from infra.errors import InvalidInput

SOCKET_PATH_BYTES = 90
"""A Unix socket's path holds at most 107 bytes; the manager appends `.<pid>` while it binds."""


@dataclass(frozen=True, slots=True)
class Home:
    """One local stack's folder; `path` is absolute and without symlinks."""

    path: Path

    @classmethod
    def of(cls, path: Path) -> Home:
        """The home at `path`.

        Raises:
            InvalidInput: when the path holds characters that can not stand in a command line of the manager.
        """
        resolved = path.expanduser().resolve()
        if any(character in str(resolved) for character in '"\\%,\n\r\0'):
            raise InvalidInput(
                f"the home {str(resolved)!r} has a character that the process manager or Kafka can not take",
                zh=f"目录 {resolved} 含有无法使用的字符",
                hint='choose a path without " \\ % , and line breaks',
            )
        return cls(resolved)

    @property
    def run(self) -> Path:
        """Process state: addresses, configuration files made at start, heartbeats, locks."""
        return self.path / "run"

    @property
    def logs(self) -> Path:
        """One log file a process."""
        return self.path / "logs"

    @property
    def data(self) -> Path:
        """What the servers store."""
        return self.path / "data"

    @property
    def secrets(self) -> Path:
        """Passwords and keys, readable by their owner only."""
        return self.path / "secrets"

    @property
    def key(self) -> str:
        """A short name of this home, for what can not carry its whole path."""
        return hashlib.sha256(str(self.path).encode()).hexdigest()[:12]

    def make_folders(self) -> None:
        """Make the folders, closed to everybody else.

        Raises:
            InvalidInput: when one can not be made or written, or somebody else owns the short folder that sockets of a
                long home need.
        """
        try:
            for folder in (self.path, self.run, self.logs, self.data, self.secrets):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.secrets.chmod(0o700)
            (self.run / "up.lock").touch(mode=0o600)
        except OSError as error:
            raise InvalidInput(
                f"the home {self.path} can not be used: {error.strerror}: {error.filename}",
                zh=f"无法使用目录 {self.path}",
                hint="choose a folder of your own with --home or LIANZHI_HOME",
            ) from error
        if self._needs_short_folder():
            self._make_short_folder()

    def socket(self, name: str) -> Path:
        """Where the Unix socket `name` lies: in `run/`, or in a private short folder when that path is too long."""
        return (self._short_path() if self._needs_short_folder() else self.run) / f"{name}.sock"

    def _needs_short_folder(self) -> bool:
        return len(os.fsencode(self.run / "supervisor.sock")) > SOCKET_PATH_BYTES

    def remove_short_folder(self) -> None:
        """Leave nothing outside the home once nothing runs; a folder that still holds a socket stays."""
        with contextlib.suppress(OSError):
            self._short_path().rmdir()

    def _short_path(self) -> Path:
        base = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
        if len(os.fsencode(base)) > SOCKET_PATH_BYTES - 40:
            base = Path("/tmp")  # noqa: S108 - made with mode 0700 and its owner checked below
        return base / f"lianzhi-{os.getuid()}-{self.key}"

    def _make_short_folder(self) -> None:
        folder = self._short_path()
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if found.st_uid != os.getuid() or not stat.S_ISDIR(found.st_mode) or stat.S_IMODE(found.st_mode) & 0o077:
            raise InvalidInput(
                f"{folder} is not a private folder of this user",
                zh=f"{folder} 不是当前用户的私有目录",
                hint="remove it",
            )
