"""Opening what was sealed: in the owning region, for a named purpose, every opening logged without content."""

from __future__ import annotations

from infra.logging import get_logger
from infra.persons.erasure import Tombstone
from infra.persons.person import PersonInput
from infra.persons.sealing import Erased, key_id_of, open_sealed
from infra.persons.vault import Vault

_log = get_logger(__name__)


def open_person(
    vault: Vault, event_id: str, field_path: str, sealed: bytes, *, purpose: str, asked_by: str
) -> PersonInput | Tombstone:
    """The person sealed in one field of one event; for an erased one the tombstone, which is an answer and no error.

    Args:
        vault: of the region that owns the event.
        purpose: code of the purpose and number of the case that demand it; logged.
        asked_by: user or role that asks; logged.

    Raises:
        SealBroken: when the bytes were changed or belong elsewhere.
        InvalidInput: when the vault never had the key, as for another region's person.
    """
    log = _log.bind(event_id=event_id, field=field_path, purpose=purpose, asked_by=asked_by, region=vault.region)
    try:
        clear = open_sealed(event_id, field_path, sealed, vault)
    except Erased:
        log.info("sealed person asked for, erased")
        return vault.tombstone(key_id_of(sealed))
    log.info("sealed person opened")
    return PersonInput.from_clear_json(clear)
