"""A region's master key: wraps the persons' data keys, so that the vault's file alone opens nothing."""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from infra.errors import FatalError
from infra.persons.keys import KEY_BYTES
from infra.persons.sealing import KEY_ID_BYTES, PersonKey


class MasterKey:
    """The master key of one region; what it wraps opens only for that region, that person and that key id."""

    def __init__(self, master: bytes, region: str) -> None:
        self._cipher = AESGCM(master)
        content_key = hmac.digest(master, b"lianzhi content fingerprint v1", "sha256")
        self._content = hmac.new(content_key, digestmod="sha256")  # copied for each content: setting up costs more
        self._region = region
        self._domain = b"lianzhi person key\x00" + region.encode()

    def wrap(self, person: str, key: PersonKey) -> bytes:
        """The key's secret under the master key: ciphertext and tag, 48 bytes.

        The nonce is the key's id: random, as long, and wrapped once, so it never meets another secret.
        """
        return self._cipher.encrypt(key.key_id, key.secret, self._bound_to(person))

    def unwrap(self, person: str, key_id: bytes, wrapped: bytes) -> PersonKey:
        """The key that `wrap` wrapped.

        Raises:
            FatalError: when the bytes were changed, or this is not the master key that wrapped them.
        """
        try:
            return PersonKey(key_id, self._cipher.decrypt(key_id, wrapped, self._bound_to(person)))
        except InvalidTag:
            raise FatalError(
                f"key {key_id.hex()} in the vault of {self._region} does not open with the region's master key",
                zh=f"{self._region} 密钥库中的密钥 {key_id.hex()} 无法用区域主密钥打开",
                hint="the vault was changed or its master key is another one; restore both from one backup",
            ) from None

    def fingerprint(self, content: bytes) -> bytes:
        """HMAC-SHA-256 of `content` under a key that comes from the master key; the same for ever."""
        keyed = self._content.copy()
        keyed.update(content)
        return keyed.digest()

    def _bound_to(self, person: str) -> bytes:
        return self._domain + person.encode()


def new_keys(count: int) -> Iterator[PersonKey]:
    """`count` data keys from the system's random source, each with a random id."""
    size = KEY_ID_BYTES + KEY_BYTES
    drawn = os.urandom(count * size)
    for at in range(0, len(drawn), size):
        yield PersonKey(drawn[at : at + KEY_ID_BYTES], drawn[at + KEY_ID_BYTES : at + size])
