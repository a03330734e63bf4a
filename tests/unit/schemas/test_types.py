"""What each scalar type takes, and what it refuses, with the reason."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from schemas.models.types import WRONG, Bytes, Day, Instant, Int, Long, Text, Uuid, YesNo, Yuan
from tests.support.arbitrary import FIRST_INSTANT, LAST_INSTANT

DAY, INSTANT, YUAN, UUIDS, BYTES = map(TypeAdapter, (Day, Instant, Yuan, Uuid, Bytes))


def refused(adapter: TypeAdapter[Any], value: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python(value)
    return caught.value.errors()[0]["type"]


@pytest.mark.parametrize("text", ["1900-01-01", "2024-02-29", "2299-12-31"])
def test_days(text: str) -> None:
    assert DAY.validate_python(text) == date.fromisoformat(text) == DAY.validate_python(date.fromisoformat(text))


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("2026-2-3", "lz_day"),
        ("20260203", "lz_day"),
        ("2026/02/03", "lz_day"),
        ("2026-02-30", "lz_day"),
        ("２０２６-02-03", "lz_day"),
        ("2026-02-03T00:00:00Z", "lz_day"),
        ("2026-W05-1", "lz_day"),
        (20487, "lz_day"),
        (46056.0, "lz_day"),
        (datetime(2026, 2, 3, tzinfo=UTC), "lz_day"),
        (None, "lz_day"),
        ("1899-12-31", "lz_day_range"),
        (date(2300, 1, 1), "lz_day_range"),
    ],
)
def test_days_refused(value: Any, code: str) -> None:
    assert refused(DAY, value) == code


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("2026-03-01T09:30:00+08:00", "2026-03-01T01:30:00+00:00"),
        ("2026-03-01T01:30:00Z", "2026-03-01T01:30:00+00:00"),
        ("2026-03-01 01:30:00z", "2026-03-01T01:30:00+00:00"),
        ("2026-03-01T01:30:00.5Z", "2026-03-01T01:30:00.500000+00:00"),
        ("2026-03-01T01:30:00.123456000Z", "2026-03-01T01:30:00.123456+00:00"),
        ("2025-12-31T20:00:00-05:30", "2026-01-01T01:30:00+00:00"),
    ],
)
def test_instants(text: str, micros: str) -> None:
    assert INSTANT.validate_python(text).isoformat() == micros


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("2026-03-01T09:30:00", "lz_naive"),
        (datetime(2026, 3, 1), "lz_naive"),  # noqa: DTZ001
        ("2026-03-01", "lz_instant"),
        ("2026-03-01T09:30+08:00", "lz_instant"),
        ("2026-03-01T09:30:00.1234567Z", "lz_instant"),
        ("2026-03-01T24:00:00Z", "lz_instant"),
        ("2026-03-01T23:59:60Z", "lz_instant"),
        ("2026-03-01T09:30:00+0800", "lz_instant"),
        ("2026-02-29T09:30:00Z", "lz_instant"),
        (1_770_000_000, "lz_instant"),
        (date(2026, 3, 1), "lz_instant"),
        ("1899-12-31T23:59:59Z", "lz_instant_range"),
        ("2300-01-01T00:00:00Z", "lz_instant_range"),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=8))), "lz_instant_range"),
    ],
)
def test_instants_refused(value: Any, code: str) -> None:
    assert refused(INSTANT, value) == code


@given(
    st.datetimes(
        FIRST_INSTANT.replace(tzinfo=None) + timedelta(days=1), LAST_INSTANT.replace(tzinfo=None) - timedelta(days=1)
    ),
    st.integers(-14, 14),
)
def test_any_offset_is_the_same_instant(naive: datetime, hours: int) -> None:
    there = naive.replace(tzinfo=timezone(timedelta(hours=hours)))
    assert INSTANT.validate_python(there) == INSTANT.validate_python(there.isoformat()) == there


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1234.50", "1234.50"),
        ("1234.5", "1234.50"),
        ("1", "1.00"),
        (7, "7.00"),
        (0.1, "0.10"),
        (1234.5, "1234.50"),
        (Decimal("1E+3"), "1000.00"),
        ("-0.00", "0.00"),
        ("-3.10", "-3.10"),
        ("9999999999999999.99", "9999999999999999.99"),
        ("1.5000", "1.50"),
        ("+2", "2.00"),
    ],
)
def test_yuan(value: Any, text: str) -> None:
    assert str(YUAN.validate_python(value)) == text


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("1.005", "lz_scale"),
        (0.125, "lz_scale"),
        (Decimal("0.001"), "lz_scale"),
        ("9999999999999999.991", "lz_scale"),
        ("10000000000000000", "lz_precision"),
        ("1" * 40, "lz_precision"),
        (10**30, "lz_precision"),
        (1e22, "lz_decimal"),
        ("1,234.50", "lz_decimal"),
        ("1e3", "lz_decimal"),
        ("¥5", "lz_decimal"),
        ("", "lz_decimal"),
        ("１２", "lz_decimal"),
        (True, "lz_decimal"),
        (None, "lz_decimal"),
        (float("nan"), "lz_decimal"),
        (Decimal("Infinity"), "lz_decimal"),
        ("NaN", "lz_decimal"),
    ],
)
def test_yuan_refused(value: Any, code: str) -> None:
    assert refused(YUAN, value) == code


@given(st.integers(-(10**18) + 1, 10**18 - 1))
def test_every_amount_of_eighteen_digits_comes_through_exactly(cents: int) -> None:
    amount = Decimal(cents).scaleb(-2)
    assert YUAN.validate_python(str(amount)) == YUAN.validate_python(amount) == amount


def test_uuids() -> None:
    text = "0196F0C0-0000-7000-8000-0000000003eb"
    assert str(UUIDS.validate_python(text)) == text.lower()
    assert UUIDS.validate_python(UUID(text)) == UUID(text)
    for wrong in (
        text.replace("-", ""),
        f"{{{text}}}",
        f"urn:uuid:{text}",
        text[:-1],
        UUID(text).int,
        UUID(text).bytes,
        None,
    ):
        assert refused(UUIDS, wrong) == "lz_uuid"


def test_bytes() -> None:
    raw = bytes(range(256))
    assert BYTES.validate_python(raw) == BYTES.validate_python(base64.b64encode(raw).decode()) == raw
    for wrong in (
        "a",
        "####",
        "YQ",
        base64.urlsafe_b64encode(b"\xff\xfe\xfd").decode().replace("/", "_"),
        5,
        bytearray(b"x"),
        None,
    ):
        assert refused(BYTES, wrong) == "lz_bytes"


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (Int, 2**31),
        (Int, -(2**31) - 1),
        (Int, "1"),
        (Int, 1.0),
        (Int, True),
        (Long, 2**63),
        (Text, 5),
        (Text, b"x"),
        (Text, "\ud800"),
        (YesNo, 1),
        (YesNo, "true"),
    ],
)
def test_others_refused(kind: Any, wrong: Any) -> None:
    assert refused(TypeAdapter(kind), wrong)


def test_every_reason_has_both_languages() -> None:
    assert all(en and zh and en != zh for en, zh in WRONG.values())
