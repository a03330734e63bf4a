"""Bytes that are no Avro: ClickHouse refuses every shape of them, and takes unusual but lawful ones as they were meant.

Only writers other than our own make such values. ClickHouse is the judge of them, so what it would take for something
else must be known here: see `consumers/sql/well_formed.sql`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from consumers.explain import explain
from consumers.policy import LandingPolicy, TopicRules
from consumers.reasons import ReasonCode
from consumers.statement import LandingServer
from infra.clickhouse import ClickHouse, ServerRefused
from infra.settings import Settings
from infra.sql import identifier
from infra.topics import topic_of
from infra.zone import zone
from projections.store.event_tables import ensure_event_tables
from schemas.catalogue import catalogue
from schemas.wire import FRAME_LENGTH, HEADER, MAGIC
from tests.support.avro_places import Place, places, plain_varint, varint
from tests.support.log_of_samples import Buried, batch_of, lander_of
from tests.support.sample_events import Sample, Samples
from tests.support.stack import RunningStack

pytestmark = pytest.mark.servers

_REGION = "330421"
_TOPIC = topic_of("enforcement", _REGION)

Case = tuple[str, Sample, bytes]
"""What is odd, the sample that it was, its bytes now."""


def _full(samples: Samples) -> Sample:
    while True:
        sample = samples.make("DecisionMade")
        if len(sample.datum["penalties"]) == len(sample.datum["handlers"]) == 2:
            return sample


_FULL = _full(Samples(3, absent=0.0))
_BARE = Samples(4, absent=1.0).make("DecisionMade")


def _find(sample: Sample, kind: str, path: str) -> Place:
    return next(place for place in places(sample.schema, sample.value) if (place.kind, place.path) == (kind, path))


def _put(sample: Sample, kind: str, path: str, by: bytes) -> bytes:
    return _find(sample, kind, path).replaced(sample.value, by)


def _malformed() -> Iterator[Case]:
    for number in (2, -1, -2, 1000, 2**31, 2**32, 2**32 + 1, 2**62, -(2**63)):
        for path in ("meta.causation_id", "meta.actor.unit", "procedure", "act_on", "mitigated", "party.sealed"):
            yield f"branch {number} where {path} is", _FULL, _put(_FULL, "union", path, varint(number))
            yield f"branch {number} where no {path} is", _BARE, _put(_BARE, "union", path, varint(number))
        for path in ("penalties[].amount", "penalties[].detail"):
            yield f"branch {number} where {path} is", _FULL, _put(_FULL, "union", path, varint(number))
    for path in ("meta.dissemination", "source", "procedure", "penalties[].kind"):
        known = len(_find(_FULL, "enum", path).node["symbols"])
        for number in (known, known + 1, 99, 2**31 - 1, 2**32, 2**62, -1, -2, -(2**31)):
            yield f"symbol {number} of {path}", _FULL, _put(_FULL, "enum", path, varint(number))
    for kind, path in (
        ("string length", "meta.event_type"),
        ("string length", "handlers[]"),
        ("string length", "other_text"),
        ("uuid length", "meta.correlation_id"),
        ("bytes length", "party.sealed"),
        ("decimal length", "penalties[].amount"),
    ):
        length = _find(_FULL, kind, path).number
        for number in (-1, -length, -(2**31), -(2**63), 2**31, 2**40, 2**62):
            yield f"{kind} {number} of {path}", _FULL, _put(_FULL, kind, path, varint(number))
    for path in ("meta.retracted", "mitigated"):
        for byte in (2, 3, 7, 0x80, 0xFF):
            yield f"boolean {byte} of {path}", _FULL, _put(_FULL, "boolean", path, bytes([byte]))
    for path in ("meta.epoch", "decided_on"):
        for number in (2**31, 2**32 + 1, -(2**31) - 1, 2**63 - 1):
            yield f"{number} for the int {path}", _FULL, _put(_FULL, "int", path, varint(number))
        yield f"eleven bytes for the int {path}", _FULL, _put(_FULL, "int", path, varint(1, length=11))
    for path in ("meta.sequence", "meta.occurred_at"):
        yield f"eleven bytes for the long {path}", _FULL, _put(_FULL, "long", path, varint(1, length=11))
    for path in ("handlers", "penalties"):
        for number in (2**40, 2**62, -(2**63)):
            by = varint(number) + (varint(1) if number < 0 else b"")
            yield f"{number} elements of {path}", _FULL, _put(_FULL, "count", path, by)
    for tail in (b"\0", b"abc", _FULL.value, _FULL.value[:42]):
        yield f"{len(tail)} bytes left over", _FULL, _FULL.value + tail
    for schema_id in (0, 7, 2**32 - 1, *(min(catalogue().family_ids(family)) for family in catalogue().families)):
        for more in (b"", bytes(9), _FULL.value[HEADER.size :]):
            tail = HEADER.pack(MAGIC, schema_id) + more
            yield f"a header of schema {schema_id} and {len(more)} bytes left over", _FULL, _FULL.value + tail
    for length in range(43, len(_FULL.value), 41):
        yield f"cut off after {length} bytes", _FULL, _FULL.value[:length]


def _odd() -> Iterator[Case]:
    yield "absent in two bytes", _BARE, _put(_BARE, "union", "facts", varint(0, length=2))
    yield "present in ten bytes", _FULL, _put(_FULL, "union", "facts", varint(1, length=10))
    for kind, path, length in (
        ("string length", "document_number", 5),
        ("enum", "source", 3),
        ("int", "meta.epoch", 5),
        ("long", "meta.recorded_at", 10),
        ("count", "handlers", 3),
    ):
        number = _find(_FULL, kind, path).number
        yield f"{kind} in {length} bytes", _FULL, _put(_FULL, kind, path, varint(number, length=length))
    # Seventy bits, of which both readers leave out those that are too many.
    number = _find(_FULL, "long", "meta.sequence").number
    yield "bits beyond sixty-four", _FULL, _put(_FULL, "long", "meta.sequence", plain_varint(number << 1 | 1 << 64))
    for path in ("handlers", "penalties"):
        count = _find(_FULL, "count", path)
        for more in (0, 5, -count.extent, -count.extent - 7):
            by = varint(-count.number) + varint(count.extent + more)
            yield f"{path} with their size, told {more:+} bytes wrong", _FULL, count.replaced(_FULL.value, by)
    named = [place for place in places(_FULL.schema, _FULL.value) if place.path.startswith("handlers")]
    count, first, second = (place for place in named if place.number)
    one, two = _FULL.value[first.begin : second.begin], _FULL.value[second.begin : count.end + count.extent]
    blocks = varint(1) + one + varint(1) + two
    value = _FULL.value[: count.begin] + blocks + _FULL.value[count.end + count.extent :]
    yield "a list in two blocks", _FULL, value


@pytest.fixture(scope="module")
def tables(stack: RunningStack, registry_url: str) -> Iterator[Settings]:
    """Event tables of the module's own, of the zone that comes with Lianzhi."""
    settings = stack.settings_with(clickhouse__database=stack.database("malformed"), registry__url=registry_url)
    ensure_event_tables(settings)
    yield settings
    with ClickHouse(settings, "operator", database="") as server:
        server.command(f"DROP DATABASE {identifier(settings.clickhouse.database)} SYNC")


@pytest.fixture(scope="module")
def server(tables: Settings) -> Iterator[ClickHouse]:
    """The user that lands."""
    with ClickHouse(tables, "ingest") as server:
        yield server


def _judge(tables: Settings, server: ClickHouse, topic: str, key: bytes, value: bytes) -> ServerRefused | None:
    rules = TopicRules.of(topic, zone(tables.zone_file))
    return LandingServer(server, rules, LandingPolicy.of(tables)).judge(batch_of(tables, topic, 0, [(key, value)]))


@pytest.mark.parametrize(("sample", "value"), [pytest.param(*case[1:], id=case[0]) for case in _malformed()])
def test_a_malformed_value_is_refused(tables: Settings, server: ClickHouse, sample: Sample, value: bytes) -> None:
    refusal = _judge(tables, server, _TOPIC, sample.key, value)
    assert refusal is not None
    assert explain(value, refusal).code in {ReasonCode.UNDECODABLE, ReasonCode.LEFT_OVER}


@pytest.mark.parametrize("family", catalogue().families)
def test_a_branch_that_does_not_exist_is_refused_in_every_version(
    tables: Settings, server: ClickHouse, family: str
) -> None:
    rnd, topic = random.Random(family), topic_of(family, _REGION)
    for schema_id in sorted(catalogue().family_ids(family)):
        schema = catalogue().by_id[schema_id]
        sample = Samples(schema_id).make(schema)
        unions = [place for place in places(schema, sample.value) if place.kind == "union"]
        assert _judge(tables, server, topic, sample.key, sample.value) is None
        for place in rnd.sample(unions, min(3, len(unions))):
            value = place.replaced(sample.value, varint(2))
            assert _judge(tables, server, topic, sample.key, value) is not None, f"{schema.name} {place.path}"


def test_malformed_values_are_dead_letters_and_odd_ones_the_rows_that_were_meant(
    tables: Settings, server: ClickHouse
) -> None:
    malformed = list(_malformed())[::17]
    lawful = [*_odd(), ("as it should be", _FULL, _FULL.value), ("as it should be", _BARE, _BARE.value)]
    cases = [(True, case) for case in malformed] + [(False, case) for case in lawful]
    random.Random(1).shuffle(cases)
    burial = Buried()
    lander = lander_of(tables, _TOPIC, server, burial=burial)
    lander.start()
    landed = lander.land(batch_of(tables, _TOPIC, 0, [(sample.key, value) for _, (_, sample, value) in cases]))
    assert (landed.rows, landed.void) == (len(lawful), False)
    dead = {each.offset for each in burial.refused}
    assert [cases[at][1][0] for at in sorted(dead)] == [name for bad, (name, _, _) in cases if bad]
    sql = (
        "SELECT hex(formatRow('RowBinary', * EXCEPT (offset, appended_at))) FROM events_enforcement"
        " WHERE topic = {t:String} ORDER BY offset"
    )
    with ClickHouse(tables, "auditor", query_seconds=0) as auditor:
        rows = [row for (row,) in auditor.rows(sql, t=_TOPIC)]
    stored = [(name, sample) for bad, (name, sample, _) in cases if not bad]
    right = {id(sample): row for (name, sample), row in zip(stored, rows, strict=True) if name == "as it should be"}
    assert len(set(right.values())) == 2
    assert [name for (name, sample), row in zip(stored, rows, strict=True) if row != right[id(sample)]] == []


def _spoilt(rnd: random.Random, value: bytes) -> bytes:
    """The value with something wrong behind its frame: bytes changed, left out, doubled, put in or left over."""
    at = rnd.randrange(FRAME_LENGTH, len(value))
    end = min(len(value), at + rnd.choice((1, 1, 2, 9, 40)))
    noise = rnd.choice((rnd.randbytes(end - at), bytes(end - at), b"\xff" * (end - at)))
    header = HEADER.pack(MAGIC, rnd.choice((rnd.getrandbits(32), rnd.choice(list(catalogue().by_id)))))
    return rnd.choice(
        (
            value[:at] + noise + value[end:],
            value[:at] + value[end:],
            value[:end] + value[at:],
            value[:at] + noise + value[at:],
            value[:at] + header + value[at:],
            value[:at],
            value + header + noise,
            value + noise,
        )
    )


@pytest.mark.parametrize("family", catalogue().families)
def test_whatever_the_bytes_are_a_value_lands_or_is_a_dead_letter_and_its_neighbours_land(
    tables: Settings, server: ClickHouse, family: str
) -> None:
    rnd, topic, burial = random.Random(f"spoilt/{family}"), topic_of(family, "310118"), Buried()
    publisher = TopicRules.of(topic, zone(tables.zone_file)).publishers[0]
    samples = Samples(5, region="310118", publisher=publisher)
    types = [each.latest for each in catalogue().of_family(family)]
    lander = lander_of(tables, topic, server, burial=burial)
    first, spoilt = lander.start().next, set[int]()
    for _ in range(2):
        records = []
        for offset in range(first, first + 40):
            sample = samples.make(rnd.choice(types))
            if rnd.random() < 0.2:
                spoilt.add(offset)
            records.append((sample.key, _spoilt(rnd, sample.value) if offset in spoilt else sample.value))
        landed = lander.land(batch_of(tables, topic, first, records))
        assert not landed.void
        assert landed.rows + landed.refused == len(records)
        first += len(records)
    assert {each.offset for each in burial.refused} <= spoilt
