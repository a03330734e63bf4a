"""Topics: making them, and reading what they are set to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from kafka import errors as kafka_errors
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from infra.kafka.config import common_config, milliseconds
from infra.kafka.connecting import connecting
from infra.kafka.errors import kafka_calls
from infra.settings import Settings
from infra.topics import TopicSpec


@dataclass(frozen=True, slots=True)
class TopicState:
    """What a topic is on the broker. `id` changes when a topic of the same name is made anew."""

    name: str
    id: UUID
    partitions: int
    replication_factor: int


def make_admin(settings: Settings, *, client_id: str = "admin") -> Admin:
    """An administrator's client.

    Raises:
        RetryableError: when no broker answers.
        FatalError: when access is refused.
    """
    return Admin(settings, client_id)


class Admin:
    """See `make_admin`."""

    def __init__(self, settings: Settings, client_id: str) -> None:
        self._timeout_ms = milliseconds(settings.kafka.request_seconds)
        with connecting(settings):
            self._admin = KafkaAdminClient(**common_config(settings, client_id))

    def topics(self) -> frozenset[str]:
        """The names of all topics that this user may see."""
        with kafka_calls("listing topics"):
            return frozenset(self._admin.list_topics())

    def describe(self, topics: Collection[str]) -> dict[str, TopicState]:
        """What each of `topics` is; those that do not exist are left out."""
        if not topics:
            return {}
        with kafka_calls("describing topics"):
            found = self._admin.describe_topics(sorted(topics))
        return {topic["name"]: _state(topic) for topic in found if topic["error_code"] == 0}

    def configs(self, topics: Collection[str]) -> dict[str, Mapping[str, str]]:
        """The whole configuration of each of `topics`, defaults included."""
        if not topics:
            return {}
        resources = [ConfigResource(ConfigResourceType.TOPIC, topic) for topic in sorted(topics)]
        with kafka_calls("reading the configuration of topics"):
            found = self._admin.describe_configs(resources, config_filter="all")
        return {
            topic: {name: entry["value"] for name, entry in entries.items()}
            for topic, entries in found.get("topic", {}).items()
        }

    def create(self, specs: Iterable[TopicSpec]) -> None:
        """Make the topics and wait until each has a leader. One that somebody else makes meanwhile is no error."""
        wanted = {
            spec.name: {
                "num_partitions": 1,
                "replication_factor": spec.replication_factor,
                "configs": dict(spec.config),
            }
            for spec in specs
        }
        if not wanted:
            return
        with kafka_calls(f"making {len(wanted)} topics"):
            answer = self._admin.create_topics(wanted, timeout_ms=self._timeout_ms, raise_errors=False)
            for topic in answer["topics"]:
                error = kafka_errors.for_code(topic["error_code"])
                if error not in {kafka_errors.NoError, kafka_errors.TopicAlreadyExistsError}:
                    raise error(f"{topic['name']}: {topic.get('error_message')}")
            self._admin.wait_for_topics(sorted(wanted), timeout_ms=self._timeout_ms)

    def delete(self, topics: Collection[str]) -> None:
        """Delete topics. For tests and for `lianzhi down --wipe` only: events are never deleted."""
        if topics:
            with kafka_calls("deleting topics"):
                self._admin.delete_topics(sorted(topics), timeout_ms=self._timeout_ms)

    def close(self) -> None:
        """Let go of the connections."""
        self._admin.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _state(topic: Mapping[str, Any]) -> TopicState:
    partitions = topic["partitions"]
    replicas = min((len(partition["replica_nodes"]) for partition in partitions), default=0)
    identity = topic["topic_id"]
    return TopicState(
        topic["name"], identity if isinstance(identity, UUID) else UUID(str(identity)), len(partitions), replicas
    )
