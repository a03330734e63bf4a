"""Questions 1, 3 and 16 from the world's own decisions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import combinations

from producers.simulator.answers.shape import Answer, Calendar, quantile, rounded
from producers.simulator.told import add_months
from producers.simulator.world import Decision, World


@dataclass(frozen=True)
class Standing:
    """A decision as it stands for one answer."""

    region: str
    party: str | None
    item: str | None
    severity: str | None
    act: str | None
    penalties: tuple[tuple[str, Decimal | None], ...]

    @property
    def fine(self) -> Decimal:
        """Fine in yuan."""
        return sum((amount for kind, amount in self.penalties if kind == "FINE" and amount), Decimal(0))


def _standing(decision: Decision, known: datetime, after: date, as_of: date) -> Standing | None:
    told = [(fact.versions, word) for fact in decision.words if (word := fact.at(known)) is not None]
    if not told:
        return None
    _, word = max(told, key=lambda pair: (pair[1].source == "CASE_SYSTEM", max(at for at, _ in pair[0] if at < known)))
    if not after < word.decided_on <= as_of:
        return None
    if any((day := fact.at(known)) is not None and day <= as_of for fact in decision.revocations):
        return None
    penalties = word.penalties
    changes = [change for fact in decision.changes if (change := fact.at(known)) is not None and change[0] <= as_of]
    if changes:
        penalties = max(changes)[1]
    party = word.party if decision.named else None
    return Standing(decision.region, party, word.item, word.severity, word.act, penalties)


def in_force(world: World, known: datetime, as_of: date, months: int) -> Iterator[Standing]:
    """Decisions in force that were made within the months that end on `as_of`."""
    after = add_months(as_of, -months)
    for decision in world.decisions.values():
        standing = _standing(decision, known, after, as_of)
        if standing is not None:
            yield standing


def repeat_offenders(world: World, known: datetime, as_of: date, calendar: Calendar) -> Answer:
    """Question 1."""
    del calendar
    regions: dict[str, set[str]] = defaultdict(set)
    for decision in in_force(world, known, as_of, 24):
        if decision.party and decision.penalties:
            regions[decision.party].add(decision.region)
    answer = Answer(sum(len(seen) > 1 for seen in regions.values()), len(regions), ("region",), overlapping=True)
    for region in {region for seen in regions.values() for region in seen}:
        here = [seen for seen in regions.values() if region in seen]
        answer.row((region,), sum(len(seen) > 1 for seen in here), len(here))
    return answer


def fine_disparity(world: World, known: datetime, as_of: date, calendar: Calendar) -> Answer:
    """Question 3."""
    del calendar
    cells: dict[tuple[str, str, str], list[Decimal]] = defaultdict(list)
    for decision in in_force(world, known, as_of, 12):
        if decision.fine > 0 and decision.item and decision.severity:
            cells[decision.item, decision.severity, decision.region].append(decision.fine)
    pooled: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for (item, severity, _), fines in cells.items():
        pooled[item, severity] += fines
    counted = sum(map(len, cells.values()))
    answer = Answer(counted, counted, ("item_code", "severity", "region"), n_of_shown=True)
    for (item, severity, region), fines in cells.items():
        middle, everywhere = quantile(fines, "0.5"), quantile(pooled[item, severity], "0.5")
        answer.row(
            (item, severity, region),
            len(fines),
            len(fines),
            median=rounded(middle, 2),
            p90=rounded(quantile(fines, "0.9"), 2),
            pooled_median=rounded(everywhere, 2),
            ratio=rounded(middle / everywhere, 4),
        )
    return answer


def double_fine(world: World, known: datetime, as_of: date, calendar: Calendar) -> Answer:
    """Question 16."""
    del calendar
    by_party: dict[str, list[Standing]] = defaultdict(list)
    for decision in in_force(world, known, as_of, 24):
        if decision.fine > 0 and decision.party:
            by_party[decision.party].append(decision)
    reviewed: dict[tuple[str, str], int] = defaultdict(int)
    doubled: dict[tuple[str, str], int] = defaultdict(int)
    for fines in by_party.values():
        for one, other in combinations(fines, 2):
            if one.region != other.region:
                pair = (min(one.region, other.region), max(one.region, other.region))
                reviewed[pair] += 1
                doubled[pair] += one.act is not None and one.act == other.act
    answer = Answer(sum(doubled.values()), sum(reviewed.values()), ("region_a", "region_b"))
    for pair, count in reviewed.items():
        answer.row(pair, doubled[pair], count)
    return answer
