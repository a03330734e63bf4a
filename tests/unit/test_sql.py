"""SQL files: identifiers checked, values never filled in here."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import InvalidInput
from infra.sql import essence, identifier, load, render, statements


def test_identifiers_are_filled_in_and_values_left_to_the_server() -> None:
    template = "SELECT {x:String} FROM {database:Identifier}.{table: Identifier} WHERE day = {day:Date32}"
    assert (
        render(template, database="lianzhi", table="cases_v3")
        == "SELECT {x:String} FROM lianzhi.cases_v3 WHERE day = {day:Date32}"
    )


@pytest.mark.parametrize("name", ["", "1a", "a b", "a-b", "a.b", "a`", "a;b", "a\n", "表", "a" * 128, "a\x00", "a'"])
def test_what_is_no_plain_identifier_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        identifier(name)
    with pytest.raises(InvalidInput):
        render("{t:Identifier}", t=name)


@given(st.text(max_size=20))
def test_only_plain_identifiers_pass(name: str) -> None:
    plain = name.isascii() and name.isidentifier()
    try:
        assert identifier(name) == name
        assert plain
    except InvalidInput:
        assert not plain


def test_a_missing_or_superfluous_identifier_is_named() -> None:
    with pytest.raises(InvalidInput, match="not given: table"):
        render("{database:Identifier}.{table:Identifier}", database="x")
    with pytest.raises(InvalidInput, match="no place for: tabel"):
        render("{table:Identifier}", table="x", tabel="y")


def test_a_value_can_not_bring_in_a_further_placeholder() -> None:
    with pytest.raises(InvalidInput):
        render("{a:Identifier}", a="{b:Identifier}")


@pytest.mark.parametrize("name", ["../x.sql", "/etc/x.sql", "a//b.sql", "x.txt", "./x.sql", "", "absent.sql"])
def test_only_sql_files_of_the_package_are_loaded(name: str) -> None:
    with pytest.raises(InvalidInput):
        load("infra", name)


def test_a_part_that_files_share_stands_in_each() -> None:
    shared = load("projections", "sql/party_key.sql").strip()
    for file in (
        "definitions/parties/gather.sql",
        "definitions/cases/gather.sql",
        "indexes/corrections_enforcement.sql",
    ):
        assert shared in load("projections", file)


def test_statements_end_where_a_line_ends_with_a_semicolon() -> None:
    script = (
        "-- a comment;\nCREATE TABLE a (x String DEFAULT ';x');\n\nSELECT 1; -- why\n-- only a comment;\nSELECT ';'\n"
    )
    found = statements(script)
    assert found[-1] == "SELECT ';'"
    assert found[-2] == "SELECT 1"
    assert len(found) == 3


def test_the_essence_of_sql_is_without_comments_and_layout() -> None:
    assert essence("-- about\nSELECT a,\n    b -- why\nFROM t\n") == "SELECT a, b FROM t"
    assert essence("SELECT a, b FROM t") == essence("SELECT a,\n b\nFROM t") != essence("SELECT a, c FROM t")
