"""Dates of published files: serials, cells and five shapes of text."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InvalidInput
from schemas.identifiers.dates import UNLIMITED_FROM, DateStatus, ParsedDate, from_serial, parse_date, required_day

days = st.dates(date(1900, 1, 1), UNLIMITED_FROM - timedelta(days=1))


@pytest.mark.parametrize(
    "written",
    [
        "2024-01-05",
        "2024-1-5",
        "2024/1/5",
        "2024/01/05",
        "2024.1.5",
        "20240105",
        "2024年1月5日",
        "2024年01月05日",
        "2024年1月5号",
        "2024 年 1 月 5 日",
        "２０２４－０１－０５",
        "２０２４年１月５日",
        "2024—01—05",
        " 2024-01-05 ",
        "\u30002024-01-05\n",
        "'2024-01-05",
        "2024-01-05 10:30",
        "2024-01-05 10:30:59",
        "2024-01-05 00:00:00.0",
        "2024-01-05T10:30:00",
        "2024-01-05T10:30:00+08:00",
        "2024-01-04T16:00:00Z",
        "2024-01-04T23:00:00-0500",
        "2024/1/5 0:00",
        "20240105 103000",
        "20240105103000",
        "2024年1月5日10时30分",
        "2024年1月5日 10点30分20秒",
        "2024年1月5日至",
        "45296",
        "45296.0",
        "45296.75",
        45296,
        45296.0,
        45296.999,
        45295.999999999996,  # noise of a time calculation
        20240105,
        20240105.0,
        date(2024, 1, 5),
        datetime.fromisoformat("2024-01-05 23:59"),
        datetime(2024, 1, 4, 16, tzinfo=UTC),
        datetime(2024, 1, 5, 2, tzinfo=timezone(timedelta(hours=8))),
    ],
)
def test_one_day_in_all_its_shapes(written: object) -> None:
    assert parse_date(written) == ParsedDate(date(2024, 1, 5), DateStatus.DAY)
    assert required_day(written) == date(2024, 1, 5)


@pytest.mark.parametrize("value", [None, "", "  ", "-", "/", "无", float("nan")])
def test_empty(value: object) -> None:
    assert parse_date(value) == ParsedDate(None, DateStatus.EMPTY)
    with pytest.raises(InvalidInput):
        required_day(value)


@pytest.mark.parametrize(
    "value",
    [
        "长期",
        "长 期",
        "永久",
        "长期有效",
        "无固定期限",
        "2099-12-31",
        "2099年12月31日",
        "9999/12/31",
        "20991231",
        73050,
        date(2099, 12, 31),
        datetime.fromisoformat("9999-12-31 23:59:59"),
    ],
)
def test_no_end(value: object) -> None:
    assert parse_date(value) == ParsedDate(None, DateStatus.UNLIMITED)
    with pytest.raises(InvalidInput):
        required_day(value)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("24-01-05", "two digits"),
        ("24/1/5", "two digits"),
        ("24年1月5日", "two digits"),
        ("240105", "two digits"),
        ("'24.1.5", "two digits"),
        ("5/1/2024", "unknown order"),
        ("01-05-2024 10:00", "unknown order"),
        ("2024-02-30", "no such day"),
        ("20241305", "no such day"),
        ("2024-01-05 25:00", "no such day"),
        ("2023年2月29日", "no such day"),
        ("1899-12-31", "before 1900"),
        (date(1899, 12, 31), "before 1900"),
        ("2024年1月", "not a date"),
        ("2024", "not a date"),
        ("2024-01/05", "not a date"),
        ("2024-01-0510:30", "not a date"),
        ("2024-01-05T10:30:00+99:00", "not a date"),
        ("9999-12-31T23:00:00-12:00", "not a date"),
        ("二〇二四年一月五日", "not a date"),
        ("٢٠٢٤-٠١-٠٥", "not a date"),
        ("昨天", "not a date"),
        (2024, "looks like a year"),
        (2024.0, "looks like a year"),
        (60, "never was"),
        (60.5, "never was"),
        (0, "no date serial"),
        (-1, "no date serial"),
        (2958466, "no date serial"),
        (float("inf"), "no date serial"),
        (10**400, "no date serial"),
        (True, "not a date"),
        (b"2024-01-05", "not a date"),
        ([], "not a date"),
    ],
)
def test_what_is_not_clear_is_refused_with_its_reason(value: object, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason) as error:
        parse_date(value)
    assert error.value.zh


def test_messages_do_not_repeat_the_cell() -> None:
    for written in ("1949-13-31", "491231", "31/12/1949", "王小明"):
        with pytest.raises(InvalidInput) as error:
            parse_date(written)
        assert "49" not in str(error.value)
        assert "王" not in str(error.value)


@pytest.mark.parametrize(
    ("serial", "day"),
    [
        (1, date(1900, 1, 1)),
        (31, date(1900, 1, 31)),
        (59, date(1900, 2, 28)),
        (61, date(1900, 3, 1)),
        (36526, date(2000, 1, 1)),
        (43831, date(2020, 1, 1)),
        (45351, date(2024, 2, 29)),
        (45296.5, date(2024, 1, 5)),
        (2958465, date(9999, 12, 31)),
        (2958465.999999999, date(9999, 12, 31)),
    ],
)
def test_serials_of_the_1900_system(serial: float, day: date) -> None:
    assert from_serial(serial) == day


@given(days)
def test_every_shape_reads_back(day: date) -> None:
    for written in (
        f"{day:%Y-%m-%d}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}.{day.month}.{day.day}",
        f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
        int(f"{day:%Y%m%d}"),
        day,
        datetime.fromisoformat(f"{day.isoformat()} 23:59:59"),
    ):
        assert parse_date(written).day == day


@given(st.integers(61, 73_049), st.floats(0, 0.9999))
def test_serials_count_days(serial: int, fraction: float) -> None:
    assert from_serial(serial + fraction) == date(1900, 3, 1) + timedelta(days=serial - 61)


@given(
    st.one_of(st.text(), st.floats(), st.integers(), st.datetimes(), st.dates(), st.datetimes(timezones=st.timezones()))
)
def test_every_cell_gets_a_day_or_a_clear_problem(value: object) -> None:
    parsed: ParsedDate | InvalidInput
    try:
        parsed = parse_date(value)
    except InvalidInput as problem:
        parsed = problem
    if isinstance(parsed, InvalidInput):
        assert parsed.zh
        return
    assert (parsed.day is not None) == (parsed.status is DateStatus.DAY)
    if parsed.day is not None:
        assert date(1900, 1, 1) <= parsed.day < UNLIMITED_FROM
