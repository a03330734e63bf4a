"""The soak in its short form: a minute and a half of kills, pauses and poison under load, then every proof."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import ROOT, environment


@pytest.mark.servers
@pytest.mark.faults
@pytest.mark.timeout(900)
def test_nothing_is_lost_in_a_minute_and_a_half_of_trouble(tmp_path: Path) -> None:
    report = tmp_path / "soak.json"
    words = ("--minutes", "1.5", "--seed", "3", "--rate", "30", "--report", str(report))
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak", *words],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=880,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-8000:]
    told = json.loads(report.read_text(encoding="utf-8"))
    assert told["clean"]
    assert told["kills"] >= 6
    assert told["pauses"] >= 6
    assert all(proof["holds"] for proof in told["proofs"])
