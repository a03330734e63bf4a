"""Sealed bytes open for their event and field, unchanged, with their key, and for nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from infra.errors import InvalidInput
from infra.persons.sealing import Erased, PersonKey, SealBroken, key_id_of, open_sealed, seal
from infra.persons.wrapping import MasterKey, new_keys
from tests.support.leaks import assert_error_clean, assert_no_trace

EVENT = "0191e1b0-0000-7000-8000-00000000000a"
CLEAR = '{"name":"张三丰","id_number":"999999198005170151"}'.encode()
SECRETS = ("张三丰", "999999198005170151")


def new_key() -> PersonKey:
    [key] = new_keys(1)
    return key


class Keys:
    """A few living keys, and the ids of destroyed ones."""

    def __init__(self, *living: PersonKey, destroyed: tuple[bytes, ...] = ()) -> None:
        self._living = {key.key_id: key for key in living}
        self._destroyed = destroyed

    def key(self, key_id: bytes) -> PersonKey:
        if key_id in self._destroyed:
            raise Erased(key_id.hex(), datetime(2026, 3, 1, tzinfo=UTC))
        if key_id not in self._living:
            raise InvalidInput("no such key")
        return self._living[key_id]


def test_it_opens_for_its_event_and_field() -> None:
    key = new_key()
    sealed = seal(EVENT, "party", CLEAR, key, 1)
    assert open_sealed(EVENT, "party", sealed, Keys(key)) == CLEAR
    assert open_sealed(EVENT.upper(), "party", sealed, Keys(key)) == CLEAR
    assert key_id_of(sealed) == key.key_id
    assert_no_trace(SECRETS, sealed)


@pytest.mark.parametrize(
    ("event", "path"),
    [(EVENT[:-1] + "b", "party"), (EVENT, "party.representative"), (EVENT, "other_party"), (EVENT + "p", "arty")],
)
def test_moved_elsewhere_it_does_not_open(event: str, path: str) -> None:
    key = new_key()
    sealed = seal(EVENT, "party", CLEAR, key, 1)
    with pytest.raises(SealBroken) as caught:
        open_sealed(event, path, sealed, Keys(key))
    assert_error_clean(caught.value, SECRETS)


def test_no_byte_can_change() -> None:
    key = new_key()
    sealed = seal(EVENT, "party", CLEAR, key, 1)
    for place in range(len(sealed)):
        for flipped in (0x01, 0x80, 0xFF):
            changed = bytearray(sealed)
            changed[place] ^= flipped
            with pytest.raises(InvalidInput) as caught:
                open_sealed(EVENT, "party", bytes(changed), Keys(key))
            assert_error_clean(caught.value, SECRETS)


@pytest.mark.parametrize("length", [0, 1, 14, 26, 42, 100])
def test_cut_bytes_are_refused(length: int) -> None:
    key = new_key()
    sealed = seal(EVENT, "party", CLEAR, key, 1)
    with pytest.raises(SealBroken):
        open_sealed(EVENT, "party", sealed[:length], Keys(key))


def test_another_key_under_the_same_id_does_not_open_it() -> None:
    key = new_key()
    sealed = seal(EVENT, "party", CLEAR, key, 1)
    with pytest.raises(SealBroken):
        open_sealed(EVENT, "party", sealed, Keys(PersonKey(key.key_id, new_key().secret)))


def test_the_version_of_the_token_is_bound() -> None:
    key = new_key()
    sealed = bytearray(seal(EVENT, "party", CLEAR, key, 1))
    assert sealed[1:3] == b"\x00\x01"
    sealed[2] = 2
    with pytest.raises(SealBroken):
        open_sealed(EVENT, "party", bytes(sealed), Keys(key))


def test_a_destroyed_key_says_erased_and_nothing_else() -> None:
    key = new_key()
    sealed = seal(EVENT, "party", CLEAR, key, None)
    with pytest.raises(Erased, match="erased at 2026-03-01") as caught:
        open_sealed(EVENT, "party", sealed, Keys(destroyed=(key.key_id,)))
    assert_error_clean(caught.value, SECRETS)


def test_the_same_person_twice_gives_different_bytes_and_names_of_any_usual_length_one_length() -> None:
    key = new_key()
    one, other = (seal(EVENT, "party", CLEAR, key, 1) for _ in range(2))
    assert one != other
    lengths = {len(seal(EVENT, "party", f'{{"name":"{"张" * n}"}}'.encode(), key, 1)) for n in (2, 3, 4)}
    assert len(lengths) == 1


def test_what_is_no_envelope_has_no_key() -> None:
    for junk in (b"", b"\x00" * 60, b"\x02" * 60, b"\x01" * 10):
        with pytest.raises(InvalidInput):
            key_id_of(junk)


def test_a_wrapped_key_opens_for_its_person_region_and_id_only() -> None:
    master, key = MasterKey(bytes(range(32)), "330421"), new_key()
    wrapped = master.wrap("p1_a", key)
    assert master.unwrap("p1_a", key.key_id, wrapped) == key
    assert key.secret not in wrapped
    wrong = [
        (master, "p1_b", key.key_id),
        (master, "p1_a", new_key().key_id),
        (MasterKey(bytes(range(32)), "310118"), "p1_a", key.key_id),
        (MasterKey(bytes(32), "330421"), "p1_a", key.key_id),
    ]
    for other, person, key_id in wrong:
        with pytest.raises(Exception, match="does not open"):
            other.unwrap(person, key_id, wrapped)


def test_printing_a_key_shows_its_id_alone() -> None:
    key = PersonKey(b"i" * 12, b"secret-secret-secret-secret-1234")
    assert repr(key) == str(key) == f"PersonKey({(b'i' * 12).hex()})"
