"""Keys and signatures of publishers."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import FatalError, InvalidInput
from producers.signing import Signer, private_key_file, public_key_file, public_keys, split_signature
from tests.support.drafts import PUBLISHER, HandClock


def test_a_key_is_made_once_and_kept(tmp_path: Path) -> None:
    first, second = Signer(tmp_path, PUBLISHER), Signer(tmp_path, PUBLISHER)
    assert first.sign(b"value") == second.sign(b"value")
    assert len(public_keys(tmp_path, PUBLISHER)) == 1
    assert stat.S_IMODE(private_key_file(tmp_path, PUBLISHER).stat().st_mode) == 0o600
    assert Signer(tmp_path, "qingpu.zhifa").key_id != first.key_id


def test_a_signature_stands_for_these_bytes_alone(tmp_path: Path) -> None:
    signer = Signer(tmp_path, PUBLISHER)
    key_id, signature = split_signature(signer.sign(b"value"))
    key = public_keys(tmp_path, PUBLISHER)[key_id]
    assert key.verifies(signature, b"value")
    assert not key.verifies(signature, b"valuE")
    assert not key.verifies(bytes(64), b"value")


def _signer(home: Path, seed: bytes) -> Signer:
    file = private_key_file(home, PUBLISHER)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.parent.parent.chmod(0o700)
    file.write_bytes(seed)
    file.chmod(0o600)
    return Signer(home, PUBLISHER)


def test_signatures_are_those_of_rfc_8032(tmp_path: Path) -> None:
    """Section 7.1, test 3."""
    signer = _signer(tmp_path, bytes.fromhex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"))
    _, signature = split_signature(signer.sign(bytes.fromhex("af82")))
    assert signature.hex() == (
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
    )


@given(seed=st.binary(min_size=32, max_size=32), value=st.binary(max_size=2_000))
def test_signatures_are_the_bytes_that_openssl_makes(
    tmp_path_factory: pytest.TempPathFactory, seed: bytes, value: bytes
) -> None:
    signer = _signer(tmp_path_factory.mktemp("key"), seed)
    assert split_signature(signer.sign(value))[1] == Ed25519PrivateKey.from_private_bytes(seed).sign(value)


def test_a_lost_private_key_is_followed_by_another_and_old_signatures_still_verify(tmp_path: Path) -> None:
    old = Signer(tmp_path, PUBLISHER, clock=HandClock()).sign(b"value")
    private_key_file(tmp_path, PUBLISHER).unlink()
    new = Signer(tmp_path, PUBLISHER).sign(b"value")
    keys = public_keys(tmp_path, PUBLISHER)
    assert len(keys) == 2
    for header in (old, new):
        key_id, signature = split_signature(header)
        assert keys[key_id].verifies(signature, b"value")


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    Signer(tmp_path, PUBLISHER)
    private_key_file(tmp_path, PUBLISHER).chmod(0o644)
    with pytest.raises(FatalError, match="owner"):
        Signer(tmp_path, PUBLISHER)


@pytest.mark.parametrize("header", [b"", b"\x01" * 72, b"\x02" + b"x" * 72, b"x" * 200])
def test_what_is_no_signature_is_refused(header: bytes) -> None:
    with pytest.raises(InvalidInput):
        split_signature(header)


@pytest.mark.parametrize("line", ["nonsense", "rsa 00 AAAA 2026-01-01T00:00:00+00:00", "ed25519 00 !! 2026-01-01"])
def test_a_list_of_keys_that_was_changed_is_refused(tmp_path: Path, line: str) -> None:
    Signer(tmp_path, PUBLISHER)
    with public_key_file(tmp_path, PUBLISHER).open("a") as listed:
        listed.write(line + "\n")
    with pytest.raises(FatalError):
        public_keys(tmp_path, PUBLISHER)


def test_nobody_has_no_keys(tmp_path: Path) -> None:
    assert public_keys(tmp_path, PUBLISHER) == {}
