"""Groups: every topic has one owner, ownership is told by number, and only owners commit."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import pytest

from infra.kafka import Consumer, Outgoing, make_admin, make_consumer, make_producer
from infra.topics import TopicSpec
from tests.support.stack import RunningStack
from tests.support.wait import wait_until

pytestmark = pytest.mark.servers


@pytest.fixture
def topics(stack: RunningStack) -> list[str]:
    names = [stack.unique("topic") for _ in range(5)]
    with make_admin(stack.settings) as admin:
        admin.create([TopicSpec(name, 1, {"message.timestamp.type": "LogAppendTime"}) for name in names])
    with make_producer(stack.settings) as producer:
        for name in names:
            producer.send_all(name, [Outgoing(b"k", b"%d" % n) for n in range(100)])
    return names


@contextlib.contextmanager
def members(stack: RunningStack, topics: Sequence[str], count: int) -> Iterator[list[Consumer]]:
    settings = stack.settings_with(kafka={"session_timeout_seconds": 6.0, "heartbeat_seconds": 0.5})
    group = stack.unique("group")
    with contextlib.ExitStack() as opened:
        made = [opened.enter_context(make_consumer(settings, group)) for _ in range(count)]
        for member in made:
            member.subscribe(topics)
        yield made


def poll_until_shared(consumers: Sequence[Consumer], topics: Sequence[str]) -> list[set[str]]:
    def shared() -> list[set[str]]:
        for consumer in consumers:
            assert consumer.poll(0.1) == []
        owned = [set(consumer.owned()) for consumer in consumers]
        whole = sorted(topic for topics_of_one in owned for topic in topics_of_one) == sorted(topics)
        return owned if whole and all(owned) else []

    return wait_until(shared, seconds=60, what="every topic to have one owner, every member a topic")


def test_topics_of_one_partition_are_spread_over_the_members(stack: RunningStack, topics: list[str]) -> None:
    with members(stack, topics, 2) as consumers:
        owned = poll_until_shared(consumers, topics)
        assert sorted(map(len, owned)) == [2, 3]


def test_nothing_is_read_before_the_owner_says_from_where(stack: RunningStack, topics: list[str]) -> None:
    with members(stack, topics, 1) as (consumer,):
        poll_until_shared([consumer], topics)
        assert consumer.paused() == set(topics)
        consumer.start(topics[0], 40)
        runs = wait_until(lambda: consumer.poll(0.5), what="records")
        assert {run.topic for run in runs} == {topics[0]}
        assert runs[0].first == 40


def test_a_topic_that_moves_has_a_new_number_and_is_paused_again(stack: RunningStack, topics: list[str]) -> None:
    with members(stack, topics, 1) as (first,):
        poll_until_shared([first], topics)
        before = first.owned()
        for topic in topics:
            first.start(topic, 100)
        assert first.paused() == frozenset()
        settings = stack.settings
        with make_consumer(settings, _group_of(first)) as second:
            second.subscribe(topics)
            shares = poll_until_shared([first, second], topics)
            assert first.paused() == shares[0]
            assert all(first.owned()[topic] > before[topic] for topic in shares[0])
        wait_until(
            lambda: first.poll(0.1) == [] and set(first.owned()) == set(topics), seconds=60, what="all to return"
        )
        assert first.paused() == set(topics)


def test_only_the_owner_commits(stack: RunningStack, topics: list[str]) -> None:
    with members(stack, topics, 2) as (first, second):
        mine, others = poll_until_shared([first, second], topics)
        own, foreign = min(mine), min(others)
        assert first.commit({own: 7})
        assert not first.commit({foreign: 9})
        assert not first.commit({own: 8, foreign: 9})
        assert second.committed([own, foreign]) == {own: 8, foreign: None}


def test_a_commit_that_comes_too_late_is_no_error(stack: RunningStack, topics: list[str]) -> None:
    with members(stack, topics, 1) as (first,):
        poll_until_shared([first], topics)
        with make_consumer(stack.settings, _group_of(first)) as second:
            second.subscribe(topics)
            assert second.poll(0.5) == []  # a rebalance is under way; the first member does not know yet
            first.commit(dict.fromkeys(topics, 3))
            poll_until_shared([first, second], topics)


def _group_of(consumer: Consumer) -> str:
    group: str = consumer._consumer.config["group_id"]
    return group
