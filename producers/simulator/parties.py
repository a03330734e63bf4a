"""The people and businesses of the simulated zone.

Everything about them is made up; identity numbers carry an unassigned region prefix.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from schemas.identifiers import citizen_id, uscc

_SURNAMES = "赵钱孙李周吴郑王冯陈沈韩杨朱秦许何吕张孔曹严金魏陶姜谢邹章苏潘葛范彭鲁韦马方俞任袁柳鲍史唐费岑薛雷贺倪汤"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华文辉玲建国志红玉兰飞鹏云浩宇欣怡子涵思雨晨曦嘉瑞"
_TRADES = (
    "餐饮",
    "建材",
    "物流",
    "食品",
    "纺织",
    "机械",
    "环保科技",
    "装饰工程",
    "商贸",
    "电子",
    "渔业",
    "广告",
    "物业服务",
)
_PLACES = {"330421": "嘉善", "310118": "青浦", "320509": "吴江"}


@dataclass(frozen=True)
class Person:
    """A natural person, in clear inside the simulated world only."""

    index: int
    name: str
    number: str
    birth: date
    region: str

    @property
    def key(self) -> str:
        """Identity within the answer key: two records of one number are one person."""
        return f"person:{self.number}"

    def clear(self) -> dict[str, Any]:
        """The `person` object that a publisher is given at its door."""
        return {"name": self.name, "id_type": "CITIZEN_ID", "id_number": self.number, "birth_date": self.birth}

    def party(self) -> dict[str, Any]:
        """The party record of an event."""
        return {"kind": "NATURAL_PERSON", "region": self.region, "legacy_ids": [], "person": self.clear()}


@dataclass(frozen=True)
class Business:
    """An organisation, or an individual business (which may have no credit code: then its keeper stands for it)."""

    name: str
    code: str | None
    region: str
    kind: str
    keeper: Person

    @property
    def key(self) -> str:
        """Identity within the answer key."""
        return f"uscc:{self.code}" if self.code else self.keeper.key

    def party(self) -> dict[str, Any]:
        """The party record of an event."""
        record: dict[str, Any] = {
            "kind": self.kind,
            "name": self.name,
            "uscc": self.code,
            "region": self.region,
            "legacy_ids": [],
        }
        if self.code is None:
            record["person"] = self.keeper.clear()
        return record


Party = Person | Business


class Population:
    """Everybody who may break a rule: drawn once from the seed; some are at home in one region, some roam."""

    def __init__(self, seed: str, regions: tuple[str, ...], size: int) -> None:
        rng = random.Random(f"{seed}/parties")
        self.people = [_person(index, rng, regions) for index in range(max(size, 50))]
        self.businesses = [_business(index, rng, self.people, regions) for index in range(max(size // 3, 30))]
        self._by_region = {
            region: (
                [person for person in self.people if person.region == region],
                [business for business in self.businesses if business.region == region],
            )
            for region in regions
        }
        self._roaming = rng.sample(self.businesses, max(len(self.businesses) // 12, 5))

    def draw(self, region: str, domain: str, rng: random.Random) -> Party:
        """Somebody who breaks a rule of `domain` in `region`."""
        if domain != "TRAFFIC" and rng.random() < 0.12:
            return rng.choice(self._roaming)
        people, businesses = self._by_region[region]
        at_home = rng.random() < 0.93
        if rng.random() < (0.9 if domain == "TRAFFIC" else 0.3):
            return rng.choice(people if at_home and people else self.people)
        return rng.choice(businesses if at_home and businesses else self.businesses)


def agency_codes(regions: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """One made-up agency per region and domain group: {region: {domain: USCC}}; prefix 11 marks a state organ."""
    domains = {"TRAFFIC": 1, "URBAN_MANAGEMENT": 2, "MARKET_SUPERVISION": 3, "ECOLOGY": 4, "": 5}
    return {
        region: {domain: uscc.make("11", region, number * 100 + place) for domain, number in domains.items()}
        for place, region in enumerate(regions)
    }


def _person(index: int, rng: random.Random, regions: tuple[str, ...]) -> Person:
    young = rng.random() < 0.01
    birth = (
        date(2010, 1, 1) + timedelta(days=rng.randrange(2000))
        if young
        else date(1950, 1, 1) + timedelta(days=rng.randrange(20000))
    )
    name = rng.choice(_SURNAMES) + "".join(rng.sample(_GIVEN, rng.choice((1, 2, 2))))
    return Person(index, name, citizen_id.make_synthetic(birth, index % 1000), birth, rng.choice(regions))


def _business(index: int, rng: random.Random, people: list[Person], regions: tuple[str, ...]) -> Business:
    region = rng.choice(regions)
    keeper = rng.choice(people)
    trade = rng.choice(_TRADES)
    mark = "".join(rng.sample(_GIVEN, 2))
    if rng.random() < 0.3:
        code = uscc.make("92", region, 500_000 + index) if rng.random() < 0.8 else None
        return Business(f"{_PLACES.get(region, '')}{mark}{trade}店", code, region, "INDIVIDUAL_BUSINESS", keeper)
    return Business(
        f"{_PLACES.get(region, '')}{mark}{trade}有限公司",
        uscc.make("91", region, 100_000 + index),
        region,
        "ORGANISATION",
        keeper,
    )
