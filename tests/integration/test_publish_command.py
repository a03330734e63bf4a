"""`lianzhi publish` and `lianzhi outbox` as a user types them, into the real log."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from infra.errors import FatalError
from infra.kafka import fetch_range
from infra.topics import topic_of
from producers.outbox_paths import outbox_paths
from producers.publisher import Publisher
from producers.signing import public_keys, split_signature
from schemas import headers
from schemas.catalogue import catalogue
from schemas.wire import decode, frame
from tests.support.command import ROOT, environment
from tests.support.events import case_filed, decision_made
from tests.support.own_region import OwnRegion, own_region
from tests.support.relay_process import history, relay_process
from tests.support.stack import RunningStack
from tests.support.wait import wait_until

pytestmark = pytest.mark.servers


@pytest.fixture
def region(stack: RunningStack, tmp_path: Path) -> OwnRegion:
    return own_region(tmp_path / "home", stack.settings.kafka.bootstrap)


def _lianzhi(region: OwnRegion, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "lianzhi", "--home", str(region.home), *arguments],
        cwd=ROOT,
        env=environment(),
        input=stdin,
        capture_output=True,
        timeout=120,
        check=False,
    )


def _ndjson(*events: dict[str, Any]) -> bytes:
    return b"".join(orjson.dumps(event) + b"\n" for event in events)


def test_from_a_file_into_the_log(region: OwnRegion, tmp_path: Path) -> None:
    file = tmp_path / "events.ndjson"
    wrong = case_filed(3, region="330421")
    wrong["filed_on"] = "明天"
    file.write_bytes(_ndjson(case_filed(1), decision_made(1)) + b"oops\n" + _ndjson(wrong, case_filed(4)))

    done = _lianzhi(region, "publish", str(file), "--publisher", region.publisher, "-o", "json", "--wait")
    assert done.returncode == 3, done.stderr.decode()
    told = json.loads(done.stdout)
    assert {name: told[name] for name in ("lines", "published", "already_published", "refused")} == {
        "lines": 5,
        "published": 3,
        "already_published": 0,
        "refused": 2,
    }
    assert [(problem["line"], problem["field"]) for problem in told["problems"]] == [
        (3, ""),
        (4, "meta.region"),
        (4, "filed_on"),
    ]
    with Path(told["reject_file"]).open(encoding="utf-8-sig", newline="") as report:
        assert [row["line"] for row in csv.DictReader(report)] == ["3", "4", "4"]
    assert Path(told["reject_file"]).name == "events.ndjson.rejects.csv"

    topic = topic_of("enforcement", region.code)
    records = list(fetch_range(region.settings, topic, 0, 3))
    keys = public_keys(region.home, region.publisher)
    for number, record in enumerate(records, 1):
        value = record.value or b""
        meta = decode(value)["meta"]
        assert (meta["sequence"], meta["publisher"], meta["region"]) == (number, region.publisher, region.code)
        assert record.key == meta["stream_id"].encode()
        assert record.header(headers.SEQUENCE) == str(number).encode()
        schema = catalogue().by_id[frame(value).schema_id]
        assert record.header(headers.SCHEMA_SHA256) == schema.sha256.encode()
        key_id, signature = split_signature(record.header(headers.SIGNATURE) or b"")
        assert keys[key_id].verifies(signature, value)

    again = _lianzhi(region, "publish", str(file), "--publisher", region.publisher, "-o", "json", "--wait")
    assert json.loads(again.stdout)["published"] == 0
    assert json.loads(again.stdout)["already_published"] == 3
    assert len(history(region.settings, topic, region.publisher).numbers) == 3


def test_from_a_pipe_with_nothing_wrong(region: OwnRegion) -> None:
    def status() -> dict[str, Any]:
        told: dict[str, Any] = json.loads(_lianzhi(region, "outbox", "status", "-o", "json").stdout)
        return told

    with relay_process(region.home) as relay:
        given = _ndjson(*(case_filed(number) for number in range(50)))
        done = _lianzhi(region, "publish", "-", "--publisher", region.publisher, "--wait", "--batch", "20", stdin=given)
        assert done.returncode == 0, done.stderr.decode()
        assert "50" in done.stdout.decode()
        # whoever came first has sent them, the relay or the waiting command itself; then the outbox is the relay's
        wait_until(lambda: status()["outboxes"][0]["relay_pid"] == relay.pid, what="the relay holds the outbox")
        found = status()
    assert found["backlog"] == 0
    assert [topic["sent"] for topic in found["outboxes"][0]["topics"]] == [50]


def test_the_table_shows_the_first_problems_and_the_report_the_rest(region: OwnRegion, tmp_path: Path) -> None:
    file = tmp_path / "bad.ndjson"
    file.write_bytes(b"{}\n" * 30)
    done = _lianzhi(region, "publish", str(file), "--publisher", region.publisher)
    assert done.returncode == 3
    assert "10 more" in done.stderr.decode()
    report = tmp_path / "bad.ndjson.rejects.csv"
    assert len(report.read_text(encoding="utf-8-sig").splitlines()) == 31
    file.write_bytes(_ndjson(case_filed(1)))
    assert _lianzhi(region, "publish", str(file), "--publisher", region.publisher).returncode == 0
    assert not report.exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["publish"], "--publisher"),
        (["publish", "no-such-file", "--publisher", "{publisher}"], "no-such-file"),
        (["publish", "-", "--publisher", "{publisher}", "--batch", "0"], "batch"),
    ],
)
def test_called_wrongly(region: OwnRegion, arguments: list[str], says: str) -> None:
    done = _lianzhi(region, *(argument.format(publisher=region.publisher) for argument in arguments))
    assert done.returncode == 2
    assert says in done.stderr.decode()


def test_an_unknown_publisher_is_named(region: OwnRegion) -> None:
    done = _lianzhi(region, "publish", "-", "--publisher", "nobody.nothing", stdin=_ndjson(case_filed(1)))
    assert done.returncode == 2
    assert region.publisher in done.stderr.decode()


def test_backlog_is_shown_without_a_relay(region: OwnRegion) -> None:
    with Publisher(region.settings, region.publisher) as publisher:
        publisher.publish_many([case_filed(number) for number in range(5)])
    status = json.loads(_lianzhi(region, "outbox", "status", "-o", "json").stdout)
    assert status["backlog"] == 5
    assert status["oldest_age_seconds"] > 0
    assert status["outboxes"][0]["relay_pid"] is None


def test_a_lost_outbox_is_followed_by_a_new_epoch(region: OwnRegion) -> None:
    topic = topic_of("enforcement", region.code)
    publish = ["publish", "-", "--publisher", region.publisher, "--wait"]
    assert _lianzhi(region, *publish, stdin=_ndjson(case_filed(1), case_filed(2))).returncode == 0
    for file in (region.home / "outbox").glob("*"):
        file.unlink()
    assert _lianzhi(region, *publish, stdin=_ndjson(case_filed(3))).returncode == 0
    (first, _), _, (second, sequence) = history(region.settings, topic, region.publisher).numbers
    assert (second > first, sequence) == (True, 1)


def test_an_outbox_from_a_backup_stops_and_renewing_it_loses_nothing(region: OwnRegion) -> None:
    """A copy is put back that knows less than the log: its next number would be somebody else's."""
    topic = topic_of("enforcement", region.code)
    publish = ["publish", "-", "--publisher", region.publisher, "--wait", "--timeout", "3"]
    assert _lianzhi(region, *publish, stdin=_ndjson(case_filed(1))).returncode == 0
    paths = outbox_paths(region.home, region.publisher)
    database = paths.database(paths.present_epoch())
    backup = database.read_bytes()
    assert _lianzhi(region, *publish, stdin=_ndjson(case_filed(2))).returncode == 0
    database.write_bytes(backup)
    for suffix in ("-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)

    stuck = _lianzhi(region, *publish, stdin=_ndjson(case_filed(3)))
    assert stuck.returncode == 1
    assert "is outdated" in stuck.stderr.decode()
    assert len(history(region.settings, topic, region.publisher).numbers) == 2
    renewed = _lianzhi(region, "outbox", "renew", region.publisher, "--yes", "-o", "json")
    assert renewed.returncode == 0, renewed.stderr.decode()
    assert json.loads(renewed.stdout)["moved"] == 1
    assert _lianzhi(region, *publish, stdin=_ndjson(case_filed(3))).returncode == 0
    found = history(region.settings, topic, region.publisher)
    assert len(set(found.event_ids)) == len(found.event_ids) == 3
    assert [sequence for _, sequence in found.numbers] == [1, 2, 1]


def test_a_publisher_whose_outbox_is_renewed_meanwhile_is_told(region: OwnRegion) -> None:
    with Publisher(region.settings, region.publisher) as publisher:
        publisher.publish(case_filed(1))
        assert _lianzhi(region, "outbox", "renew", region.publisher, "--yes", "--offline").returncode == 0
        with pytest.raises(FatalError, match="followed by another"):
            publisher.publish(case_filed(2))
    with Publisher(region.settings, region.publisher) as publisher:
        assert publisher.publish(case_filed(2)).sequence == 2
