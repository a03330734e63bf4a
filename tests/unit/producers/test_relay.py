"""The relay on a log in memory: order, no loss, resends only if they can not be avoided, alarms that stop a topic."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.file_lock import FileLock
from infra.settings import Settings
from infra.settings_groups import RelaySettings
from producers.log import Outgo
from producers.outbox import Outbox
from producers.outbox_paths import outbox_paths
from producers.relay import Relay
from producers.relay_report import relay_report
from schemas import headers
from schemas.catalogue import catalogue
from schemas.wire import frame
from tests.support.drafts import ENFORCEMENT, EXCHANGE, PUBLISHER, Drafts, HandClock, unsigned
from tests.support.log_in_memory import Failure, MemoryLog


def _settings(home: Path, **relay: float) -> Settings:
    return Settings(home=home, relay=RelaySettings(**relay))  # type: ignore[arg-type]


@contextmanager
def _relay(home: Path, log: MemoryLog, clock: HandClock, **relay: float) -> Iterator[Relay]:
    made = Relay(_settings(home, **relay), log=log, clock=clock)
    try:
        yield made
    finally:
        made.close()


def _drain(relay: Relay, clock: HandClock, rounds: int = 60) -> int:
    """Let the relay work until nothing is left, with time passing in between."""
    sent = 0
    for _ in range(rounds):
        sent += relay.step()
        clock.forward(20)
        if relay.status() and all(lane.state.backlog == 0 for lane in relay.status()):
            break
    return sent


def test_everything_arrives_in_order_with_its_headers(tmp_path: Path) -> None:
    log, clock, drafts = MemoryLog(), HandClock(), Drafts(1)
    outbox = Outbox(tmp_path, PUBLISHER, lambda value: b"signature of " + value[:10], clock=clock)
    outbox.append(drafts.mixed(50))
    with _relay(tmp_path, log, clock) as relay:
        assert _drain(relay, clock) == 50
        assert relay_report(relay, clock.now())["alarms"] == []
    for topic in drafts.topics:
        sequences = log.sequences(topic, PUBLISHER)
        assert sequences == [(outbox.epoch, number) for number in range(1, len(sequences) + 1)]
    event = log.topics[ENFORCEMENT][0]
    schema = catalogue().by_id[frame(event.value).schema_id]
    assert dict(event.headers) == {
        headers.CONTENT_TYPE: b"application/vnd.confluent.avro",
        headers.PUBLISHER: PUBLISHER.encode(),
        headers.EPOCH: str(outbox.epoch).encode(),
        headers.SEQUENCE: b"1",
        headers.SCHEMA_SHA256: schema.sha256.encode(),
        headers.SIGNATURE: b"signature of " + event.value[:10],
    }
    assert event.key.startswith(b"case-")


def test_an_idle_relay_does_nothing_and_new_events_wake_it(tmp_path: Path) -> None:
    log, clock = MemoryLog(), HandClock()
    outbox = Outbox(tmp_path, PUBLISHER, unsigned, clock=clock)
    with _relay(tmp_path, log, clock) as relay:
        assert relay.step() == 0
        outbox.append(Drafts(2).many(3))
        assert relay.step() == 3
        assert relay.step() == 0
        outbox.append(Drafts(3).many(2))
        assert relay.step() == 2
        assert log.looks == 1


def test_an_outbox_that_begins_later_is_found(tmp_path: Path) -> None:
    log, clock = MemoryLog(), HandClock()
    with _relay(tmp_path, log, clock) as relay:
        assert relay.step() == 0
        Outbox(tmp_path, PUBLISHER, unsigned, clock=clock).append(Drafts(2).many(3))
        clock.forward(1)
        assert relay.step() == 3


def test_what_landed_without_acknowledgement_is_not_sent_again(tmp_path: Path) -> None:
    log, clock = MemoryLog(), HandClock()
    outbox = Outbox(tmp_path, PUBLISHER, unsigned, clock=clock)
    outbox.append(Drafts(4).many(10))
    log.failures = [Failure.UNACKNOWLEDGED]
    with _relay(tmp_path, log, clock) as relay:
        assert relay.step() == 0
        assert relay.status()[0].trouble is not None
        assert not relay.status()[0].trouble.alarm
        clock.forward(20)
        relay.step()
        (lane,) = relay.status()
        assert (lane.state.backlog, lane.resent_total, lane.trouble) == (0, 0, None)
    assert [sequence for _, sequence in log.sequences(ENFORCEMENT, PUBLISHER)] == list(range(1, 11))


def test_a_relay_that_died_before_marking_sends_nothing_twice(tmp_path: Path) -> None:
    log, clock = MemoryLog(), HandClock()
    outbox = Outbox(tmp_path, PUBLISHER, unsigned, clock=clock)
    outbox.append(Drafts(5).many(10))
    with _relay(tmp_path, log, clock) as relay:
        relay.step()
    others = log.topics[ENFORCEMENT]
    outbox.append(Drafts(6).many(5))
    with _relay(tmp_path, log, clock) as relay:
        relay.step()
    landed = log.topics[ENFORCEMENT]
    assert others is landed
    # The second relay's marks are taken back, as after a death between acknowledgement and mark.
    from producers.outbox_file import OutboxFile

    with OutboxFile(tmp_path, PUBLISHER).writing() as db:
        db.execute("UPDATE topic SET sent_sequence = 10, log_offset = 10")
    with _relay(tmp_path, log, clock) as relay:
        relay.step()
        assert relay.status()[0].state.sent == 15
    assert [sequence for _, sequence in log.sequences(ENFORCEMENT, PUBLISHER)] == list(range(1, 16))


_FAILURES = st.lists(st.sampled_from([None, *Failure]), max_size=30)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(failures=_FAILURES, calls=st.lists(st.integers(1, 40), min_size=1, max_size=6), seed=st.integers(0, 2**16))
def test_whatever_fails_the_log_ends_dense_and_in_order_without_resends(
    tmp_path_factory: pytest.TempPathFactory, failures: list[Failure | None], calls: list[int], seed: int
) -> None:
    home, log, clock, drafts = tmp_path_factory.mktemp("home"), MemoryLog(), HandClock(), Drafts(seed)
    log.failures = list(failures)
    outbox = Outbox(home, PUBLISHER, unsigned, clock=clock)
    published = 0
    for count in calls:
        outbox.append(drafts.mixed(count))
        published += count
        with _relay(home, log, clock, batch_rows=7) as relay:
            relay.step()
    log.failures = []
    with _relay(home, log, clock, batch_rows=7) as relay:
        _drain(relay, clock)
        assert all(lane.state.backlog == 0 and lane.resent_total == 0 for lane in relay.status())
    arrived = 0
    for topic in drafts.topics:
        sequences = [sequence for _, sequence in log.sequences(topic, PUBLISHER)]
        assert sequences == list(range(1, len(sequences) + 1))
        arrived += len(sequences)
    assert arrived == published


def test_a_topic_in_trouble_delays_no_other(tmp_path: Path) -> None:
    log, clock = MemoryLog(), HandClock()
    outbox = Outbox(tmp_path, PUBLISHER, unsigned, clock=clock)
    outbox.append([*Drafts(7).many(3, ENFORCEMENT), *Drafts(8).many(3, EXCHANGE)])
    log.failures = [Failure.LOST]  # topics go by name: enforcement is first
    with _relay(tmp_path, log, clock) as relay:
        assert relay.step() == 3
        assert {lane.state.topic: lane.state.backlog for lane in relay.status()} == {ENFORCEMENT: 3, EXCHANGE: 0}
        assert relay.step() == 0  # backing off
        clock.forward(20)
        assert relay.step() == 3


def test_without_a_broker_nobody_is_tried_until_the_pause_is_over(tmp_path: Path) -> None:
    log, clock = MemoryLog(), HandClock()
    for publisher in ("jiashan.zhifa", "qingpu.zhifa"):
        Outbox(tmp_path, publisher, unsigned, clock=clock).append(Drafts(9).many(2))
    log.failures = [Failure.AWAY, Failure.AWAY]
    with _relay(tmp_path, log, clock) as relay:
        assert relay.step() == 0
        assert len(log.failures) == 1
        assert relay.away is not None
        clock.forward(20)
        assert relay.step() == 0
        assert log.failures == []
        clock.forward(20)
        assert relay.step() == 4
        assert relay.away is None


def test_one_relay_at_a_time_works_on_an_outbox(tmp_path: Path) -> None:
    log, clock = MemoryLog(), HandClock()
    Outbox(tmp_path, PUBLISHER, unsigned, clock=clock).append(Drafts(10).many(2))
    with _relay(tmp_path, log, clock) as first, _relay(tmp_path, log, clock) as second:
        assert first.step() == 2
        assert second.step() == 0
        assert second.status() == []
        first.close()
        clock.forward(2)
        Outbox(tmp_path, PUBLISHER, unsigned, clock=clock).append(Drafts(11).many(2))
        assert second.step() == 2


def _foreign(log: MemoryLog, epoch: int, sequence: int, value: bytes = b"other") -> None:
    named = {headers.PUBLISHER: PUBLISHER.encode(), headers.EPOCH: b"%d" % epoch, headers.SEQUENCE: b"%d" % sequence}
    log.topics.setdefault(ENFORCEMENT, []).append(Outgo(b"key", value, tuple(named.items())))


@pytest.mark.parametrize(
    ("epochs_ahead", "sequence", "says"),
    [(1, 1, "holds epoch"), (0, 99, "holds sequence 99"), (0, 4, "another event as sequence 4")],
)
def test_a_log_that_knows_more_of_the_publisher_stops_the_topic_with_an_alarm(
    tmp_path: Path, epochs_ahead: int, sequence: int, says: str
) -> None:
    log, clock = MemoryLog(), HandClock()
    outbox = Outbox(tmp_path, PUBLISHER, unsigned, clock=clock)
    outbox.append(Drafts(12).many(3))
    with _relay(tmp_path, log, clock) as relay:
        relay.step()
    _foreign(log, outbox.epoch + epochs_ahead, sequence)
    outbox.append(Drafts(13).many(3))
    with _relay(tmp_path, log, clock) as relay:
        assert _drain(relay, clock, rounds=3) == 0
        trouble = relay.status()[0].trouble
        assert trouble is not None
        assert trouble.alarm
        assert says in trouble.text
        assert "lianzhi outbox renew" in trouble.text
    assert len(log.topics[ENFORCEMENT]) == 4


def test_a_new_outbox_meets_a_later_epoch_in_the_log(tmp_path: Path) -> None:
    log, clock = MemoryLog(), HandClock()
    outbox = Outbox(tmp_path, PUBLISHER, unsigned, clock=clock)
    _foreign(log, outbox.epoch + 1000, 1)
    outbox.append(Drafts(14).many(3))
    with _relay(tmp_path, log, clock) as relay:
        assert relay.step() == 0
        trouble = relay.status()[0].trouble
        assert trouble is not None
        assert trouble.alarm


def test_a_new_epoch_follows_an_old_one(tmp_path: Path) -> None:
    log, clock = MemoryLog(), HandClock()
    first = Outbox(tmp_path, PUBLISHER, unsigned, clock=clock)
    first.append(Drafts(15).many(3))
    with _relay(tmp_path, log, clock) as relay:
        relay.step()
    first.close()
    for file in (tmp_path / "outbox").glob("*.sqlite*"):
        file.unlink()
    clock.forward(10)
    second = Outbox(tmp_path, PUBLISHER, unsigned, clock=clock)
    second.append(Drafts(16).many(2))
    with _relay(tmp_path, log, clock) as relay:
        relay.step()
    assert log.sequences(ENFORCEMENT, PUBLISHER) == [
        *((first.epoch, number) for number in (1, 2, 3)),
        *((second.epoch, number) for number in (1, 2)),
    ]


def test_a_log_that_lost_events_stops_the_topic_with_an_alarm(tmp_path: Path) -> None:
    log, clock = MemoryLog(), HandClock()
    outbox = Outbox(tmp_path, PUBLISHER, unsigned, clock=clock)
    outbox.append(Drafts(17).many(3))
    with _relay(tmp_path, log, clock) as relay:
        relay.step()
    log.topics[ENFORCEMENT].pop()
    outbox.append(Drafts(18).many(3))
    with _relay(tmp_path, log, clock) as relay:
        assert relay.step() == 0
        trouble = relay.status()[0].trouble
        assert trouble is not None
        assert trouble.alarm
        assert "lost events" in trouble.text
        (alarm,) = relay_report(relay, clock.now())["alarms"]
        assert alarm == (
            f"发件箱 {PUBLISHER} 的主题 {ENFORCEMENT} 停滞 | outbox of {PUBLISHER}, topic {ENFORCEMENT}, stands still: "
            f"{trouble.text}"
        )


def _hand_over(file: Path, publisher: str) -> None:
    """Make the outbox say that it is another publisher's, as after a file was put in the wrong place."""
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE outbox SET publisher = ?", (publisher,))


def test_an_outbox_that_can_not_be_opened_is_an_alarm_until_it_can(tmp_path: Path) -> None:
    log, clock = MemoryLog(), HandClock()
    outbox = Outbox(tmp_path, PUBLISHER, unsigned, clock=clock)
    outbox.append(Drafts(21).many(2))
    outbox.close()
    file = outbox_paths(tmp_path, PUBLISHER).database(outbox.epoch)
    _hand_over(file, "qingpu.zhifa")
    with _relay(tmp_path, log, clock) as relay:
        assert relay.step() == 0
        assert relay.status() == []
        (alarm,) = relay_report(relay, clock.now())["alarms"]
        assert alarm.startswith(f"发件箱 {PUBLISHER} 无法读取 | outbox of {PUBLISHER} can not be read: ")
        _hand_over(file, PUBLISHER)
        clock.forward(60)
        assert relay.step() == 2
        assert relay_report(relay, clock.now())["alarms"] == []


def test_an_outbox_replaced_under_the_relay_is_opened_anew(tmp_path: Path) -> None:
    log, clock = MemoryLog(), HandClock()
    first = Outbox(tmp_path, PUBLISHER, unsigned, clock=clock)
    first.append(Drafts(19).many(1))
    with _relay(tmp_path, log, clock) as relay:
        relay.step()
        first.close()
        for file in (tmp_path / "outbox").glob("*.sqlite*"):
            file.unlink()
        clock.forward(5)
        second = Outbox(tmp_path, PUBLISHER, unsigned, clock=clock)
        second.append(Drafts(20).many(2))
        assert relay.step() == 2
        assert [lane.epoch for lane in relay.status()] == [second.epoch]


def test_the_lock_names_its_holder(tmp_path: Path) -> None:
    import os

    log, clock = MemoryLog(), HandClock()
    Outbox(tmp_path, PUBLISHER, unsigned, clock=clock)
    with _relay(tmp_path, log, clock) as relay:
        relay.step()
        lock = outbox_paths(tmp_path, PUBLISHER).relay_lock
        assert lock.read_text() == f"{os.getpid()}\n"
        assert not FileLock(lock).try_acquire()
