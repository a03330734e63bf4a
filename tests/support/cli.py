"""The `lianzhi` command in this process: what a user sees, without the second that a new process takes."""

from __future__ import annotations

import io
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from tests.support.command import Outcome, environment


def run_here(home: Path, *arguments: str) -> Outcome:
    """Run a command to its end, as `python -m lianzhi` would."""
    from lianzhi.__main__ import main

    out, err = io.StringIO(), io.StringIO()
    code: int | str | None = 0
    argv = ["lianzhi", "--home", str(home), *arguments]
    with (
        patch.object(sys, "argv", argv),
        patch.dict(os.environ, environment(), clear=True),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code
    return Outcome(int(code or 0), out.getvalue(), err.getvalue())
