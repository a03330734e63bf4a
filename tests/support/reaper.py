"""Stops the stacks of tests whose process went away, however it went: kill -9, Ctrl-C, a crash.

A process of its own. It reads homes from its input, one a line (`+HOME` watch, `-HOME` no longer); when the input ends,
since the test process is gone, it stops what is still watched and removes those folders.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO

from infra.local.stack import LocalStack
from infra.settings import load_settings


class Reaper:
    """The tests' side: started with the first home to watch."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def watch(self, home: Path) -> None:
        """Stop this home's stack and remove the folder, should the test process end without `forget`."""
        self._tell(f"+{home}")

    def forget(self, home: Path) -> None:
        """The stack of this home was stopped in order."""
        self._tell(f"-{home}")

    def close(self) -> None:
        """No more homes will come; wait until those still watched are stopped."""
        if self._process is not None:
            self._pipe().close()
            self._process.wait(timeout=120)
            self._process = None

    def _tell(self, line: str) -> None:
        if self._process is None:
            # A session of its own: Ctrl-C on the terminal is meant for the tests.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.reaper"],
                stdin=subprocess.PIPE,
                text=True,
                start_new_session=True,
                cwd=Path(__file__).parent.parent.parent,
            )
        pipe = self._pipe()
        pipe.write(line + "\n")
        pipe.flush()

    def _pipe(self) -> IO[str]:
        if self._process is None or self._process.stdin is None:
            raise RuntimeError("the reaper does not run")
        return self._process.stdin


def stop_and_remove(home: Path) -> None:
    """Stop the stack of `home` and remove the folder."""
    stack = LocalStack(load_settings(home, env={}))
    with stack.exclusively():
        stack.stop()
    shutil.rmtree(home, ignore_errors=True)


def main() -> None:
    watched: set[Path] = set()
    for line in sys.stdin:
        home = Path(line[1:].rstrip("\n"))
        if line.startswith("+"):
            watched.add(home)
        else:
            watched.discard(home)
    for home in watched:
        stop_and_remove(home)


if __name__ == "__main__":
    main()
