"""Confining a process to the files that it needs, by the kernel's Landlock (Linux 5.19 and later; no rights needed).

Only reading is confined: that is what an SQL statement could make a server do for somebody else.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

from infra.errors import FatalError

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_GET_VERSION = 1
_PATH_BENEATH = 1
_READ_FILE, _READ_DIR, _REFER = 1 << 2, 1 << 3, 1 << 13
_WITH_REFER = 2  # the first version in which files may still be moved between folders
_PR_SET_NO_NEW_PRIVS = 38


def confine_reading(allowed: Iterable[Path]) -> bool:
    """Let this thread, and all that it starts from now on, open for reading only what lies at or under `allowed`.

    Paths that do not exist are passed over. There is no way back.

    Returns:
        Whether the kernel can do that; if not, nothing has changed.

    Raises:
        FatalError: it can, and refused.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(_CREATE_RULESET, None, 0, _GET_VERSION) < _WITH_REFER:
        return False
    handled = struct.pack("Q", _READ_FILE | _READ_DIR | _REFER)
    ruleset = _checked(libc.syscall(_CREATE_RULESET, handled, len(handled), 0))
    try:
        _allow(libc, ruleset, Path("/"), _REFER)
        for path in allowed:
            if path.exists():
                _allow(libc, ruleset, path, _READ_FILE | _READ_DIR if path.is_dir() else _READ_FILE)
        _checked(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _checked(libc.syscall(_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)
    return True


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path, rights: int) -> None:
    opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("=Qi", rights, opened)
        _checked(libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0))
    finally:
        os.close(opened)


def _checked(result: int) -> int:
    if result < 0:
        reason = os.strerror(ctypes.get_errno())
        raise FatalError(f"the kernel did not confine this process: {reason}", zh=f"内核未能限制本进程：{reason}")
    return result
