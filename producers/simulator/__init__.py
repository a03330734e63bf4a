"""Three regions that never were: cases, referrals and disputes with believable volumes, delays and faults.

The same seed gives the same events and the same answer key. Everything drawn at random comes from generators named by
what they are for, so that adding a kind of fault does not shift everything else.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import permutations
from uuid import NAMESPACE_URL, uuid5

from producers.simulator.cases import write_case
from producers.simulator.casework import SEVERITIES, Act, CaseWriter, items
from producers.simulator.disputes import DisputeWriter, write_dispute
from producers.simulator.exchange import ExchangeWriter, write_joint_action, write_referral
from producers.simulator.parties import Business, Party, Population, agency_codes
from producers.simulator.publication import publish_rows, tell_published
from producers.simulator.told import SHANGHAI, Teller, add_months
from producers.simulator.world import World
from schemas.identifiers.citizen_id import age_on

REGIONS = {"330421": "jiashan", "310118": "qingpu", "320509": "wujiang"}
WEIGHTS = {"330421": 3, "310118": 4, "320509": 5}
ROWS_OF_FILE = 400


def simulate(
    seed: int,
    *,
    months: int = 12,
    cases: int = 20_000,
    start: date = date(2025, 7, 1),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> World:
    """Let some months pass in the three regions.

    Args:
        seed: the same seed gives the same world.
        months: whole months from `start`.
        cases: penalty cases to be filed; referrals and disputes follow in proportion.
        start: first day of the first month, Asia/Shanghai.
        progress: called with (cases done, cases wanted).
    """
    first = start.replace(day=1)
    last = add_months(first, months)
    end = datetime(last.year, last.month, 1, tzinfo=SHANGHAI)
    names = tuple(add_months(first, place).strftime("%Y-%m") for place in range(months))
    world = World(seed, names, cases, end)
    teller = Teller(str(seed), end)
    population = Population(str(seed), tuple(REGIONS), cases // 2)
    days = (last - first).days
    _cases(world, teller, population, first, days, progress)
    _exchange(world, teller, population, first, days)
    _disputes(world, teller, population, first, days)
    rng = random.Random(f"{seed}/publication")
    tell_published(world, teller, rng, {region: f"{slug}.gongshi" for region, slug in REGIONS.items()})
    publish_rows(
        world, rng, population, "330421", agency_codes(tuple(REGIONS))["330421"]["ECOLOGY"], min(ROWS_OF_FILE, cases)
    )
    world.events = sorted(teller.events, key=lambda told: (told[0], told[2]["meta"]["event_id"]))
    return world


def _cases(
    world: World, teller: Teller, population: Population, first: date, days: int, progress: Callable[[int, int], None]
) -> None:
    agencies = agency_codes(tuple(REGIONS))
    shares = [item.share for item in items()]
    numbers = dict.fromkeys(REGIONS, 0)
    doubles = set(
        random.Random(f"{world.seed}/doubles").sample(range(world.cases_wanted), max(world.cases_wanted // 1000, 1))
    )
    for index in range(world.cases_wanted):
        rng = random.Random(f"{world.seed}/case/{index}")
        item = rng.choices(items(), shares)[0]
        on = first + timedelta(days=rng.randrange(days))
        severity = rng.choices([name for name, _ in SEVERITIES], (20, 25, 40, 10, 5))[0]
        region = rng.choices(tuple(WEIGHTS), tuple(WEIGHTS.values()))[0]
        places: tuple[str, ...] = (region,)
        if index in doubles:
            item = rng.choice([one for one in items() if one.domain == "URBAN_MANAGEMENT"])
            places = (region, rng.choice([other for other in REGIONS if other != region]))
        withheld = random.Random(f"{world.seed}/sharing/{index}").random() < 0.015
        party = population.draw(region, "WATER" if index in doubles else item.domain, rng)
        shared = f"act-{uuid5(NAMESPACE_URL, f'{world.seed}/act/{index}')}" if len(places) > 1 else None
        for place in places:
            numbers[place] += 1
            late = rng.random()
            writer = CaseWriter(
                world,
                teller,
                rng,
                place,
                f"{REGIONS[place]}.zhifa",
                agencies[place].get(item.domain, agencies[place][""]),
                f"case-{uuid5(NAMESPACE_URL, f'{world.seed}/case/{index}/{place}')}",
                (0, 2) if late < 0.8 else (2, 12) if late < 0.97 else (20, 75),
                [
                    f"o1_{uuid5(NAMESPACE_URL, f'{place}/officer/{rng.randrange(60)}').hex}"
                    for _ in range(1 if rng.random() < 0.01 else 2)
                ],
                _dissemination(party, on, withheld=withheld),
            )
            write_case(writer, Act(item, party, on, severity, shared), numbers[place], REGIONS[place])
        if index % 500 == 0:
            progress(index, world.cases_wanted)
    progress(world.cases_wanted, world.cases_wanted)


def _dissemination(party: Party, on: date, *, withheld: bool) -> str:
    """Minors are not shared at all; of others a region now and then shows no more than where to ask."""
    if not isinstance(party, Business) and age_on(party.birth, on) < 18:
        return "NONE"
    return "POINTER" if withheld else "FULL"


def _exchange(world: World, teller: Teller, population: Population, first: date, days: int) -> None:
    rng = random.Random(f"{world.seed}/exchange")
    writer = ExchangeWriter(
        world, teller, rng, population, {region: f"{slug}.xiezuo" for region, slug in REGIONS.items()}
    )
    pairs = list(permutations(REGIONS, 2))
    for index in range(max(world.cases_wanted // 80, 12)):
        pair = rng.choices(pairs, range(1, len(pairs) + 1))[0]
        write_referral(writer, f"{world.seed}/referral/{index}", pair, first + timedelta(days=rng.randrange(days)))
    for index in range(max(world.cases_wanted // 2000, 1)):
        lead = rng.choice(tuple(REGIONS))
        members = tuple(region for region in REGIONS if region != lead)
        write_joint_action(
            writer, f"{world.seed}/joint/{index}", lead, members, first + timedelta(days=rng.randrange(days))
        )


def _disputes(world: World, teller: Teller, population: Population, first: date, days: int) -> None:
    for region, slug in REGIONS.items():
        rng = random.Random(f"{world.seed}/disputes/{region}")
        neighbours = tuple(other for other in REGIONS if other != region)
        writer = DisputeWriter(world, teller, rng, population, f"{slug}.tiaojie", region, neighbours)
        for index in range(max(world.cases_wanted // 50, 5)):
            write_dispute(
                writer, f"{world.seed}/dispute/{region}/{index}", index + 1, first + timedelta(days=rng.randrange(days))
            )


__all__ = ["REGIONS", "Business", "World", "simulate"]
