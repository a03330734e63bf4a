"""Kafka through its narrow package, on the real broker: what goes in comes out, and nothing is skipped in silence."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import confluent_kafka
import pytest
from kafka import TopicPartition
from kafka.admin import KafkaAdminClient

from infra.errors import FatalError, InvalidInput, RetryableError
from infra.kafka import (
    Consumer,
    NotAcknowledged,
    Outgoing,
    Producer,
    Run,
    end_offsets,
    fetch_range,
    make_admin,
    make_consumer,
    make_producer,
    require_fast_parts,
)
from infra.topics import TopicSpec
from tests.support.stack import RunningStack
from tests.support.wait import wait_until

pytestmark = pytest.mark.servers

STAMPED = {"message.timestamp.type": "LogAppendTime", "compression.type": "lz4"}


@pytest.fixture
def new_topic(stack: RunningStack) -> Callable[..., str]:
    def make(**config: str) -> str:
        name = stack.unique("topic")
        with make_admin(stack.settings) as admin:
            admin.create(
                [TopicSpec(name, 1, STAMPED | {key.replace("_", "."): value for key, value in config.items()})]
            )
        return name

    return make


@pytest.fixture
def producer(stack: RunningStack) -> Iterator[Producer]:
    with make_producer(stack.settings) as made:
        yield made


@pytest.fixture
def consumer(stack: RunningStack) -> Iterator[Consumer]:
    with make_consumer(stack.settings, None) as made:
        yield made


def some(count: int, start: int = 0) -> list[Outgoing]:
    return [
        Outgoing(
            b"case-%d" % n, b"\x00value %d " % n + b"x" * (n % 700), (("publisher", b"p"), ("sequence", b"%d" % n))
        )
        for n in range(start, start + count)
    ]


def read(consumer: Consumer, topic: str, end: int, seconds: float = 30.0) -> list[Run]:
    runs: list[Run] = []
    deadline = time.monotonic() + seconds
    while (consumer.position(topic) or 0) < end:
        assert time.monotonic() < deadline, f"stood still at {consumer.position(topic)} of {end}"
        runs += consumer.poll(0.5)
    return runs


def values(runs: list[Run]) -> list[tuple[int, bytes | None, bytes | None]]:
    return [
        (run.first + place, key, value)
        for run in runs
        for place, (key, value) in enumerate(zip(run.keys, run.values, strict=True))
    ]


def test_the_compiled_parts_are_there() -> None:
    require_fast_parts()


def test_what_goes_in_comes_out_in_order(
    stack: RunningStack, new_topic: Callable[..., str], producer: Producer, consumer: Consumer
) -> None:
    topic, sent = new_topic(), some(3_000)
    before = time.time() * 1000
    assert producer.send_all(topic, sent[:2_000]) == list(range(2_000))
    assert producer.send_all(topic, sent[2_000:]) == list(range(2_000, 3_000))
    consumer.assign([topic])
    assert consumer.begin_offsets([topic]) == {topic: 0}
    assert end_offsets(consumer, [topic]) == {topic: 3_000}
    consumer.start(topic, 0)
    runs = read(consumer, topic, 3_000)
    assert values(runs) == [(offset, record.key, record.value) for offset, record in enumerate(sent)]
    for run in runs:
        assert run.topic == topic
        assert run.by_log
        assert before - 1_000 <= run.appended_ms <= time.time() * 1000 + 1_000
    whole = list(fetch_range(stack.settings, topic, 0, 3_000))
    assert [(record.key, record.value, record.headers) for record in whole] == [
        (record.key, record.value, record.headers) for record in sent
    ]
    assert whole[7].header("sequence") == b"7"
    assert whole[7].header("absent") is None
    assert [r.offset for r in fetch_range(stack.settings, topic, 1_234, 1_239)] == list(range(1_234, 1_239))
    assert [r.offset for r in fetch_range(stack.settings, topic, 2_998, 9_999)] == [2_998, 2_999]
    middle = whole[1_500].appended_ms
    first_at = next(record.offset for record in whole if record.appended_ms >= middle)
    assert consumer.offsets_at([topic], middle) == {topic: first_at}
    assert consumer.offsets_at([topic], int(time.time() * 1000) + 60_000) == {topic: None}


def test_another_client_reads_the_same(stack: RunningStack, new_topic: Callable[..., str], producer: Producer) -> None:
    topic, sent = new_topic(), some(500)
    producer.send_all(topic, sent)
    other = confluent_kafka.Consumer(
        {"bootstrap.servers": stack.settings.kafka.bootstrap, "group.id": topic, "check.crcs": True}
    )
    other.assign([confluent_kafka.TopicPartition(topic, 0, 0)])
    found: list[confluent_kafka.Message] = []
    while len(found) < 500:
        batch = other.consume(500, timeout=10)
        assert batch, f"only {len(found)} came"
        found += batch
    other.close()
    assert [message.error() for message in found] == [None] * 500
    assert [(m.key(), m.value(), tuple(m.headers() or ())) for m in found] == [
        (s.key, s.value, s.headers) for s in sent
    ]
    assert {message.timestamp()[0] for message in found} == {confluent_kafka.TIMESTAMP_LOG_APPEND_TIME}


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_what_another_client_sends_is_read_whatever_its_codec(
    stack: RunningStack, new_topic: Callable[..., str], consumer: Consumer, codec: str
) -> None:
    topic = new_topic()
    other = confluent_kafka.Producer(
        {"bootstrap.servers": stack.settings.kafka.bootstrap, "compression.type": codec, "linger.ms": 50}
    )
    for number in range(300):
        other.produce(
            topic, value=b"v%d" % number * 20, key=None if number % 3 else b"k", headers=[("h", b"x")], partition=0
        )
    assert other.flush(20) == 0
    consumer.assign([topic])
    consumer.start(topic, 0)
    assert values(read(consumer, topic, 300)) == [(n, None if n % 3 else b"k", b"v%d" % n * 20) for n in range(300)]


def test_reading_starts_exactly_where_it_is_told(
    new_topic: Callable[..., str], producer: Producer, consumer: Consumer
) -> None:
    topic = new_topic()
    producer.send_all(topic, some(1_000))
    consumer.assign([topic])
    assert consumer.poll(0.3) == []
    assert consumer.paused() == {topic}
    for first in (777, 1, 999):
        consumer.start(topic, first)
        runs = read(consumer, topic, 1_000)
        assert [offset for offset, _, _ in values(runs)] == list(range(first, 1_000))
    consumer.start(topic, 500)
    consumer.pause([topic])
    assert consumer.poll(0.3) == []
    consumer.resume([topic])
    assert values(read(consumer, topic, 1_000))[0][0] == 500


def test_only_committed_records_come_and_markers_do_not_hold_up(
    stack: RunningStack, new_topic: Callable[..., str], consumer: Consumer
) -> None:
    topic = new_topic()
    other = confluent_kafka.Producer(
        {"bootstrap.servers": stack.settings.kafka.bootstrap, "transactional.id": topic, "linger.ms": 20}
    )
    other.init_transactions(30)
    for name, commits in ((b"a", True), (b"b", False), (b"c", True), (b"d", False)):
        other.begin_transaction()
        for number in range(5):
            other.produce(topic, value=name + b"%d" % number, key=b"k", partition=0)
        other.flush(20)
        (other.commit_transaction if commits else other.abort_transaction)(20)
    consumer.assign([topic])
    # The last marker is written after the commit has returned.
    end = wait_until(lambda: consumer.end_offsets([topic])[topic] == 24 and 24, what="the last marker")
    consumer.start(topic, 0)
    found = values(read(consumer, topic, end))
    assert [value for _, _, value in found] == [name + b"%d" % n for name in (b"a", b"c") for n in range(5)]
    assert [offset for offset, _, _ in found] == [*range(5), *range(12, 17)]
    assert [record.offset for record in fetch_range(stack.settings, topic, 0, end)] == [*range(5), *range(12, 17)]


def test_a_start_that_is_not_in_the_log_is_fatal(
    stack: RunningStack, new_topic: Callable[..., str], producer: Producer, consumer: Consumer
) -> None:
    topic = new_topic()
    producer.send_all(topic, some(100))
    consumer.assign([topic])
    consumer.start(topic, 5_000)
    with pytest.raises(FatalError, match="OffsetOutOfRange"):
        poll_until_it_fails(consumer)
    admin = KafkaAdminClient(bootstrap_servers=stack.settings.kafka.bootstrap)
    admin.delete_records({TopicPartition(topic, 0): 50})
    admin.close()
    consumer.start(topic, 0)
    with pytest.raises(FatalError, match="OffsetOutOfRange"):
        poll_until_it_fails(consumer)
    with pytest.raises(FatalError, match="begins at offset 50"):
        next(fetch_range(stack.settings, topic, 49, 60))
    consumer.start(topic, 50)
    assert len(values(read(consumer, topic, 100))) == 50


def poll_until_it_fails(consumer: Consumer) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        assert consumer.poll(0.5) == []


def test_what_can_not_be_sent_says_so(stack: RunningStack, new_topic: Callable[..., str], producer: Producer) -> None:
    topic, limit = new_topic(), stack.settings.kafka.max_message_bytes
    with pytest.raises(InvalidInput, match="record 1 to"):
        producer.send_all(topic, [*some(1), Outgoing(b"k", b"x" * limit)])
    with make_consumer(stack.settings, None) as consumer:
        assert consumer.end_offsets([topic]) == {topic: 0}
    brief = stack.settings_with(kafka={"request_seconds": 2.0, "delivery_seconds": 4.0})
    with make_producer(brief) as impatient, pytest.raises(RetryableError):
        impatient.send_all(stack.unique("absent"), some(1))
    assert producer.send_all(topic, some(3)) == [0, 1, 2]


def test_what_is_not_acknowledged_in_time_is_neither_sent_nor_lost_for_sure(
    stack: RunningStack, new_topic: Callable[..., str]
) -> None:
    # A topic that takes less than the settings say: the broker refuses the batch, the library sends it again in parts.
    topic, sent = new_topic(max_message_bytes="2000"), [Outgoing(b"k", os.urandom(500)) for _ in range(10)]
    brief = stack.settings_with(kafka={"request_seconds": 2.0, "delivery_seconds": 4.0})
    began = time.monotonic()
    with make_producer(brief) as producer:
        with pytest.raises(NotAcknowledged) as unsure:
            producer.send_all(topic, sent)
        assert unsure.value.offsets == (None,) * 10
        assert time.monotonic() - began < 15
        with pytest.raises((RetryableError, FatalError)):
            producer.send_all(topic, some(1))
    landed = [record.value for record in fetch_range(stack.settings, topic, 0, 100)]
    assert landed == [record.value for record in sent[: len(landed)]]


def test_no_broker_is_retryable_and_bounded(stack: RunningStack) -> None:
    nobody = stack.settings_with(kafka={"bootstrap": "127.0.0.1:9", "connect_seconds": 1.0})
    makers: tuple[Callable[[], Any], ...] = (
        lambda: make_consumer(nobody, None),
        lambda: make_producer(nobody),
        lambda: make_admin(nobody),
        lambda: next(fetch_range(nobody, "t", 0, 1)),
    )
    for make in makers:
        began = time.monotonic()
        with pytest.raises(RetryableError):
            make()
        assert time.monotonic() - began < 10


def test_an_empty_range_is_empty(stack: RunningStack, new_topic: Callable[..., str]) -> None:
    assert list(fetch_range(stack.settings, new_topic(), 0, 100)) == []


def test_no_client_of_ours_makes_a_topic_by_asking_for_it(
    stack: RunningStack, new_topic: Callable[..., str], producer: Producer, consumer: Consumer
) -> None:
    consumer.assign([new_topic()])
    for cluster in (consumer._consumer._cluster, producer._producer._metadata):
        assert cluster.metadata_request().allow_auto_topic_creation is False
