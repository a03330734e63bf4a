"""The answer key: every question answered from the simulated world's own objects, in plain Python, far from any SQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from producers.simulator.answers import cases, decisions, disputes, referrals
from producers.simulator.answers.shape import Answer, Calendar
from producers.simulator.world import World

Key = Callable[[World, datetime, date, Calendar], Answer]

KEYS: dict[str, Key] = {
    "repeat_offenders": decisions.repeat_offenders,
    "fine_disparity": decisions.fine_disparity,
    "transfer_acceptance": referrals.acceptance,
    "transfer_timeliness": referrals.timeliness,
    "transfer_conversion": referrals.conversion,
    "ninety_day_risk": cases.ninety_day_risk,
    "double_fine": decisions.double_fine,
    "mediation_outcome": disputes.mediation_outcome,
}


def answer_all(world: World, known: datetime, as_of: date, calendar: Calendar) -> dict[str, dict[str, Any]]:
    """All answers as of a day, from what had been told before the instant `known`."""
    return {name: key(world, known, as_of, calendar).as_json() for name, key in KEYS.items()}


__all__ = ["KEYS", "Answer", "Calendar", "answer_all"]
