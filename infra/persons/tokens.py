"""Tokens: keyed names of persons, equal in every region, meaningless without the zone's key. Tokeniser process only.

A token is HMAC-SHA-256 under the zone's key over a domain and the canonical identity, its first 160 bits in base32:
`p1_…` stands on a number, `p1n_…` on name and birth date, `o1_…` is an officer; the digit is the key's version.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence

from infra.persons.identity import SEPARATOR

_DOMAIN = b"lianzhi token v1\x00"
_BYTES = 20
_CHARACTERS = 32
_PREFIXES = {"named": "p{}n_", "officer": "o{}_"}


def tokens_of(key: bytes, version: int, identities: Sequence[str]) -> list[str]:
    """The tokens of canonical identities under the zone's key of that version, in order."""
    digests = [hmac.digest(key, _DOMAIN + identity.encode(), "sha256")[:_BYTES] for identity in identities]
    # 160 bits are whole groups of base32, so all can be written in one go and cut again: it halves the cost
    text = base64.b32encode(b"".join(digests)).decode().lower()
    prefixes = [_PREFIXES.get(identity.partition(SEPARATOR)[0], "p{}_").format(version) for identity in identities]
    return [prefix + text[at * _CHARACTERS : (at + 1) * _CHARACTERS] for at, prefix in enumerate(prefixes)]
