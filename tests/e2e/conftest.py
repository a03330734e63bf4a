"""One stack as a user has it, for all end-to-end tests: `lianzhi up`, then half a simulated year."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.settings import Settings, load_settings
from lianzhi.__main__ import app
from tests.support.command import Outcome, lianzhi
from tests.support.reaper import Reaper, stop_and_remove
from tests.support.stack import new_home

SEED, MONTHS, CASES = 11, 6, 1500
KEPT_HOME = "TEST_FULL_HOME"
"""A home in which all of this was done before: several short runs share it, and it is left as it is."""


@dataclass(frozen=True)
class FullStack:
    """A home with everything up and a world of its own published."""

    home: Path
    simulated: Any
    """what `lianzhi simulate -o json` said"""

    @property
    def world(self) -> Path:
        """Events, spreadsheets and answer key of the simulated world."""
        return self.home / "simulated"

    @property
    def settings(self) -> Settings:
        """As the stack's addresses stand now."""
        return load_settings(self.home, env={})

    @cached_property
    def key(self) -> dict[str, Any]:
        """The answer key."""
        told: dict[str, Any] = json.loads((self.world / "answers.json").read_text(encoding="utf-8"))
        return told

    def run(self, *arguments: str, code: int = 0, seconds: float = 300.0) -> Outcome:
        """Run a command that is to end with `code`."""
        told = lianzhi(self.home, *arguments, seconds=seconds)
        command = f"`lianzhi {' '.join(arguments)}`"
        assert told.code == code, f"{command}: exit code {told.code}\n{told.err[-6000:]}\n{told.out[-3000:]}"
        return told

    def ask(self, *arguments: str) -> Any:
        """`lianzhi ask … -o json` within this process, which saves the second in which a process starts."""
        told = CliRunner().invoke(app, ["--home", str(self.home), "ask", *arguments, "-o", "json"])
        assert told.exit_code == 0, f"`lianzhi ask {' '.join(arguments)}`: {told.exception!r}\n{told.output[-3000:]}"
        return json.loads(told.stdout)


@pytest.fixture(scope="session")
def full_stack(reaper: Reaper) -> Iterator[FullStack]:
    """Everything up, half a year published month by month, a cut after each. Fails when the servers can not start."""
    if kept := os.environ.get(KEPT_HOME):
        yield FullStack(Path(kept), {"published": 0, "events": 0})
        return
    home = new_home("lz-e-")
    reaper.watch(home)
    try:
        up = lianzhi(home, "up", seconds=300)
        assert up.code == 0, f"`lianzhi up` failed\n{up.err[-6000:]}"
        told = lianzhi(
            home,
            *("simulate", "--seed", str(SEED), "--months", str(MONTHS), "--cases", str(CASES)),
            *("--out", str(home / "simulated"), "-o", "json"),
            seconds=900,
        )
        assert told.code == 0, f"`lianzhi simulate` failed\n{told.err[-6000:]}"
        yield FullStack(home, told.json)
    finally:
        stop_and_remove(home)
        reaper.forget(home)
