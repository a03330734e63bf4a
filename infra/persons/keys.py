"""Secret keys as files: made once, never replaced in silence, readable by their owner alone.

The zone's key stands behind every token. Would it be made anew after a loss, tokens would stop matching without anybody
noticing; so beside the data lies a fingerprint of every key, and a key that is missing or another one is an error.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
import stat
from pathlib import Path

from infra.errors import FatalError, InvalidInput
from infra.files import write_private_once

KEY_BYTES = 32
TOKEN_VERSION = 1
"""The version that a new zone begins with; a later one is a further key file beside the first."""

_KEY_FILE = re.compile(r"([1-9][0-9]{0,4})\.key")
_FINGERPRINT_DOMAIN = b"lianzhi key fingerprint v1"


def zone_key_file(home: Path, token_version: int) -> Path:
    """Where the zone's key of that version lies: `$LIANZHI_HOME/secrets/zone/<token_version>.key`."""
    return home / "secrets" / "zone" / f"{token_version}.key"


def vault_key_file(home: Path, region: str) -> Path:
    """Where a region's vault master key lies: `$LIANZHI_HOME/secrets/vault/<region>.key`."""
    return home / "secrets" / "vault" / f"{region}.key"


def ensure_zone_key(home: Path, token_version: int = TOKEN_VERSION) -> Path:
    """The zone's key file, made at the first call; two processes that call at once end with the same key.

    Raises:
        FatalError: when a key of this version existed before and is gone, is another one, or is open to others.
    """
    if token_version < 1:
        raise InvalidInput(f"a token version counts from 1, not {token_version}", zh="令牌版本从 1 开始")
    return ensure_key(zone_key_file(home, token_version), home / "vault" / f"zone-{token_version}.fingerprint")


def newest_zone_key(home: Path) -> tuple[int, bytes]:
    """Version and bytes of the zone's newest key. Only the tokeniser process may call this.

    Raises:
        FatalError: when there is none, or it is open to others.
    """
    folder = home / "secrets" / "zone"
    names = (match for entry in _entries(folder) if (match := _KEY_FILE.fullmatch(entry)))
    version = max((int(match.group(1)) for match in names), default=0)
    if not version:
        raise FatalError(
            f"there is no zone key under {folder}",
            zh=f"{folder} 下没有示范区密钥",
            hint="`lianzhi up` makes it on a new home; on an old one restore it from its backup",
        )
    return version, read_key(zone_key_file(home, version))


def ensure_key(key_file: Path, fingerprint_file: Path) -> Path:
    """`key_file`, made from the system's random source when neither it nor its fingerprint exists.

    Raises:
        FatalError: when the fingerprint exists and the key does not, or the two do not belong together.
    """
    for folder in (key_file.parent.parent, key_file.parent, fingerprint_file.parent):
        private_folder(folder)
    if not key_file.exists():
        if fingerprint_file.exists():
            raise FatalError(
                f"the key {key_file} is gone, and what it once protected is still here",
                zh=f"密钥 {key_file} 丢失，但它保护的数据仍在",
                hint="restore it from its backup; a new one would match nothing and open nothing",
            )
        write_private_once(key_file, secrets.token_bytes(KEY_BYTES))
    mark = fingerprint(read_key(key_file)).encode() + b"\n"
    write_private_once(fingerprint_file, mark)
    if not hmac.compare_digest(fingerprint_file.read_bytes(), mark):
        raise FatalError(
            f"the key {key_file} is not the one that this data was made with",
            zh=f"密钥 {key_file} 与现有数据不符",
            hint=f"restore the key whose fingerprint stands in {fingerprint_file}",
        )
    return key_file


def fingerprint(key: bytes) -> str:
    """A name for `key` that reveals nothing of it: hex of an HMAC under the key itself."""
    return hmac.digest(key, _FINGERPRINT_DOMAIN, "sha256").hex()


def read_key(path: Path) -> bytes:
    """The key in `path`.

    Raises:
        FatalError: when the file is missing, no regular file, of another owner, open to group or others, or not
            exactly 32 bytes long.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise FatalError(
            f"can not read the key {path}: {error.strerror}",
            zh=f"无法读取密钥 {path}",
            hint="restore it from its backup",
        ) from error
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o077:
            raise FatalError(
                f"the key {path} must be a file that only its owner can read",
                zh=f"密钥 {path} 的权限过宽",
                hint=f"chmod 600 {path}, and find out who could have read it",
            )
        key = file.read(KEY_BYTES + 1)
    if len(key) != KEY_BYTES:
        raise FatalError(f"the key {path} is not {KEY_BYTES} bytes long", zh=f"密钥 {path} 长度不对")
    return key


def private_folder(path: Path) -> Path:
    """`path` as a folder that only we can enter, made when missing (parents too).

    Raises:
        FatalError: when it is a link, belongs to somebody else, or can not be made.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = path.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
            raise FatalError(f"{path} is not a folder of ours", zh=f"{path} 不是本用户的目录")
        if status.st_mode & 0o077:
            path.chmod(0o700)
    except OSError as error:
        raise FatalError(f"can not make the folder {path}: {error.strerror}", zh=f"无法创建目录 {path}") from error
    return path


def _entries(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
