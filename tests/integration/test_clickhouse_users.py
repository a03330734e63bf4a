"""What each ClickHouse user may do, and what nobody may: asked of the real server."""

from __future__ import annotations

import http.client
import stat
from collections.abc import Iterator

import pytest

from infra.clickhouse import ClickHouse, ServerRefused
from infra.local.users import Grants
from projections.store.event_tables import ensure_event_tables
from tests.support.stack import RunningStack

pytestmark = [pytest.mark.servers, pytest.mark.timeout(60)]

ACCESS_DENIED = 497
CANNOT_OPEN_FILE = 76
READ_ONLY = 164
CONSTRAINT = 452
USERS = sorted(Grants.read().users)


@pytest.fixture(scope="module")
def tables(stack: RunningStack) -> RunningStack:
    """The stack with the real event tables in its main database."""
    ensure_event_tables(stack.settings)
    return stack


@pytest.fixture
def scratch(stack: RunningStack) -> Iterator[str]:
    """An empty database that goes away again."""
    name = stack.database("users")
    with ClickHouse(stack.settings, "operator", database="") as server:
        server.command("CREATE DATABASE {name:Identifier}", name=name)
        yield name
        server.command("DROP DATABASE {name:Identifier}", name=name)


def asking(stack: RunningStack, user: str, database: str = "") -> ClickHouse:
    return ClickHouse(stack.settings, user, database=database, query_seconds=0)


def refused(stack: RunningStack, user: str, sql: str, *codes: int) -> None:
    with asking(stack, user) as server, pytest.raises(ServerRefused) as refusal:
        server.command(sql, with_settings={"async_insert": 0} if user not in {"analyst", "auditor"} else {})
    assert refusal.value.code in (codes or (ACCESS_DENIED,)), refusal.value


def as_default(stack: RunningStack, sql: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", stack.settings.clickhouse.http_port, timeout=10)
    try:
        connection.request("POST", "/", body=sql)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_passwords_are_private_and_only_their_hashes_are_known_to_the_server(stack: RunningStack) -> None:
    folder = stack.home / "secrets" / "clickhouse"
    assert sorted(file.name for file in folder.iterdir()) == USERS
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    written = "".join(file.read_text(encoding="utf-8") for file in (stack.home / "run" / "clickhouse").glob("*.xml"))
    assert "password_sha256_hex" in written
    passwords = {stack.settings.clickhouse_password(user) for user in USERS}
    assert len(passwords) == len(USERS)
    for user in USERS:
        assert stat.S_IMODE((folder / user).stat().st_mode) == 0o600
        assert stack.settings.clickhouse_password(user) not in written


@pytest.mark.parametrize("user", USERS)
def test_every_user_can_log_in(stack: RunningStack, user: str) -> None:
    with asking(stack, user) as server:
        assert server.value("SELECT currentUser()") == user


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count() FROM lianzhi.event_log",
        "SELECT count() FROM lianzhi.events_enforcement",
        "CREATE DATABASE mine",
        "CREATE TABLE default.mine (a Int8) ENGINE = Memory",
        "SELECT count() FROM system.processes",
        "SELECT * FROM file('/etc/hostname', 'LineAsString')",
        "SYSTEM SHUTDOWN",
    ],
)
def test_default_may_do_nothing_of_use(tables: RunningStack, sql: str) -> None:
    status, text = as_default(tables, sql)
    assert status != http.client.OK
    assert "ACCESS_DENIED" in text


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("file", ["/etc/passwd", "secrets/clickhouse/operator", "run/stack.toml"])
def test_no_user_reads_files(tables: RunningStack, user: str, file: str) -> None:
    path = tables.home / file
    assert path.read_bytes()
    refused(tables, user, "SELECT * FROM file('<path>', 'LineAsString')".replace("<path>", str(path)))
    refused(tables, user, "SELECT * FROM default.`<path>`".replace("<path>", str(path)))
    refused(tables, user, f"SELECT file('{path}')", CANNOT_OPEN_FILE)


@pytest.mark.parametrize("user", USERS)
def test_no_user_reads_the_servers_own_data_as_a_table(tables: RunningStack, user: str) -> None:
    folder = tables.home / "data" / "clickhouse"
    assert (folder / "metadata").is_dir()
    for sql in (
        "SELECT * FROM file('<folder>/**', 'LineAsString', 'line String')",
        "SELECT * FROM filesystem('<folder>')",
    ):
        refused(tables, user, sql.replace("<folder>", str(folder)))


def test_default_sees_no_database(tables: RunningStack) -> None:
    assert as_default(tables, "SHOW DATABASES") == (200, "")


def test_analyst_reads_no_event_table(tables: RunningStack) -> None:
    refused(tables, "analyst", "SELECT count() FROM lianzhi.events_enforcement")
    refused(tables, "analyst", "SELECT count() FROM lianzhi.dead_letters")


def test_analyst_reads_views_as_of_a_cut_and_not_the_tables_behind_them(tables: RunningStack) -> None:
    name = tables.unique("probe")
    with ClickHouse(tables.settings, "operator", database="") as operator:
        try:
            for kind in ("cut", "rows"):
                operator.command(f"CREATE DATABASE lianzhi_{kind}_{name}")
                operator.command(f"CREATE VIEW lianzhi_{kind}_{name}.cases AS SELECT 1 AS one")
            with ClickHouse(tables.settings, "analyst", database="") as analyst:
                assert analyst.value(f"SELECT one FROM lianzhi_cut_{name}.cases") == 1  # noqa: S608
            refused(tables, "analyst", f"SELECT one FROM lianzhi_rows_{name}.cases")  # noqa: S608
            with ClickHouse(tables.settings, "auditor", database="") as auditor:
                assert auditor.value(f"SELECT one FROM lianzhi_rows_{name}.cases") == 1  # noqa: S608
        finally:
            for kind in ("cut", "rows"):
                operator.command(f"DROP DATABASE IF EXISTS lianzhi_{kind}_{name} SYNC")


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO lianzhi.events_enforcement (topic) VALUES",
        "CREATE TABLE lianzhi.mine (a Int8) ENGINE = Memory",
        "CREATE DATABASE lianzhi_cut_mine",
        "DROP TABLE lianzhi.events_enforcement",
        "ALTER TABLE lianzhi.events_enforcement DELETE WHERE 1",
        "TRUNCATE TABLE lianzhi.dead_letters",
    ],
)
@pytest.mark.parametrize("user", ["analyst", "auditor"])
def test_readers_can_not_write(tables: RunningStack, user: str, sql: str) -> None:
    refused(tables, user, sql, ACCESS_DENIED, READ_ONLY)


def test_analyst_can_not_lift_its_limits(stack: RunningStack) -> None:
    refused(stack, "analyst", "SET readonly = 0", READ_ONLY, CONSTRAINT)
    refused(stack, "analyst", "SELECT 1 SETTINGS max_memory_usage = 100000000000", CONSTRAINT)
    refused(stack, "analyst", "SELECT 1 SETTINGS max_execution_time = 100000", CONSTRAINT)
    for user, setting in (
        *(("analyst", setting) for setting in ("max_memory_usage", "max_execution_time")),
        *(("analyst", setting) for setting in ("max_concurrent_queries_for_user", "readonly")),
        ("auditor", "max_execution_time"),
    ):
        refused(stack, user, f"SELECT 1 SETTINGS {setting} = 0", CONSTRAINT, READ_ONLY)  # which would mean: no limit


def test_auditor_reads_everything(tables: RunningStack) -> None:
    with asking(tables, "auditor") as server:
        assert server.value("SELECT count() >= 0 FROM lianzhi.events_enforcement") == 1
        assert server.value("SELECT count() >= 0 FROM lianzhi.event_log") == 1
        assert server.value("SELECT count() > 0 FROM system.parts_columns") in {0, 1}


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE lianzhi.events_enforcement",
        "ALTER TABLE lianzhi.events_enforcement DELETE WHERE 1",
        "TRUNCATE TABLE lianzhi.events_enforcement",
    ],
)
@pytest.mark.parametrize("user", ["ingest", "projector"])
def test_workers_can_not_take_events_away(tables: RunningStack, user: str, sql: str) -> None:
    refused(tables, user, sql)


def test_projector_can_not_add_events(tables: RunningStack) -> None:
    refused(tables, "projector", "INSERT INTO lianzhi.events_enforcement SELECT * FROM lianzhi.events_enforcement")


def test_workers_may_kill_statements_of_their_own(stack: RunningStack) -> None:
    for user in ("ingest", "projector"):
        with asking(stack, user) as server:
            server.command("KILL QUERY WHERE query_id = 'none' SYNC")


@pytest.mark.parametrize("user", USERS)
def test_nobody_may_shut_the_server_down_or_make_users(stack: RunningStack, user: str) -> None:
    refused(stack, user, "SYSTEM SHUTDOWN")
    refused(stack, user, "CREATE USER mallory", ACCESS_DENIED, READ_ONLY)


@pytest.mark.parametrize("user", USERS)
def test_nobody_may_make_what_would_stop_the_next_start(stack: RunningStack, scratch: str, user: str) -> None:
    sql = f"CREATE TABLE {scratch}.k (a Int8) ENGINE = Kafka('127.0.0.1:1', 't', 'g', 'TSV')"
    refused(stack, user, sql, ACCESS_DENIED, READ_ONLY)


def test_a_view_shows_its_readers_what_the_tables_behind_it_hide(tables: RunningStack, scratch: str) -> None:
    with asking(tables, "operator", scratch) as server:
        server.command(
            "CREATE VIEW counted DEFINER = CURRENT_USER SQL SECURITY DEFINER"
            " AS SELECT count() AS n FROM lianzhi.events_enforcement"
        )
    with asking(tables, "analyst", scratch) as server:
        assert server.rows("SELECT n >= 0 FROM counted") == [(1,)]


def test_projections_are_made_filled_and_switched_by_the_projector(stack: RunningStack, scratch: str) -> None:
    with asking(stack, "projector", scratch) as server:
        for version in (1, 2):
            server.command(
                f"CREATE TABLE cases_v{version} (id String, n UInt64) ENGINE = ReplacingMergeTree(n) ORDER BY id"
            )
            server.command(f"INSERT INTO cases_v{version} SELECT 'a', {version}")
            # A view keeps no parameters: {table:Identifier} would stay unfilled in it.
            view = f"SELECT id, n FROM cases_v{version} FINAL"  # noqa: S608
            server.command(f"CREATE OR REPLACE VIEW cases DEFINER = CURRENT_USER SQL SECURITY DEFINER AS {view}")
        server.command("DROP TABLE cases_v1")
    with asking(stack, "analyst", scratch) as server:
        assert server.rows("SELECT id, n FROM cases") == [("a", 2)]


def test_the_server_keeps_utc(stack: RunningStack) -> None:
    """Wherever the machine is: days and times in answers are the law's business, never the server's."""
    with asking(stack, "auditor") as server:
        assert server.value("SELECT timezone()") == "UTC"
