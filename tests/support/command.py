"""The `lianzhi` command as a user runs it, and any module of ours: processes of their own, with a clean environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.faultpoints import FAULT_VARIABLE

ROOT = Path(__file__).parents[2]


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


def environment(fault: str = "") -> dict[str, str]:
    """This process's environment without any Lianzhi setting, with a plan for a fault if there is one.

    Modules are compiled once, as where Lianzhi is installed, and not anew at every start.
    """
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LIANZHI_")}
    clean.pop("PYTHONDONTWRITEBYTECODE", None)
    return clean | ({FAULT_VARIABLE: fault} if fault else {})


def begin_module(
    module: str, *arguments: str, log: Path, fault: str = "", environ: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start `python -m module …` and do not wait; all that it says goes to the end of `log`.

    Args:
        environ: more variables.
    """
    with log.open("ab") as said:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=environment(fault) | dict(environ or {}),
            stdout=said,
            stderr=said,
        )


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that still is there, paused or not."""
    if process.poll() is None:
        process.kill()
        process.wait()


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
