"""Instants are UTC, legal days are days in Asia/Shanghai."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.clock import SystemClock, day_end, day_start, from_micros, legal_day, micros, today


def test_a_legal_day_begins_at_sixteen_hours_utc_of_the_day_before() -> None:
    assert day_start(date(2026, 3, 1)) == datetime(2026, 2, 28, 16, tzinfo=UTC)
    assert day_end(date(2026, 2, 28)) == day_start(date(2026, 3, 1))
    assert legal_day(datetime(2026, 2, 28, 15, 59, 59, 999999, tzinfo=UTC)) == date(2026, 2, 28)
    assert legal_day(datetime(2026, 2, 28, 16, tzinfo=UTC)) == date(2026, 3, 1)
    assert legal_day(datetime(2026, 2, 28, 17, tzinfo=timezone(timedelta(hours=1)))) == date(2026, 3, 1)


def test_summer_time_of_the_eighties_is_known() -> None:
    assert day_start(date(1988, 7, 1)) == datetime(1988, 6, 30, 15, tzinfo=UTC)


@given(st.dates(min_value=date(1949, 10, 1), max_value=date(2100, 1, 1)))
def test_every_day_holds_its_own_beginning(day: date) -> None:
    assert legal_day(day_start(day)) == day
    assert legal_day(day_end(day) - timedelta(microseconds=1)) == day


@given(st.datetimes(timezones=st.just(UTC)))
def test_microseconds_are_exact(instant: datetime) -> None:
    assert from_micros(micros(instant)) == instant


def test_naive_times_are_refused() -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001
    with pytest.raises(ValueError, match="naive"):
        legal_day(naive)
    with pytest.raises(ValueError, match="naive"):
        micros(naive)


def test_the_machines_clock() -> None:
    clock = SystemClock()
    assert clock.now().tzinfo is UTC
    assert clock.monotonic() <= clock.monotonic()
    assert abs(today(clock) - datetime.now(UTC).date()) <= timedelta(days=1)
