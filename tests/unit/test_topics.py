"""Topics: names there and back, and what each must be set to."""

from __future__ import annotations

import pytest

from infra.errors import InvalidInput
from infra.settings import Settings
from infra.topics import dead_letter_topic, dead_letter_topics, event_topics, split_topic, topic_of, topic_specs
from infra.zone import zone
from schemas.catalogue import catalogue


def test_names_go_there_and_back() -> None:
    for region in zone().region_codes:
        for family in zone().families:
            assert split_topic(topic_of(family, region)) == (family, region)
    assert topic_of("enforcement", "330421") == "lianzhi.enforcement.330421"
    assert dead_letter_topic("330421") == "lianzhi.dead-letters.330421"


def test_the_zone_has_a_topic_for_each_family_of_each_region() -> None:
    assert len(event_topics(zone())) == 9
    assert dead_letter_topics(zone()) == tuple(f"lianzhi.dead-letters.{code}" for code in zone().region_codes)


def test_the_zone_publishes_the_families_of_the_contract() -> None:
    assert set(zone().families) == set(catalogue().families)


@pytest.mark.parametrize(
    "topic",
    [
        "lianzhi.enforcement.33042",
        "lianzhi.enforcement.3304210",
        "lianzhi.enforcement.330421.x",
        "lianzhi.enforcement.330421\n",
        "xlianzhi.enforcement.330421",
        "lianzhi.dead-letters.330421",
        "lianzhi..330421",
        "",
    ],
)
def test_other_names_are_no_event_topics(topic: str) -> None:
    with pytest.raises(InvalidInput, match="no event topic"):
        split_topic(topic)


@pytest.mark.parametrize(
    ("family", "region"),
    [("dead-letters", "330421"), ("", "330421"), ("Enforcement", "330421"), ("enforcement", "jiashan"), ("a.b", "1")],
)
def test_names_that_can_not_stand_in_a_topic_are_refused(family: str, region: str) -> None:
    with pytest.raises(InvalidInput):
        topic_of(family, region)


def test_nothing_expires_and_the_broker_stamps_the_time() -> None:
    settings = Settings().with_values(kafka={"replication_factor": 3, "min_insync_replicas": 2})
    specs = topic_specs(settings, zone())
    assert [spec.name for spec in specs] == [*event_topics(zone()), *dead_letter_topics(zone())]
    for spec in specs:
        assert spec.replication_factor == 3
        assert spec.config["retention.ms"] == spec.config["retention.bytes"] == "-1"
        assert spec.config["cleanup.policy"] == "delete"
        assert spec.config["message.timestamp.type"] == "LogAppendTime"
        assert spec.config["min.insync.replicas"] == "2"
    largest = {spec.name: int(spec.config["max.message.bytes"]) for spec in specs}
    assert largest[dead_letter_topic("330421")] > largest[topic_of("dispute", "330421")]
