"""The real servers for tests: one Kafka and one ClickHouse a session, in a home of their own.

A test takes the fixture `stack`, names everything after `stack.unique(…)`, and leaves the servers running. With
TEST_STACK_HOME set, the stack of that home is used (and started when it does not run) and left running afterwards, so
that several short test runs share one.
"""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.local.stack import LocalStack
from infra.settings import Settings, load_settings
from tests.support.reaper import Reaper, stop_and_remove

SHARED_HOME = "TEST_STACK_HOME"
TEST_DATABASES = "lianzhi_test_"
"""Every user but the analyst may do in databases of such names what it may do in the real one, and make them."""

_GRANTS = f"""
[users.operator]
grants = ["ALL ON {TEST_DATABASES}*.*"]
[users.ingest]
grants = ["SELECT, INSERT ON {TEST_DATABASES}*.*"]
[users.projector]
grants = ["SELECT, INSERT, ALTER, CREATE, DROP, TRUNCATE, OPTIMIZE ON {TEST_DATABASES}*.*"]
[users.analyst]
grants = ["SELECT ON {TEST_DATABASES}*.*"]
[users.auditor]
grants = ["SELECT ON {TEST_DATABASES}*.*"]
"""


@dataclass(frozen=True)
class RunningStack:
    """Servers that are up; `settings` know their addresses."""

    settings: Settings

    @property
    def home(self) -> Path:
        """The folder with data, logs and secrets."""
        return self.settings.home

    def unique(self, prefix: str) -> str:
        """A name that nobody else uses, of letters, digits and underscores."""
        return f"{prefix}_{uuid.uuid4().hex[:12]}"

    def database(self, prefix: str = "t") -> str:
        """The name of a scratch database that all users may use; nobody has made it yet."""
        return self.unique(f"{TEST_DATABASES}{prefix}")

    def settings_with(self, **flags: object) -> Settings:
        """The settings with other values, as `clickhouse__database=…`."""
        return load_settings(self.home, env={}, **flags)


def new_home(prefix: str = "lz-") -> Path:
    """A fresh home with a short path, in which the tests' scratch databases are allowed."""
    home = Path(tempfile.mkdtemp(prefix=prefix)).resolve()
    allow_test_databases(home)
    return home


def allow_test_databases(home: Path) -> None:
    """Let this home's users work in scratch databases; counts from the next start of its ClickHouse."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / "grants.toml").write_text(_GRANTS, encoding="utf-8")


@contextmanager
def session_stack(reaper: Reaper) -> Iterator[RunningStack]:
    """The servers for one test session."""
    if shared := os.environ.get(SHARED_HOME):
        yield start_servers(Path(shared))
        return
    home = new_home()
    reaper.watch(home)
    try:
        yield start_servers(home)
    finally:
        stop_and_remove(home)
        reaper.forget(home)


def start_servers(home: Path) -> RunningStack:
    """Start Kafka and ClickHouse of `home` unless they run."""
    if not (home / "grants.toml").exists():
        allow_test_databases(home)
    stack = LocalStack(load_settings(home, env={}))
    with stack.exclusively():
        stack.start()
    return RunningStack(load_settings(home, env={}))
