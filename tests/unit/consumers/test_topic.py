"""When a topic's batch closes: by its own time, or with another topic's."""

from __future__ import annotations

from concurrent.futures import Future
from typing import cast

from consumers.batch import BatchBuilder
from consumers.lander import TopicLander
from consumers.policy import BatchPolicy, TopicRules, WorkerPolicy
from consumers.topic import Phase, Topic, long_enough
from infra.kafka import Run
from infra.settings import load_settings
from infra.zone import zone
from tests.support.sample_events import Samples

SECONDS = 10.0
GOOD = [(sample.key, sample.value) for sample in Samples(1).everyday(4)]


def _reading(region: str, closed_at: float) -> Topic:
    rules = TopicRules.of(f"lianzhi.enforcement.{region}", zone())
    policy = BatchPolicy(rows=100, size_bytes=1 << 20, seconds=SECONDS, value_bytes=1 << 20, refused=3)
    topic = Topic(rules, 1, cast(TopicLander, None), WorkerPolicy.of(load_settings(env={})), policy)
    topic.phase, topic.closed_at = Phase.READING, closed_at
    topic.builder = BatchBuilder(rules, policy)
    return topic


def _holding(region: str, closed_at: float) -> Topic:
    topic = _reading(region, closed_at)
    topic.builder.add(Run(topic.name, 0, 1, True, [key for key, _ in GOOD], [value for _, value in GOOD]))
    return topic


def test_a_batch_closes_when_it_has_waited_and_not_before() -> None:
    topic = _holding("330421", closed_at=0.0)
    assert long_enough([topic], 9.9) == 1.0
    assert not topic.close_due(9.9, long_enough([topic], 9.9))
    assert topic.due_in(4.0) == 6.0
    assert topic.close_due(10.0, long_enough([topic], 10.0))
    assert [batch.rows for batch in topic.queue] == [4]
    assert topic.closed_at == 10.0


def test_what_has_waited_half_as_long_closes_with_a_batch_that_is_due() -> None:
    due, half, new = _holding("330421", 0.0), _holding("310118", 5.0), _holding("320509", 5.1)
    share = long_enough([due, half, new], 10.0)
    assert [topic.close_due(10.0, share) for topic in (due, half, new)] == [True, True, False]


def test_nothing_is_due_of_a_topic_that_is_landing_stopped_or_empty() -> None:
    landing, stopped, empty = _holding("330421", 0.0), _holding("310118", 0.0), _reading("320509", 0.0)
    landing.task, stopped.phase = Future(), Phase.STOPPED
    assert [topic.waited(100.0) for topic in (landing, stopped, empty)] == [0.0, 0.0, 0.0]
    assert long_enough([landing, stopped, empty], 100.0) == 1.0
    assert not any(topic.close_due(100.0, 0.5) for topic in (landing, stopped, empty))


def test_the_quicker_a_batch_lands_the_sooner_the_next_closes_down_to_half_of_the_time() -> None:
    for took, waits in ((0.5, 5.0), (1.25, 5.0), (2.0, 8.0), (2.5, 10.0), (9.0, 10.0)):
        topic = _holding("330421", closed_at=100.0)
        topic.sent_at = 50.0
        topic.landed(50.0 + took)
        assert topic.due_in(100.0) == waits
        assert not topic.close_due(99.9 + waits, 1.0)
        assert topic.close_due(100.0 + waits, 1.0)
