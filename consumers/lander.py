"""Landing one topic's batches, exactly once.

The table is the ledger, and an insert is a compare-and-swap on its end. The token of every statement that moves the end
is `topic:partition:<end + 1>` as the table was seen, whatever dead letters lie there: so of all who saw the same end,
paused ones included, one lands. After every statement the table is looked at, and what it says is believed: not the
answer, not Kafka's commits, not what this process remembers.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from consumers.batch import Batch
from consumers.dead_letters import Burial
from consumers.explain import explain
from consumers.isolate import isolate
from consumers.ledger import Ledger, Position, Start
from consumers.policy import LandingPolicy, TopicRules
from consumers.statement import LandingServer
from consumers.verdict import Unexpected, Verdict, verdict_of, waiting
from infra.clickhouse import OutcomeUnknown, ServerRefused
from infra.clock import Clock
from infra.errors import FatalError
from infra.faultpoints import FaultPoint, reach
from infra.logging import get_logger
from infra.topics import PARTITION

_log = get_logger(__name__)
_MOST_DEADLINES = 3


class TooManyDeadLetters(FatalError):
    """So many values in a row were refused that not the values but who sends them must be looked at.

    Attributes:
        first, last: where they lie in the topic.
    """

    def __init__(self, topic: str, count: int, first: int, last: int) -> None:
        self.first, self.last = first, last
        super().__init__(
            f"{topic}: {count} values in a row are no events, offsets {first} to {last}",
            zh=f"{topic}：连续 {count} 条数据无法接收，偏移量 {first} 至 {last}",
            hint="`lianzhi dead-letters list` says why; mend the publisher, then decide about them "
            f"(`lianzhi dead-letters drop {topic} {first} --to {last} --reason …`): the topic goes on by itself",
        )


@dataclass(frozen=True, slots=True)
class Landed:
    """What became of a batch.

    Attributes:
        position: the table as it was seen last.
        rows: rows of the batch that were seen in the table.
        refused: dead letters written.
        void: another lander moved the end, or the topic is not ours any more: nothing more of the batch may be sent,
            and reading goes on behind the table's end.
    """

    position: Position
    rows: int
    refused: int
    void: bool


class TopicLander:
    """Lands one topic. Not to be shared among threads; several landers of a topic, in any processes, do no harm.

    Args:
        still_ours: asked before every statement that could land something; false: nothing more is sent.
    """

    def __init__(
        self,
        rules: TopicRules,
        policy: LandingPolicy,
        server: LandingServer,
        ledger: Ledger,
        burial: Burial,
        clock: Clock,
        still_ours: Callable[[], bool] = lambda: True,
    ) -> None:
        self._rules, self._policy, self._clock = rules, policy, clock
        self._server, self._ledger, self._burial = server, ledger, burial
        self._still_ours = still_ours
        self._position: Position | None = None
        self._in_a_row = 0

    def start(self) -> Start:
        """Look where to go on.

        Raises:
            RetryableError: the server is away.
            TooManyDeadLetters: behind the table's end lie so many that nobody has decided about.
        """
        found = self._ledger.start()
        self._position, self._in_a_row = found.position, 0
        first, last = found.position.end + 1, found.next - 1
        if first <= last:
            self._in_a_row = self._ledger.undecided(first, last)
            if self._in_a_row >= self._policy.stop_after:
                raise TooManyDeadLetters(self._rules.topic, self._in_a_row, first, last)
        return found

    def go_on_after(self, stopped: TooManyDeadLetters) -> Start | None:
        """Where to go on once somebody has decided about the dead letters that stopped the topic; None: not yet.

        Raises:
            RetryableError: the server is away.
        """
        decided = self._ledger.undecided(stopped.first, stopped.last) < self._policy.stop_after
        return self._ledger.start() if decided else None

    def land(self, batch: Batch) -> Landed:
        """Land a batch that follows what was landed before.

        After a RetryableError (the server is busy, its answer unknown, the registry away) call it again with the same
        batch; what of it has landed by then makes it void.

        Raises:
            RetryableError: not now.
            TooManyDeadLetters: those are written, and what came before them is landed.
            FatalError: rows of the table are gone.
        """
        rows = refused = 0
        parts = [batch]
        while parts:
            part = parts.pop(0)
            if not self._stands(part):
                return Landed(self._known(), rows, refused, void=True)
            if part.refused:
                self._burial.bury(self._rules.topic, part.refused)
            if part.rows:
                try:
                    refusal = self._put(part)
                except _Void:
                    reach(FaultPoint.INGEST_OTHER_WAS_FIRST)
                    return Landed(self._known(), rows, refused, void=True)
                if refusal is not None:
                    parts[:0] = self._pieces(part, refusal)
                    continue
            rows, refused = rows + part.rows, refused + len(part.refused)
            self._count_in_a_row(part)
        return Landed(self._known(), rows, refused, void=False)

    def _put(self, part: Batch) -> ServerRefused | None:
        """Land a part whole; a refusal when ClickHouse refuses what is in it.

        Raises:
            _Void: the end moved by somebody else's hand, or the topic is not ours any more.
            RetryableError: not now.
        """
        before = self._known().end
        salt = late = 0
        while salt < self._policy.salts and late < _MOST_DEADLINES:
            if not self._still_ours():
                raise _Void
            position = self._known()
            deadline = position.server_time + timedelta(seconds=self._policy.deadline)
            reach(FaultPoint.INGEST_BEFORE_POST)
            try:
                self._server.land(
                    part,
                    end=before,
                    token=token(self._rules.topic, before, salt),
                    deadline=deadline,
                    query_id=f"{query_prefix(self._rules.topic, before)}{uuid.uuid4().hex}",
                )
            except ServerRefused as refusal:
                match verdict_of(refusal):
                    case Verdict.REFUSED:
                        return refusal
                    case Verdict.TOO_LATE:
                        if self._look_again(before, part):
                            return None
                        late += 1
                        continue
                    case _:
                        raise waiting(refusal, self._rules.topic) from refusal
            except OutcomeUnknown:
                reach(FaultPoint.INGEST_UNKNOWN_OUTCOME)
                if self._settle(before, part):
                    return None
                raise
            reach(FaultPoint.INGEST_AFTER_POST)
            if self._look_again(before, part) or self._settle(before, part):
                return None
            # The server says that it landed, and nothing is there: the part behind the token is gone.
            reach(FaultPoint.INGEST_BEFORE_SALT)
            salt += 1
            _log.warning("landed without a trace, trying the next token", topic=self._rules.topic, salt=salt)
        raise Unexpected(
            f"{self._rules.topic}: {salt} times it was said that rows landed and they had not, {late} times late",
            zh=f"{self._rules.topic}：多次写入均无结果",
            hint="look at the server's disk, its clock and its log",
        )

    def _look_again(self, before: int, part: Batch) -> bool:
        """Look at the table: true when the part lies there, false when the end is where it was.

        Raises:
            _Void: the end is elsewhere.
        """
        position = self._position = self._ledger.look(before)
        if position.end == before:
            return False
        known_row = 1 if before >= 0 else 0
        if position.end == part.last_row and position.rows == part.rows + known_row:
            return True
        raise _Void

    def _settle(self, before: int, part: Batch) -> bool:
        """End what may still run for this end of the table, then look: as `_look_again`."""
        self._ledger.end_statements(query_prefix(self._rules.topic, before))
        return self._look_again(before, part)

    def _pieces(self, part: Batch, refusal: ServerRefused) -> list[Batch]:
        """A refused part as parts that can land: the culprits found and marked as refused."""
        reach(FaultPoint.INGEST_REFUSED)
        findings = isolate(part, self._server.judge, self._policy.culprits)
        if not findings.culprits:
            if part.rows == 1:
                raise waiting(refusal, self._rules.topic)
            return _halves(part, part.rows // 2)
        reach(FaultPoint.INGEST_CULPRITS_KNOWN)
        head, *rest = _halves(part, findings.judged)
        reasons = {row: explain(part.values[row], why) for row, why in findings.culprits.items()}
        return [head.refuse(reasons), *rest]

    def _stands(self, part: Batch) -> bool:
        """Whether the part still lies behind the table's end; looked at anew when the last look is old.

        A batch that landed in part before something failed does not.
        """
        position = self._known()
        if not self._still_ours() or part.first <= position.end:
            return False
        if self._clock.monotonic() - position.looked_at <= self._policy.fresh:
            return True
        self._position = self._ledger.look(position.end)
        return self._position.end == position.end

    def _known(self) -> Position:
        if self._position is None:
            self._position = self._ledger.start().position
        return self._position

    def _count_in_a_row(self, part: Batch) -> None:
        if not part.refused:
            self._in_a_row = 0
            return
        longest, last = 0, part.first
        places = sorted([(each.offset, 1) for each in part.refused] + [(s.first, 0) for s in part.stretches])
        for offset, refused in places:
            self._in_a_row = self._in_a_row + 1 if refused else 0
            if self._in_a_row > longest:
                longest, last = self._in_a_row, offset
        if longest >= self._policy.stop_after:
            raise TooManyDeadLetters(self._rules.topic, longest, max(0, last - longest + 1), last)


class _Void(Exception):
    """Nothing more of this batch may be sent."""


def token(topic: str, end: int, salt: int) -> str:
    """The identity of an insert behind `end`: one of all with the same token lands.

    `salt` counts how often the server said that it landed what is not there; everybody counts alike.
    """
    plain = f"{topic}:{PARTITION}:{end + 1}"
    return f"{plain}:{salt}" if salt else plain


def query_prefix(topic: str, end: int) -> str:
    """What the ids of all statements behind `end` begin with, whoever sends them."""
    return f"land-{topic}-{end + 1}-"


def _halves(part: Batch, rows: int) -> list[Batch]:
    head, rest = part.split_after(rows)
    return [head] if rest is None else [head, rest]
