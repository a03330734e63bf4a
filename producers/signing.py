"""Signatures: who published these very bytes.

Each publisher has an Ed25519 key (RFC 8032) of its own, made when it first publishes. What is signed is the value as it
goes over the wire, so the signature binds publisher, epoch, sequence, region, stream and content, all of which stand in
it. The header `lianzhi-signature` holds 73 bytes: 1 (the version), the first 8 bytes of the SHA-256 of the public key,
and the signature's 64.

The private key lies in `$LIANZHI_HOME/secrets/publishers/<publisher>.key`, for its owner alone. Public keys are lines
of `$LIANZHI_HOME/publishers/<publisher>.pub`, the newest last: `ed25519`, key id (hex), public key (base64), since when
(UTC). Should a private key get lost, the next one is a further line, and what the lost one signed stays verifiable.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from infra.clock import Clock, SystemClock
from infra.errors import FatalError, InvalidInput
from infra.file_lock import FileLock
from infra.files import sync_folder, write_private
from infra.persons.keys import private_folder, read_key

VERSION = 1
KEY_ID_BYTES = 8
SIGNATURE_BYTES = 64
_LENGTH = 1 + KEY_ID_BYTES + SIGNATURE_BYTES
_ALGORITHM = "ed25519"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A publisher's public key: its id, its 32 bytes, and since when it signs."""

    key_id: bytes
    key: bytes
    since: datetime

    def verifies(self, signature: bytes, value: bytes) -> bool:
        """Whether `signature` (64 bytes) is this key's for `value`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(signature, value)
        except InvalidSignature:
            return False
        return True


class Signer:
    """Signs for one publisher; its key is made when there is none.

    With libsodium, which takes two thirds of OpenSSL's time for the same signature; whoever verifies may use either.

    Raises:
        FatalError: when the key file is open to others, or of a wrong length.
    """

    def __init__(self, home: Path, publisher: str, *, clock: Clock | None = None) -> None:
        key_file = private_key_file(home, publisher)
        private_folder(key_file.parent.parent)
        private_folder(key_file.parent)
        lock = FileLock(key_file.with_suffix(".lock"))
        try:
            with lock.held(10.0, FatalError(f"somebody holds {lock.path}", zh=f"{lock.path} 被占用")):
                if not key_file.exists():
                    write_private(key_file, os.urandom(32))
                public, self._private = crypto_sign_seed_keypair(read_key(key_file))
                self.key_id = key_id_of(public)
                _announce(public_key_file(home, publisher), publisher, public, clock or SystemClock())
        finally:
            lock.close()
        self._head = bytes((VERSION,)) + self.key_id

    def sign(self, value: bytes) -> bytes:
        """The content of the header `lianzhi-signature` for these bytes."""
        return self._head + crypto_sign(value, self._private)[:SIGNATURE_BYTES]


def private_key_file(home: Path, publisher: str) -> Path:
    """Where a publisher's private key lies."""
    return home / "secrets" / "publishers" / f"{publisher}.key"


def public_key_file(home: Path, publisher: str) -> Path:
    """Where a publisher's public keys are listed."""
    return home / "publishers" / f"{publisher}.pub"


def key_id_of(public: bytes) -> bytes:
    """The id of a public key."""
    return hashlib.sha256(public).digest()[:KEY_ID_BYTES]


def public_keys(home: Path, publisher: str) -> dict[bytes, PublicKey]:
    """Every public key that the publisher ever had here, by id.

    Raises:
        FatalError: when the list can not be read as one.
    """
    file = public_key_file(home, publisher)
    if not file.exists():
        return {}
    found = {}
    for line in file.read_text(encoding="ascii", errors="replace").splitlines():
        try:
            algorithm, key_id, encoded, since = line.split()
            key = PublicKey(
                bytes.fromhex(key_id), base64.b64decode(encoded, validate=True), datetime.fromisoformat(since)
            )
        except (ValueError, binascii.Error) as error:
            raise FatalError(f"{file} is no list of public keys", zh=f"{file} 不是公钥列表") from error
        if algorithm != _ALGORITHM or key_id_of(key.key) != key.key_id:
            raise FatalError(f"{file} holds a key that is not what it says", zh=f"{file} 中的公钥有误")
        found[key.key_id] = key
    return found


def split_signature(header: bytes) -> tuple[bytes, bytes]:
    """(key id, signature) of the header's content.

    Raises:
        InvalidInput: when it is no signature of a known version.
    """
    if len(header) != _LENGTH or header[0] != VERSION:
        raise InvalidInput("the header is no signature of version 1", zh="签名头格式有误")
    return header[1 : 1 + KEY_ID_BYTES], header[1 + KEY_ID_BYTES :]


def _announce(file: Path, publisher: str, public: bytes, clock: Clock) -> None:
    """Add the public key to the list unless it stands there."""
    home = file.parent.parent
    if key_id_of(public) in public_keys(home, publisher):
        return
    file.parent.mkdir(exist_ok=True)
    since = clock.now().isoformat(timespec="seconds")
    line = f"{_ALGORITHM} {key_id_of(public).hex()} {base64.b64encode(public).decode()} {since}\n"
    with file.open("a", encoding="ascii") as listed:
        listed.write(line)
        listed.flush()
        os.fsync(listed.fileno())
    sync_folder(file.parent)
