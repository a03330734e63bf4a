"""A region's vault: one data key per person, in one SQLite file that only that region holds.

Destroying the key erases the person: what it sealed is noise from then on, in the log, in the tables and in every
copy, while hashes over the sealed bytes still verify. The row stays as a tombstone. Somebody who was erased and offends
again gets a new key of the next generation: refusing would lose the event, and the old events stay unreadable either
way. A legal hold blocks destruction.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import orjson

from infra.clock import Clock, SystemClock, from_micros, micros
from infra.errors import FatalError, InvalidInput
from infra.persons.erasure import ErasureReason, LegalHold, Tombstone, VaultBusy
from infra.persons.keys import ensure_key, private_folder, read_key, vault_key_file
from infra.persons.sealing import Erased, PersonKey
from infra.persons.vault_file import VaultFile
from infra.persons.wrapping import MasterKey, new_keys

_LIVING = """
    SELECT k.person, k.key_id, k.wrapped FROM json_each(?) AS wanted
    JOIN person_key AS k ON k.person = wanted.value AND k.wrapped IS NOT NULL
"""
_CREATE = """
    INSERT INTO person_key (key_id, person, generation, wrapped, created_at)
    VALUES (?, ?, ?, ?, ?)
"""
_ERASED_BEFORE = """
    SELECT k.person, count(*) FROM json_each(?) AS wanted
    JOIN person_key AS k ON k.person = wanted.value AND k.wrapped IS NULL
    GROUP BY k.person
"""
_DESTROY = """
    UPDATE person_key SET wrapped = NULL, destroyed_at = ?, reason = ?, reference = ?
    WHERE person = ? AND wrapped IS NOT NULL
"""
_TOMBSTONE = "SELECT key_id, person, destroyed_at, reason FROM person_key WHERE wrapped IS NULL AND key_id = ?"
_TOMBSTONES_OF = """
    SELECT key_id, person, destroyed_at, reason FROM person_key
    WHERE wrapped IS NULL AND person = ? ORDER BY destroyed_at, key_id
"""
_TOMBSTONES_SINCE = """
    SELECT key_id, person, destroyed_at, reason FROM person_key
    WHERE wrapped IS NULL AND destroyed_at >= ? ORDER BY destroyed_at, key_id
"""


class Vault:
    """The vault of one region under one home; may be shared by threads, and by processes through their own `Vault`.

    Args:
        home: `$LIANZHI_HOME`.
        region: six-digit code of the owning region.
        busy_seconds: longest wait for another process that writes.

    Raises:
        FatalError: when its master key is gone or another one, or the file is of a later version.
    """

    def __init__(self, home: Path, region: str, *, clock: Clock | None = None, busy_seconds: float = 10.0) -> None:
        if len(region) != 6 or not (region.isascii() and region.isdigit()):
            raise InvalidInput(f"{region!r} is no region code", zh=f"{region!r} 不是区划代码")
        self.region = region
        self.path = home / "vault" / f"{region}.sqlite"
        self._clock: Clock = clock or SystemClock()
        private_folder(self.path.parent)
        key_file = vault_key_file(home, region)
        if self.path.exists() and not key_file.exists():
            raise FatalError(
                f"the vault {self.path} is here, its master key {key_file} is gone",
                zh=f"密钥库 {self.path} 的主密钥 {key_file} 丢失",
                hint="restore it from its backup; without it no person of this region can be read",
            )
        self._master = MasterKey(read_key(ensure_key(key_file, self.path.with_suffix(".fingerprint"))), region)
        self._file = VaultFile(self.path, region, busy_seconds)
        self._db = self._file.db

    def close(self) -> None:
        """Close the file; the vault can not be used afterwards."""
        self._file.close()

    def keys_for(self, persons: Sequence[str | None]) -> list[PersonKey]:
        """The living key of each person, in order, made where there is none; one transaction, durable on return.

        None stands for a person whom nobody can know again: each gets a key of its own.
        """
        wanted = {person for person in persons if person is not None}
        with self._file.guarded():
            found = self._living(wanted)
            drawn: list[PersonKey] = []
            if len(found) < len(wanted) or None in persons:
                with self._file.transaction():
                    found |= self._living(wanted - found.keys())  # another process may have been faster
                    newcomers = wanted - found.keys()
                    made = dict(zip(newcomers, new_keys(len(newcomers)), strict=True))
                    drawn = list(new_keys(persons.count(None)))
                    self._insert(made | {unlinkable_person(key.key_id): key for key in drawn})
                    found |= made
        unknown = iter(drawn)
        return [next(unknown) if person is None else found[person] for person in persons]

    def key(self, key_id: bytes) -> PersonKey:
        """The living key of that id.

        Raises:
            Erased: when it was destroyed.
            InvalidInput: when this region never had it.
        """
        with self._file.guarded():
            person, wrapped, destroyed_at = self._row(key_id)
        if wrapped is None:
            raise Erased(key_id.hex(), from_micros(destroyed_at))
        return self._master.unwrap(person, key_id, wrapped)

    def tombstone(self, key_id: bytes) -> Tombstone:
        """The tombstone of a destroyed key.

        Raises:
            InvalidInput: when the key lives, or this region never had it.
        """
        with self._file.guarded():
            row = self._db.execute(_TOMBSTONE, (key_id,)).fetchone()
        if row is None:
            raise InvalidInput(f"key {key_id.hex()} was not destroyed here", zh=f"密钥 {key_id.hex()} 未被销毁")
        return _tombstone(row)

    def fingerprint(self, content: bytes) -> bytes:
        """HMAC-SHA-256 of `content` under a key that comes from the region's master key; the same for ever."""
        return self._master.fingerprint(content)

    def person_of(self, key_id: bytes) -> str:
        """The person (a token, or the name of one whom nobody can know again) that a key was made for.

        Raises:
            InvalidInput: when this region never had the key.
        """
        with self._file.guarded():
            return self._row(key_id)[0]

    def destroy(self, person: str, reason: ErasureReason, reference: str) -> tuple[Tombstone, ...]:
        """Erase the person: wipe the key from the table, the file's free space and the write-ahead log.

        Twice is harmless. Copies of the file made earlier still hold the wrapped key: see the decision record.

        Args:
            person: a token, or what `person_of` says.
            reason: the ground in law.
            reference: number of the decision to erase; never personal data.

        Returns:
            Every tombstone of the person, the oldest first.

        Raises:
            LegalHold: when a hold is active.
            InvalidInput: when this region holds no key of the person.
            VaultBusy: when a reader keeps the write-ahead log; the key is destroyed, call again to wipe the log too.
        """
        with self._file.guarded():
            with self._file.transaction():
                holds = self._db.execute(
                    "SELECT hold_id FROM legal_hold WHERE person = ? AND released_at IS NULL ORDER BY hold_id",
                    (person,),
                ).fetchall()
                if holds:
                    raise LegalHold(tuple(hold for (hold,) in holds))
                self._db.execute(_DESTROY, (micros(self._clock.now()), reason.value, reference, person))
            blocked, *_ = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            found = [_tombstone(row) for row in self._db.execute(_TOMBSTONES_OF, (person,))]
        if not found:
            raise InvalidInput("this region's vault holds no key of that person", zh="本区域密钥库中没有该人员的密钥")
        if blocked:
            raise VaultBusy(self.region)
        return tuple(found)

    def tombstones(self, since: datetime | None = None) -> list[Tombstone]:
        """Every erased person, the oldest erasure first; with `since` (aware), only those erased at or after it."""
        with self._file.guarded():
            rows = self._db.execute(_TOMBSTONES_SINCE, (0 if since is None else micros(since),)).fetchall()
        return [_tombstone(row) for row in rows]

    def hold(self, person: str, reference: str) -> str:
        """Place a legal hold on a person (with or without a key here) and return its id.

        Args:
            person: a token, or what `person_of` says.
            reference: number of the case or order that demands it; never personal data.
        """
        hold_id = f"hold-{secrets.token_hex(6)}"
        with self._file.guarded(), self._file.transaction():
            self._db.execute(
                "INSERT INTO legal_hold (hold_id, person, reference, placed_at) VALUES (?, ?, ?, ?)",
                (hold_id, person, reference, micros(self._clock.now())),
            )
        return hold_id

    def release(self, hold_id: str) -> None:
        """Release a legal hold; the row stays, with the time.

        Raises:
            InvalidInput: when there is no active hold of that id.
        """
        with self._file.guarded(), self._file.transaction():
            changed = self._db.execute(
                "UPDATE legal_hold SET released_at = ? WHERE hold_id = ? AND released_at IS NULL",
                (micros(self._clock.now()), hold_id),
            ).rowcount
        if not changed:
            raise InvalidInput(f"there is no active legal hold {hold_id!r}", zh=f"没有生效的保全 {hold_id!r}")

    def _living(self, persons: set[str]) -> dict[str, PersonKey]:
        rows = self._db.execute(_LIVING, (_json(persons),)) if persons else ()
        return {person: self._master.unwrap(person, key_id, wrapped) for person, key_id, wrapped in rows}

    def _row(self, key_id: bytes) -> tuple[str, bytes | None, int]:
        row = self._db.execute(
            "SELECT person, wrapped, destroyed_at FROM person_key WHERE key_id = ?", (key_id,)
        ).fetchone()
        if row is None:
            raise InvalidInput(
                f"the vault of {self.region} has no key {key_id.hex()}",
                zh=f"{self.region} 的密钥库中没有密钥 {key_id.hex()}",
                hint="only the region that owns the event can open it",
            )
        person, wrapped, destroyed_at = row
        return person, wrapped, destroyed_at

    def _insert(self, keys: Mapping[str, PersonKey]) -> None:
        now = micros(self._clock.now())
        before = dict(self._db.execute(_ERASED_BEFORE, (_json(keys),)).fetchall())
        wrap = self._master.wrap
        self._db.executemany(
            _CREATE,
            ((key.key_id, person, 1 + before.get(person, 0), wrap(person, key), now) for person, key in keys.items()),
        )


def unlinkable_person(key_id: bytes) -> str:
    """How the vault names a person whom nobody can know again: by the one key that was drawn for the record."""
    return f"u_{key_id.hex()}"


def _json(persons: Collection[str]) -> str:
    return orjson.dumps(list(persons)).decode()


def _tombstone(row: tuple[bytes, str, int, str]) -> Tombstone:
    key_id, person, destroyed_at, reason = row
    return Tombstone(key_id.hex(), person, from_micros(destroyed_at), ErasureReason(reason))
