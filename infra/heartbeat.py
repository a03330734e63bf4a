"""A process's sign of life: a file that says it is well, with its numbers, and its metrics beside.

`$LIANZHI_HOME/run/<role>.heartbeat` is rewritten every second while the process's loop comes round; a loop that hangs
stops it. The numbers in it are those of the loop's last round.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import orjson

from infra.clock import Clock
from infra.logging import get_logger
from infra.metrics import HEARTBEAT, METRICS

_BEAT_SECONDS = 1.0
_log = get_logger(__name__)


class Heartbeat:
    """Rewrites the heartbeat file every second from a thread, as long as `round` is called often enough.

    Args:
        file: the file.
        metrics: where this process's metrics go, as Prometheus text.
        longest_round: a loop that does not come round within so many seconds is not well.
    """

    def __init__(self, file: Path, metrics: Path, clock: Clock, longest_round: float) -> None:
        self._file, self._metrics, self._clock, self._longest = file, metrics, clock, longest_round
        self._report: Mapping[str, Any] = {}
        self._round_at = clock.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._file.unlink(missing_ok=True)

    def round(self) -> None:
        """The loop has come round."""
        self._round_at = self._clock.monotonic()

    def tell(self, report: Mapping[str, Any]) -> None:
        """New numbers for the file."""
        self._report = report

    def _run(self) -> None:
        while True:
            if self._clock.monotonic() - self._round_at < self._longest:
                METRICS.set(HEARTBEAT, self._clock.now().timestamp())
                try:
                    _replace(self._file, orjson.dumps(self._report, option=orjson.OPT_INDENT_2))
                    METRICS.write(self._metrics)
                except OSError as error:  # a full disk; the next beat may do better
                    _log.warning("heartbeat can not be written", why=str(error))
            if self._stop.wait(_BEAT_SECONDS):
                return


def _replace(file: Path, content: bytes) -> None:
    draft = file.with_name(f".{file.name}.new")
    draft.write_bytes(content)
    draft.replace(file)
