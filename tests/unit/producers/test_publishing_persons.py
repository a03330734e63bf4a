"""Persons in clear at the door: taken out, put back protected, never stored, never told."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from infra.errors import InvalidEvent
from infra.persons.client import TokeniserAway
from infra.persons.protect import AgeGroup, PersonFlag, ProtectedPerson, ToProtect
from infra.settings import Settings
from producers.backlog import Backlog
from producers.outbox import EventConflict
from producers.outbox_paths import outbox_publishers
from producers.publisher import Publisher
from schemas import wire
from schemas.identifiers.citizen_id import make_synthetic
from tests.support.drafts import ENFORCEMENT, PUBLISHER
from tests.support.events import TOKENS, case_filed, decision_made
from tests.support.leaks import assert_error_clean, assert_files_clean

NAME = "诸葛试样"
NUMBER = make_synthetic(date(1991, 3, 14), 7)
SECRETS = (NAME, NUMBER)
PERSON = {"name": NAME, "id_type": "CITIZEN_ID", "id_number": NUMBER}


class StandIn:
    """Stands for a region's protector: tokens by HMAC, sealed bytes that hold nothing; may be away."""

    def __init__(self) -> None:
        self.away = False
        self.seen: list[ToProtect] = []

    def fingerprint(self, content: bytes) -> bytes:
        return hmac.digest(b"region", content, "sha256")

    def protect(self, batch: Sequence[ToProtect]) -> list[ProtectedPerson]:
        if batch and self.away:
            raise TokeniserAway("nowhere", 1)
        self.seen += batch
        return [self._one(item) for item in batch]

    def _one(self, item: ToProtect) -> ProtectedPerson:
        clear = item.person.clear_json()
        token = f"p1_{hashlib.sha1(hmac.digest(b'zone', clear, 'sha256')).hexdigest()[:32]}"  # noqa: S324
        bound = hmac.digest(b"seal", clear + item.event_id.encode() + item.field_path.encode(), "sha256")
        group = None if item.on is None else AgeGroup.ADULT
        flags = (PersonFlag.ID_CHECKSUM_MISMATCH,)
        return ProtectedPerson(token, 1, None, "1990-1994", group, "330421", flags, bound, bound[:12].hex())

    def officer_tokens(self, certificates: Sequence[str]) -> list[str]:
        if self.away:
            raise TokeniserAway("nowhere", 1)
        return ["o1_" + hmac.digest(b"zone", text.encode(), "sha256").hex()[:32] for text in certificates]

    def close(self) -> None:
        """Nothing to close."""


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    protector = StandIn()
    monkeypatch.setattr("producers.protectors.LazyProtector.get", lambda _: protector)
    return protector


@pytest.fixture
def publisher(tmp_path: Path, stand_in: StandIn) -> Iterator[Publisher]:
    with Publisher(Settings(home=tmp_path), PUBLISHER) as made:
        yield made


def _person_event(**party: Any) -> dict[str, Any]:
    return decision_made() | {"act_on": "2026-02-20", "party": {"kind": "NATURAL_PERSON", "person": PERSON, **party}}


def _stored(home: Path) -> list[dict[str, Any]]:
    return [wire.decode(entry.value) for entry in Backlog(home, PUBLISHER).entries(ENFORCEMENT, 0, 1000)]


def test_a_person_is_replaced_before_anything_is_stored(
    publisher: Publisher, stand_in: StandIn, tmp_path: Path
) -> None:
    receipt = publisher.publish(_person_event())
    party = _stored(tmp_path)[0]["party"]
    assert party["token"].startswith("p1_")
    assert (party["token_version"], party["birth_band"], party["age_group"]) == (1, "1990-1994", "ADULT")
    assert (party["name"], party["region"], len(party["sealed"])) == (None, "330421", 32)
    assert [(item.event_id, item.field_path, item.on) for item in stand_in.seen] == [
        (str(receipt.event_id), "party", date(2026, 2, 20))
    ]
    assert [flag.field for flag in receipt.flags if flag.code == "ID_CHECKSUM_MISMATCH"] == ["party.person.id_number"]
    assert_files_clean(tmp_path, SECRETS)


def test_what_is_odd_about_a_person_is_told_although_another_event_is_refused(publisher: Publisher) -> None:
    """An id that stands twice in a call is found when persons are protected already."""
    first = _person_event()
    twice = first | {"document_number": "嘉综执罚决字〔2026〕999号"}
    (receipt,), (refusal,) = publisher.publish_valid([first, twice])
    assert refusal.index == 1
    assert [flag.field for flag in receipt.flags if flag.code == "ID_CHECKSUM_MISMATCH"] == ["party.person.id_number"]


def test_region_and_age_group_are_not_guessed(publisher: Publisher, tmp_path: Path) -> None:
    event = _person_event(region="310118")
    del event["act_on"]  # grown up on the day of the decision: nobody knows about the day of the act
    publisher.publish(event)
    party = _stored(tmp_path)[0]["party"]
    assert (party["region"], party["age_group"]) == ("310118", None)


def test_the_representative_of_an_organisation(publisher: Publisher, stand_in: StandIn, tmp_path: Path) -> None:
    event = decision_made()
    event["party"]["representative"] = PERSON
    publisher.publish(event)
    party = _stored(tmp_path)[0]["party"]
    assert party["representative_token"].startswith("p1_")
    assert (party["token"], party["token_version"], party["sealed"]) == (None, 1, None)
    assert stand_in.seen[0].field_path == "party.representative"
    assert_files_clean(tmp_path, SECRETS)


def test_the_keeper_of_an_individual_business(publisher: Publisher, tmp_path: Path) -> None:
    event = decision_made() | {"party": {"kind": "INDIVIDUAL_BUSINESS", "name": "某某小吃店", "person": PERSON}}
    publisher.publish(event)
    assert _stored(tmp_path)[0]["party"]["token"].startswith("p1_")


def test_officers_by_certificate_number_become_tokens(publisher: Publisher, tmp_path: Path) -> None:
    event = case_filed()
    event["handlers"] = [TOKENS[0], "33042100123"]
    event["meta"]["actor"]["officers"] = ["33042100123"]
    publisher.publish(event)
    (stored,) = _stored(tmp_path)
    assert stored["handlers"][0] == TOKENS[0]
    assert stored["handlers"][1] == stored["meta"]["actor"]["officers"][0]
    assert stored["handlers"][1].startswith("o1_")
    assert_files_clean(tmp_path, ["33042100123"])


def test_published_again_it_is_recognised_without_the_tokeniser(publisher: Publisher, stand_in: StandIn) -> None:
    first = publisher.publish(_person_event())
    stand_in.away = True
    again = publisher.publish(_person_event())
    assert (again.already_published, again.event_id) == (True, first.event_id)


def test_the_tokeniser_away_means_nothing_is_stored(publisher: Publisher, stand_in: StandIn, tmp_path: Path) -> None:
    stand_in.away = True
    with pytest.raises(TokeniserAway):
        publisher.publish_many([case_filed(1), _person_event(), case_filed(2)])
    assert _stored(tmp_path) == []
    assert publisher.publish(case_filed(1)).sequence == 1
    stand_in.away = False
    assert [r.sequence for r in publisher.publish_many([case_filed(1), _person_event()])] == [1, 2]


def test_another_person_is_other_content(publisher: Publisher) -> None:
    identity = "019ca704-41c0-7e0c-ae00-078c39123a41"
    event = _person_event()
    event["meta"]["event_id"] = identity
    publisher.publish(event)
    event["party"] = event["party"] | {"person": PERSON | {"name": "诸葛他样"}}
    with pytest.raises(EventConflict) as refused:
        publisher.publish(event)
    assert_error_clean(refused.value, [*SECRETS, "诸葛他样"])


def test_derived_ids_tell_nothing_without_the_regions_key(
    tmp_path: Path, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Publisher(Settings(home=tmp_path / "one"), PUBLISHER) as one:
        first = one.publish(_person_event()).event_id
    monkeypatch.setattr(stand_in, "fingerprint", lambda content: hmac.digest(b"another key", content, "sha256"))
    with Publisher(Settings(home=tmp_path / "two"), PUBLISHER) as two:
        assert two.publish(_person_event()).event_id != first
        assert two.publish(case_filed()).event_id == two.publish(case_filed()).event_id


@pytest.mark.parametrize(
    ("party", "field"),
    [
        ({"person": {"name": ""}}, "party.person.name"),
        ({"person": {"id_number": NUMBER}}, "party.person.name"),
        ({"person": {"name": NAME, "id_type": "PASSPORT?"}}, "party.person.id_type"),
        ({"person": {"name": NAME, "birth_date": "14.3.1991"}}, "party.person.birth_date"),
        ({"person": {"name": NAME, "mother": NAME}}, "party.person.mother"),
        ({"person": NAME}, "party.person"),
        ({"person": [NAME]}, "party.person"),
        ({"token": "p1_" + "a" * 32}, "party.token"),
        ({"representative": PERSON}, "party.representative"),
        ({"name": NAME}, "party.name"),
        ({"nickname": NAME}, "party.nickname"),
    ],
)
def test_a_wrong_person_is_refused_without_being_told(
    publisher: Publisher, tmp_path: Path, party: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidEvent) as refused:
        publisher.publish(_person_event(**party))
    assert field in {problem.field for problem in refused.value.problems}
    assert_error_clean(refused.value, SECRETS)
    assert _stored(tmp_path) == []


def test_clear_text_outside_the_person_is_refused(publisher: Publisher, tmp_path: Path) -> None:
    event = _person_event()
    event["item_name"] = f"当事人 {NUMBER} 占道经营"
    with pytest.raises(InvalidEvent) as refused:
        publisher.publish(event)
    assert_error_clean(refused.value, SECRETS)
    assert outbox_publishers(tmp_path) == [PUBLISHER]
    assert_files_clean(tmp_path, SECRETS)


@pytest.mark.parametrize("kind", [["NATURAL_PERSON"], {}, 1])
def test_a_kind_that_is_no_text_is_refused_as_such(publisher: Publisher, kind: object) -> None:
    with pytest.raises(InvalidEvent) as caught:
        publisher.publish(_person_event(kind=kind))
    assert [problem.field for problem in caught.value.problems] == ["party.kind"]
