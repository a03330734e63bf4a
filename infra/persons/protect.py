"""The one door for natural persons: in goes a person in clear, out come token, birth band and sealed bytes.

Tokens first, for the whole batch; then the vault's keys, in one transaction; then sealing. When the tokeniser is away
nothing has been written anywhere. Hand in batches of a few thousand: memory grows with the batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import NamedTuple, Self

from infra.clock import Clock
from infra.errors import InvalidInput
from infra.persons.client import Token, TokeniserClient
from infra.persons.identity import Basis, Identity, Recognised, officer, recognise
from infra.persons.person import PersonInput
from infra.persons.sealing import seal
from infra.persons.vault import Vault
from infra.settings import Settings
from infra.zone import zone
from schemas.identifiers.citizen_id import IdCheck, age_on, birth_band


class AgeGroup(StrEnum):
    """Age on the day of the act (行政处罚法 第30条)."""

    UNDER_14 = "UNDER_14"
    FROM_14_TO_17 = "FROM_14_TO_17"
    ADULT = "ADULT"


class PersonFlag(StrEnum):
    """What is odd about a person and can not be seen any more once sealed; a flag never refuses the event."""

    ID_CHECKSUM_MISMATCH = "ID_CHECKSUM_MISMATCH"
    ID_UNUSABLE = "ID_UNUSABLE"
    BIRTH_DATE_DIFFERS = "BIRTH_DATE_DIFFERS"


class ToProtect(NamedTuple):
    """A person, the event and the field that the sealed bytes are for, and the day of the act, if it is known."""

    event_id: str
    field_path: str
    person: PersonInput
    on: date | None = None


class ProtectedPerson(NamedTuple):
    """What an event may carry of a natural person.

    Attributes:
        token: equal for one person in every region; None for a person whom nobody can know again.
        token_version: version of the zone's key behind the token; None without a token.
        basis: what the token stands on; None without a token.
        birth_band: five years, as `1980-1984`; None when the birth date is not known.
        age_group: on the day of the act; None when that day or the birth date is not known.
        id_region: first six digits of the citizen identity number, the region of first registration; else None.
        flags: see `PersonFlag`.
        sealed: the identifying fields, under the person's key, bound to event and field.
        sealed_key: id of that key in the owning region's vault.
    """

    token: str | None
    token_version: int | None
    basis: Basis | None
    birth_band: str | None
    age_group: AgeGroup | None
    id_region: str | None
    flags: tuple[PersonFlag, ...]
    sealed: bytes
    sealed_key: str


class PersonProtector:
    """Protects the persons of one publisher's events with the vault of its region.

    Args:
        region: six-digit code; must be the publisher's.
        publisher: id in the zone file.

    Raises:
        InvalidInput: when the publisher is unknown or belongs to another region.
        FatalError: when the vault's master key is gone.
    """

    def __init__(self, settings: Settings, region: str, publisher: str, *, clock: Clock | None = None) -> None:
        known = zone(settings.zone_file).publisher(publisher)
        if known.region != region:
            raise InvalidInput(
                f"{publisher} belongs to {known.region} and can not use the vault of {region}",
                zh=f"{publisher} 属于 {known.region}，不能使用 {region} 的密钥库",
            )
        self._region = region
        self._client = TokeniserClient(settings, publisher, clock=clock)
        self._vault = Vault(settings.home, region, clock=clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the line to the tokeniser and the vault."""
        self._client.close()
        self._vault.close()

    def protect(
        self, batch: Sequence[ToProtect | tuple[str, str, PersonInput] | tuple[str, str, PersonInput, date | None]]
    ) -> list[ProtectedPerson]:
        """Protect every person of the batch, in order.

        Raises:
            TokeniserAway, TokeniserBusy: nothing was written; try again later.
            VaultBusy: another process holds the vault; no key was made; try again.
        """
        items = [item if isinstance(item, ToProtect) else ToProtect(*item) for item in batch]
        seen = [_recognise(item.person) for item in items]
        tokens = self._tokens([recognised.identity for recognised in seen])
        keys = self._vault.keys_for([token.text if token else None for token in tokens])
        protected = []
        for item, recognised, token, key in zip(items, seen, tokens, keys, strict=True):
            version = token.version if token else None
            born = _birth(item.person, recognised)
            protected.append(
                ProtectedPerson(
                    token=token.text if token else None,
                    token_version=version,
                    basis=recognised.identity.basis if recognised.identity else None,
                    birth_band=birth_band(born) if born else None,
                    age_group=_age_group(born, item.on),
                    id_region=_id_region(recognised),
                    flags=_flags(item.person, recognised),
                    sealed=seal(item.event_id, item.field_path, item.person.clear_json(), key, version),
                    sealed_key=key.key_id.hex(),
                )
            )
        return protected

    def officer_tokens(self, certificates: Sequence[str]) -> list[str]:
        """One token (`o1_…`) for each officer's certificate number (执法证号) of this region, in order.

        Raises:
            InvalidInput: when one of them is no number; says which by its place, not by its text.
            TokeniserAway, TokeniserBusy: try again later.
        """
        identities = []
        for place, certificate in enumerate(certificates, 1):
            canonical = officer(self._region, certificate)
            if canonical is None:
                raise InvalidInput(
                    f"officer {place} of {len(certificates)} has no certificate number of letters and digits",
                    zh=f"第 {place} 名执法人员的执法证号不是字母和数字",
                )
            identities.append(Identity(canonical, Basis.NUMBER))
        return [token.text for token in self._client.tokens(identities)]

    def fingerprint(self, content: bytes) -> bytes:
        """32 bytes that tell one content from another and that nobody without the region's master key can search.

        For whoever has to recognise content with persons in clear (a row seen before, a line published before): a bare
        hash could be tried out number by number.
        """
        return self._vault.fingerprint(content)

    def _tokens(self, identities: Sequence[Identity | None]) -> list[Token | None]:
        distinct = list({i.canonical: i for i in identities if i is not None}.values())
        by_text = {i.canonical: t for i, t in zip(distinct, self._client.tokens(distinct), strict=True)}
        return [by_text[i.canonical] if i is not None else None for i in identities]


def _recognise(person: PersonInput) -> Recognised:
    number = person.id_number.get_secret_value() if person.id_number else None
    return recognise(person.id_type, number, person.name.get_secret_value(), _given_birth(person))


def _given_birth(person: PersonInput) -> date | None:
    return person.birth_date.get_secret_value() if person.birth_date else None


def _birth(person: PersonInput, recognised: Recognised) -> date | None:
    return recognised.citizen.birth if recognised.citizen else _given_birth(person)


def _age_group(born: date | None, on: date | None) -> AgeGroup | None:
    if born is None or on is None or on < born:
        return None
    age = age_on(born, on)
    return AgeGroup.UNDER_14 if age < 14 else AgeGroup.FROM_14_TO_17 if age < 18 else AgeGroup.ADULT


def _id_region(recognised: Recognised) -> str | None:
    region = recognised.citizen.region if recognised.citizen else ""
    return region if "1" <= region[:1] <= "8" else None  # 9 begins a foreigner's card, whose digits mean otherwise


def _flags(person: PersonInput, recognised: Recognised) -> tuple[PersonFlag, ...]:
    found = []
    if recognised.check is IdCheck.CHECKSUM_MISMATCH:
        found.append(PersonFlag.ID_CHECKSUM_MISMATCH)
    elif recognised.check not in (None, IdCheck.OK):
        found.append(PersonFlag.ID_UNUSABLE)
    given = _given_birth(person)
    if recognised.citizen and given and recognised.citizen.birth != given:
        found.append(PersonFlag.BIRTH_DATE_DIFFERS)
    return tuple(found)
