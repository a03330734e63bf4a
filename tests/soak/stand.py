"""The stack under test as a user runs it: the `lianzhi` command, the processes that it names, the load beside them."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from infra.settings import Settings, load_settings
from tests.soak.plan import PUBLISHER, SECOND_LANDER, SESSION_SECONDS
from tests.support.command import Outcome, begin, begin_module, finish, lianzhi

REGIONS = ("jiashan", "qingpu", "wujiang")
CONFIG = f"""
[kafka]
session_timeout_seconds = {SESSION_SECONDS}
heartbeat_seconds = 1.5
request_seconds = 8
delivery_seconds = 20

[relay]
backoff_max_seconds = 2

[landing]
batch_rows = 500
backoff_max_seconds = 3

[projector]
backoff_max_seconds = 3
"""
"""Small batches and short pauses, so that much is under way at any moment."""


@dataclass
class Stand:
    """One home with everything in it, and the processes of the load."""

    home: Path
    seed: int
    events: Path
    load_until: float = 0.0
    loaders: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    second_lander: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> Settings:
        """As the stack's addresses stand now."""
        return load_settings(self.home, env={})

    def command(self, *arguments: str, seconds: float = 600.0) -> Outcome:
        """Run `lianzhi` on this home."""
        return lianzhi(self.home, *arguments, seconds=seconds)

    def up(self) -> None:
        """`lianzhi up`, as an operator does after a fall.

        Raises:
            RuntimeError: it could not.
        """
        process = begin(self.home, "up")
        pause = threading.Event()
        while process.poll() is None:
            # `up` may end the second lander, which is this process's child: gone only once it is asked for.
            if self.second_lander is not None:
                self.second_lander.poll()
            pause.wait(0.2)
        outcome = finish(process)
        if outcome.code:
            raise RuntimeError(f"`lianzhi up` ended with exit code {outcome.code}:\n{outcome.err}\n{outcome.out}")

    def processes(self) -> dict[str, int]:
        """Role → process id of all that runs, as `lianzhi status -o json` tells it, and of the load."""
        told: list[dict[str, Any]] = json.loads(self.command("status", "-o", "json").out)["processes"]
        found = {process["role"]: process["pid"] for process in told if process["pid"]}
        if self.second_lander is not None and self.second_lander.poll() is None:
            found[SECOND_LANDER] = self.second_lander.pid
        running = [loader.pid for _, loader in sorted(self.loaders.items()) if loader.poll() is None]
        if running:
            found[PUBLISHER] = running[int(time.monotonic()) % len(running)]
        return found

    def keep_running(self) -> None:
        """Start again what the soak itself runs and what has died: publishers with work left, the second lander."""
        for region in REGIONS:
            loader = self.loaders.get(region)
            if loader is None or (loader.poll() is not None and loader.returncode != 0):
                self.loaders[region] = self._begin("tests.soak.load", *self._load_arguments(region))
        if self.second_lander is None or self.second_lander.poll() is not None:
            self.second_lander = self._begin("lianzhi.processes.ingest", "--home", str(self.home))

    def loading(self) -> bool:
        """Whether a publisher has work left."""
        return any(loader.poll() != 0 for loader in self.loaders.values())

    def stop_own(self) -> None:
        """End the processes that the soak itself started."""
        own = [*self.loaders.values(), *([self.second_lander] if self.second_lander else [])]
        for process in own:
            if process.poll() is None:
                psutil.Process(process.pid).resume()
                process.terminate()
        for process in own:
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _load_arguments(self, region: str) -> list[str]:
        left = self.load_until - time.monotonic()
        given = {"home": self.home, "events": self.events, "region": region, "seconds": left, "seed": self.seed}
        return [text for name, value in given.items() for text in (f"--{name}", str(value))]

    def _begin(self, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        return begin_module(module, *arguments, log=self.home / "logs" / f"soak-{module.rsplit('.', 1)[1]}.log")
