"""A database of its own with projections, and processes that feed or rebuild them, on the session's ClickHouse."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.clickhouse import ClickHouse
from infra.settings import Settings, load_settings
from projections.compare import Comparison, compare
from projections.definition import definition
from projections.projector import Projector
from projections.store import ensure_schema
from tests.support.command import begin_module
from tests.support.event_rows import EventLog
from tests.support.stack import RunningStack

_CONFIG = """
[clickhouse]
host = "127.0.0.1"
native_port = {native_port}
http_port = {http_port}
database = "{database}"
[kafka]
bootstrap = "{bootstrap}"
"""


@dataclass
class ProjectionLab:
    """A home, its database, the log that tests write."""

    settings: Settings
    projector: Projector
    log: EventLog

    @property
    def server(self) -> ClickHouse:
        """As the projector."""
        return self.projector.server

    def start(self, *arguments: str, fault: str = "") -> subprocess.Popen[bytes]:
        """A process of ours: `lianzhi.processes.projector`, or a command of `lianzhi`."""
        module, *rest = arguments
        return begin_module(module, *rest, log=self.settings.home / "processes.log", fault=fault)

    def projector_process(self, fault: str = "") -> subprocess.Popen[bytes]:
        """The projector process of this home."""
        return self.start("lianzhi.processes.projector", "--home", str(self.settings.home), fault=fault)

    def command(self, *arguments: str, fault: str = "") -> subprocess.Popen[bytes]:
        """`lianzhi …` in this home."""
        return self.start("lianzhi", "--home", str(self.settings.home), *arguments, fault=fault)

    def fresh(self) -> Projector:
        """A projector that knows nothing yet."""
        return Projector(self.settings, self.server)

    def against_anew(self, name: str, table: str) -> Comparison:
        """A table against the same folded anew at what has landed, by the formula of `compare`."""
        about = definition(name)
        self.server.command(f"DROP TABLE IF EXISTS {name}_anew SYNC")
        self.server.command(about.create_table(f"{name}_anew"))
        projector = self.fresh()
        projector.fold_all(about, f"{name}_anew", projector.look(), slices=2)
        return compare(self.server, table, f"{name}_anew", about.row_key)


@contextmanager
def projection_lab(home: Path, stack: RunningStack) -> Iterator[ProjectionLab]:
    """Make it; drop its database at the end."""
    home.mkdir(parents=True, exist_ok=True)
    server, database = stack.settings.clickhouse, stack.database("proj")
    text = _CONFIG.format(
        native_port=server.native_port,
        http_port=server.http_port,
        database=database,
        bootstrap=stack.settings.kafka.bootstrap,
    )
    (home / "lianzhi.toml").write_text(text, encoding="utf-8")
    (home / "secrets").mkdir(mode=0o700)
    (home / "secrets" / "clickhouse").symlink_to(stack.home / "secrets" / "clickhouse")
    settings = load_settings(home, env={})
    ensure_schema(settings)
    with ClickHouse(settings, "projector") as reader, ClickHouse(settings, "operator") as operator:
        try:
            yield ProjectionLab(settings, Projector(settings, reader), EventLog(operator))
        finally:
            operator.command(f"DROP DATABASE IF EXISTS {database} SYNC")
