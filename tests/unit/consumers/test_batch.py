"""Batches: whatever is put in comes out once, at its offset, in batches that keep every limit."""

from __future__ import annotations

import random
from itertools import count, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.batch import Batch, BatchBuilder
from consumers.policy import BatchPolicy, TopicRules
from consumers.reasons import Reason, ReasonCode
from infra.errors import FatalError
from infra.kafka import Run
from infra.zone import zone
from schemas.wire import HEADER
from tests.support.sample_events import Samples

TOPIC = "lianzhi.enforcement.330421"
RULES = TopicRules.of(TOPIC, zone())
GOOD = [(sample.key, sample.value) for sample in Samples(1).everyday(40)]
POLICY = BatchPolicy(rows=7, size_bytes=10_000, seconds=1, value_bytes=1 << 20, refused=3, runs=4)

Record = tuple[bytes | None, bytes | None]


def _run(first: int, records: list[Record], at: int = 1) -> Run:
    return Run(TOPIC, first, at, True, [key for key, _ in records], [value for _, value in records])


def _all(builder: BatchBuilder) -> list[Batch]:
    builder.close()
    return builder.take()


def _places(batch: Batch) -> list[int]:
    return [s.first + row for s in batch.stretches for row in range(s.rows)]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_everything_comes_out_once_and_in_its_place(data: st.DataObject) -> None:
    rnd = random.Random(data.draw(st.integers(0, 10**6)))
    records: list[Record] = []
    for _ in range(data.draw(st.integers(1, 60))):
        kind = rnd.random()
        records.append(rnd.choice(GOOD) if kind < 0.8 else (b"k", b"{}") if kind < 0.9 else (None, None))
    builder, at, first = BatchBuilder(RULES, POLICY), 0, data.draw(st.integers(0, 1000))
    while at < len(records):
        rows = rnd.randint(1, 12)
        builder.add(_run(first + at, records[at : at + rows], rnd.randint(1, 3)))
        at += rows
    batches = _all(builder)
    found: dict[int, bytes | None] = {}
    for before, batch in zip([None, *batches], batches, strict=False):
        assert batch.rows <= POLICY.rows
        assert len(batch.stretches) <= POLICY.runs
        assert len(batch.refused) <= POLICY.refused
        assert batch.first == (before.last + 1 if before else first)
        assert len(batch.values) == len(batch.prints) == sum(s.rows for s in batch.stretches)
        assert batch.size_bytes == sum(map(len, batch.values))
        assert [batch.offset_at(row) for row in range(batch.rows)] == _places(batch)
        for offset, value in zip(_places(batch), batch.values, strict=True):
            assert offset not in found
            found[offset] = value
        for refused in batch.refused:
            assert refused.offset not in found
            found[refused.offset] = None
    good = {value for _, value in GOOD}
    assert found == {
        offset: value if value in good else None for offset, (_, value) in zip(count(first), records, strict=False)
    }


def test_a_batch_closes_at_bytes() -> None:
    builder = BatchBuilder(RULES, BatchPolicy(100, 2_000, 1, 1 << 20, 10))
    for offset, record in enumerate(GOOD[:12]):
        builder.add(_run(offset, [record]))
    assert all(batch.size_bytes - len(batch.values[-1]) < 2_000 for batch in _all(builder))


def test_checksum_sees_value_and_place() -> None:
    def checksum(records: list[Record]) -> int:
        builder = BatchBuilder(RULES, BatchPolicy(100, 1 << 20, 1, 1 << 20, 10))
        builder.add(_run(0, records))
        return _all(builder)[0].checksum()

    one, two, three = (GOOD[at] for at in range(3))
    assert len({checksum([one, two, three]), checksum([two, one, three]), checksum([one, three]), checksum([one])}) == 4
    assert checksum([one, (b"another", two[1])]) != checksum([one, two])
    assert 0 <= checksum(list(GOOD)) < 2**64


def test_an_unknown_schema_blocks_what_follows_and_keeps_what_came_before() -> None:
    unknown = (b"k", HEADER.pack(0, 31_337) + GOOD[0][1][5:])
    builder = BatchBuilder(RULES, BatchPolicy(100, 1 << 20, 1, 1 << 20, 10))
    builder.add(_run(5, [GOOD[0], GOOD[1], unknown, GOOD[2]]))
    builder.add(_run(9, [GOOD[3]]))
    (batch,) = _all(builder)
    assert (batch.first, batch.last, batch.rows) == (5, 6, 2)
    assert builder.blocked is not None
    assert (builder.blocked.offset, builder.blocked.reason.code) == (7, ReasonCode.UNKNOWN_SCHEMA)


def test_what_is_a_dead_letter_already_is_passed_over() -> None:
    builder = BatchBuilder(RULES, BatchPolicy(100, 1 << 20, 1, 1 << 20, 10), skip={0, 2, 3})
    builder.add(_run(0, [(b"k", b"{}"), GOOD[0], GOOD[1], (None, None), GOOD[2]]))
    (batch,) = _all(builder)
    assert _places(batch) == [1, 4]
    assert batch.refused == []


def test_offsets_never_go_back() -> None:
    builder = BatchBuilder(RULES, POLICY)
    builder.add(_run(0, [GOOD[0], GOOD[1]]))
    with pytest.raises(FatalError):
        builder.add(_run(1, [GOOD[1]]))
    builder = BatchBuilder(RULES, POLICY)
    builder.add(_run(0, [GOOD[0]]))
    builder.add(_run(5, [GOOD[1]]))  # a transaction's marker lies between
    assert [(b.first, b.last, _places(b)) for b in _all(builder)] == [(0, 5, [0, 5])]


def _batch(rows: int) -> Batch:
    builder = BatchBuilder(RULES, BatchPolicy(100, 1 << 22, 1, 1 << 20, 100))
    for offset in range(rows):
        builder.add(_run(10 + offset, [GOOD[offset]] if offset % 5 else [(b"k", b"{}")], offset // 4))
    return _all(builder)[0]


@given(st.integers(1, 30), st.integers(0, 10**6))
def test_splitting_and_refusing_lose_nothing(rows: int, seed: int) -> None:
    rnd, batch = random.Random(seed), _batch(rows)
    if not batch.rows:
        return
    at = rnd.randint(1, batch.rows)
    head, rest = batch.split_after(at)
    pieces = [head] if rest is None else [head, rest]
    assert [value for piece in pieces for value in piece.values] == list(batch.values)
    assert [r for piece in pieces for r in piece.refused] == list(batch.refused)
    assert (pieces[0].first, pieces[-1].last) == (batch.first, batch.last)
    assert all(one.last + 1 == two.first for one, two in pairwise(pieces))
    assert sum(piece.rows for piece in pieces) == batch.rows

    culprits = rnd.sample(range(batch.rows), rnd.randint(1, batch.rows))
    less = batch.refuse({row: Reason(ReasonCode.WRONG_KEY) for row in culprits})
    kept = [row for row in range(batch.rows) if row not in culprits]
    assert list(less.values) == [batch.values[row] for row in kept]
    assert _places(less) == [batch.offset_at(row) for row in kept]
    assert {r.offset for r in less.refused} == {r.offset for r in batch.refused} | {
        batch.offset_at(row) for row in culprits
    }
    assert less.checksum() == sum((n + 1) * batch.prints[row] for n, row in enumerate(kept)) % 2**64
