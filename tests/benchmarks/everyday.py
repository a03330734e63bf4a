"""Any number of events as a case system publishes them, put into a topic quickly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from infra.kafka import Outgoing, make_producer
from infra.settings import Settings
from tests.support.sample_events import Samples

EVENTS_A_CASE = 8
_SENT_AT_ONCE = 20_000


def fill(
    settings: Settings, topic: str, count: int, say: Callable[[int], None] = lambda sent: None, seed: int = 1
) -> None:
    """Put `count` events of jiashan.zhifa into `topic`; `say` is told how many are there now and then."""
    records, sent = everyday_events(count, seed), 0
    with make_producer(settings, client_id="bench") as producer:
        while batch := list(islice(records, _SENT_AT_ONCE)):
            producer.send_all(topic, batch)
            sent += len(batch)
            if sent % (10 * _SENT_AT_ONCE) == 0:
                say(sent)


def everyday_events(count: int, seed: int = 1) -> Iterator[Outgoing]:
    """Each a fact of its own, eight a case."""
    samples = Samples(seed).everyday(2_000)
    heads = [(sample.value, str(sample.event_id).encode(), sample.key) for sample in samples]
    for number in range(count):
        value, event_id, key = heads[number % len(heads)]
        fresh = b"0197%04x-0000-7000-8000-%012x" % (number >> 32 & 0xFFFF, number)
        case = b"case-%016x" % (number // EVENTS_A_CASE)
        yield Outgoing(case, value.replace(event_id, fresh).replace(key, case))
