"""A topic as a list, cut into runs and batches as one likes: for landers without a broker."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from consumers.batch import Batch, BatchBuilder, Refused
from consumers.lander import TopicLander
from consumers.ledger import Ledger
from consumers.policy import BatchPolicy, LandingPolicy, TopicRules
from consumers.statement import LandingServer
from infra.clickhouse import ClickHouse
from infra.clock import Clock, SystemClock
from infra.kafka import Run
from infra.settings import Settings
from infra.zone import zone

APPENDED_MS = 1_780_000_000_000


@dataclass
class Buried:
    """A burial that only remembers."""

    refused: list[Refused] = field(default_factory=list)

    def bury(self, topic: str, refused: Sequence[Refused]) -> None:
        """Remember."""
        self.refused += refused


def lander_of(
    settings: Settings,
    topic: str,
    server: ClickHouse,
    *,
    policy: LandingPolicy | None = None,
    burial: Buried | None = None,
    clock: Clock | None = None,
) -> TopicLander:
    """A lander of a topic of the settings' zone."""
    rules = TopicRules.of(topic, zone(settings.zone_file))
    chosen, ticking = policy or LandingPolicy.of(settings), clock or SystemClock()
    return TopicLander(
        rules,
        chosen,
        LandingServer(server, rules, chosen),
        Ledger(server, rules, ticking),
        burial or Buried(),
        ticking,
    )


def batch_of(
    settings: Settings,
    topic: str,
    first: int,
    records: Sequence[tuple[bytes | None, bytes | None]],
    *,
    rnd: random.Random | None = None,
    skip: Collection[int] = (),
) -> Batch:
    """The records as one batch whose first offset is `first`, in runs of random length when `rnd` is given."""
    policy = BatchPolicy(rows=100_000, size_bytes=1 << 26, seconds=1, value_bytes=1 << 20, refused=100_000)
    builder = BatchBuilder(TopicRules.of(topic, zone(settings.zone_file)), policy, skip)
    at = 0
    while at < len(records):
        rows = rnd.randint(1, 40) if rnd else len(records)
        piece = records[at : at + rows]
        keys, values = [key for key, _ in piece], [value for _, value in piece]
        builder.add(Run(topic, first + at, APPENDED_MS + first + at if rnd else APPENDED_MS, True, keys, values))
        at += rows
    builder.close()
    (batch,) = builder.take()
    return batch
