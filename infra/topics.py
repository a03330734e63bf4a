"""The topics of the log: their names, and what each must be set to.

`lianzhi.<family>.<region code>` holds events, `lianzhi.dead-letters.<region code>` what could not be landed. One
partition each, for ever, so that order and density are one thing (kafka-python and librdkafka place keys on different
partitions); scale comes from more topics. Nothing is ever deleted or compacted, and the broker's own clock stamps each
record, so that "known at" is read off the log itself (architecture, section 5).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from infra.errors import InvalidInput
from infra.settings import Settings
from infra.zone import Zone

PARTITION = 0
"""The one partition of every topic."""

DEAD_LETTERS = "dead-letters"

_TOPIC = re.compile(r"lianzhi\.(?P<family>[a-z][a-z_]{1,30})\.(?P<region>[1-9][0-9]{5})")
_FAMILY = re.compile(r"[a-z][a-z_]{1,30}")
_REGION = re.compile(r"[1-9][0-9]{5}")


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """What a topic must be: name, replication factor when it is made, and its configuration. One partition always."""

    name: str
    replication_factor: int
    config: Mapping[str, str]


def topic_of(family: str, region: str) -> str:
    """The topic of a family's events from a region (six-digit code).

    Raises:
        InvalidInput: when either can not be part of a topic's name.
    """
    if not _FAMILY.fullmatch(family):
        raise InvalidInput(f"{family!r} is no event family", zh=f"{family!r} 不是事件族")
    return f"lianzhi.{family}.{_checked_region(region)}"


def split_topic(topic: str) -> tuple[str, str]:
    """(family, region code) of an event topic.

    Raises:
        InvalidInput: for any other topic, dead letters included.
    """
    match = _TOPIC.fullmatch(topic)
    if match is None:
        raise InvalidInput(
            f"{topic!r} is no event topic; expected lianzhi.<family>.<region code>", zh=f"{topic!r} 不是事件主题"
        )
    return match["family"], match["region"]


def dead_letter_topic(region: str) -> str:
    """The topic of a region's dead letters."""
    return f"lianzhi.{DEAD_LETTERS}.{_checked_region(region)}"


def event_topics(zone: Zone) -> tuple[str, ...]:
    """Every event topic of the zone: each family of each region, in the order of the zone's regions."""
    return tuple(topic_of(family, region) for region in zone.region_codes for family in zone.families)


def dead_letter_topics(zone: Zone) -> tuple[str, ...]:
    """Every dead letter topic of the zone."""
    return tuple(dead_letter_topic(region) for region in zone.region_codes)


def topic_specs(settings: Settings, zone: Zone) -> tuple[TopicSpec, ...]:
    """What every topic of the zone must be."""
    kafka = settings.kafka
    config = {
        "cleanup.policy": "delete",
        "retention.ms": "-1",
        "retention.bytes": "-1",
        "message.timestamp.type": "LogAppendTime",
        "max.message.bytes": str(kafka.max_message_bytes),
        "min.insync.replicas": str(kafka.min_insync_replicas),
        "unclean.leader.election.enable": "false",
        # The broker compresses anew what comes in another codec, so that no reader needs more than lz4.
        "compression.type": "lz4",
    }
    # A dead letter carries the refused value whole, with its reason and coordinates beside it.
    dead_letters = config | {"max.message.bytes": str(2 * kafka.max_message_bytes)}
    return tuple(
        [TopicSpec(name, kafka.replication_factor, config) for name in event_topics(zone)]
        + [TopicSpec(name, kafka.replication_factor, dead_letters) for name in dead_letter_topics(zone)]
    )


def _checked_region(region: str) -> str:
    if not _REGION.fullmatch(region):
        raise InvalidInput(f"{region!r} is no region code (six digits, GB/T 2260)", zh=f"{region!r} 不是行政区划代码")
    return region
