"""Parameters of statements as text; that the server reads them back as they were is an integration test."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.clickhouse.parameters import FieldDump, http_parameters, native_parameters, text_of
from infra.errors import InvalidInput


class Colour(Enum):
    RED = "r'd"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a'b\n\\", "a\\'b\\n\\\\"),
        ("", ""),
        (None, "\\N"),
        ("\\N", "\\\\N"),
        (True, "true"),
        (-5, "-5"),
        (Decimal("1.50"), "1.50"),
        (b"\x00'", "\\x00\\x27"),
        (UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (date(1949, 10, 1), "1949-10-01"),
        (datetime(2026, 3, 1, 8, 0, 0, 5, tzinfo=timezone(timedelta(hours=8))), "2026-03-01 00:00:00.000005"),
        (datetime(1960, 3, 1, tzinfo=UTC), "1960-03-01 00:00:00.000000"),
        (["a'", None, "],["], "['a\\'', NULL, '],[']"),
        ([], "[]"),
        ([True, False], "[true, false]"),
        ([date(2026, 1, 2)], "['2026-01-02']"),
        ([UUID(int=7)], "['00000000-0000-0000-0000-000000000007']"),
        (("a", 1), "('a', 1)"),
        (("a",), "('a',)"),
        ({"k'": ["v"]}, "{'k\\'': ['v']}"),
        (Colour.RED, "r\\'d"),
        ([Colour.RED], "['r\\'d']"),
    ],
)
def test_text(value: object, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize("value", [datetime(2026, 1, 1), [datetime(2026, 1, 1)], object(), [object()], {"k": object()}])  # noqa: DTZ001
def test_what_has_no_text_is_refused_by_name_without_its_value(value: object) -> None:
    with pytest.raises(InvalidInput, match="'day'") as refused:
        native_parameters({"day": value})
    assert "2026" not in str(refused.value)


def test_names() -> None:
    assert http_parameters({"a": "x'y"}) == {"param_a": "x\\'y"}
    assert {name: str(dump) for name, dump in native_parameters({"a": "x'y"}).items()} == {"a": "x\\\\\\'y"}


@given(st.text())
def test_a_dump_holds_no_bare_quote_and_nothing_unescaped(text: str) -> None:
    dumped = str(FieldDump(text_of(text)))
    assert "'" not in dumped.replace("\\\\", "").replace("\\'", "")
    assert not set(dumped) & set("\n\r\t\0")
