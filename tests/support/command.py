"""The `lianzhi` command as a user runs it: a process of its own, with a home and a clean environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)


def environment() -> dict[str, str]:
    """This process's environment without any Lianzhi setting."""
    return {name: value for name, value in os.environ.items() if not name.startswith("LIANZHI_")}


def begin(home: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start a command and do not wait."""
    return subprocess.Popen(
        [sys.executable, "-m", "lianzhi", "--home", str(home), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )


def finish(process: subprocess.Popen[str], seconds: float = 120.0) -> Outcome:
    """Wait for a command that was begun."""
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return Outcome(process.returncode, out, err)


def lianzhi(home: Path, *arguments: str, seconds: float = 120.0) -> Outcome:
    """Run a command to its end."""
    return finish(begin(home, *arguments), seconds)
