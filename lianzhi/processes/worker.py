"""What every worker process does around its work: arguments, signals, settings, logging, an exit code."""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from infra import faultpoints
from infra.errors import LianzhiError
from infra.logging import configure_logging, get_logger
from infra.settings import Settings, load_settings

_log = get_logger(__name__)


def run_worker(
    role: str, run: Callable[[Settings, threading.Event], None], arguments: Sequence[str] | None = None
) -> int:
    """Run `run` until it ends or SIGTERM or SIGINT sets its event; the exit code: 0, or 1 after an error of ours."""
    parser = argparse.ArgumentParser(prog=f"lianzhi.processes.{role}")
    parser.add_argument("--home", type=Path, required=True)
    home = parser.parse_args(arguments).home
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    try:
        settings = load_settings(home)
        configure_logging(settings.log, role=role)
        faultpoints.arm()
        run(settings, stop)
    except LianzhiError as error:
        _log.error(f"{role} ends", why=str(error))
        return 1
    return 0
