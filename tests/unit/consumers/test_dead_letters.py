"""Dead letters keep every byte: as a record of their topic and as a row of the ledger."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from consumers.dead_letters import COLUMNS, DeadLetter, State, dead_letter, from_record, to_record, to_row
from infra.clock import micros
from infra.kafka import Record

AT = datetime(2026, 11, 22, 8, 0, 0, 123456, tzinfo=UTC)
BYTES = st.none() | st.binary(max_size=80)
HEADERS = st.lists(st.tuples(st.text(min_size=1, max_size=10), BYTES), max_size=4)


@given(BYTES, BYTES, HEADERS, st.integers(0, 2**40), st.sampled_from(State), st.text(max_size=20))
def test_a_record_of_the_dead_letter_topic_holds_it_all(
    key: bytes | None,
    value: bytes | None,
    headers: list[tuple[str, bytes | None]],
    offset: int,
    state: State,
    note: str,
) -> None:
    record = Record("lianzhi.enforcement.330421", offset, 1_780_000_000_123, key, value, tuple(headers))
    letter = dead_letter(record, "TOO_SHORT", "过短", state=State.OPEN, at=AT).with_state(
        state, note=note, actor="someone", at=AT
    )
    sent = to_record(letter)
    assert from_record(Record("lianzhi.dead-letters.330421", 1, 2, sent.key, sent.value, sent.headers)) == letter
    assert len(to_row(letter)) == len(COLUMNS)


def _letter(**headers: bytes) -> DeadLetter:
    record = Record("lianzhi.enforcement.330421", 1, 2, b"k", b"\0\0\0\3\xe9rest", tuple(headers.items()))
    return dead_letter(record, "UNDECODABLE", "无法解码", state=State.OPEN, at=AT)


def test_numbers_come_from_the_headers_and_nonsense_is_none() -> None:
    row = dict(zip(COLUMNS, to_row(_letter(publisher=b"jiashan.zhifa", epoch=b"2", sequence=b"77")), strict=True))
    assert (row["publisher"], row["epoch"], row["sequence"], row["schema_id"]) == ("jiashan.zhifa", 2, 77, 1001)
    row = dict(zip(COLUMNS, to_row(_letter(epoch=b"-2", sequence=b"9" * 30, publisher=b"\xff")), strict=True))
    assert (row["publisher"], row["epoch"], row["sequence"]) == (None, None, None)


def test_landing_never_undoes_a_decision() -> None:
    letter = _letter()
    decided = letter.with_state(State.DROPPED, note="x", actor="someone", at=AT)
    assert (letter.version, decided.version) == (0, micros(AT))
