"""What landing is told: its limits and pauses, and what a topic allows. Values only, resolved once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from zlib import crc32

from infra.settings import Settings
from infra.topics import split_topic
from infra.zone import Zone
from projections.store.landing import MOST_RUNS
from schemas.catalogue import catalogue
from schemas.wire import HEADER, ID_LENGTH, MAGIC

MIB = 1024 * 1024

PREFIX_LENGTH = HEADER.size + 1
"""Bytes that tell the schema and that an event id of 36 characters follows: 0, the id, the length."""


@dataclass(frozen=True, slots=True)
class BatchPolicy:
    """When a batch closes: at so many rows, bytes or runs, or after so many seconds; and the largest value taken."""

    rows: int
    size_bytes: int
    seconds: float
    value_bytes: int
    refused: int
    runs: int = MOST_RUNS

    @classmethod
    def of(cls, settings: Settings) -> BatchPolicy:
        """As the settings say."""
        landing = settings.landing
        return cls(
            landing.batch_rows,
            landing.batch_bytes,
            landing.batch_seconds,
            landing.value_bytes,
            landing.stop_after_dead_letters,
        )


@dataclass(frozen=True, slots=True)
class LandingPolicy:
    """How one batch is landed. All durations in seconds.

    Attributes:
        registry_url: where ClickHouse finds the schemas.
        deadline: a statement that begins later than this after the table was looked at refuses itself.
        query: longest run of one statement.
        fresh: a look at the table that is older is taken again before anything is sent.
        salts: tokens tried when the server says that it landed what is not there.
        culprits: refused values found in one go before the good rows up to there are landed.
        stop_after: so many refused values in a row stop the topic.
    """

    registry_url: str
    deadline: float
    query: float
    stop_after: int
    fresh: float = 5.0
    salts: int = 5
    culprits: int = 64

    @classmethod
    def of(cls, settings: Settings) -> LandingPolicy:
        """As the settings say."""
        landing = settings.landing
        return cls(
            settings.registry.url, landing.deadline_seconds, landing.query_seconds, landing.stop_after_dead_letters
        )


@dataclass(frozen=True, slots=True)
class WorkerPolicy:
    """How the worker shares its time and memory among topics. All durations in seconds.

    Attributes:
        queue_batches: closed batches of one topic that wait while another is landed.
        buffer_bytes: bytes of values held in all, beyond which only idle topics are read.
        posts: topics landed at the same time.
        poll: longest wait for records when nothing else is to be done.
        commit_every: pause between two commits, which only watchers read.
        look_again: pause between two looks whether a stopped topic may go on.
    """

    queue_batches: int
    stop: float
    commit: float
    backoff_min: float
    backoff_max: float
    buffer_bytes: int = 160 * MIB
    posts: int = 4
    poll: float = 0.25
    commit_every: float = 2.0
    look_again: float = 5.0

    @classmethod
    def of(cls, settings: Settings) -> WorkerPolicy:
        """As the settings say."""
        landing = settings.landing
        return cls(
            landing.queue_batches,
            landing.stop_seconds,
            landing.commit_seconds,
            landing.backoff_min_seconds,
            landing.backoff_max_seconds,
        )


@dataclass(frozen=True)
class TopicRules:
    """What values of a topic must be: their family, region and publishers, and the schemas that they may have."""

    topic: str
    family: str
    region: str
    publishers: tuple[str, ...]

    @classmethod
    def of(cls, topic: str, zone: Zone) -> TopicRules:
        """The rules of an event topic.

        Raises:
            InvalidInput: when the name is no event topic's.
        """
        family, region = split_topic(topic)
        publishers = tuple(publisher.id for publisher in zone.publishers_of(region, family))
        return cls(topic, family, region, publishers)

    @cached_property
    def prefixes(self) -> Mapping[bytes, int]:
        """First bytes of a good value → checksum of its event type's name; only schemas of this family."""
        known = catalogue()
        return {
            prefix_of(schema_id): crc32(known.by_id[schema_id].name.encode())
            for schema_id in known.family_ids(self.family)
        }


def prefix_of(schema_id: int) -> bytes:
    """The bytes that every value of a schema begins with."""
    return HEADER.pack(MAGIC, schema_id) + bytes([ID_LENGTH * 2])
