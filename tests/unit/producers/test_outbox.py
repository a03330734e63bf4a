"""The outbox: dense numbers, each event once, all of a call or none, a lost or broken file begins a new epoch."""

from __future__ import annotations

import sqlite3
import stat
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from infra.errors import FatalError, InvalidInput
from producers.backlog import Backlog
from producers.epochs import ZERO, next_epoch, remember_epoch
from producers.outbox import Draft, EventConflict, Outbox
from producers.outbox_file import OutboxFile
from producers.outbox_paths import outbox_paths, outbox_publishers
from schemas.wire import decode
from tests.support.drafts import ENFORCEMENT, EXCHANGE, PUBLISHER, Drafts, HandClock, unsigned


def _outbox(home: Path, clock: HandClock | None = None) -> Outbox:
    return Outbox(home, PUBLISHER, unsigned, clock=clock or HandClock())


def test_sequences_are_dense_for_each_topic_and_stand_in_the_bytes(tmp_path: Path) -> None:
    drafts, outbox = Drafts(1), _outbox(tmp_path)
    given = drafts.mixed(60)
    placed = [place for start in range(0, 60, 7) for place in outbox.append(given[start : start + 7])]
    backlog = Backlog(tmp_path, PUBLISHER)
    for topic in drafts.topics:
        mine = [index for index, draft in enumerate(given) if draft.topic == topic]
        assert [placed[index].sequence for index in mine] == list(range(1, len(mine) + 1))
        entries = backlog.entries(topic, 0, 1000)
        metas = [decode(entry.value)["meta"] for entry in entries]
        assert [(meta["epoch"], meta["sequence"]) for meta in metas] == [
            (outbox.epoch, sequence) for sequence in range(1, len(mine) + 1)
        ]
        assert [str(meta["event_id"]) for meta in metas] == [str(given[index].event_id) for index in mine]
        assert [entry.key for entry in entries] == [given[index].key for index in mine]


def test_the_same_event_is_published_once(tmp_path: Path) -> None:
    drafts, outbox = Drafts(2), _outbox(tmp_path)
    given = drafts.many(5)
    first = outbox.append(given)
    again = outbox.append([*given, drafts.one()])
    assert [(p.epoch, p.sequence) for p in again[:5]] == [(p.epoch, p.sequence) for p in first]
    assert [p.already_published for p in again] == [True] * 5 + [False]
    assert again[5].sequence == 6
    outbox.close()
    reopened = _outbox(tmp_path)
    assert all(p.already_published for p in reopened.append(given))
    assert set(reopened.published([draft.event_id for draft in given])) == {draft.event_id for draft in given}


def test_an_event_that_stands_twice_in_a_call_is_stored_once(tmp_path: Path) -> None:
    drafts, outbox = Drafts(3), _outbox(tmp_path)
    one, two = drafts.many(2)
    placed = outbox.append([one, one, two])
    assert [(p.sequence, p.already_published) for p in placed] == [(1, False), (1, True), (2, False)]


def test_other_content_under_a_known_id_is_refused_and_nothing_of_the_call_is_stored(tmp_path: Path) -> None:
    drafts, outbox = Drafts(4), _outbox(tmp_path)
    known = drafts.one()
    outbox.append([known])
    other = Draft(known.event_id, b"another content!", known.topic, known.key, known.parts)
    with pytest.raises(EventConflict, match=str(known.event_id)) as refused:
        outbox.append([drafts.one(), other, drafts.one()])
    assert refused.value.indexes == (1,)
    assert outbox.append([drafts.one()])[0].sequence == 2


def test_a_failure_while_signing_stores_nothing(tmp_path: Path) -> None:
    calls = []

    def failing(value: bytes) -> bytes:
        calls.append(value)
        if len(calls) == 3:
            raise FatalError("no key")
        return b""

    outbox = Outbox(tmp_path, PUBLISHER, failing)
    with pytest.raises(FatalError, match="no key"):
        outbox.append(Drafts(5).many(4))
    assert outbox.append(Drafts(6).many(1))[0].sequence == 1
    assert [state.last for state in Backlog(tmp_path, PUBLISHER).states()] == [1]


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    outbox = _outbox(tmp_path / "home")
    outbox.append(Drafts(7).many(1))
    folder = tmp_path / "home" / "outbox"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_a_lost_outbox_begins_a_higher_epoch_even_when_the_clock_went_back(tmp_path: Path) -> None:
    clock = HandClock(datetime(2026, 3, 1, tzinfo=UTC))
    outbox = _outbox(tmp_path, clock)
    first = outbox.epoch
    assert first == int((clock.now() - ZERO).total_seconds())
    outbox.append(Drafts(8).many(3))
    outbox.close()
    for file in (tmp_path / "outbox").glob("*.sqlite*"):
        file.unlink()
    back = HandClock(datetime(2025, 1, 1, tzinfo=UTC))
    second = _outbox(tmp_path, back)
    assert second.epoch == first + 1
    assert second.append(Drafts(9).many(1))[0].sequence == 1


def test_two_outboxes_begun_in_one_second_have_two_epochs(tmp_path: Path) -> None:
    clock, epochs = HandClock(), []
    for _ in range(5):
        outbox = _outbox(tmp_path, clock)
        epochs.append(outbox.epoch)
        outbox.close()
        outbox_paths(tmp_path, PUBLISHER).database(outbox.epoch).unlink()
    assert epochs == list(range(epochs[0], epochs[0] + 5))
    assert next_epoch(clock, 2_000_000_000, 5) == 2_000_000_001
    with pytest.raises(FatalError, match="32 bits"):
        next_epoch(clock, 2**31)


def test_a_broken_outbox_is_kept_and_a_new_epoch_begins(tmp_path: Path) -> None:
    outbox = _outbox(tmp_path)
    outbox.append(Drafts(10).many(3))
    first = outbox.epoch
    outbox.close()
    paths = outbox_paths(tmp_path, PUBLISHER)
    paths.database(first).write_bytes(b"this is no database, and longer than a header of one hundred bytes" * 3)
    clock = HandClock()
    clock.forward(5)
    renewed = _outbox(tmp_path, clock)
    assert renewed.epoch > first
    assert renewed.append(Drafts(10).many(1))[0].sequence == 1
    assert [file.read_bytes()[:4] for file in paths.earlier()] == [b"this"]
    assert outbox_publishers(tmp_path) == [PUBLISHER]


def test_an_outbox_removed_while_in_use_takes_nothing_more(tmp_path: Path) -> None:
    outbox = _outbox(tmp_path)
    outbox.append(Drafts(11).many(1))
    outbox_paths(tmp_path, PUBLISHER).database(outbox.epoch).unlink()
    with pytest.raises(FatalError, match="removed or followed"):
        outbox.append(Drafts(12).many(1))


def test_an_older_outbox_put_back_is_not_used(tmp_path: Path) -> None:
    outbox = _outbox(tmp_path)
    outbox.append(Drafts(12).many(2))
    outbox.close()
    remember_epoch(outbox_paths(tmp_path, PUBLISHER).epoch_file, outbox.epoch + 7)
    newer = _outbox(tmp_path)
    assert newer.epoch == outbox.epoch + 8
    assert newer.append(Drafts(12).many(2))[0].sequence == 1


def test_without_the_epoch_file_the_newest_database_counts(tmp_path: Path) -> None:
    outbox = _outbox(tmp_path)
    outbox.append(Drafts(12).many(2))
    outbox.close()
    outbox_paths(tmp_path, PUBLISHER).epoch_file.unlink()
    again = _outbox(tmp_path)
    assert (again.epoch, again.append(Drafts(13).many(1))[0].sequence) == (outbox.epoch, 3)


def test_a_file_that_was_made_and_never_filled_is_begun(tmp_path: Path) -> None:
    paths = outbox_paths(tmp_path, PUBLISHER)
    paths.folder.mkdir()
    remember_epoch(paths.epoch_file, 5)
    paths.database(5).touch()
    outbox = _outbox(tmp_path)
    assert (outbox.epoch, outbox.append(Drafts(13).many(1))[0].sequence) == (5, 1)


def test_the_outbox_of_another_publisher_is_refused(tmp_path: Path) -> None:
    _outbox(tmp_path).close()
    mine, other = outbox_paths(tmp_path, PUBLISHER), outbox_paths(tmp_path, "qingpu.zhifa")
    (epoch,) = mine.epochs()
    mine.database(epoch).rename(other.database(epoch))
    with pytest.raises(FatalError, match=PUBLISHER):
        Outbox(tmp_path, "qingpu.zhifa", unsigned)


def test_an_outbox_of_a_later_version_is_refused(tmp_path: Path) -> None:
    outbox = _outbox(tmp_path)
    outbox.close()
    with sqlite3.connect(outbox_paths(tmp_path, PUBLISHER).database(outbox.epoch)) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(FatalError, match="version 99"):
        _outbox(tmp_path)


def test_looking_at_a_missing_outbox_does_not_begin_one(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no outbox"):
        Backlog(tmp_path, PUBLISHER)
    assert not (tmp_path / "outbox").exists()


def test_sent_events_are_pruned_and_still_known(tmp_path: Path) -> None:
    from datetime import timedelta

    clock = HandClock()
    drafts, outbox = Drafts(13), _outbox(tmp_path, clock)
    given = drafts.many(10)
    outbox.append(given[:6])
    clock.forward(3600)
    outbox.append(given[6:])
    backlog = Backlog(tmp_path, PUBLISHER, clock=clock)
    assert backlog.prune(timedelta(seconds=10)) == 0  # nothing was sent
    backlog.mark(ENFORCEMENT, 8, 8)
    assert backlog.prune(timedelta(seconds=10), count=4) == 4
    assert backlog.prune(timedelta(seconds=10), count=4) == 2  # 7 and 8 are too young
    assert [entry.sequence for entry in backlog.entries(ENFORCEMENT, 8, 10)] == [9, 10]
    assert all(place.already_published for place in outbox.append(given))


def test_a_missing_entry_is_noticed(tmp_path: Path) -> None:
    outbox = _outbox(tmp_path)
    outbox.append(Drafts(14).many(5))
    file = OutboxFile(tmp_path, PUBLISHER)
    with file.writing() as db:
        db.execute("DELETE FROM entry WHERE sequence = 3")
    backlog = Backlog(tmp_path, PUBLISHER)
    with pytest.raises(FatalError, match="lacks an event"):
        backlog.entries(ENFORCEMENT, 0, 10)


def test_states_tell_backlog_and_age(tmp_path: Path) -> None:
    clock = HandClock()
    outbox = _outbox(tmp_path, clock)
    began = clock.now()
    outbox.append(Drafts(15).many(3))
    clock.forward(60)
    outbox.append(Drafts(16).many(2, EXCHANGE))
    backlog = Backlog(tmp_path, PUBLISHER, clock=clock)
    backlog.mark(ENFORCEMENT, 1, 1)
    states = {state.topic: state for state in backlog.states()}
    assert (states[ENFORCEMENT].backlog, states[ENFORCEMENT].oldest) == (2, began)
    assert (states[EXCHANGE].backlog, states[EXCHANGE].log_offset) == (2, None)
    backlog.mark(ENFORCEMENT, 3, 3)
    assert backlog.states()[0].oldest is None


def test_a_mark_never_goes_back(tmp_path: Path) -> None:
    outbox = _outbox(tmp_path)
    outbox.append(Drafts(17).many(5))
    backlog = Backlog(tmp_path, PUBLISHER)
    backlog.mark(ENFORCEMENT, 4, 40)
    backlog.mark(ENFORCEMENT, 2, 20)
    (state,) = backlog.states()
    assert (state.sent, state.log_offset) == (4, 40)


def test_uuid_bytes_survive(tmp_path: Path) -> None:
    identity = UUID("00000000-0000-7000-8000-000000000000")
    outbox = _outbox(tmp_path)
    outbox.append([Drafts(18).one(event_id=identity)])
    assert list(outbox.published([identity])) == [identity]
