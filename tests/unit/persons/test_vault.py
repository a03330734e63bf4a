"""The vault: one living key a person, destroyed for good, held when the law says so."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest

from infra.errors import FatalError, InvalidInput
from infra.persons.erasure import ErasureReason, LegalHold, VaultBusy
from infra.persons.keys import vault_key_file
from infra.persons.sealing import Erased
from infra.persons.vault import Vault, unlinkable_person
from infra.persons.vault_file import VaultFile

REGION = "330421"
ALICE = "p1_" + "a" * 32
BOB = "p1_" + "b" * 32
WHY = (ErasureReason.SUBJECT_REQUEST, "删除〔2026〕1号")


class Clock:
    """Time that stands still until it is moved."""

    def __init__(self) -> None:
        self.instant = datetime(2026, 3, 1, 8, tzinfo=UTC)

    def now(self) -> datetime:
        return self.instant

    def monotonic(self) -> float:
        return self.instant.timestamp()

    def sleep(self, seconds: float) -> None:
        self.instant += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def vault(tmp_path: Path, clock: Clock) -> Iterator[Vault]:
    opened = Vault(tmp_path, REGION, clock=clock)
    yield opened
    opened.close()


def test_files_are_private_companions_too(vault: Vault, tmp_path: Path) -> None:
    vault.keys_for([ALICE])
    files = [path for path in (tmp_path / "vault").iterdir() if path.name.startswith(REGION)]
    assert {path.name for path in files} >= {f"{REGION}.sqlite", f"{REGION}.sqlite-wal", f"{REGION}.sqlite-shm"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (*files, vault_key_file(tmp_path, REGION))} == {0o600}
    assert stat.S_IMODE((tmp_path / "vault").stat().st_mode) == 0o700


def test_durable_and_wiping_settings_are_on(vault: Vault) -> None:
    asked = {
        name: vault._db.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "secure_delete")
    }
    assert asked == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1}


def test_a_person_keeps_one_key_and_an_unknown_one_gets_a_new_one_each_time(vault: Vault) -> None:
    first = vault.keys_for([ALICE, None, BOB, ALICE, None])
    assert first[0] == first[3]
    assert len({key.key_id for key in first}) == 4
    again = vault.keys_for([BOB, ALICE])
    assert again == [first[2], first[0]]
    assert vault.person_of(first[0].key_id) == ALICE
    assert vault.person_of(first[1].key_id) == unlinkable_person(first[1].key_id)


def test_a_new_vault_can_be_opened_by_several_at_once(tmp_path: Path) -> None:
    """The workers of an import do: SQLite refused all but one that turned the new file to write-ahead logging."""
    together = 4

    def open_and_close(file: Path, ready: Barrier) -> None:
        ready.wait()
        VaultFile(file, REGION, 10.0).close()

    for turn in range(40):
        ready = Barrier(together)
        with ThreadPoolExecutor(together) as pool:
            opened = [pool.submit(open_and_close, tmp_path / f"{turn}.sqlite", ready) for _ in range(together)]
        assert [one.exception() for one in opened] == [None] * together


def test_keys_outlive_the_process(vault: Vault, tmp_path: Path) -> None:
    [key] = vault.keys_for([ALICE])
    vault.close()
    reopened = Vault(tmp_path, REGION)
    assert reopened.keys_for([ALICE]) == [key]
    assert reopened.key(key.key_id) == key
    reopened.close()


def test_many_at_once_agree_on_one_key(tmp_path: Path) -> None:
    people = [f"p1_{n:032d}" for n in range(50)]

    def ask(_: int) -> tuple[bytes, ...]:
        own = Vault(tmp_path, REGION)
        try:
            return tuple(key.key_id for key in own.keys_for(people))
        finally:
            own.close()

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(ask, range(12)))) == 1


def test_each_region_has_its_own_keys(tmp_path: Path) -> None:
    vaults = [Vault(tmp_path, region) for region in (REGION, "310118")]
    [one], [other] = (opened.keys_for([ALICE]) for opened in vaults)
    assert one != other
    with pytest.raises(InvalidInput, match="has no key"):
        vaults[0].key(other.key_id)
    for opened in vaults:
        opened.close()


def test_a_destroyed_key_is_erased_and_its_tombstone_stays(vault: Vault, clock: Clock) -> None:
    [key] = vault.keys_for([ALICE])
    [stone] = vault.destroy(ALICE, *WHY)
    assert (stone.key_id, stone.person, stone.destroyed_at) == (key.key_id.hex(), ALICE, clock.now())
    assert stone.reason is ErasureReason.SUBJECT_REQUEST
    with pytest.raises(Erased) as caught:
        vault.key(key.key_id)
    assert caught.value.destroyed_at == clock.now()
    assert vault.tombstone(key.key_id) == stone
    assert vault.tombstones() == [stone]


def test_nothing_of_a_destroyed_key_is_left_in_any_file(vault: Vault, tmp_path: Path) -> None:
    keys = vault.keys_for([ALICE, *(f"p1_{n:032d}" for n in range(300))])
    [(wrapped,)] = vault._db.execute("SELECT wrapped FROM person_key WHERE person = ?", (ALICE,)).fetchall()

    def found(needle: bytes) -> bool:
        return any(needle in file.read_bytes() for file in (tmp_path / "vault").iterdir())

    assert found(wrapped)
    vault.destroy(ALICE, *WHY)
    assert not found(wrapped)
    assert not found(wrapped[12:28])
    assert not found(keys[0].secret)
    assert vault.keys_for([f"p1_{7:032d}"]) == [keys[8]]


def test_destroying_twice_is_harmless(vault: Vault, clock: Clock) -> None:
    vault.keys_for([ALICE])
    first = vault.destroy(ALICE, *WHY)
    clock.sleep(3600)
    assert vault.destroy(ALICE, ErasureReason.COURT_ORDER, "x") == first


def test_nobody_can_destroy_whom_the_vault_does_not_know(vault: Vault) -> None:
    with pytest.raises(InvalidInput, match="no key"):
        vault.destroy(ALICE, *WHY)


def test_who_offends_after_erasure_gets_a_new_generation(vault: Vault, clock: Clock) -> None:
    [old] = vault.keys_for([ALICE])
    vault.destroy(ALICE, *WHY)
    [new, *_] = vault.keys_for([ALICE, BOB])
    assert new.key_id != old.key_id
    assert vault.key(new.key_id) == new
    with pytest.raises(Erased):
        vault.key(old.key_id)
    rows = vault._db.execute("SELECT generation FROM person_key WHERE person = ? ORDER BY 1", (ALICE,)).fetchall()
    assert rows == [(1,), (2,)]
    clock.sleep(60)
    assert len(vault.destroy(ALICE, *WHY)) == 2
    assert [stone.key_id for stone in vault.tombstones(since=clock.now())] == [new.key_id.hex()]


def test_a_person_whom_nobody_knows_is_erased_by_the_key(vault: Vault) -> None:
    one, other = vault.keys_for([None, None])
    vault.destroy(vault.person_of(one.key_id), *WHY)
    with pytest.raises(Erased):
        vault.key(one.key_id)
    assert vault.key(other.key_id) == other


def test_a_legal_hold_blocks_destruction_until_every_hold_is_released(vault: Vault) -> None:
    [key] = vault.keys_for([ALICE])
    holds = [vault.hold(ALICE, "浙0421行初1号"), vault.hold(ALICE, "监督〔2026〕3号")]
    for hold in holds:
        with pytest.raises(LegalHold) as caught:
            vault.destroy(ALICE, *WHY)
        assert hold in caught.value.holds
        assert vault.key(key.key_id) == key
        vault.release(hold)
    with pytest.raises(InvalidInput, match="no active legal hold"):
        vault.release(holds[0])
    vault.destroy(ALICE, *WHY)


def test_a_hold_may_come_before_the_first_key(vault: Vault) -> None:
    vault.hold(ALICE, "监督〔2026〕3号")
    vault.keys_for([ALICE])
    with pytest.raises(LegalHold):
        vault.destroy(ALICE, *WHY)


def test_a_failed_batch_leaves_no_key(vault: Vault) -> None:
    vault._db.execute(
        "CREATE TEMP TRIGGER full BEFORE INSERT ON person_key WHEN new.person = 'p1_last' "
        "BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    with pytest.raises(FatalError, match="failed"):
        vault.keys_for([ALICE, BOB, "p1_last"])
    assert vault._db.execute("SELECT count(*) FROM person_key").fetchone() == (0,)
    assert len(vault.keys_for([ALICE])) == 1


def test_another_writer_makes_us_wait_and_then_say_so(vault: Vault, tmp_path: Path) -> None:
    blocked = Vault(tmp_path, REGION, busy_seconds=0.05)
    other = sqlite3.connect(vault.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(VaultBusy):
        blocked.keys_for([ALICE])
    other.execute("ROLLBACK")
    assert len(blocked.keys_for([ALICE])) == 1
    other.close()
    blocked.close()


def test_a_reader_in_the_way_of_wiping_is_told_and_the_key_is_gone_all_the_same(tmp_path: Path) -> None:
    vault = Vault(tmp_path, REGION, busy_seconds=0.05)
    [key] = vault.keys_for([ALICE])
    reader = sqlite3.connect(vault.path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM person_key").fetchone()
    with pytest.raises(VaultBusy):
        vault.destroy(ALICE, *WHY)
    with pytest.raises(Erased):
        vault.key(key.key_id)
    reader.close()
    assert len(vault.destroy(ALICE, *WHY)) == 1
    vault.close()


def test_a_lost_or_foreign_master_key_is_an_error_and_never_a_new_key(vault: Vault, tmp_path: Path) -> None:
    vault.keys_for([ALICE])
    vault.close()
    master = vault_key_file(tmp_path, REGION)
    kept = master.read_bytes()
    master.write_bytes(bytes(32))
    with pytest.raises(FatalError, match="not the one"):
        Vault(tmp_path, REGION)
    master.unlink()
    for file in ("", f"{REGION}.fingerprint"):
        (tmp_path / "vault" / file).unlink() if file else None
        with pytest.raises(FatalError, match="is gone"):
            Vault(tmp_path, REGION)
    assert not master.exists()
    master.touch(mode=0o600)
    master.write_bytes(kept)
    reopened = Vault(tmp_path, REGION)
    assert len(reopened.keys_for([ALICE])) == 1
    reopened.close()


def test_a_changed_row_is_noticed(vault: Vault) -> None:
    alice, _ = vault.keys_for([ALICE, BOB])
    vault._db.execute(
        "UPDATE person_key SET wrapped = (SELECT wrapped FROM person_key WHERE person = ?) WHERE person = ?",
        (BOB, ALICE),
    )
    with pytest.raises(FatalError, match="does not open"):
        vault.key(alice.key_id)


def test_a_later_version_of_the_file_is_refused(vault: Vault, tmp_path: Path) -> None:
    vault._db.execute("PRAGMA user_version = 99")
    with pytest.raises(FatalError, match="version 99"):
        Vault(tmp_path, REGION)


def test_a_region_code_is_six_digits(tmp_path: Path) -> None:
    for region in ("", "../../etc", "33042", "jiashan", "３３０４２１"):
        with pytest.raises(InvalidInput):
            Vault(tmp_path, region)


def test_fingerprints_of_content_are_stable_and_keyed(vault: Vault, tmp_path: Path) -> None:
    mark = vault.fingerprint(b"row")
    assert vault.fingerprint(b"row") == mark
    assert vault.fingerprint(b"row2") != mark
    other = Vault(tmp_path, "310118")
    assert other.fingerprint(b"row") != mark
    other.close()
