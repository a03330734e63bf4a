"""What became of every record of the log: a checker that knows nothing of how landing works.

It reads a topic from Kafka record by record, the event table row by row, the ledger of dead letters, and, when somebody
kept them, the receipts that publishers got; it compares places and identities and names whatever is lost, doubled,
moved, foreign, or missing in a publisher's own numbering. `judge` is a function of what was read and nothing else, so
that the checker itself can be tried on histories that were broken on purpose.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from infra.clickhouse import ClickHouse
from infra.kafka import Record, fetch_range, make_consumer
from infra.settings import Settings
from infra.topics import split_topic
from schemas import headers
from schemas.columns import table_of

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Seen:
    """One record of the log, or one row of the table: its place, and what tells it from every other event.

    Attributes:
        identity: (event id, Kafka key); None for a record that is no event.
        numbered: (publisher, epoch, sequence); None when the record's headers do not tell.
    """

    offset: int
    identity: tuple[str, str] | None
    numbered: tuple[str, int, int] | None
    appended_ms: int


@dataclass(frozen=True, slots=True)
class Grave:
    """A dead letter: its offset, and whether it still is one (else it was redriven and must be in the table)."""

    offset: int
    dead: bool


@dataclass
class Verdict:
    """What was found in one topic; every list holds places that an engineer can look up.

    `resends` alone is no fault: the same event at a second place of the log.
    """

    topic: str
    records: int = 0
    rows: int = 0
    dead_letters: int = 0
    lost: list[int] = field(default_factory=list)
    """offsets of the log that are neither in the table nor a dead letter"""
    doubled: list[int] = field(default_factory=list)
    """offsets that stand more than once in the table"""
    both: list[int] = field(default_factory=list)
    """offsets that are in the table and a dead letter at once"""
    foreign: list[int] = field(default_factory=list)
    """offsets of the table that the log does not have"""
    moved: list[int] = field(default_factory=list)
    """offsets at which the table holds another event, another number or another append time than the log"""
    gaps: list[tuple[str, int, int]] = field(default_factory=list)
    """(publisher, epoch, sequence) that the log never got although a later one came"""
    reordered: list[int] = field(default_factory=list)
    """offsets whose event came first after a later one of its publisher and epoch"""
    unsent: list[tuple[str, int, int]] = field(default_factory=list)
    """numbers for which a publisher holds a receipt and which the log does not have"""
    refused: list[tuple[str, int, int]] = field(default_factory=list)
    """numbers of publishers' own events that are dead letters: no fault by itself"""
    resends: int = 0

    @property
    def faults(self) -> dict[str, int]:
        """Everything that must not be, by kind, with its count."""
        kinds = ("lost", "doubled", "both", "foreign", "moved", "gaps", "reordered", "unsent")
        return {kind: len(found) for kind in kinds if (found := getattr(self, kind))}

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not self.faults

    def __str__(self) -> str:
        told = ", ".join(f"{kind}: {getattr(self, kind)[:_SHOWN]}" for kind in self.faults)
        return f"{self.topic}: {self.records} records, {self.rows} rows; {told or 'clean'}"


def judge(
    topic: str,
    log: Iterable[Seen],
    table: Iterable[Seen],
    graves: Iterable[Grave] = (),
    receipts: Iterable[tuple[str, int, int]] = (),
) -> Verdict:
    """Compare a topic's log with its table.

    Args:
        log: every record, by rising offset.
        table: every row as it is stored, by rising offset; doubled rows as often as they stand.
        graves: the ledger of dead letters.
        receipts: (publisher, epoch, sequence) that `publish` returned.
    """
    verdict = Verdict(topic)
    states = {grave.offset: grave.dead for grave in graves}
    verdict.dead_letters = sum(states.values())
    rows = _Rows(table, verdict)
    numbers: dict[tuple[str, int], set[int]] = {}
    highest: Counter[tuple[str, int]] = Counter()
    for record in log:
        verdict.records += 1
        found = rows.at(record.offset)
        _judge_place(verdict, record, found, states.get(record.offset))
        if record.numbered is not None:
            publisher, epoch, sequence = record.numbered
            seen = numbers.setdefault((publisher, epoch), set())
            if sequence in seen:
                verdict.resends += 1
            elif sequence < highest[publisher, epoch]:
                verdict.reordered.append(record.offset)
            seen.add(sequence)
            highest[publisher, epoch] = max(sequence, highest[publisher, epoch])
    rows.finish()
    for (publisher, epoch), seen in numbers.items():
        missing = set(range(1, highest[publisher, epoch] + 1)) - seen
        verdict.gaps += [(publisher, epoch, sequence) for sequence in sorted(missing)]
    verdict.unsent = [
        (publisher, epoch, sequence)
        for publisher, epoch, sequence in receipts
        if sequence not in numbers.get((publisher, epoch), ())
    ]
    return verdict


def _judge_place(verdict: Verdict, record: Seen, row: Seen | None, dead: bool | None) -> None:
    if row is None:
        if not dead:
            verdict.lost.append(record.offset)
        elif record.numbered is not None:
            verdict.refused.append(record.numbered)
    elif dead:
        verdict.both.append(record.offset)
    elif (row.identity, row.appended_ms) != (record.identity, record.appended_ms) or (
        record.numbered is not None and row.numbered != record.numbered
    ):
        verdict.moved.append(record.offset)


class _Rows:
    """The table beside the log: both rise, so each is read once."""

    def __init__(self, table: Iterable[Seen], verdict: Verdict) -> None:
        self._rows, self._verdict = iter(table), verdict
        self._next = next(self._rows, None)

    def at(self, offset: int) -> Seen | None:
        """The row at `offset`; rows before it have no record."""
        while self._next is not None and self._next.offset < offset:
            self._verdict.foreign.append(self._take().offset)
        if self._next is None or self._next.offset != offset:
            return None
        found = self._take()
        while self._next is not None and self._next.offset == offset:
            self._verdict.doubled.append(self._take().offset)
        return found

    def finish(self) -> None:
        """Whatever is left has no record."""
        while self._next is not None:
            self._verdict.foreign.append(self._take().offset)

    def _take(self) -> Seen:
        if self._next is None:
            raise RuntimeError("no row is left")
        taken, self._next = self._next, next(self._rows, None)
        self._verdict.rows += 1
        return taken


def read_log(settings: Settings, topic: str) -> Iterator[Seen]:
    """Every record of `topic` from its first to its present end."""
    with make_consumer(settings, None, client_id="history") as consumer:
        end = consumer.end_offsets([topic])[topic]
    for record in fetch_range(settings, topic, 0, end, client_id="history"):
        yield Seen(record.offset, _identity(record), _numbered(record), record.appended_ms)


_TABLE = """
SELECT offset, event_id, stream_id, publisher, epoch, sequence, toUnixTimestamp64Milli(appended_at)
FROM {table:Identifier} WHERE topic = {topic:String} ORDER BY offset
"""
_GRAVES = """
SELECT offset, argMax(state, version) IN ('OPEN', 'DROPPED', 'PARKED')
FROM dead_letters WHERE topic = {topic:String} GROUP BY offset
"""


def read_table(server: ClickHouse, topic: str) -> Iterator[Seen]:
    """Every row that the event table holds of `topic`, doubled ones as often as they stand."""
    table = table_of(split_topic(topic)[0])
    for offset, event_id, key, publisher, epoch, sequence, appended in server.stream(_TABLE, table=table, topic=topic):
        yield Seen(offset, (str(event_id), key), (publisher, epoch, sequence), appended)


def read_graves(server: ClickHouse, topic: str) -> list[Grave]:
    """The topic's dead letters, each by its last state."""
    return [Grave(offset, bool(dead)) for offset, dead in server.rows(_GRAVES, topic=topic)]


def check_history(
    settings: Settings,
    topics: Iterable[str],
    receipts: Mapping[str, Iterable[tuple[str, int, int]]] | None = None,
    *,
    database: str | None = None,
    user: str = "auditor",
) -> list[Verdict]:
    """Read and judge topics one by one; call it when nothing moves any more.

    Args:
        receipts: by topic, see `judge`.
        database: where the tables are; None: the setting clickhouse.database.
    """
    verdicts = []
    with ClickHouse(settings, user, database=database) as server:
        for topic in topics:
            kept = (receipts or {}).get(topic, ())
            log, table = read_log(settings, topic), read_table(server, topic)
            verdicts.append(judge(topic, log, table, read_graves(server, topic), kept))
    return verdicts


def _identity(record: Record) -> tuple[str, str] | None:
    value = record.value or b""
    try:
        return str(UUID(value[6:42].decode("ascii"))), (record.key or b"").decode()
    except ValueError:
        return None


def _numbered(record: Record) -> tuple[str, int, int] | None:
    told = [record.header(name) for name in (headers.PUBLISHER, headers.EPOCH, headers.SEQUENCE)]
    publisher, epoch, sequence = told
    if publisher is None or epoch is None or sequence is None or not (epoch.isdigit() and sequence.isdigit()):
        return None
    return publisher.decode(errors="replace"), int(epoch), int(sequence)
