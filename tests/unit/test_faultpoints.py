"""Fault points: silent without a plan, exact with one, refused when misspelt."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from infra import faultpoints
from infra.errors import InvalidInput
from infra.faultpoints import FAULT_VARIABLE, FaultPoint, reach
from infra.settings import load_settings
from tests.support.wait import wait_until

_LOOP = """
import sys
from infra.faultpoints import FaultPoint, reach
for number in range(5):
    print(number, flush=True)
    reach(FaultPoint.RELAY_AFTER_ACK)
    reach(FaultPoint.RELAY_AFTER_MARK)
"""


@pytest.fixture(autouse=True)
def _disarm() -> Iterator[None]:
    yield
    faultpoints.arm({})


def _loop(plan: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _LOOP],
        env={FAULT_VARIABLE: plan},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    ("plan", "printed"),
    [
        ("relay.after_ack", 1),
        ("relay.after_ack:3", 3),
        ("relay.after_mark:2", 2),
        ("relay.started, relay.after_mark:4", 4),
    ],
)
def test_kills_at_the_nth_reach(plan: str, printed: int) -> None:
    process = _loop(plan)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL
    assert len(out.split()) == printed


def test_a_paused_process_goes_on_and_is_not_paused_again() -> None:
    process = _loop("relay.after_ack@stop:2")
    watched = psutil.Process(process.pid)
    wait_until(lambda: watched.status() == psutil.STATUS_STOPPED, what="the process is paused")
    process.send_signal(signal.SIGCONT)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert len(out.split()) == 5


@pytest.mark.parametrize("plan", ["", "relay.after_ack:9", "relay.started"])
def test_elsewhere_nothing_happens(plan: str) -> None:
    process = _loop(plan)
    out, _ = process.communicate(timeout=30)
    assert (process.returncode, len(out.split())) == (0, 5)


@pytest.mark.parametrize("plan", ["relay.after_akc", "relay.after_ack:0", "relay.after_ack:x", "relay.after_ack@sleep"])
def test_a_misspelt_plan_is_refused_by_name(plan: str) -> None:
    with pytest.raises(InvalidInput, match="no fault point"):
        faultpoints.arm({FAULT_VARIABLE: plan})


def test_every_point_says_what_is_true_there() -> None:
    assert all(point.meaning and point.value.count(".") == 1 for point in FaultPoint)
    assert len({point.meaning for point in FaultPoint}) == len(FaultPoint)
    faultpoints.arm({})
    for point in FaultPoint:
        reach(point)


def test_the_variable_is_no_setting_and_no_mistake() -> None:
    load_settings("nowhere", env={FAULT_VARIABLE: "relay.after_ack"})
