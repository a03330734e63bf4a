"""The registry process as other Avro clients see it, and how it starts and stops."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from schemas.catalogue import catalogue
from schemas.wire import decode
from tests.support.command import ROOT, environment
from tests.support.registry_process import free_port
from tests.support.sample_events import Samples
from tests.support.wait import wait_until


def _get(url: str, method: str = "GET") -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=10) as answer:  # noqa: S310
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_confluents_deserializer_reads_every_version(registry_url: str) -> None:
    deserialize = AvroDeserializer(SchemaRegistryClient({"url": registry_url}))
    samples = Samples(1)
    for family in catalogue().families:
        context = SerializationContext(f"lianzhi.{family}.330421", MessageField.VALUE)
        for sample in samples.every_version(family):
            assert deserialize(sample.value, context) == decode(sample.value)


def test_what_it_answers(registry_url: str) -> None:
    registered = catalogue().event_type("FinePaid").latest
    status, found = _get(f"{registry_url}/schemas/ids/{registered.id}")
    assert (status, json.loads(found["schema"])) == (200, registered.schema)
    assert _get(f"{registry_url}/subjects/{registered.subject}/versions") == (200, [1])
    latest = _get(f"{registry_url}/subjects/{registered.subject}/versions/latest")[1]
    assert (latest["id"], latest["version"]) == (registered.id, 1)
    assert _get(f"{registry_url}/schemas/ids/424242")[1]["error_code"] == 40403
    status, found = _get(f"{registry_url}/associations/x/y")
    assert (status, set(found)) == (404, {"error_code", "message"})
    assert _get(f"{registry_url}/subjects", "POST")[0] == 405
    assert _get(f"{registry_url}/health") == (200, {"ok": True, "schemas": len(catalogue().by_id)})


def test_a_percent_encoded_slash_is_no_path_separator(registry_url: str) -> None:
    assert _get(f"{registry_url}/subjects/no%2Fsuch/versions")[1]["error_code"] == 40401


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_it_shows_that_it_is_well_and_ends_when_told(tmp_path: Path, end: signal.Signals) -> None:
    port = free_port()
    process = _start(tmp_path, port)
    heartbeat = tmp_path / "run" / "registry.heartbeat"
    wait_until(heartbeat.exists, seconds=60)
    wait_until(lambda: _listens(port), seconds=60)
    process.send_signal(end)
    assert process.wait(timeout=20) == 0
    assert not heartbeat.exists()


def test_a_port_that_is_taken_refuses_the_start(tmp_path: Path, registry_url: str) -> None:
    process = _start(tmp_path, int(registry_url.rpartition(":")[2]))
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert b"can not listen" in err


def _start(home: Path, port: int) -> subprocess.Popen[bytes]:
    (home / "run").mkdir(parents=True)
    return subprocess.Popen(
        [sys.executable, "-m", "lianzhi.processes.registry", "--home", str(home)],
        cwd=ROOT,
        env=environment() | {"LIANZHI_REGISTRY__PORT": str(port)},
        stderr=subprocess.PIPE,
    )


def _listens(port: int) -> bool:
    try:
        return _get(f"http://127.0.0.1:{port}/health")[0] == 200
    except urllib.error.URLError:
        return False
