"""`lianzhi up` and `status` as frames: alarms are shown, count for `status`, and do not make `up` fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.probes import Health
from infra.local.status import ProcessStatus
from lianzhi import supervise
from tests.support.cli import run_here

ALARM = "投影 cases_v1 失败 | projection cases_v1 fails: no such table"
PROCESSES = (
    ProcessStatus("relay", 1, "running", "", "0.1.0", Health(True)),
    ProcessStatus("projector", 2, "running", "", "0.1.0", Health(True, alarms=(ALARM,))),
)


@pytest.fixture(autouse=True)
def _a_stack_with_an_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervise, "status", lambda _: PROCESSES)
    monkeypatch.setattr(supervise, "up", lambda *_, **__: supervise.UpResult((), (), PROCESSES))


def test_status_shows_an_alarm_as_health_and_ends_with_3(tmp_path: Path) -> None:
    told = run_here(tmp_path, "status", "-o", "csv")
    assert told.code == 3
    assert told.out.splitlines()[1:] == ["relay,1,running,ok,,0.1.0", f"projector,2,running,{ALARM},,0.1.0"]


def test_status_as_json_has_the_alarms(tmp_path: Path) -> None:
    told = run_here(tmp_path, "status", "-o", "json")
    assert told.code == 3
    well, alarmed = told.json["processes"]
    assert (well["alarms"], well["health"]) == ([], {"ok": True, "reason": ""})
    assert (alarmed["alarms"], alarmed["health"]) == ([ALARM], {"ok": False, "reason": ALARM})


@pytest.mark.parametrize("output", ["table", "json"])
def test_up_tells_the_alarms_and_is_done(tmp_path: Path, output: str) -> None:
    told = run_here(tmp_path, "up", "-o", output)
    assert told.code == 0
    assert f"projector: {ALARM}\n" in told.err


def test_a_home_that_can_not_be_made_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    told = run_here(Path("/proc/no-such-home"), "up")
    assert told.code == 1
    assert told.err.splitlines()[:2] == [
        "无法使用目录 /proc/no-such-home",
        "the home /proc/no-such-home can not be used: No such file or directory: /proc/no-such-home",
    ]
