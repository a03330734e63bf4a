"""What the demonstration says one can type next can be typed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

import pytest
from typer.testing import CliRunner

from lianzhi.__main__ import app
from lianzhi.demo import NEXT, next_steps
from tests.support.command import ROOT


@pytest.mark.parametrize("arguments", [step.arguments for step in NEXT], ids=" ".join)
def test_every_next_step_is_a_command_with_these_options(arguments: Sequence[str]) -> None:
    assert CliRunner().invoke(app, [*arguments, "--help"]).exit_code == 0


def test_the_command_is_where_the_line_says() -> None:
    line = next(line for line in next_steps() if " status" in line)
    executable = line.split()[0]
    assert os.access(executable, os.X_OK)
    said = subprocess.run([executable, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert "ask" in said.stdout
