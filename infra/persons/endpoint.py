"""Where the tokeniser listens, and who is at the other end: one answer for both sides.

The address of a unix socket is limited to 107 bytes, the terminating zero not counted. A home that lies deeper gets its
socket under a short name made of the home's own, in a folder that only this user can enter.
"""

from __future__ import annotations

import hashlib
import os
import socket
import struct
import sys
from pathlib import Path

from infra.errors import FatalError
from infra.persons.keys import private_folder
from infra.settings import Settings

MAX_ADDRESS_BYTES = 103
"""What every system takes: Linux 107, the BSDs 103."""

_PEER = struct.Struct("3i")


def tokeniser_socket(settings: Settings) -> Path:
    """The path of the tokeniser's socket, the same for the process and for every client of that home."""
    home = settings.home.resolve()
    wanted = home / settings.tokeniser.socket
    if len(os.fsencode(wanted)) <= MAX_ADDRESS_BYTES:
        return wanted
    name = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:24]
    return Path("/tmp") / f"lianzhi-{os.geteuid()}" / f"{name}.sock"  # noqa: S108  (entered only after private_folder)


def socket_folder(path: Path) -> Path:
    """The socket's folder, made when missing, entered by its owner alone.

    Raises:
        FatalError: when somebody else has made it before us.
    """
    return private_folder(path.parent)


def heartbeat_file(settings: Settings) -> Path:
    """The file that the tokeniser touches every second while it is well: `$LIANZHI_HOME/run/tokeniser.heartbeat`."""
    return settings.run_dir / "tokeniser.heartbeat"


def peer_uid(connection: socket.socket) -> int:
    """The user at the other end of a connected unix socket, by the kernel's word.

    Raises:
        FatalError: on a system that does not tell.
    """
    if sys.platform != "linux":
        raise FatalError("the tokeniser needs Linux: it checks its callers with SO_PEERCRED", zh="令牌服务需要 Linux")
    _, uid, _ = _PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
    return int(uid)
