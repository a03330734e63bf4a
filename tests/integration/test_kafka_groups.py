"""Groups: every topic has one owner, ownership is told by number, and only owners commit."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import pytest

from infra.errors import RetryableError
from infra.kafka import Consumer, Outgoing, Run, make_admin, make_consumer, make_producer
from infra.topics import TopicSpec
from tests.support.stack import RunningStack
from tests.support.wait import wait_until

pytestmark = pytest.mark.servers

T = TypeVar("T")


@pytest.fixture
def topics(stack: RunningStack) -> list[str]:
    names = [stack.unique("topic") for _ in range(5)]
    with make_admin(stack.settings) as admin:
        admin.create([TopicSpec(name, 1, {"message.timestamp.type": "LogAppendTime"}) for name in names])
    with make_producer(stack.settings) as producer:
        for name in names:
            producer.send_all(name, [Outgoing(b"k", b"%d" % n) for n in range(100)])
    return names


class Member:
    """A member of a group as workers are: it polls without pause, in a thread of its own."""

    def __init__(self, stack: RunningStack, group: str, topics: Sequence[str]) -> None:
        settings = stack.settings_with(kafka={"session_timeout_seconds": 6.0, "heartbeat_seconds": 0.3})
        self._wishes: queue.SimpleQueue[Callable[[Consumer], None]] = queue.SimpleQueue()
        self._over = threading.Event()
        self._failure: BaseException | None = None
        self.consumer = make_consumer(settings, group)
        self.consumer.subscribe(topics)
        self.runs: list[Run] = []
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def do(self, wish: Callable[[Consumer], T]) -> T:
        """What `wish` answers, asked between two polls."""
        answers: queue.SimpleQueue[T] = queue.SimpleQueue()
        self._wishes.put(lambda consumer: answers.put(wish(consumer)))
        return answers.get(timeout=30)

    def owned(self) -> dict[str, int]:
        return dict(self.consumer.owned())

    def end(self) -> None:
        self._over.set()
        self._thread.join(30)
        if self._failure is not None:
            raise self._failure

    def _live(self) -> None:
        try:
            with self.consumer:
                while not self._over.is_set():
                    self.runs += self.consumer.poll(0.1)
                    while not self._wishes.empty():
                        self._wishes.get()(self.consumer)
        except BaseException as failure:
            self._failure = failure
            raise


@pytest.fixture
def join(stack: RunningStack, topics: list[str]) -> Iterator[Callable[[], Member]]:
    group, members = stack.unique("group"), list[Member]()

    def new_member() -> Member:
        members.append(Member(stack, group, topics))
        return members[-1]

    yield new_member
    for member in members:
        member.end()


def shared(members: Sequence[Member], topics: Sequence[str]) -> list[set[str]]:
    """What each member owns, once every topic has one owner and every member a topic."""

    def shares() -> list[set[str]]:
        owned = [set(member.owned()) for member in members]
        whole = sorted(topic for topics_of_one in owned for topic in topics_of_one) == sorted(topics)
        return owned if whole and all(owned) else []

    return wait_until(shares, seconds=60, what="every topic to have one owner, every member a topic")


def test_topics_of_one_partition_are_spread_over_the_members(join: Callable[[], Member], topics: list[str]) -> None:
    assert sorted(map(len, shared([join(), join()], topics))) == [2, 3]


def test_nothing_is_read_before_the_owner_says_from_where(join: Callable[[], Member], topics: list[str]) -> None:
    member = join()
    shared([member], topics)
    assert member.do(lambda consumer: consumer.paused()) == set(topics)
    member.do(lambda consumer: consumer.start(topics[0], 40))
    wait_until(lambda: sum(map(len, member.runs)) == 60, what="records")
    assert {run.topic for run in member.runs} == {topics[0]}
    assert member.runs[0].first == 40


def test_a_topic_that_moves_has_a_new_number_and_is_paused_again(join: Callable[[], Member], topics: list[str]) -> None:
    first = join()
    shared([first], topics)
    before = first.owned()
    for topic in topics:
        first.do(lambda consumer, topic=topic: consumer.start(topic, 100))  # type: ignore[misc]
    assert first.do(lambda consumer: consumer.paused()) == frozenset()
    second = join()
    kept, _ = shared([first, second], topics)
    assert first.do(lambda consumer: consumer.paused()) == kept
    assert all(first.owned()[topic] > before[topic] for topic in kept)
    second.end()
    shared([first], topics)
    assert first.do(lambda consumer: consumer.paused()) == set(topics)
    assert first.runs == []


def test_only_the_owner_commits(join: Callable[[], Member], topics: list[str]) -> None:
    first, second = join(), join()
    mine, others = shared([first, second], topics)
    own, foreign = min(mine), min(others)
    assert first.do(lambda consumer: consumer.commit({own: 7}))
    assert not first.do(lambda consumer: consumer.commit({foreign: 9}))
    assert not first.do(lambda consumer: consumer.commit({own: 8, foreign: 9}))
    assert second.do(lambda consumer: consumer.committed([own, foreign])) == {own: 8, foreign: None}


def test_groups_settle_again_and_again(join: Callable[[], Member], topics: list[str]) -> None:
    members = [join()]
    for _ in range(4):
        members.append(join())
        shared(members, topics)
    for _ in range(4):
        members.pop(0).end()
        shared(members, topics)


def test_a_topic_that_does_not_exist_is_named(stack: RunningStack) -> None:
    absent = stack.unique("absent")
    with make_consumer(stack.settings, absent) as member, pytest.raises(RetryableError, match=absent):
        member.subscribe([absent])
    with make_consumer(stack.settings, None) as reader, pytest.raises(RetryableError, match=absent):
        reader.assign([absent])
