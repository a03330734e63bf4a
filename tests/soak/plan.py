"""What is done to whom and when: a plan that the seed alone decides."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import count

KILLS_A_MINUTE = 1.1
PAUSES_A_MINUTE = 1.1
LEAST = 6
SESSION_SECONDS = 6.0
"""Session timeout of the group under test; Kafka allows none below six seconds."""
CALM_BEGINNING, CALM_END = 5.0, 5.0


class Strike(StrEnum):
    """What happens to a process."""

    KILL = "kill"
    PAUSE = "pause"


SUPERVISED = ("relay", "ingest", "projector", "registry", "tokeniser", "kafka", "clickhouse")
SECOND_LANDER = "second ingest"
PUBLISHER = "publisher"
SUPERVISOR = "supervisor"
KILLED = (*SUPERVISED, SECOND_LANDER, PUBLISHER, SUPERVISOR)
PAUSED = (*SUPERVISED, SECOND_LANDER, PUBLISHER)


@dataclass(frozen=True, slots=True)
class Blow:
    """One strike: `at` seconds after the load began; a pause lasts `seconds`."""

    at: float
    strike: Strike
    role: str
    seconds: float = 0.0


def plan(minutes: float, seed: int) -> list[Blow]:
    """At least six kills and six pauses, and one of each a minute; every role in turn, in an order of the seed."""
    rnd = random.Random(f"soak/{seed}")
    kills = max(LEAST, round(minutes * KILLS_A_MINUTE))
    pauses = max(LEAST, round(minutes * PAUSES_A_MINUTE))
    strikes = [Strike.KILL] * kills + [Strike.PAUSE] * pauses
    rnd.shuffle(strikes)
    span = max(minutes * 60 - CALM_BEGINNING - CALM_END, 10.0)
    step = span / len(strikes)
    to_kill, to_pause = _in_turn(KILLED, rnd), _in_turn(PAUSED, rnd)
    blows = []
    for number, strike in enumerate(strikes):
        at = CALM_BEGINNING + step * (number + rnd.random())
        if strike is Strike.KILL:
            blows.append(Blow(at, strike, next(to_kill)))
        else:
            blows.append(Blow(at, strike, next(to_pause), _pause(rnd, number)))
    return blows


def _in_turn(roles: Sequence[str], rnd: random.Random) -> Iterator[str]:
    for _ in count():
        yield from rnd.sample(roles, len(roles))


def _pause(rnd: random.Random, number: int) -> float:
    """Every other pause outlasts the session, so that the group gives the topics to somebody else meanwhile."""
    return SESSION_SECONDS + rnd.uniform(1.5, 4.0) if number % 2 else rnd.uniform(0.3, 3.0)
