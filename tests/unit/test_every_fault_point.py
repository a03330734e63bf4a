"""No named step of the catalogue is left untried: each is the parameter of a test that kills or pauses a process."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from infra.faultpoints import FaultPoint
from tests.support.command import ROOT, environment
from tests.support.fault_point_counter import FILE

LEAST = 30


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Point → tests that take it as a parameter, as pytest collects them."""
    file = tmp_path_factory.mktemp("points") / "points.json"
    words = ("tests/faults", "tests/integration", "--collect-only", "-q", "-p", "tests.support.fault_point_counter")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=ROOT,
        env=environment() | {FILE: str(file)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    found: dict[str, list[str]] = json.loads(file.read_text(encoding="utf-8"))
    return found


def test_every_point_of_the_catalogue_is_tried(tried: dict[str, list[str]]) -> None:
    assert {point.value for point in FaultPoint} - set(tried) == set()


def test_at_least_thirty_distinct_points_are_tried(tried: dict[str, list[str]]) -> None:
    assert len(tried) >= LEAST
