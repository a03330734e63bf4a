"""Sealing a person's identifying fields: AES-256-GCM under the person's own key, bound to the event and the field.

Envelope: version (1 byte), version of the token (2, big endian; 0 for none), key id (12), nonce (12), ciphertext with
its tag of 16. Everything before the nonce, the event's id and the field's path are authenticated: bytes that are moved
to another event or another field, or changed anywhere, do not open. The clear text is filled up with blanks to a
multiple of 32 bytes, so that its length does not tell a name of two characters from one of three.
"""

from __future__ import annotations

import os
import struct
from datetime import datetime
from typing import NamedTuple, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from infra.errors import InvalidInput

KEY_ID_BYTES = 12
NONCE_BYTES = 12
BLOCK = 32

_ENVELOPE_VERSION = 1
_HEAD = struct.Struct(f">BH{KEY_ID_BYTES}s")
_DOMAIN = b"lianzhi sealed person\x00"
_SHORTEST = _HEAD.size + NONCE_BYTES + 16


class Erased(InvalidInput):
    """The person's key was destroyed: what it sealed can never be read again. Says when, never who."""

    def __init__(self, key_id: str, destroyed_at: datetime) -> None:
        super().__init__(
            f"the person behind key {key_id} was erased at {destroyed_at.isoformat()}",
            zh=f"密钥 {key_id} 对应的个人信息已于 {destroyed_at.isoformat()} 删除",
        )
        self.key_id = key_id
        self.destroyed_at = destroyed_at


class SealBroken(InvalidInput):
    """Sealed bytes that are no envelope, were changed, or belong to another event or field."""

    def __init__(self, event_id: str, field_path: str) -> None:
        super().__init__(
            f"the sealed bytes do not belong to {field_path} of event {event_id}, or were changed",
            zh=f"密封数据与事件 {event_id} 的 {field_path} 不符，或已被改动",
            hint="compare the event with the log: `lianzhi event EVENT_ID`",
        )


class PersonKey(NamedTuple):
    """A person's data key and its id (all that printing shows). Keep it no longer than its batch."""

    key_id: bytes
    secret: bytes

    def __repr__(self) -> str:
        return f"PersonKey({self.key_id.hex()})"


class KeySource(Protocol):
    """Where keys are looked up by id; a region's vault."""

    def key(self, key_id: bytes) -> PersonKey:
        """The living key of that id.

        Raises:
            Erased: when it was destroyed.
            InvalidInput: when this source never had it.
        """


def seal(event_id: str, field_path: str, clear: bytes, key: PersonKey, token_version: int | None) -> bytes:
    """The envelope of `clear` (the JSON of a person's fields) for one field of one event."""
    head = _HEAD.pack(_ENVELOPE_VERSION, token_version or 0, key.key_id)
    nonce = os.urandom(NONCE_BYTES)
    padded = clear + b" " * (-len(clear) % BLOCK)
    return head + nonce + AESGCM(key.secret).encrypt(nonce, padded, _bound_to(head, event_id, field_path))


def key_id_of(sealed: bytes) -> bytes:
    """The id of the key that `sealed` needs.

    Raises:
        InvalidInput: when the bytes are no envelope.
    """
    if len(sealed) < _SHORTEST or sealed[0] != _ENVELOPE_VERSION:
        raise InvalidInput("these bytes are no sealed person", zh="不是密封的个人信息")
    return bytes(_HEAD.unpack_from(sealed)[2])


def open_sealed(event_id: str, field_path: str, sealed: bytes, keys: KeySource) -> bytes:
    """The JSON that was sealed for that field of that event.

    Raises:
        Erased: when the person's key was destroyed.
        SealBroken: when the bytes were changed or belong elsewhere.
        InvalidInput: when the key is not one of `keys`, as for another region's person.
    """
    if len(sealed) < _SHORTEST or sealed[0] != _ENVELOPE_VERSION:
        raise SealBroken(event_id, field_path)
    head, nonce = sealed[: _HEAD.size], sealed[_HEAD.size : _HEAD.size + NONCE_BYTES]
    key = keys.key(key_id_of(sealed))
    try:
        padded = AESGCM(key.secret).decrypt(
            nonce, sealed[_HEAD.size + NONCE_BYTES :], _bound_to(head, event_id, field_path)
        )
    except InvalidTag:
        raise SealBroken(event_id, field_path) from None
    return padded.rstrip(b" ")


def _bound_to(head: bytes, event_id: str, field_path: str) -> bytes:
    event = event_id.lower().encode()
    path = field_path.encode()
    return b"".join((_DOMAIN, head, len(event).to_bytes(2, "big"), event, len(path).to_bytes(2, "big"), path))
