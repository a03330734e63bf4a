"""ClickHouse through its narrow package, on the real server: values there and back, refusals, silences."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.clickhouse import ClickHouse, OutcomeUnknown, ServerBusy, ServerRefused
from infra.errors import InvalidInput
from infra.sql import render
from tests.support.proxy import Proxy
from tests.support.stack import RunningStack
from tests.support.wait import wait_until

pytestmark = pytest.mark.servers

NASTY = "a'b\"c\\d\ne\tf\x00g\r\x0b\x07;--{x:String}中文%(a)s $1 \\N `"
VALUES: list[tuple[str, Any]] = [
    ("String", NASTY),
    ("String", ""),
    ("String", "\\N"),
    ("Nullable(String)", None),
    ("Nullable(String)", "NULL"),
    ("LowCardinality(String)", "x'y"),
    ("Array(String)", [NASTY, "", "],["]),
    ("Array(String)", []),
    ("Array(Nullable(String))", ["a", None, "NULL"]),
    ("Array(Array(String))", [["a'"], [], ["\\"]]),
    ("Map(String, String)", {"k'1\n": "v\\'\t", "": "x"}),
    ("Map(String, Array(String))", {"k": ["a'", "b"]}),
    ("Map(String, UInt64)", {"lianzhi.enforcement.330421": 2**64 - 1}),
    ("Map(String, UInt64)", {}),
    ("Tuple(String, Int64)", ("a'\n", -5)),
    ("Array(Tuple(String, UInt8))", [("a'", 1), ("b\n", 2)]),
    ("Int64", -(2**63)),
    ("UInt64", 2**64 - 1),
    ("Bool", True),
    ("Array(Bool)", [True, False]),
    ("Float64", 1.5),
    ("Decimal(18, 2)", Decimal("-1234567890123456.78")),
    ("UUID", UUID(int=2**127 + 7)),
    ("Array(UUID)", [UUID(int=7)]),
    ("Date32", date(1949, 10, 1)),
    ("Array(Date32)", [date(1949, 10, 1)]),
    ("DateTime64(6, 'UTC')", datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)),
    ("DateTime64(6, 'UTC')", datetime(1960, 3, 1, 20, 0, 0, 1, tzinfo=timezone(timedelta(hours=8)))),
    ("Array(DateTime64(6, 'UTC'))", [datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)]),
]


@pytest.fixture(scope="module")
def database(stack: RunningStack) -> Iterator[str]:
    name = stack.database("client")
    with ClickHouse(stack.settings, "operator", database="") as operator:
        operator.command(render("CREATE DATABASE {name:Identifier}", name=name))
        yield name
        operator.command(render("DROP DATABASE {name:Identifier}", name=name))


@pytest.fixture
def server(stack: RunningStack, database: str) -> Iterator[ClickHouse]:
    with ClickHouse(stack.settings, "operator", database=database) as client:
        yield client


@pytest.fixture
def table(stack: RunningStack, server: ClickHouse) -> str:
    name = stack.unique("t")
    server.command(
        render(
            "CREATE TABLE {table:Identifier} (id UInt64, text Nullable(String), money Nullable(Decimal(18, 2)), "
            "at DateTime64(6, 'UTC') DEFAULT 0) ENGINE = MergeTree ORDER BY id "
            "SETTINGS non_replicated_deduplication_window = 100",
            table=name,
        )
    )
    return name


@pytest.mark.parametrize(("kind", "value"), VALUES)
def test_parameters_arrive_as_they_were_over_both_protocols(server: ClickHouse, kind: str, value: Any) -> None:
    found = server.value(f"SELECT {{value:{kind}}} AS found", value=value)
    assert found == value
    same = f"SELECT {{a:{kind}}} IS NOT DISTINCT FROM {{b:{kind}}} FORMAT TSV"  # noqa: S608
    if not kind.startswith("Map"):
        assert server.post(same, b"", parameters={"a": value, "b": found}).body == b"1\n"


@settings(deadline=None, max_examples=60)
@given(text=st.text(), many=st.lists(st.text(), max_size=5), mapped=st.dictionaries(st.text(), st.text(), max_size=3))
def test_any_text_arrives_as_it_was(stack: RunningStack, text: str, many: list[str], mapped: dict[str, str]) -> None:
    with ClickHouse(stack.settings, "auditor", database="") as auditor:
        sql = "SELECT {text:String} AS a, {many:Array(String)} AS b, {mapped:Map(String, String)} AS c"
        assert auditor.rows(sql, text=text, many=many, mapped=mapped) == [(text, many, mapped)]


def test_any_bytes_arrive_as_they_were(server: ClickHouse) -> None:
    every = bytes(range(256))
    assert server.value("SELECT hex({raw:String}) AS found", raw=every) == every.hex().upper()


def test_rows_go_in_and_come_out(server: ClickHouse, table: str) -> None:
    at = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
    assert (
        server.insert(table, ["id", "text", "money", "at"], [(1, "好'", Decimal("1.50"), at), (2, None, None, at)]) == 2
    )
    assert server.insert(table, ["id"], []) == 0
    answer = server.answer(render("SELECT * FROM {table:Identifier} ORDER BY id", table=table))
    assert answer.columns == ("id", "text", "money", "at")
    assert answer.types[2] == "Nullable(Decimal(18, 2))"
    assert answer.dicts()[0] == {"id": 1, "text": "好'", "money": Decimal("1.50"), "at": at}
    assert answer.rows[1][1] is None


def test_identifiers_of_an_insert_are_checked(server: ClickHouse, table: str) -> None:
    with pytest.raises(InvalidInput, match="identifier"):
        server.insert(f"{table}; DROP TABLE x", ["id"], [(1,)])
    with pytest.raises(InvalidInput, match="identifier"):
        server.insert(table, ["id` UInt8"], [(1,)])


def test_values_of_the_wrong_type_are_refused_and_the_client_goes_on(server: ClickHouse, table: str) -> None:
    with pytest.raises(InvalidInput):
        server.insert(table, ["id"], [("five",)])
    assert server.value("SELECT 1") == 1


def test_rows_stream_in_bounded_blocks_and_may_be_left_early(server: ClickHouse) -> None:
    assert sum(number for (number,) in server.stream("SELECT number FROM numbers({n:UInt64})", n=100_000)) == 4999950000
    rows = server.stream("SELECT number FROM system.numbers")
    assert [next(rows), next(rows)] == [(0,), (1,)]
    rows.close()  # type: ignore[attr-defined]
    assert server.value("SELECT 1") == 1


def test_posted_bytes_land_untouched_and_a_token_lands_once(server: ClickHouse, table: str) -> None:
    sql = render("INSERT INTO {table:Identifier} (id, text) FORMAT RowBinary", table=table)
    body = b"".join(n.to_bytes(8, "little") + b"\x00\x03\n\\'" for n in range(1000))
    for _ in range(2):
        server.post(sql, body, {"insert_deduplication_token": "t:0:0", "async_insert": 0})
    rows = server.rows(render("SELECT count(), any(text) FROM {table:Identifier}", table=table))
    assert rows == [(1000, "\n\\'")]
    result = server.post(sql, body, {"insert_deduplication_token": "t:0:1000"}, query_id="mine")
    assert (result.written_rows, result.query_id, result.body) == (1000, "mine", b"")
    assert result.seconds > 0


def test_a_large_body_goes_through(server: ClickHouse, table: str) -> None:
    body = b"".join(n.to_bytes(8, "little") + b"\x00\xe8\x07" + bytes(1000) for n in range(20_000))
    server.post(render("INSERT INTO {table:Identifier} (id, text) FORMAT RowBinary", table=table), body)
    assert server.value(render("SELECT count() FROM {table:Identifier}", table=table)) == 20_000


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT nothing", 47),
        ("SELECT throwIf(1, 'checksum')", 395),
        ("SELECT {a:UInt8}", 456),
        ("SELECT 1 SETTINGS no_such_setting = 1", 115),
        ("SELECT * FROM no_such_table", 60),
    ],
)
def test_refusals_carry_the_servers_code_over_both_protocols(server: ClickHouse, sql: str, code: int) -> None:
    for call in (lambda: server.rows(sql), lambda: server.post(sql, b"")):
        with pytest.raises(ServerRefused) as refused:
            call()
        assert refused.value.code == code
        assert "Stack trace" not in refused.value.message
    assert server.value("SELECT 1") == 1


def test_settings_that_the_server_does_not_know_are_refused(server: ClickHouse) -> None:
    for call in (
        lambda: server.rows("SELECT 1", with_settings={"no_such_setting": 1}),
        lambda: server.post("SELECT 1", b"", {"no_such_setting": 1}),
    ):
        with pytest.raises(ServerRefused, match="no_such_setting"):
            call()


def test_no_memory_is_busy_and_too_long_is_unknown(server: ClickHouse) -> None:
    sql = "SELECT number, toString(number) FROM numbers(5000000) ORDER BY cityHash64(number) FORMAT Null"
    for call in (
        lambda: server.rows(sql, with_settings={"max_memory_usage": 10_000_000}),
        lambda: server.post(sql, b"", {"max_memory_usage": 10_000_000}),
    ):
        with pytest.raises(ServerBusy) as busy:
            call()
        assert busy.value.code == 241
    with pytest.raises(OutcomeUnknown) as unknown:
        server.rows("SELECT sleepEachRow(1) FROM numbers(3)", with_settings={"max_execution_time": 1})
    assert unknown.value.code == 159


def test_a_user_may_do_what_it_may(stack: RunningStack, database: str, table: str) -> None:
    with ClickHouse(stack.settings, "analyst", database=database) as analyst:
        assert analyst.value("SELECT 1") == 1
        with pytest.raises(ServerRefused) as refused:
            analyst.insert(table, ["id"], [(1,)])
    assert refused.value.code in {164, 497}


def test_a_wrong_password_is_refused_without_being_told(
    stack: RunningStack, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("home")
    file = home / "secrets" / "clickhouse" / "operator"
    file.parent.mkdir(parents=True)
    file.write_text("not-the-password")
    file.chmod(0o600)
    wrong = stack.settings.with_values(home=home)
    for call in (
        lambda: ClickHouse(wrong, "operator", database="").rows("SELECT 1"),
        lambda: ClickHouse(wrong, "operator", database="").post("SELECT 1", b""),
    ):
        with pytest.raises(ServerRefused) as refused:
            call()
        assert refused.value.code == 516
        assert "not-the-password" not in str(refused.value) + repr(ClickHouse(wrong, "operator"))


def through(stack: RunningStack, proxy: Proxy, protocol: str, database: str, seconds: float = 2.0) -> ClickHouse:
    port = {f"clickhouse__{protocol}_port": proxy.port}
    limits: dict[str, Any] = {"clickhouse__receive_seconds": seconds, "clickhouse__connect_seconds": seconds}
    return ClickHouse(stack.settings_with(**port, **limits), "operator", database=database)


SLOW = "SELECT sleepEachRow(0.2) AS {marker:Identifier} FROM numbers(600) SETTINGS max_block_size = 1"
PORTS = {"native": "native_port", "http": "http_port"}


def ask(client: ClickHouse, protocol: str, sql: str) -> object:
    return client.rows(sql) if protocol == "native" else client.post(sql, b"").body


@pytest.mark.parametrize("protocol", PORTS)
def test_a_silent_server_is_an_unknown_outcome_in_bounded_time(
    stack: RunningStack, database: str, protocol: str
) -> None:
    port = getattr(stack.settings.clickhouse, PORTS[protocol])
    with Proxy("127.0.0.1", port) as proxy, through(stack, proxy, protocol, database) as client:
        ask(client, protocol, "SELECT 1")
        proxy.silence()
        with pytest.raises((OutcomeUnknown, ServerBusy)):
            ask(client, protocol, "SELECT 1")
        proxy.speak()
        ask(client, protocol, "SELECT 1")


@pytest.mark.parametrize("protocol", PORTS)
def test_a_connection_cut_in_the_middle_is_an_unknown_outcome(
    stack: RunningStack, server: ClickHouse, database: str, protocol: str
) -> None:
    port = getattr(stack.settings.clickhouse, PORTS[protocol])
    marker = stack.unique("marker")
    runs = "SELECT count() FROM system.processes WHERE query LIKE concat('%sleepEachRow(%', {marker:String}, '%')"
    # No limit but the test's own may end anything here: a busy machine takes seconds to connect, or to answer a ping.
    with Proxy("127.0.0.1", port) as proxy, through(stack, proxy, protocol, database, 100.0) as client:
        ask(client, protocol, "SELECT 1")

        def cut_when_it_runs() -> None:
            wait_until(lambda: server.value(runs, marker=marker), seconds=60, what="the statement to run")
            proxy.cut()

        with ThreadPoolExecutor(1) as aside:
            cutting = aside.submit(cut_when_it_runs)
            with pytest.raises(OutcomeUnknown):
                ask(client, protocol, render(SLOW, marker=marker))
            cutting.result()
        assert ask(client, protocol, "SELECT 1")


@pytest.mark.parametrize("protocol", PORTS)
def test_no_server_is_busy_and_says_so(stack: RunningStack, database: str, protocol: str) -> None:
    proxy = Proxy("127.0.0.1", getattr(stack.settings.clickhouse, PORTS[protocol]))
    with through(stack, proxy, protocol, database) as client:
        ask(client, protocol, "SELECT 1")
        proxy.close()
        for _ in range(3):
            with pytest.raises((ServerBusy, OutcomeUnknown)) as away:
                ask(client, protocol, "SELECT 1 AS some_statement")
        assert isinstance(away.value, ServerBusy)
        assert "some_statement" not in str(away.value)


def test_each_thread_has_a_connection_of_its_own(server: ClickHouse) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for _ in range(20):
                assert (
                    server.rows("SELECT {n:UInt64}, sleepEachRow(0.001) FROM numbers(3)", n=number) == [(number, 0)] * 3
                )
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
