"""A new epoch on purpose: unsent events move over, nothing is lost, nothing is deleted, nothing is numbered twice."""

from __future__ import annotations

from pathlib import Path

from infra.settings import Settings
from infra.zone import zone
from producers.backlog import Backlog
from producers.outbox import Outbox
from producers.outbox_paths import outbox_paths
from producers.relay import Relay
from producers.renewal import renew
from producers.signing import Signer, public_keys, split_signature
from schemas import headers
from schemas.wire import decode
from tests.support.drafts import ENFORCEMENT, PUBLISHER, Drafts, HandClock
from tests.support.log_in_memory import MemoryLog

_INFO = zone().publisher(PUBLISHER)


def test_unsent_events_move_into_the_new_epoch(tmp_path: Path) -> None:
    clock, log, settings = HandClock(), MemoryLog(), Settings(home=tmp_path)
    signer = Signer(tmp_path, PUBLISHER, clock=clock)
    outbox, drafts = Outbox(tmp_path, PUBLISHER, signer.sign, clock=clock), Drafts(1)
    given = drafts.many(10)
    outbox.append(given[:6])
    relay = Relay(settings, log=log, clock=clock)
    relay.step()
    outbox.append(given[6:])

    renewed = renew(settings, _INFO, log, clock=clock)
    assert (renewed.epoch > outbox.epoch, renewed.moved) == (True, 4)
    assert renewed.before == outbox_paths(tmp_path, PUBLISHER).database(outbox.epoch)
    assert renewed.before.exists()

    backlog = Backlog(tmp_path, PUBLISHER, clock=clock)
    assert backlog.epoch == renewed.epoch
    entries = backlog.entries(ENFORCEMENT, 0, 100)
    key = public_keys(tmp_path, PUBLISHER)[signer.key_id]
    for number, (entry, draft) in enumerate(zip(entries, given[6:], strict=True), 1):
        meta = decode(entry.value)["meta"]
        assert (meta["epoch"], meta["sequence"], str(meta["event_id"])) == (renewed.epoch, number, str(draft.event_id))
        assert key.verifies(split_signature(entry.signature)[1], entry.value)

    again = Outbox(tmp_path, PUBLISHER, signer.sign, clock=clock)
    places = again.append([*given, drafts.one()])
    assert [place.already_published for place in places] == [True] * 10 + [False]
    assert [(place.epoch, place.sequence) for place in places[:6]] == [(outbox.epoch, n) for n in range(1, 7)]
    assert [(place.epoch, place.sequence) for place in places[6:]] == [(renewed.epoch, n) for n in range(1, 6)]

    clock.forward(5)
    relay.step()
    assert log.sequences(ENFORCEMENT, PUBLISHER) == [
        *((outbox.epoch, number) for number in range(1, 7)),
        *((renewed.epoch, number) for number in range(1, 6)),
    ]
    relay.close()


def test_a_later_epoch_in_the_log_is_exceeded(tmp_path: Path) -> None:
    from producers.log import Outgo

    clock, log, settings = HandClock(), MemoryLog(), Settings(home=tmp_path)
    outbox = Outbox(tmp_path, PUBLISHER, lambda _: b"", clock=clock)
    named = {headers.PUBLISHER: PUBLISHER.encode(), headers.EPOCH: b"2000000000", headers.SEQUENCE: b"9"}
    log.topics[ENFORCEMENT] = [Outgo(b"key", b"value", tuple(named.items()))]
    outbox.append(Drafts(2).many(3))
    relay = Relay(settings, log=log, clock=clock)
    assert relay.step() == 0
    assert renew(settings, _INFO, log, clock=clock).epoch == 2_000_000_001
    clock.forward(20)
    assert relay.step() == 3
    relay.close()


def test_a_broken_outbox_can_not_move_and_the_new_epoch_begins_empty(tmp_path: Path) -> None:
    clock, settings = HandClock(), Settings(home=tmp_path)
    outbox = Outbox(tmp_path, PUBLISHER, lambda _: b"", clock=clock)
    outbox.append(Drafts(3).many(3))
    outbox.close()
    database = outbox_paths(tmp_path, PUBLISHER).database(outbox.epoch)
    database.write_bytes(b"broken" * 1000)
    renewed = renew(settings, _INFO, None, clock=clock)
    assert (renewed.moved, renewed.before) == (None, database)
    assert Outbox(tmp_path, PUBLISHER, lambda _: b"", clock=clock).append(Drafts(4).many(1))[0].sequence == 1


def test_without_an_outbox_one_begins(tmp_path: Path) -> None:
    renewed = renew(Settings(home=tmp_path), _INFO, None, clock=HandClock())
    assert (renewed.moved, renewed.before) == (0, None)
    assert Backlog(tmp_path, PUBLISHER).epoch == renewed.epoch
