"""Reading the ledger of dead letters, and a person's decisions about them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from consumers.dead_letters import DeadLetter, Graveyard, State, dead_letter, records_at
from consumers.frames import judge_frame
from consumers.policy import BatchPolicy, TopicRules
from consumers.reasons import ReasonCode
from infra.clickhouse import ClickHouse
from infra.clock import Clock, SystemClock
from infra.errors import InvalidInput
from infra.settings import Settings
from infra.sql import load
from infra.zone import Zone

_ALL = 1_000_000_000


class Letters:
    """The ledger, for commands.

    Args:
        server: a user who reads the ledger; who decides something must be `ingest`.
    """

    def __init__(self, settings: Settings, server: ClickHouse, clock: Clock | None = None) -> None:
        self.server = server
        self._settings, self._clock = settings, clock or SystemClock()

    def find(
        self,
        *,
        topic: str = "",
        states: Collection[State] = (),
        reason_code: str = "",
        offsets: Collection[int] = (),
        most: int = _ALL,
    ) -> list[DeadLetter]:
        """Dead letters by topic and offset; empty arguments leave nothing out."""
        rows = self.server.rows(
            load("consumers", "sql/dead_letters.sql"),
            topic=topic,
            states=[state.value for state in states],
            reason_code=reason_code,
            offsets=sorted(offsets),
            most=most,
        )
        return [_letter(row) for row in rows]

    def counts(self) -> list[dict[str, Any]]:
        """How many there are by topic, state and reason."""
        return self.server.answer(load("consumers", "sql/dead_letter_counts.sql")).dicts()

    def one(self, topic: str, offset: int) -> DeadLetter:
        """The dead letter at a place.

        Raises:
            InvalidInput: there is none.
        """
        found = self.find(topic=topic, offsets=[offset])
        if not found:
            raise InvalidInput(
                f"there is no dead letter at offset {offset} of {topic}",
                zh=f"{topic} 的偏移量 {offset} 处没有死信",
                hint="`lianzhi dead-letters list` shows them all",
            )
        return found[0]

    def drop(self, letters: Sequence[DeadLetter], *, note: str, actor: str) -> list[DeadLetter]:
        """Decide that they are no events; their bytes and this decision stay, of several the first.

        Raises:
            InvalidInput: no reason is given, or one of them lies in the table already.
        """
        if not note.strip():
            raise InvalidInput("dropping needs a reason", zh="丢弃必须写明理由", hint="--reason '…'")
        if landed := [letter.offset for letter in letters if letter.state is State.REDRIVEN]:
            raise InvalidInput(f"offsets {landed} were redriven: they are events", zh=f"偏移量 {landed} 已重新入表")
        now = self._decide([each for each in letters if each.state is not State.DROPPED], State.DROPPED, note, actor)
        return sorted([*now, *(each for each in letters if each.state is State.DROPPED)], key=lambda each: each.offset)

    def park(self, topic: str, offset: int, *, zone: Zone, note: str, actor: str) -> DeadLetter:
        """Set aside the value of an unknown schema that stops a topic, so that the topic goes on.

        Raises:
            InvalidInput: it is a dead letter already, its schema is known, or its frame is wrong (then it needs no
                parking), or no reason is given.
            FatalError: the log has no record there.
            RetryableError: the broker or the server is away.
        """
        if not note.strip():
            raise InvalidInput("parking needs a reason", zh="搁置必须写明理由", hint="--reason '…'")
        if self.find(topic=topic, offsets=[offset]):
            raise InvalidInput(f"offset {offset} of {topic} is a dead letter already", zh="该位置已是死信")
        rules, limit = TopicRules.of(topic, zone), BatchPolicy.of(self._settings).value_bytes
        (record,) = records_at(self._settings, topic, [offset])
        reason = judge_frame(rules, record.key, record.value, limit)
        if reason is None or reason.code is not ReasonCode.UNKNOWN_SCHEMA:
            raise InvalidInput(
                f"offset {offset} of {topic} holds no value of an unknown schema",
                zh="该位置的模式编号并非未知，无需搁置",
                hint="only such values stop a topic; all others land or become dead letters by themselves",
            )
        letter = dead_letter(record, reason.code, str(reason), state=State.OPEN, at=self._clock.now())
        return self._decide([letter], State.PARKED, note, actor)[0]

    def redriven(self, letters: Sequence[DeadLetter], *, actor: str) -> list[DeadLetter]:
        """Write down that they lie in the table now."""
        return self._decide(letters, State.REDRIVEN, "", actor)

    def _decide(self, letters: Sequence[DeadLetter], state: State, note: str, actor: str) -> list[DeadLetter]:
        at = self._clock.now()
        decided = [letter.with_state(state, note=note.strip(), actor=actor, at=at) for letter in letters]
        if decided:
            Graveyard(self._settings, self.server, self._clock).write(decided)
        return decided


def _letter(row: Sequence[Any]) -> DeadLetter:
    topic, offset, appended_ms, schema_id, reason_code, reason, key, no_key, value, no_value, *rest = row
    headers, state, note, actor, at = rest
    return DeadLetter(
        topic,
        offset,
        appended_ms,
        schema_id,
        reason_code,
        reason,
        None if no_key else bytes.fromhex(key),
        None if no_value else bytes.fromhex(value),
        tuple((name, None if absent else bytes.fromhex(it)) for name, it, absent in headers),
        State(state),
        note,
        actor,
        at,
    )
