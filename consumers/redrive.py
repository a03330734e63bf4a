"""Redrive: a dead letter lands at its own place in the log, once what refused it is mended.

Behind the table's end it takes part in the same compare-and-swap as every lander; before the end it fills an empty
place, and the statement refuses itself when the place is taken. Doing it twice, or two at once, is harmless.
"""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from consumers.batch import Batch, Stretch
from consumers.dead_letters import DeadLetter, State
from consumers.explain import explain
from consumers.frames import judge_frame, print_of
from consumers.lander import query_prefix, token
from consumers.ledger import Ledger, Position
from consumers.letters import Letters
from consumers.policy import BatchPolicy, LandingPolicy, TopicRules
from consumers.reasons import Reason
from consumers.statement import LandingServer
from consumers.verdict import Unexpected, Verdict, verdict_of, waiting
from infra.clickhouse import ClickHouse, OutcomeUnknown, ServerRefused
from infra.clock import Clock, SystemClock
from infra.faultpoints import FaultPoint, reach
from infra.settings import Settings
from infra.topics import PARTITION
from infra.zone import Zone
from schemas.wire import HEADER

_TRIES = 5


class Outcome(StrEnum):
    """What became of a redrive."""

    LANDED = "landed"
    """It lies in the table at its place now."""
    ALREADY_THERE = "already there"
    """It lay there before."""
    STILL_REFUSED = "still refused"
    """What refused it is not mended."""
    NOT_YET = "not yet"
    """Events before it have not landed; try again when they have."""


@dataclass(frozen=True, slots=True)
class Redriven:
    """One dead letter after a redrive; `reason` says why it is still refused."""

    letter: DeadLetter
    outcome: Outcome
    reason: Reason | None = None


class Redrive:
    """Redrives dead letters, one at a time.

    Args:
        server: the user `ingest`.
        actor: who does it; stands in the ledger.
    """

    def __init__(
        self, settings: Settings, zone: Zone, server: ClickHouse, *, actor: str, clock: Clock | None = None
    ) -> None:
        self._settings, self._zone, self._server, self._actor = settings, zone, server, actor
        self._clock = clock or SystemClock()
        self._policy = LandingPolicy.of(settings)
        self._letters = Letters(settings, server, self._clock)

    def redrive(self, letter: DeadLetter) -> Redriven:
        """Land one dead letter at its place, and write that down.

        Raises:
            RetryableError: the broker, the server or the registry is away; do it again.
        """
        rules = TopicRules.of(letter.topic, self._zone)
        reason = judge_frame(rules, letter.key, letter.value, BatchPolicy.of(self._settings).value_bytes)
        if reason is not None or letter.key is None or letter.value is None:
            return Redriven(letter, Outcome.STILL_REFUSED, reason)
        one = _One(rules, self._policy, self._server, self._clock, _batch(rules, letter, letter.key, letter.value))
        outcome, reason = one.land()
        if outcome in {Outcome.LANDED, Outcome.ALREADY_THERE} and letter.state is not State.REDRIVEN:
            reach(FaultPoint.REDRIVE_AFTER_POST)
            letter = self._letters.redriven([letter], actor=self._actor)[0]
        return Redriven(letter, outcome, reason)


class _One:
    """One value on its way to its place."""

    def __init__(
        self, rules: TopicRules, policy: LandingPolicy, server: ClickHouse, clock: Clock, batch: Batch
    ) -> None:
        self._rules, self._policy, self._batch = rules, policy, batch
        self._statements = LandingServer(server, rules, policy)
        self._ledger = Ledger(server, rules, clock)

    def land(self) -> tuple[Outcome, Reason | None]:
        refusal = self._statements.judge(self._batch)
        if refusal is not None:
            return Outcome.STILL_REFUSED, explain(self._batch.values[0], refusal)
        offset = self._batch.first
        if self._ledger.holds(offset):
            return Outcome.ALREADY_THERE, None
        traceless: Counter[int] = Counter()
        for _ in range(_TRIES):
            start = self._ledger.start()
            if offset > start.position.end and not start.reaches(offset):
                return Outcome.NOT_YET, None
            reach(FaultPoint.REDRIVE_BEFORE_POST)
            before = min(start.position.end, offset)
            said_yes = self._send(start.position, traceless[before])
            if self._ledger.holds(offset):
                return Outcome.LANDED, None
            # As landers do: count the tokens that are taken and have no rows, for this end of the table alone.
            traceless[before] += said_yes
        raise Unexpected(f"{self._rules.topic}: offset {offset} does not land", zh="重新入表未成功")

    def _send(self, position: Position, salt: int) -> bool:
        """One statement; whether the server said yes, and nothing of it runs any more when the row is not there."""
        topic, offset = self._rules.topic, self._batch.first
        deadline = position.server_time + timedelta(seconds=self._policy.deadline)
        fills = offset <= position.end
        prefix = f"fill-{topic}-{offset}-" if fills else query_prefix(topic, position.end)
        query_id = f"{prefix}{uuid.uuid4().hex}"
        try:
            if fills:
                name = f"{topic}:{PARTITION}:fill:{offset}:{salt}"
                self._statements.fill(self._batch, token=name, deadline=deadline, query_id=query_id)
            else:
                name, end = token(topic, position.end, salt), position.end
                self._statements.land(self._batch, end=end, token=name, deadline=deadline, query_id=query_id)
        except ServerRefused as refusal:
            if verdict_of(refusal) is not Verdict.TOO_LATE:
                raise waiting(refusal, topic) from refusal
            return False
        except OutcomeUnknown:
            self._ledger.end_statements(prefix)
            return False
        if not self._ledger.holds(offset):
            self._ledger.end_statements(prefix)
        return True


def _batch(rules: TopicRules, letter: DeadLetter, key: bytes, value: bytes) -> Batch:
    return Batch(
        letter.offset,
        letter.offset,
        [value],
        [print_of(rules, key, value)],
        [Stretch(letter.offset, 1, letter.appended_ms)],
        (),
        frozenset([HEADER.unpack_from(value)[1]]),
        len(value),
    )
