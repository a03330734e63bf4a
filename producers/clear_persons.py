"""Natural persons in clear, as events bring them to the publisher's door: taken out first, put back protected.

A party may hold `person` (the natural person who is the party, or who keeps the individual business that is) and
`representative` (the legal representative of an organisation). Officers, in `meta.actor.officers` and `handlers`, may
be given by the number of their certificate (执法证号) instead of by token. Nothing here prints or keeps it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from infra.errors import Problem
from infra.persons.identity import officer
from infra.persons.person import InvalidPerson, PersonInput
from infra.persons.protect import AgeGroup, PersonFlag, ProtectedPerson, ToProtect
from schemas.models import Event
from schemas.rules import Flag

_PARTIES = ("party", "other_party")
_OFFICER_TOKEN = re.compile(r"o[1-9][0-9]{0,4}_[0-9a-z]{32}")
_ID_STANDARD = "GB 11643-1999"


class Role(StrEnum):
    """What a person is to a party; the name of the field that holds it."""

    PERSON = "person"
    REPRESENTATIVE = "representative"


_HOLDERS: frozenset[str] = frozenset(role.value for role in Role)
_KINDS = {
    Role.PERSON: frozenset({"NATURAL_PERSON", "INDIVIDUAL_BUSINESS", "UNKNOWN", "OTHER"}),
    Role.REPRESENTATIVE: frozenset({"ORGANISATION", "INDIVIDUAL_BUSINESS", "UNKNOWN", "OTHER"}),
}
_FIELDS = {
    Role.PERSON: ("token", "token_version", "birth_band", "age_group", "sealed", "sealed_key"),
    Role.REPRESENTATIVE: ("representative_token", "representative_sealed", "representative_sealed_key"),
}
_FLAGS = {
    PersonFlag.ID_CHECKSUM_MISMATCH: ("id_number", "the check character is wrong", "公民身份号码校验码不符"),
    PersonFlag.ID_UNUSABLE: ("id_number", "not usable as a citizen identity number", "公民身份号码不可用"),
    PersonFlag.BIRTH_DATE_DIFFERS: ("birth_date", "not that of the identity number", "出生日期与公民身份号码不符"),
}


@dataclass(frozen=True, slots=True, repr=False)
class ClearPerson:
    """A person in clear: of which party, in which role."""

    party: str
    role: Role
    person: PersonInput

    @property
    def field_path(self) -> str:
        """What the sealed bytes are bound to, besides the event."""
        return self.party if self.role is Role.PERSON else f"{self.party}.{self.role}"


def take_persons(event: dict[str, Any], problems: list[Problem]) -> list[ClearPerson]:
    """Take every person out of `event` (whose parties are copied first); what is wrong with one goes to `problems`."""
    found: list[ClearPerson] = []
    for name in _PARTIES:
        given = event.get(name)
        if (type(given) is not dict and not isinstance(given, Mapping)) or _HOLDERS.isdisjoint(given):
            continue
        party = event[name] = dict(given)
        for role in Role:
            person = party.pop(role, None)
            if person is None:
                continue
            problems.extend(_misplaced(name, party, role))
            try:
                found.append(ClearPerson(name, role, PersonInput.model_validate(person)))
            except InvalidPerson as error:
                path = f"{name}.{role}"
                problems.extend(
                    Problem(path if p.field == "person" else f"{path}.{p.field}", p.found, p.expected_en, p.expected_zh)
                    for p in error.problems
                )
    return found


def _misplaced(name: str, party: Mapping[str, Any], role: Role) -> Iterator[Problem]:
    kind = party.get("kind")
    if isinstance(kind, str) and kind not in _KINDS[role]:
        other = Role.REPRESENTATIVE if role is Role.PERSON else Role.PERSON
        en = f"no {role} for this kind of party; is it the {other}?"
        yield Problem(
            f"{name}.{role}",
            f"kind {kind}" if kind in _KINDS[other] else "another kind",
            en,
            f"此类当事人不填 {role}，应填 {other}？",
        )
    for field in _FIELDS[role]:
        if party.get(field) is not None:
            en, zh = f"nothing, as {role} is given in clear", f"已填明文 {role} 时不得填写"
            yield Problem(f"{name}.{field}", "a value", en, zh)


def to_protect(event_id: str, event: Event, persons: Iterable[ClearPerson]) -> list[ToProtect]:
    """What the protector needs to know of them. The age group is that on the day of the act, else of the decision."""
    day = _day_of_act(event)
    return [ToProtect(event_id, each.field_path, each.person, day) for each in persons]


def put_protected(
    datum: dict[str, Any], event: Event, persons: Sequence[ClearPerson], protected: Sequence[ProtectedPerson]
) -> Event:
    """Put what the protector gave into `datum`; the event with the same, for its flags."""
    exact = event.__dict__.get("act_on") is not None
    changed: dict[str, dict[str, Any]] = {}
    for clear, safe in zip(persons, protected, strict=True):
        party = datum[clear.party]
        fields = changed.setdefault(clear.party, {})
        if clear.role is Role.PERSON:
            group = safe.age_group
            fields |= {
                "token": safe.token,
                "token_version": safe.token_version,
                "birth_band": safe.birth_band,
                # Who is grown up on the day of the decision may have been a minor on the unknown day of the act.
                "age_group": None if group is None or (group is AgeGroup.ADULT and not exact) else group.value,
                "sealed": safe.sealed,
                "sealed_key": safe.sealed_key,
            }
            if party["region"] is None:
                fields["region"] = safe.id_region
        else:
            fields |= {
                "representative_token": safe.token,
                "representative_sealed": safe.sealed,
                "representative_sealed_key": safe.sealed_key,
            }
            if party["token_version"] is None and "token_version" not in fields:
                fields["token_version"] = safe.token_version
    for name, fields in changed.items():
        datum[name].update(fields)
    parties = {name: event.__dict__[name].model_copy(update=fields) for name, fields in changed.items()}
    return event.model_copy(update=parties)


def person_flags(persons: Sequence[ClearPerson], protected: Sequence[ProtectedPerson]) -> list[Flag]:
    """What is odd about persons and can not be seen any more once they are sealed."""
    found = []
    for clear, safe in zip(persons, protected, strict=True):
        for flag in safe.flags:
            field, en, zh = _FLAGS[flag]
            found.append(Flag(flag.value, f"{clear.party}.{clear.role}.{field}", _ID_STANDARD, en, zh))
    return found


def clear_officers(event: Event, region: str, problems: list[Problem]) -> list[str]:
    """The certificate numbers among an event's officers, each once; what is neither that nor a token is a problem."""
    found: dict[str, None] = {}
    for path, texts in (("meta.actor.officers", event.meta.actor.officers), ("handlers", _handlers(event))):
        for index, text in enumerate(texts):
            if _OFFICER_TOKEN.fullmatch(text):
                continue
            if officer(region, text) is None:
                en, zh = (
                    "an officer's token or certificate number, never a name",
                    "应为执法人员令牌或执法证号，不得为姓名",
                )
                problems.append(Problem(f"{path}[{index}]", f"text of {len(text)} characters", en, zh))
            found[text] = None
    return list(found)


def put_officer_tokens(datum: dict[str, Any], tokens: Mapping[str, str]) -> None:
    """Replace certificate numbers by tokens."""
    actor = datum["meta"]["actor"]
    actor["officers"] = [tokens.get(text, text) for text in actor["officers"]]
    if "handlers" in datum:
        datum["handlers"] = [tokens.get(text, text) for text in datum["handlers"]]


def _handlers(event: Event) -> Sequence[str]:
    handlers: Sequence[str] = event.__dict__.get("handlers", ())
    return handlers


def _day_of_act(event: Event) -> date | None:
    values = event.__dict__
    day: date | None = values.get("act_on") or values.get("decided_on")
    return day
