"""What benchmarks of the whole stack ask of it: which process is which, and whether everything has arrived."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from infra.clickhouse import ClickHouse
from infra.errors import RetryableError
from infra.kafka import make_consumer
from infra.local.stack import LocalStack
from infra.settings import Settings
from infra.sql import render
from infra.topics import event_topics, split_topic
from infra.zone import zone
from projections.standing import standing_vector
from schemas.columns import table_of
from tests.support.wait import wait_until


def pids(settings: Settings) -> dict[str, int]:
    """Role → process id of all that runs."""
    return {process.role: process.pid for process in LocalStack(settings).status() if process.pid is not None}


def memory_mib(pid: int) -> tuple[float, float]:
    """Resident memory of a process now and at its highest, MiB, by the kernel's own count."""
    fields = dict(
        line.split(":", 1)
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
        if ":" in line
    )
    return int(fields["VmRSS"].split()[0]) / 1024, int(fields["VmHWM"].split()[0]) / 1024


def log_ends(settings: Settings, topics: Iterable[str] | None = None) -> dict[str, int]:
    """The offset after the last record of each topic (of all event topics)."""
    wanted = sorted(topics if topics is not None else event_topics(zone(settings.zone_file)))
    with make_consumer(settings, None, client_id="bench") as consumer:
        return consumer.end_offsets(wanted)


def wait_until_landed(settings: Settings, ends: Mapping[str, int], seconds: float) -> None:
    """Until the tables hold everything below `ends`."""
    with ClickHouse(settings, "auditor") as server:
        wait_until(
            lambda: all(_rows(server, topic) >= end for topic, end in ends.items()),
            seconds=seconds,
            every=0.2,
            what="everything has landed",
        )


def wait_until_projected(settings: Settings, ends: Mapping[str, int], seconds: float) -> None:
    """Until every projection that readers see has taken in everything below `ends`."""
    wait_until(lambda: _projected(settings, ends), seconds=seconds, every=0.2, what="everything is projected")


def _projected(settings: Settings, ends: Mapping[str, int]) -> bool:
    try:
        vector = standing_vector(settings)
    except RetryableError:
        return False
    return all(vector.get(topic, 0) >= end for topic, end in ends.items() if end)


def _rows(server: ClickHouse, topic: str) -> int:
    sql = render(
        "SELECT count() FROM {table:Identifier} WHERE topic = {topic:String}", table=table_of(split_topic(topic)[0])
    )
    return int(server.value(sql, topic=topic))
