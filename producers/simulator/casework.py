"""What every step of a simulated case works with: the items, the act, and the pen that writes a case down."""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from producers.simulator.parties import Party
from producers.simulator.told import Fact, Teller, at_work
from producers.simulator.world import Case, World

LAW = "cn/law/xingzhengchufafa@2021"
SHORT = {"330421": "善综执", "310118": "青城管", "320509": "吴综执"}
SEVERITIES = (("MINOR", 0.3), ("LIGHT", 0.6), ("GENERAL", 1.0), ("SERIOUS", 1.8), ("ESPECIALLY_SERIOUS", 3.0))
LEVEL = {"330421": Decimal("1.0"), "310118": Decimal("1.25"), "320509": Decimal("0.9")}
"""Regions do not fine alike: that is what the question on disparity is to find."""


@dataclass(frozen=True)
class Item:
    """A violation item of `items.toml`; `base` in yuan, `share` a weight."""

    code: str
    name: str
    domain: str
    base: int
    share: int
    licence: bool = False


@cache
def items() -> tuple[Item, ...]:
    """The items of the simulated zone."""
    text = Path(__file__).with_name("items.toml").read_text(encoding="utf-8")
    return tuple(Item(**row) for row in tomllib.loads(text)["items"])


@dataclass
class CaseWriter:
    """Writes one case: keeps its dates, tells its events, and notes the facts for the answer key."""

    world: World
    teller: Teller
    rng: random.Random
    region: str
    publisher: str
    agency: str
    stream: str
    delay: tuple[int, int]
    officers: list[str]
    dissemination: str = "FULL"
    case: Case = field(init=False)
    correlation: str = field(init=False)

    def __post_init__(self) -> None:
        self.correlation = str(uuid5(NAMESPACE_URL, self.stream))

    def say(self, event_type: str, day: date, payload: dict[str, Any], **more: Any) -> tuple[str, datetime]:
        """Tell of something that happened on `day`; returns the event id and when it was written down."""
        happened = at_work(day, self.rng)
        recorded = happened + timedelta(days=self.rng.randint(*self.delay), minutes=self.rng.randrange(1, 400))
        event_id = self.teller.tell(
            self.publisher,
            event_type,
            self.stream,
            happened,
            recorded,
            payload,
            correlation=self.correlation,
            actor={"agency": self.agency, "officers": self.officers},
            dissemination=self.dissemination,
            **more,
        )
        return event_id, recorded

    def dated(self, event_type: str, day: date, payload: dict[str, Any], **more: Any) -> Fact[date]:
        """Tell of something whose whole content for the answer key is its day."""
        _, recorded = self.say(event_type, day, payload, **more)
        return Fact([(recorded, day)])


@dataclass(frozen=True)
class Act:
    """What was done: the item, who, where and when."""

    item: Item
    party: Party
    on: date
    severity: str
    act_id: str | None = None


def item_fields(act: Act) -> dict[str, Any]:
    """What an event says of the violation item."""
    return {"domain": act.item.domain, "item_code": act.item.code, "item_name": act.item.name}
