"""A whole stack that is not as it should be: started by other code, hung, or stopped by what a person must look at."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from infra.kafka import Outgoing, make_producer
from infra.local.build import PACKAGES
from infra.local.home import Home
from infra.local.roles import ROLES, role_named
from infra.settings import load_settings
from tests.support.command import ROOT, Outcome, environment, finish
from tests.support.reaper import Reaper, stop_and_remove
from tests.support.stack import new_home
from tests.support.wait import wait_until

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]

TOPIC = "lianzhi.dispute.320509"
NOBODYS_SCHEMA = (999_999).to_bytes(4, "big")
EVERYBODY = {"supervisor", *(role.name for role in ROLES)}


@dataclass(frozen=True)
class Installed:
    """The code in a folder of its own, and one home on which it works."""

    code: Path
    home: Path

    def run(self, *arguments: str, code: int = 0) -> Outcome:
        """Run a command of this code that is to end with `code`."""
        told = finish(
            subprocess.Popen(
                [sys.executable, "-m", "lianzhi", "--home", str(self.home), *arguments],
                cwd=self.code,
                env=environment() | {"PYTHONPATH": str(self.code)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        assert told.code == code, (
            f"`lianzhi {' '.join(arguments)}`: {told.code}\n{told.err[-3000:]}\n{told.out[-3000:]}"
        )
        return told


def _install(folder: Path, home: Path) -> Installed:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package)
    return Installed(folder, home)


@pytest.fixture(scope="module")
def old(reaper: Reaper, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """The code as it is, and a stack that it started."""
    home = new_home("lz-u-")
    reaper.watch(home)
    installed = _install(tmp_path_factory.mktemp("old"), home)
    assert set(_pids(installed.run("up", "-o", "json"))) == EVERYBODY
    yield installed
    stop_and_remove(home)
    reaper.forget(home)


@pytest.fixture(scope="module")
def new(old: Installed, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Newer code in another folder, for the same home."""
    installed = _install(tmp_path_factory.mktemp("new"), old.home)
    with (installed.code / "audit" / "__init__.py").open("a", encoding="utf-8") as file:
        file.write("# newer\n")
    return installed


def _pids(outcome: Outcome) -> dict[str, int]:
    return {process["role"]: process["pid"] for process in outcome.json["processes"]}


def test_up_by_other_code_starts_the_whole_stack_anew(old: Installed, new: Installed) -> None:
    before = _pids(old.run("status", "-o", "json"))
    addresses = load_settings(old.home, env={})
    up = new.run("up", "-o", "json")
    assert "由另一版本的代码启动" in up.err
    assert "was started by another build" in up.err
    after = _pids(up)
    assert set(after) == EVERYBODY
    assert not set(before.values()) & set(after.values())
    for role in ("registry", "tokeniser", "relay", "ingest", "projector"):
        assert psutil.Process(after[role]).environ()["PYTHONPATH"] == str(new.code)
    assert load_settings(old.home, env={}) == addresses
    again = new.run("up", "-o", "json")
    assert (again.json["already_running"], again.err) == (True, "")
    assert _pids(again) == after


def test_up_of_the_servers_by_other_code_starts_again_the_workers_that_ran(old: Installed, new: Installed) -> None:
    new.run("up")
    up = old.run("up", "--servers-only", "-o", "json")
    assert "was started by another build" in up.err
    assert set(_pids(up)) == EVERYBODY
    assert all(_pids(up).values())


def test_what_hangs_is_killed_by_up_and_started_again(old: Installed) -> None:
    before = _pids(old.run("up", "-o", "json"))
    hung = ("tokeniser", "ingest")
    for role in hung:
        process = psutil.Process(before[role])
        process.send_signal(signal.SIGSTOP)
        wait_until(lambda process=process: process.status() == psutil.STATUS_STOPPED, what=f"{role} to be paused")
        heartbeat = role_named(role).heartbeat(Home.of(old.home))
        os.utime(heartbeat, (time.time() - 60,) * 2)  # as if a minute had passed
    status = old.run("status", "-o", "csv", code=3)
    assert status.out.count("last sign of life") == 2
    up = old.run("up", "-o", "json")
    after = _pids(up)
    for role in hung:
        assert f"{role} has shown no sign of life for 6" in up.err
        assert after[role] != before[role]
    assert up.json["started"] == list(hung)
    assert {role: pid for role, pid in after.items() if role not in hung} == {
        role: pid for role, pid in before.items() if role not in hung
    }
    old.run("status")


def test_a_stopped_topic_is_told_by_status_and_does_not_hold_up_an_up(old: Installed) -> None:
    old.run("up")
    with make_producer(load_settings(old.home, env={})) as producer:
        producer.send_all(TOPIC, [Outgoing(key=b"k", value=b"\0" + NOBODYS_SCHEMA + b"x")])
    status = wait_until(lambda: _alarmed(old), seconds=60, what="the alarm")
    row = next(process for process in status.json["processes"] if process["role"] == "ingest")
    (alarm,) = row["alarms"]
    assert alarm.startswith(f"主题 {TOPIC} 已停止落地 | topic {TOPIC} is stopped: offset 0: ")
    assert row["health"] == {"ok": False, "reason": alarm}
    assert (row["state"], row["pid"] is None) == ("running", False)
    up = old.run("up", "-o", "json")
    assert up.json["already_running"] is True
    assert f"ingest: {alarm}" in up.err


def _alarmed(installed: Installed) -> Outcome | None:
    """How `status` ends once something is to be looked at."""
    try:
        return installed.run("status", "-o", "json", code=3)
    except AssertionError:
        return None
