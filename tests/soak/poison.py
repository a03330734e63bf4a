"""What nobody should write to an event topic, written there: bytes that are no events, and events a second time.

Poison carries no publisher's headers, so whoever reads the log can tell it from events: everything that has such
headers must land.
"""

from __future__ import annotations

import random
import threading
from collections import Counter

from infra.errors import LianzhiError
from infra.kafka import Outgoing, Record, fetch_range, make_consumer, make_producer
from infra.settings import Settings
from infra.topics import event_topics, split_topic
from infra.zone import zone

_PAUSE = 1.0


class Poisoner(threading.Thread):
    """Writes one such record about every second until it is told to stop; `written` counts them by kind."""

    def __init__(self, settings: Settings, seed: int) -> None:
        super().__init__(name="poisoner", daemon=True)
        self._settings, self._rnd = settings, random.Random(f"poison/{seed}")
        self._topics = sorted(event_topics(zone(settings.zone_file)))
        self._stopping = threading.Event()
        self.written: Counter[str] = Counter()

    def stop(self) -> None:
        """Write no more, and wait for what is on its way."""
        self._stopping.set()
        self.join(120)

    def run(self) -> None:
        """Until stopped; a broker that is away is asked again."""
        while not self._stopping.wait(self._rnd.uniform(0.5, 1.5) * _PAUSE):
            try:
                self._one()
            except LianzhiError:
                self.written["not acknowledged"] += 1

    def _one(self) -> None:
        rnd, topic = self._rnd, self._rnd.choice(self._topics)
        event = self._some_event(topic)
        if event is None or event.value is None or event.key is None:
            return
        kind = rnd.choice(("resend", "resend", "junk", "cut off", "other key", "other region", "empty", "longer"))
        match kind:
            case "resend":
                headers = tuple((name, value) for name, value in event.headers if value is not None)
                record = Outgoing(event.key, event.value, headers)
            case "junk":
                # Not beginning as a frame does: a schema id that nobody knows stops a topic until somebody decides.
                record = Outgoing(b"soak", b"~" + rnd.randbytes(rnd.randrange(400)))
            case "cut off":
                record = Outgoing(event.key, event.value[: rnd.randrange(6, len(event.value))])
            case "other key":
                record = Outgoing(b"another-" + event.key, event.value)
            case "other region":
                family, region = split_topic(topic)
                topic = next(
                    name for name in self._topics if split_topic(name)[0] == family and split_topic(name)[1] != region
                )
                record = Outgoing(event.key, event.value)
            case "empty":
                record = Outgoing(event.key, b"")
            case _:
                record = Outgoing(event.key, event.value + rnd.randbytes(9))
        with make_producer(self._settings, client_id="soak-poison") as producer:
            producer.send_all(topic, [record])
        self.written[kind] += 1

    def _some_event(self, topic: str) -> Record | None:
        """A record of the topic that a publisher wrote."""
        with make_consumer(self._settings, None, client_id="soak-poison") as consumer:
            end = consumer.end_offsets([topic])[topic]
        if not end:
            return None
        at = self._rnd.randrange(end)
        found = next(iter(fetch_range(self._settings, topic, at, at + 1, stalled_seconds=10)), None)
        return found if found is not None and found.headers else None
