"""A new epoch on purpose: when an outbox is broken, came back from a backup, or faces a log that was made anew.

What the log has not acknowledged moves over, numbered and signed anew; the memory of what was published is kept; the
old file stays where it is. The new one is made whole before it becomes the present one in one step, so that a death in
between leaves the old outbox as it was.
"""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass, replace
from pathlib import Path

from infra.clock import Clock, SystemClock
from infra.errors import InvalidInput, RetryableError
from infra.file_lock import FileLock
from infra.files import make_private, sync_folder
from infra.persons.keys import private_folder
from infra.settings import Settings
from infra.topics import topic_of
from infra.zone import PublisherInfo
from producers.epochs import next_epoch, remember_epoch
from producers.log import Log
from producers.numbering import numbered, split_numbered
from producers.outbox_file import BROKEN, OutboxBusy, OutboxFile
from producers.outbox_paths import OutboxPaths, outbox_paths
from producers.relay_look import TAIL
from producers.signing import Signer

_BUSY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Renewed:
    """The new epoch, how many unsent events moved into it, and the database of the epoch before (None: there was none).

    `moved` is None when that one could not be read: then what was unsent is nowhere else.
    """

    epoch: int
    moved: int | None
    before: Path | None


def renew(settings: Settings, info: PublisherInfo, log: Log | None, *, clock: Clock | None = None) -> Renewed:
    """Begin a new epoch for a publisher.

    Args:
        log: asked for the highest epoch that it holds; None when it can not be reached.

    Raises:
        OutboxBusy: when a publisher or the relay holds the outbox for long.
        FatalError: when the machine's clock is wrong, or keys can not be used.
        LianzhiError: when the log can not be read.
    """
    ticking: Clock = clock or SystemClock()
    above = 0 if log is None else max(_epochs_in_log(log, info), default=0)
    paths = outbox_paths(settings.home, info.id)
    private_folder(paths.folder)
    lock = FileLock(paths.lock, ticking)
    try:
        with lock.held(_BUSY_SECONDS, OutboxBusy(paths.lock)):
            present = paths.present_epoch()
            epoch = next_epoch(ticking, above, present, *paths.epochs())
            before = paths.database(present)
            renewed = Renewed(epoch, 0, None)
            if present and before.exists():
                signer = Signer(settings.home, info.id, clock=ticking)
                renewed = Renewed(epoch, _move(paths, before, epoch, signer), before)
            remember_epoch(paths.epoch_file, epoch)
    finally:
        lock.close()
    file = OutboxFile(settings.home, info.id, clock=ticking)  # begins where there was nothing to move
    file.close()
    return replace(renewed, epoch=file.epoch)


def _epochs_in_log(log: Log, info: PublisherInfo) -> list[int]:
    found = []
    for family in info.families:
        topic = topic_of(family, info.region)
        try:
            end = log.end(topic)
            tail = list(log.read(topic, max(0, end - TAIL), end))
        except InvalidInput:
            continue
        found += [landed.epoch for landed in tail if landed.publisher == info.id and landed.epoch is not None]
    return found


def _move(paths: OutboxPaths, before: Path, epoch: int, signer: Signer) -> int | None:
    """Make the database of `epoch` from the one before; how many events it has to send, None when that is broken."""
    target = paths.database(epoch)
    draft = target.with_suffix(".renewing")
    draft.unlink(missing_ok=True)
    try:
        moved = _renewed_copy(before, draft, epoch, signer)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in BROKEN:
            raise RetryableError(
                f"the outbox {before} can not be read now: {error}", zh=f"发件箱 {before} 暂时无法读取"
            ) from error
        draft.unlink(missing_ok=True)
        return None
    draft.replace(target)
    sync_folder(paths.folder)
    return moved


def _renewed_copy(source: Path, draft: Path, epoch: int, signer: Signer) -> int:
    """Write the outbox of the new epoch to `draft`, durably; how many events it has to send."""
    make_private(draft)
    old, new = sqlite3.connect(source, isolation_level=None), sqlite3.connect(draft, isolation_level=None)
    try:
        busy, *_ = old.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise OutboxBusy(source)
        old.backup(new)
        new.execute("PRAGMA journal_mode = DELETE").fetchall()
        new.execute("PRAGMA synchronous = FULL")
        new.execute("BEGIN IMMEDIATE")
        new.execute("UPDATE outbox SET epoch = ?", (epoch,))
        new.execute(_FORGET_SENT)
        moved = 0
        for topic_id, sent in new.execute("SELECT topic_id, sent_sequence FROM topic").fetchall():
            moved += _renumber(new, topic_id, sent, epoch, signer)
        new.execute(_RESET_COUNTERS)
        new.execute("COMMIT")
    finally:
        old.close()
        new.close()
    descriptor = os.open(draft, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return moved


_FORGET_SENT = """
DELETE FROM entry WHERE sequence <= (SELECT t.sent_sequence FROM topic AS t WHERE t.topic_id = entry.topic_id)
"""
_RESET_COUNTERS = """
UPDATE topic SET last_sequence = last_sequence - sent_sequence, sent_sequence = 0, log_offset = NULL
"""


def _renumber(new: sqlite3.Connection, topic_id: int, sent: int, epoch: int, signer: Signer) -> int:
    rows = new.execute("SELECT sequence, value FROM entry WHERE topic_id = ? ORDER BY sequence", (topic_id,))
    moved = 0
    for sequence, value in rows.fetchall():
        renumbered = numbered(split_numbered(value), epoch, sequence - sent)
        new.execute(
            "UPDATE entry SET sequence = ?, value = ?, signature = ? WHERE topic_id = ? AND sequence = ?",
            (sequence - sent, renumbered, signer.sign(renumbered), topic_id, sequence),
        )
        new.execute(
            "UPDATE published SET epoch = ?, sequence = ? WHERE event_id = ?",
            (epoch, sequence - sent, bytes.fromhex(renumbered[6:42].decode().replace("-", ""))),
        )
        moved += 1
    return moved
