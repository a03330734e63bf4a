"""Question 24 from the world's own disputes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from producers.simulator.answers.shape import Answer, Calendar, rounded
from producers.simulator.told import Fact, add_months
from producers.simulator.world import World


@dataclass
class _Cell:
    ended: int = 0
    agreed: int = 0
    confirmed: int = 0
    initial_closed: int = 0
    initial_no_repeat: int = 0
    amount: Decimal = Decimal(0)


def mediation_outcome(world: World, known: datetime, as_of: date, calendar: Calendar) -> Answer:
    """Question 24."""
    del calendar
    after = add_months(as_of, -12)
    cells: dict[tuple[str, bool], _Cell] = {}

    def by(fact: Fact[date]) -> date | None:
        day = fact.at(known)
        return day if day is not None and day <= as_of else None

    for dispute in world.disputes:
        agreed, failed = by(dispute.agreed), by(dispute.failed)
        ended = max((day for day in (agreed, failed) if day is not None), default=None)
        if ended is None or not after < ended <= as_of:
            continue
        won = agreed is not None and agreed == ended
        joint = any(
            (session := fact.at(known)) is not None
            and session[0] <= as_of
            and any(region != dispute.region for region in session[1])
            for fact in dispute.sessions
        )
        cell = cells.setdefault((dispute.region, joint), _Cell())
        registered = dispute.registered.at(known)
        cell.ended += 1
        cell.agreed += won
        cell.confirmed += won and by(dispute.confirmed) is not None
        if registered is not None:
            closed = registered.initial and by(dispute.closed) is not None
            cell.initial_closed += closed
            cell.initial_no_repeat += closed and by(dispute.repeated) is None
            cell.amount += registered.amount or 0
    answer = Answer(
        sum(cell.agreed for cell in cells.values()), sum(cell.ended for cell in cells.values()), ("region", "joint")
    )
    for dims, cell in cells.items():
        answer.row(
            dims,
            cell.agreed,
            cell.ended,
            confirmed=cell.confirmed,
            initial_closed=cell.initial_closed,
            initial_no_repeat=cell.initial_no_repeat,
            amount=rounded(cell.amount, 2),
        )
    return answer
