"""Which processes belong to a home: exactly ours, of exactly that home."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from infra.errors import FatalError
from infra.local.home import Home
from infra.local.processes import end_processes, find_processes
from infra.local.roles import Kind, Role, require_modules

IDLE = "import sys; print('ready', flush=True); sys.stdin.read()"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {IDLE}"


@contextmanager
def running(*arguments: str, program: str = IDLE) -> Iterator[subprocess.Popen[str]]:
    """An idle process whose command line ends with `arguments`."""
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        try:
            if process.stdout:
                process.stdout.readline()
            yield process
        finally:
            process.kill()


def test_ours_are_found_and_others_are_not(tmp_path: Path) -> None:
    home = Home.of(tmp_path)
    path = str(home.path)
    with ExitStack() as stack:
        ours = stack.enter_context(running("-m", "infra.local.clickhouse_server", "--home", path))
        broker = stack.enter_context(running(f"-Dlianzhi.home={path}", "kafka.Kafka"))
        for arguments in (
            ("-m", "infra.local.clickhouse_server", "--home", f"{path}-other"),
            ("-m", "lianzhi", "--home", path, "status"),
            ("-m", "infra.local.clickhouse_server", path),
            (f"-Dlianzhi.home={path}2",),
            ("vim", path),
        ):
            stack.enter_context(running(*arguments))
        assert {(found.role, found.process.pid) for found in find_processes(home)} == {
            ("clickhouse", ours.pid),
            ("kafka", broker.pid),
        }


def test_what_does_not_end_when_asked_is_killed(tmp_path: Path) -> None:
    home = Home.of(tmp_path)
    with running("-m", "infra.local.kafka_server", "--home", str(home.path), program=STUBBORN) as stubborn:
        end_processes(find_processes(home), seconds=0.2)
        assert not psutil.pid_exists(stubborn.pid)
    assert find_processes(home) == ()


def test_ending_nothing_is_fine(tmp_path: Path) -> None:
    end_processes(find_processes(Home.of(tmp_path)), seconds=1)


def test_a_role_without_a_program_is_refused_by_name() -> None:
    roles = (
        Role("there", "infra.local.kafka_server", Kind.SERVER, 1, 1),
        Role("missing", "infra.local.no_such_program", Kind.WORKER, 1, 1),
        Role("nowhere", "no_such_room.program", Kind.WORKER, 1, 1),
    )
    require_modules(roles[:1])
    with pytest.raises(FatalError, match=r"missing \(infra.local.no_such_program\), nowhere") as refusal:
        require_modules(roles)
    assert "there" not in refusal.value.message
