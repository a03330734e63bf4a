"""The look at frames: the fast way and the slow way say the same, and every wrong frame is told apart."""

from __future__ import annotations

from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.frames import judge_frame, print_of, prints_of, schema_id_of
from consumers.policy import TopicRules, prefix_of
from consumers.reasons import ReasonCode
from infra.zone import zone
from schemas.catalogue import catalogue
from schemas.wire import HEADER
from tests.support.sample_events import Samples

RULES = TopicRules.of("lianzhi.enforcement.330421", zone())
LIMIT = 1 << 20
SAMPLES = Samples(1).everyday(20)


def test_prints_hold_type_id_and_key() -> None:
    found = prints_of(RULES, [s.key for s in SAMPLES], [s.value for s in SAMPLES], LIMIT)
    assert found is not None
    prints, heads = found
    assert prints == [crc32(s.schema.name.encode() + str(s.event_id).encode() + s.key) for s in SAMPLES]
    assert heads == {prefix_of(s.schema.id) for s in SAMPLES}
    assert prints == [print_of(RULES, s.key, s.value) for s in SAMPLES]


def test_rules_come_from_the_zone_and_the_catalogue() -> None:
    assert RULES.publishers == ("jiashan.zhifa", "jiashan.gongshi")
    assert set(RULES.prefixes) == {prefix_of(schema_id) for schema_id in catalogue().family_ids("enforcement")}


GOOD = SAMPLES[0]


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        (b"k", None, ReasonCode.NO_VALUE),
        (None, GOOD.value, ReasonCode.NO_KEY),
        (b"k", b"", ReasonCode.TOO_SHORT),
        (b"k", b"\0\0\0\3", ReasonCode.TOO_SHORT),
        (b"k", b"\1" + GOOD.value[1:], ReasonCode.NOT_CONFLUENT),
        (b"k", b'{"a": 1}', ReasonCode.NOT_CONFLUENT),
        (b"k", HEADER.pack(0, 77) + GOOD.value[5:], ReasonCode.UNKNOWN_SCHEMA),
        (b"k", Samples(1).make("DisputeClosed").value, ReasonCode.WRONG_FAMILY),
        (b"k", GOOD.value[:42], ReasonCode.TOO_SHORT),
        (b"k", GOOD.value[:5] + b"\x46" + GOOD.value[6:], ReasonCode.NO_EVENT_ID),
        (b"k", GOOD.value[:6] + b"\0" * LIMIT, ReasonCode.TOO_LARGE),
        (GOOD.key, GOOD.value, None),
    ],
)
def test_every_wrong_frame_is_told_apart(key: bytes | None, value: bytes | None, code: ReasonCode | None) -> None:
    reason = judge_frame(RULES, key, value, LIMIT)
    assert (reason.code if reason else None) == code
    fast = prints_of(RULES, [key], [value], LIMIT)
    assert (fast is None) == (code is not None)


@given(st.binary(max_size=60), st.none() | st.binary(max_size=10))
def test_no_bytes_break_it(value: bytes, key: bytes | None) -> None:
    judged = judge_frame(RULES, key, value, LIMIT)
    assert (judged is None) == (prints_of(RULES, [key], [value], LIMIT) is not None)
    schema_id_of(value)
