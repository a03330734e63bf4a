"""A region's master key: wraps the persons' data keys, so that the vault's file alone opens nothing."""

from __future__ import annotations

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from infra.errors import FatalError
from infra.persons.keys import KEY_BYTES
from infra.persons.sealing import KEY_ID_BYTES, NONCE_BYTES, PersonKey


class MasterKey:
    """The master key of one region; what it wraps opens only for that region, that person and that key id."""

    def __init__(self, master: bytes, region: str) -> None:
        self._cipher = AESGCM(master)
        self._content_key = hmac.digest(master, b"lianzhi content fingerprint v1", "sha256")
        self._region = region

    def wrap(self, person: str, key: PersonKey) -> bytes:
        """The key's secret under the master key: nonce (12 bytes), ciphertext and tag (48)."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, key.secret, self._bound_to(person, key.key_id))

    def unwrap(self, person: str, key_id: bytes, wrapped: bytes) -> PersonKey:
        """The key that `wrap` wrapped.

        Raises:
            FatalError: when the bytes were changed, or this is not the master key that wrapped them.
        """
        bound_to = self._bound_to(person, key_id)
        try:
            return PersonKey(key_id, self._cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], bound_to))
        except InvalidTag:
            raise FatalError(
                f"key {key_id.hex()} in the vault of {self._region} does not open with the region's master key",
                zh=f"{self._region} 密钥库中的密钥 {key_id.hex()} 无法用区域主密钥打开",
                hint="the vault was changed or its master key is another one; restore both from one backup",
            ) from None

    def fingerprint(self, content: bytes) -> bytes:
        """HMAC-SHA-256 of `content` under a key that comes from the master key; the same for ever."""
        return hmac.digest(self._content_key, content, "sha256")

    def _bound_to(self, person: str, key_id: bytes) -> bytes:
        return b"lianzhi person key\x00" + self._region.encode() + key_id + person.encode()


def new_key() -> PersonKey:
    """A data key from the system's random source, with a random id."""
    drawn = os.urandom(KEY_ID_BYTES + KEY_BYTES)
    return PersonKey(drawn[:KEY_ID_BYTES], drawn[KEY_ID_BYTES:])
