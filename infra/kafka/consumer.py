"""The consumer: topics by name (each has one partition), runs of raw bytes, every unsafe default set.

Not thread-safe: all calls from one thread. Positions are the caller's: nothing is read from a place that the caller did
not name with `start`, so an expired start can not be skipped in silence.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Self

from kafka import TopicPartition
from kafka import errors as kafka_errors
from kafka.consumer.subscription_state import ConsumerRebalanceListener
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from kafka.structs import OffsetAndMetadata

from infra.kafka.config import common_config, milliseconds, require_fast_parts
from infra.kafka.connecting import connecting
from infra.kafka.errors import as_ours, kafka_calls
from infra.kafka.runs import Run, RunConsumer
from infra.settings import Settings
from infra.topics import PARTITION


def make_consumer(settings: Settings, group: str | None, *, client_id: str = "consumer") -> Consumer:
    """A consumer of raw bytes.

    Args:
        group: the group that shares out topics (`subscribe`); None: the caller names its topics (`assign`).
        client_id: its name in the broker's log; `lianzhi-` is put before it.

    Raises:
        FatalError: when a compiled part is missing, or access is refused.
        RetryableError: when no broker answers.
    """
    require_fast_parts()
    return Consumer(settings, group, client_id)


class Consumer:
    """See `make_consumer`."""

    def __init__(self, settings: Settings, group: str | None, client_id: str) -> None:
        kafka = settings.kafka
        self._timeout_ms = milliseconds(kafka.request_seconds)
        self._join_ms = milliseconds(kafka.join_seconds)
        self._batches = kafka.poll_batches
        self._members = _Members()
        config: dict[str, Any] = common_config(settings, client_id) | {
            "group_id": group,
            "enable_auto_commit": False,
            "auto_offset_reset": "none",
            "isolation_level": "read_committed",
            "allow_auto_create_topics": False,
            "check_crcs": True,
            "key_deserializer": None,
            "value_deserializer": None,
            # The range assignor would give every topic's partition 0 to the same member.
            "partition_assignment_strategy": (RoundRobinPartitionAssignor,),
            "session_timeout_ms": milliseconds(kafka.session_timeout_seconds),
            "heartbeat_interval_ms": milliseconds(kafka.heartbeat_seconds),
            "max_poll_interval_ms": milliseconds(kafka.max_poll_interval_seconds),
            "fetch_max_bytes": kafka.fetch_max_bytes,
            "max_partition_fetch_bytes": kafka.fetch_partition_bytes,
            "fetch_max_wait_ms": milliseconds(kafka.fetch_wait_seconds),
            "max_poll_records": kafka.poll_batches,
            "receive_buffer_bytes": 1024 * 1024,
            "metrics_enabled": False,
        }
        with connecting(settings):
            self._consumer = RunConsumer(**config)

    def subscribe(self, topics: Iterable[str]) -> None:
        """Join the group for `topics`. A topic that falls to this member stays paused until it is started.

        Raises:
            RetryableError: when one of the topics does not exist.
        """
        names = sorted(topics)
        with kafka_calls("subscribing"):
            self._members.consumer = self._consumer
            self._consumer.subscribe(topics=names, listener=self._members)
            self._await_metadata(names)

    def assign(self, topics: Iterable[str]) -> None:
        """Read `topics` without a group, paused until `start` is called for each.

        Raises:
            RetryableError: when one of the topics does not exist.
        """
        partitions = [_partition(topic) for topic in sorted(topics)]
        with kafka_calls("assigning"):
            self._consumer.assign(partitions)
            self._await_metadata([partition.topic for partition in partitions])
        self._members.consumer = self._consumer
        self._members.replace(partitions)

    def _await_metadata(self, topics: Iterable[str]) -> None:
        """Know where every topic lies before the first poll.

        The library forgets to ask for new topics while an older request is on its way, and would share out nothing
        until its next regular look, a minute later.
        """
        for topic in topics:
            if PARTITION not in self._consumer.partitions_for_topic(topic):
                raise kafka_errors.UnknownTopicOrPartitionError(topic)

    def owned(self) -> Mapping[str, int]:
        """The topics that are this member's now, each with the number of its assignment.

        The number changes with every new assignment, even of a topic that went away and came back between two polls:
        whoever did not start this very assignment does not own the topic.
        """
        return self._members.owned()

    def start(self, topic: str, offset: int) -> None:
        """Read an owned `topic` from `offset` on."""
        with kafka_calls(f"starting {topic} at {offset}"):
            self._consumer.seek(_partition(topic), offset)
            self._consumer.resume(_partition(topic))

    seek = start

    def pause(self, topics: Iterable[str]) -> None:
        """Hand over nothing of `topics` until they are started or resumed."""
        self._consumer.pause(*(_partition(topic) for topic in topics))

    def resume(self, topics: Iterable[str]) -> None:
        """Go on with paused `topics` where they stopped."""
        self._consumer.resume(*(_partition(topic) for topic in topics))

    def paused(self) -> frozenset[str]:
        """The owned topics that are paused."""
        return frozenset(partition.topic for partition in self._consumer.paused())

    def poll(self, seconds: float, batches: int | None = None) -> list[Run]:
        """What has arrived, in order within each topic; waits up to `seconds` for something.

        While the group shares out its topics anew, it takes up to kafka.join_seconds more.

        Args:
            batches: most runs to hand over; None: the setting kafka.poll_batches.

        Raises:
            RetryableError: no broker answers.
            FatalError: the position is not in the log any more, or bytes are corrupt.
        """
        with kafka_calls("reading"):
            self._consumer.rejoin(self._join_ms)
            found = self._consumer.poll(timeout_ms=round(seconds * 1000), max_records=batches or self._batches)
        return [run for runs in found.values() for run in runs]

    def position(self, topic: str) -> int | None:
        """The offset that the next poll begins with; None before `start`."""
        with kafka_calls(f"position of {topic}"):
            position: int | None = self._consumer.position(_partition(topic), timeout_ms=self._timeout_ms)
        return position

    def commit(self, offsets: Mapping[str, int], seconds: float = 5.0) -> bool:
        """Tell the group, for those who watch the lag, the next offset of each topic.

        A commit that fails is normal (a rebalance is under way, the broker is away) and changes nothing: False. Only
        topics that this member owns are committed, since a broker takes commits for others from it too.
        """
        owned = self._members.owned()
        mine = {_partition(topic): OffsetAndMetadata(at, "", -1) for topic, at in offsets.items() if topic in owned}
        if not mine:
            return False
        try:
            self._consumer.commit(mine, timeout_ms=milliseconds(seconds))
        except kafka_errors.AuthorizationError as error:
            raise as_ours(error, "committing") from error
        except kafka_errors.KafkaError:
            return False
        return len(mine) == len(offsets)

    def committed(self, topics: Iterable[str]) -> dict[str, int | None]:
        """The group's committed next offset of each topic; None when it never committed one."""
        with kafka_calls("reading commits"):
            return {t: self._consumer.committed(_partition(t), timeout_ms=self._timeout_ms) for t in topics}

    def begin_offsets(self, topics: Collection[str]) -> dict[str, int]:
        """The first offset that each topic still has."""
        with kafka_calls("asking where topics begin"):
            return _by_topic(self._consumer.beginning_offsets(_partitions(topics), timeout_ms=self._timeout_ms))

    def end_offsets(self, topics: Collection[str]) -> dict[str, int]:
        """The offset after the last committed record of each topic."""
        with kafka_calls("asking where topics end"):
            return _by_topic(self._consumer.end_offsets(_partitions(topics), timeout_ms=self._timeout_ms))

    def offsets_at(self, topics: Collection[str], appended_ms: int) -> dict[str, int | None]:
        """The first offset of each topic that was appended at `appended_ms` (UTC, milliseconds) or later; else None."""
        wanted = dict.fromkeys(_partitions(topics), appended_ms)
        with kafka_calls("asking for offsets by time"):
            found = self._consumer.offsets_for_times(wanted, timeout_ms=self._timeout_ms)
        return {partition.topic: None if answer is None else answer.offset for partition, answer in found.items()}

    def close(self, seconds: float = 5.0) -> None:
        """Leave the group and let go of the connections, within `seconds`."""
        with kafka_calls("closing"):
            self._consumer.close(autocommit=False, timeout_ms=milliseconds(seconds))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def end_offsets(consumer: Consumer, topics: Collection[str]) -> dict[str, int]:
    """The offset after the last committed record of each topic."""
    return consumer.end_offsets(topics)


class _Members(ConsumerRebalanceListener):  # type: ignore[misc]
    """Remembers what is owned. Runs on the client's IO loop, where heartbeats run too: it only sets values."""

    def __init__(self) -> None:
        self.consumer: Any = None
        self._lock = threading.Lock()
        self._owned: dict[str, int] = {}
        self._assignments = 0

    def owned(self) -> Mapping[str, int]:
        with self._lock:
            return dict(self._owned)

    def replace(self, partitions: Iterable[Any]) -> None:
        with self._lock:
            self._owned.clear()
        self.on_partitions_assigned(partitions)

    def on_partitions_assigned(self, assigned: Iterable[Any]) -> None:
        partitions = [partition for partition in assigned if partition.partition == PARTITION]
        for partition in partitions:
            self.consumer.pause(partition)
            self.consumer.seek(partition, 0)  # a position, so that the client looks for none by itself
        with self._lock:
            self._assignments += 1
            self._owned.update({partition.topic: self._assignments for partition in partitions})

    def on_partitions_revoked(self, revoked: Iterable[Any]) -> None:
        with self._lock:
            for partition in revoked:
                self._owned.pop(partition.topic, None)

    def on_partitions_lost(self, lost: Iterable[Any]) -> None:
        self.on_partitions_revoked(lost)


def _partition(topic: str) -> Any:
    return TopicPartition(topic, PARTITION)


def _partitions(topics: Iterable[str]) -> list[Any]:
    return [_partition(topic) for topic in topics]


def _by_topic(offsets: Mapping[Any, int]) -> dict[str, int]:
    return {partition.topic: offset for partition, offset in offsets.items()}
