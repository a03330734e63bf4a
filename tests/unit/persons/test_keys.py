"""Key files: private, made once, never replaced in silence."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infra.errors import FatalError, InvalidInput
from infra.persons.keys import ensure_zone_key, fingerprint, newest_zone_key, private_folder, read_key, zone_key_file


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_home_gets_a_key_that_only_its_owner_reads(tmp_path: Path) -> None:
    path = ensure_zone_key(tmp_path / "home")
    assert path == zone_key_file(tmp_path / "home", 1)
    assert mode(path) == 0o600
    assert {mode(folder) for folder in (path.parent, path.parent.parent)} == {0o700}
    assert len(path.read_bytes()) == 32
    assert [entry.name for entry in path.parent.iterdir()] == ["1.key"]


def test_again_is_the_same_key(tmp_path: Path) -> None:
    before = ensure_zone_key(tmp_path).read_bytes()
    assert ensure_zone_key(tmp_path).read_bytes() == before


def test_many_at_once_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        seen = set(pool.map(lambda _: ensure_zone_key(tmp_path).read_bytes(), range(16)))
    assert len(seen) == 1


def test_two_homes_have_two_keys(tmp_path: Path) -> None:
    assert ensure_zone_key(tmp_path / "a").read_bytes() != ensure_zone_key(tmp_path / "b").read_bytes()


def test_a_lost_key_is_not_made_anew(tmp_path: Path) -> None:
    path = ensure_zone_key(tmp_path)
    path.unlink()
    with pytest.raises(FatalError, match="is gone"):
        ensure_zone_key(tmp_path)
    assert not path.exists()


def test_another_key_in_its_place_is_noticed(tmp_path: Path) -> None:
    path = ensure_zone_key(tmp_path)
    path.write_bytes(bytes(32))
    with pytest.raises(FatalError, match="not the one"):
        ensure_zone_key(tmp_path)


def test_a_start_cut_between_key_and_fingerprint_goes_on(tmp_path: Path) -> None:
    path = ensure_zone_key(tmp_path)
    key = path.read_bytes()
    (tmp_path / "vault" / "zone-1.fingerprint").unlink()
    assert ensure_zone_key(tmp_path).read_bytes() == key


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = ensure_zone_key(tmp_path)
    path.chmod(0o640)
    with pytest.raises(FatalError, match="only its owner"):
        read_key(path)


def test_links_and_wrong_lengths_are_refused(tmp_path: Path) -> None:
    path = ensure_zone_key(tmp_path)
    link = tmp_path / "link.key"
    link.symlink_to(path)
    with pytest.raises(FatalError, match="can not read"):
        read_key(link)
    path.write_bytes(bytes(31))
    with pytest.raises(FatalError, match="32 bytes"):
        read_key(path)


def test_the_newest_version_is_used(tmp_path: Path) -> None:
    ensure_zone_key(tmp_path)
    for version in (2, 10):
        ensure_zone_key(tmp_path, version)
    version, key = newest_zone_key(tmp_path)
    assert (version, key) == (10, zone_key_file(tmp_path, 10).read_bytes())


def test_no_key_is_an_error_that_names_the_folder(tmp_path: Path) -> None:
    with pytest.raises(FatalError, match="no zone key"):
        newest_zone_key(tmp_path)
    with pytest.raises(InvalidInput):
        ensure_zone_key(tmp_path, 0)


def test_a_fingerprint_is_neither_key_nor_hash(tmp_path: Path) -> None:
    key = ensure_zone_key(tmp_path).read_bytes()
    mark = fingerprint(key)
    assert len(mark) == 64
    assert key.hex() != mark
    assert fingerprint(bytes(32)) != mark


def test_a_private_folder_is_no_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(FatalError, match="not a folder of ours"):
        private_folder(tmp_path / "link")
    (tmp_path / "real").chmod(0o755)
    assert mode(private_folder(tmp_path / "real")) == 0o700
