"""What is done with a batch of lines: told row by row, and, once claimed in the ledger, published.

Both steps may run in a process of their own (`pool`), so that what they take and give is plain data.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Self
from uuid import UUID

from infra.clock import Clock, day_start
from infra.persons.keys import vault_key_file
from infra.settings import Settings
from infra.zone import zone
from producers.identity import canonical_json
from producers.importers.cells import BROKEN, Cell
from producers.importers.columns import Column
from producers.importers.decision import Reading, RowProblems, Told, known_number, tell
from producers.importers.flags import RowFlag
from producers.importers.header import Layout, Line
from producers.importers.ledger import Action, Claim, Verdict, event_id_of
from producers.importers.notes import is_no_row
from producers.importers.outcome import Outcome
from producers.importers.problems import CellProblem, Reject
from producers.importers.record import compile_reader
from producers.preparing import AT_ONCE, Preparer
from producers.protectors import LazyProtector
from producers.publisher import Publisher, Receipt, Refusal

EVENT_TYPE = "DecisionMade"
CONTENT_BYTES = 16
_CONFLICT = "meta.event_id"
_begins = lru_cache(4096)(day_start)


@dataclass(frozen=True, slots=True)
class Job:
    """What all batches of an import share."""

    settings: Settings
    publisher: str
    layout: Layout
    reading: Reading
    undecodable: bool
    now: datetime
    rehearse: bool


@dataclass(slots=True)
class Mapped:
    """A batch as it wants to be claimed: `ignored` counts lines that are no rows (notes, sums, repeated headers)."""

    claims: list[Claim]
    rejects: list[Reject]
    ignored: int


class Batches:
    """Tells and publishes batches; used by one thread."""

    def __init__(self, job: Job, clock: Clock) -> None:
        self._job = job
        self._read = compile_reader(job.layout)
        self._waiting: dict[int, list[Told]] = {}
        self._open = ExitStack()
        info = zone(job.settings.zone_file).publisher(job.publisher)
        protector = LazyProtector(job.settings, info, clock)
        self._open.callback(protector.close)
        self._fingerprint: Callable[[bytes], bytes] = protector.fingerprint
        self._publisher: Publisher | None = None
        if job.rehearse:
            if not vault_key_file(job.settings.home, info.region).exists():
                self._fingerprint = _without_key  # nothing was ever told: a rehearsal makes no key
            self._preparer = Preparer(job.settings, info, _without_key, clock)
        else:
            self._publisher = self._open.enter_context(Publisher(job.settings, job.publisher, clock=clock))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def map(self, batch: int, parts: Iterable[Sequence[Line]]) -> Mapped:
        """Tell every row of a batch, which comes in `parts_of` its lines, and keep them until they are claimed."""
        told: list[Told] = []
        mapped = Mapped([], [], 0)
        for lines in parts:
            some = self._tell_some(lines, mapped)
            self._take_contents(some)
            mapped.claims += [self._claim(row) for row in some]
            told += some
        self._waiting[batch] = told
        return mapped

    def publish(self, batch: int, verdicts: Sequence[Verdict]) -> Outcome:
        """Publish what the verdicts say of a batch that was told before; durable on return.

        Raises:
            TokeniserAway, TokeniserBusy, OutboxBusy: nothing of the batch was published; import the file again later.
        """
        outcome = Outcome()
        rows = []
        for told, verdict in zip(self._waiting.pop(batch), verdicts, strict=True):
            match verdict.action:
                case Action.KNOWN:
                    outcome.already_published += 1
                case Action.OLDER:
                    outcome.already_published += 1
                    outcome.add_flag(RowFlag.OLDER_THAN_PUBLISHED)
                case Action.CONTRADICTS:
                    outcome.rejects.append(Reject(told.line, told.number, (_contradiction(verdict.line),)))
                case _:
                    rows.append((told, verdict))
        events = (self._event(told, verdict) for told, verdict in rows)  # each made when its turn comes
        if self._publisher is None:
            self._rehearse(events, rows, outcome)
        elif rows:
            receipts, refusals = self._publisher.publish_valid(events, with_flags=True)
            self._take_in(rows, receipts, refusals, outcome)
        return outcome

    def _tell_some(self, lines: Sequence[Line], mapped: Mapped) -> list[Told]:
        """The rows among some lines; the others are counted, or rejected."""
        told = []
        for line, cells in lines:
            try:
                row = self._tell(line, cells)
            except RowProblems as error:
                mapped.rejects.append(Reject(line, error.number, error.problems))
                continue
            if row is None:
                mapped.ignored += 1
            else:
                told.append(row)
        return told

    def _tell(self, line: int, cells: Sequence[Cell]) -> Told | None:
        """The row of a line; None where it is no row."""
        if cells[0] == BROKEN:
            raise RowProblems((_UNCLOSED,))
        record = self._read(cells)
        if record is None:
            return None
        if self._job.undecodable and (column := record.undecodable()) is not None:
            raise RowProblems((CellProblem(column, *_NO_TEXT),), known_number(record))
        if len(cells) > self._job.layout.width and any(cells[self._job.layout.width :]):
            raise RowProblems((_TOO_MANY,), known_number(record))
        try:
            return tell(line, record, self._job.reading)
        except RowProblems as error:
            if is_no_row(record, cells):
                return None
            raise RowProblems(error.problems, known_number(record)) from None

    def _take_contents(self, rows: Sequence[Told]) -> None:
        """Keyed hash of what each event says, however the file spells it: the decision's identity holds its number."""
        said = [
            canonical_json({**told.payload, "document_number": None, "dissemination": told.dissemination})
            for told in rows
        ]
        for told, content in zip(rows, map(self._fingerprint, said), strict=True):
            told.content = content[:CONTENT_BYTES]

    def _claim(self, told: Told) -> Claim:
        recorded_at = self._job.now
        stamped_at = told.updated_at
        if stamped_at is not None and stamped_at > recorded_at:
            stamped_at = None  # of the future: nothing could ever be newer
        if stamped_at is not None and _begins(told.decided_on) <= stamped_at:
            recorded_at = stamped_at
        told.first_id = self._event_id(told, 1)
        begins = _begins(told.decided_on)
        return Claim(told.line, told.decision_id, begins, told.content, told.first_id.bytes, recorded_at, stamped_at)

    def _event_id(self, told: Told, revision: int) -> UUID:
        return event_id_of(self._job.publisher, _begins(told.decided_on), told.decision_id, revision, told.content)

    def _event(self, told: Told, verdict: Verdict) -> dict[str, Any]:
        """The event of a row, which then lets go of what it says: its memory serves the next ones."""
        payload, told.payload = told.payload, {}
        if verdict.action is Action.TELL:
            event_id = fact_id = told.first_id
        else:
            event_id, fact_id = self._event_id(told, verdict.revision), UUID(bytes=verdict.fact_id)
        payload["meta"] = {
            "event_id": event_id,
            "event_type": EVENT_TYPE,
            "stream_id": told.stream_id,
            "fact_id": fact_id,
            "revision": verdict.revision,
            "occurred_at": _begins(told.decided_on),
            "recorded_at": verdict.recorded_at,
            "actor": {"agency": payload["agency"]},
            "dissemination": told.dissemination,
        }
        return payload

    def _take_in(
        self,
        rows: Sequence[tuple[Told, Verdict]],
        receipts: Sequence[Receipt],
        refusals: Sequence[Refusal],
        outcome: Outcome,
    ) -> None:
        refused = {refusal.index: refusal.problems for refusal in refusals}
        taken = iter(receipts)
        for index, (told, verdict) in enumerate(rows):
            problems = refused.get(index)
            if problems is None:
                receipt = next(taken)
                outcome.count(told, verdict, already=receipt.already_published)
                if not receipt.already_published:
                    outcome.add_flags(told, receipt)
            elif all(problem.field == _CONFLICT for problem in problems):
                # The same content under the same id, told at another time: the ledger was lost, the outbox knows it.
                outcome.count(told, verdict, already=True)
            else:
                outcome.refuse(told, problems)

    def _rehearse(
        self, events: Iterable[dict[str, Any]], rows: Sequence[tuple[Told, Verdict]], outcome: Outcome
    ) -> None:
        for found, (told, verdict) in zip(self._preparer.prepare(events), rows, strict=True):
            if isinstance(found, tuple):
                outcome.refuse(told, found)
            else:
                outcome.count(told, verdict, already=False)
                outcome.add_flags(told, None)


def parts_of(lines: Sequence[Line]) -> Iterator[Sequence[Line]]:
    """The lines of a batch in parts that each step is done for at once."""
    return (lines[start : start + AT_ONCE] for start in range(0, len(lines), AT_ONCE))


_UNCLOSED = CellProblem(
    None,
    "a quotation mark is opened in this line and never closed, or the record has not the cells of the header",
    "本行的引号没有闭合，或单元格数与表头不符",
)
_NO_TEXT = ("bytes that are no text in the file's encoding", "含无法解码的字节")
_TOO_MANY = CellProblem(None, "more cells than the header has headings", "单元格多于表头列数")


def _without_key(content: bytes) -> bytes:
    """A fingerprint for rehearsals, which is kept nowhere."""
    return hmac.digest(b"rehearsal", content, "sha256")


def _contradiction(line: int) -> CellProblem:
    return CellProblem(
        Column.DOCUMENT_NUMBER,
        f"line {line} tells the same decision otherwise; one decision, one line",
        f"与第 {line} 行为同一决定但内容不同；一个决定只能有一行",
    )
