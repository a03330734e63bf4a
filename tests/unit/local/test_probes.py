"""How a worker is, from its heartbeat: alive, silent for too long, or alive with something to look at."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from infra.local.home import Home
from infra.local.ports import Ports
from infra.local.probes import Health, health_of, silent_seconds
from infra.local.roles import role_named
from infra.local.status import ProcessStatus
from infra.settings import load_settings

INGEST = role_named("ingest")
ALARM = "主题 a 已停止落地 | topic a is stopped: unknown schema"


def beat(root: Path, content: str, age: float = 0.0) -> Home:
    """A home whose ingest showed this sign of life so many seconds ago."""
    home = Home.of(root)
    home.run.mkdir(exist_ok=True)
    file = INGEST.heartbeat(home)
    file.write_text(content, encoding="utf-8")
    os.utime(file, (time.time() - age,) * 2)
    return home


def health(home: Home) -> Health:
    return health_of(INGEST, home, load_settings(home.path, env={}), Ports(1, 2, 3, 4, 5))


def test_an_alarm_is_alive_and_not_well(tmp_path: Path) -> None:
    found = health(beat(tmp_path, json.dumps({"alarms": [ALARM, "second"], "topics": []})))
    assert (found.alive, found.ok) == (True, False)
    assert found.alarms == (ALARM, "second")
    assert found.trouble == f"{ALARM}; second"


@pytest.mark.parametrize("content", ["", "{}", '{"alarms": []}', "{half of a fi", "[]"])
def test_without_an_alarm_it_is_well(tmp_path: Path, content: str) -> None:
    found = health(beat(tmp_path, content))
    assert (found.ok, found.trouble) == (True, "")


def test_an_old_sign_of_life_is_not_alive_whatever_it_says(tmp_path: Path) -> None:
    home = beat(tmp_path, json.dumps({"alarms": [ALARM]}), age=60)
    assert health(home).alive is False
    assert "last sign of life 60 s ago" in health(home).trouble
    assert silent_seconds(INGEST, home) == pytest.approx(60, abs=5)


def test_silent_is_nobody_who_has_shown_a_sign_or_has_not_begun(tmp_path: Path) -> None:
    assert silent_seconds(INGEST, beat(tmp_path, "", age=15)) is None
    INGEST.heartbeat(Home.of(tmp_path)).unlink()
    assert silent_seconds(INGEST, Home.of(tmp_path)) is None


def test_a_row_names_the_alarms_beside_the_health() -> None:
    row = ProcessStatus("ingest", 7, "running", "", "1", Health(True, alarms=(ALARM,))).as_row()
    assert row == {
        "role": "ingest",
        "pid": 7,
        "state": "running",
        "address": "",
        "version": "1",
        "health": {"ok": False, "reason": ALARM},
        "alarms": [ALARM],
    }
