"""Keys and signatures of publishers."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

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
