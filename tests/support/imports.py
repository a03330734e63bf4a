"""`lianzhi import` as a user types it, and what the outbox holds afterwards."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infra.persons.endpoint import heartbeat_file
from infra.settings import Settings
from producers.outbox_file import OutboxFile
from schemas import wire
from tests.support.command import ROOT, begin_module, end, environment
from tests.support.wait import wait_until

COUNTS = ("rows", "published", "already_published", "corrected", "rejected")


def start_import(
    home: Path, file: Path, *options: str, publisher: str = "jiashan.gongshi", region: str = "330421", fault: str = ""
) -> subprocess.Popen[bytes]:
    """The command as a process, answering in JSON."""
    command = ["import", "shuanggongshi", str(file), "--region", region, "--publisher", publisher, "-o", "json"]
    return subprocess.Popen(
        [sys.executable, "-m", "lianzhi", "--home", str(home), *command, *options],
        cwd=ROOT,
        env=environment(fault),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def run_import_command(home: Path, file: Path, *options: str, **more: str) -> tuple[int, dict[str, Any], bytes]:
    """Exit code, the JSON that was printed, and all that was written to stdout and stderr."""
    process = start_import(home, file, *options, **more)
    out, err = process.communicate(timeout=300)
    return process.returncode, json.loads(out) if out else {}, out + err


def counts(answer: Mapping[str, Any]) -> tuple[int, int, int, int]:
    """published, already_published, corrected, rejected; they make up the rows."""
    rows, *rest = (answer[name] for name in COUNTS)
    assert rows == sum(rest)
    published, already, corrected, rejected = rest
    return published, already, corrected, rejected


def rejects(answer: Mapping[str, Any]) -> list[dict[str, str]]:
    """The rows of the reject file."""
    with Path(answer["reject_file"]).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def outbox_events(settings: Settings, publisher: str = "jiashan.gongshi") -> list[dict[str, Any]]:
    """Every event of an outbox, in order."""
    outbox = OutboxFile(settings.home, publisher)
    with outbox.reading() as db:
        values = [value for (value,) in db.execute("SELECT value FROM entry ORDER BY sequence")]
    outbox.close()
    return [wire.decode(value) for value in values]


@contextmanager
def tokeniser_process(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """A tokeniser of this home, its log in the home."""
    heartbeat_file(settings).unlink(missing_ok=True)
    home = settings.home
    process = begin_module("infra.persons.tokeniser", "--home", str(home), log=home / "tokeniser.log")
    try:
        wait_until(heartbeat_file(settings).exists, seconds=60, what="the tokeniser's heartbeat")
        yield process
    finally:
        end(process)
