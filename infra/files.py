"""Files that are ours alone: written whole and durably, with mode 0600 from the first byte."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def write_private(file: Path, content: bytes | str) -> None:
    """Put `content` (text as UTF-8) in the place of `file`: readers see the old or the new; durable on return.

    Two threads of one process may not write the same file at once.
    """
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, _NEW, 0o600), "wb") as stream:
        stream.write(content.encode() if isinstance(content, str) else content)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)
    sync_folder(file.parent)


def write_private_once(file: Path, content: bytes) -> None:
    """Write `content` unless `file` exists; of several that write at once the first counts. Durable on return."""
    if file.exists():
        return
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    try:
        write_private(draft, content)
        os.link(draft, file)
    except FileExistsError:
        return
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(file.parent)


def make_private(file: Path) -> None:
    """Make an empty file unless it exists, before a library would make it for everybody.

    An existing file is not opened: closing it again would drop the locks that SQLite holds on it in this process.

    Raises:
        FileExistsError: it is a symbolic link.
    """
    try:
        os.close(os.open(file, _NEW, 0o600))
    except FileExistsError:
        if file.is_symlink():
            raise
        file.chmod(0o600)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
