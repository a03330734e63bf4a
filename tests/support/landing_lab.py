"""Landing for tests: a region, a database and a group of its own on the session's servers, workers as processes."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from confluent_kafka import Producer

from consumers.worker import Worker
from infra.clickhouse import ClickHouse
from infra.kafka import Outgoing, make_consumer, make_producer
from infra.settings import Settings, load_settings
from infra.topics import topic_of
from infra.zone import Zone, zone
from projections.store.event_tables import ensure_event_tables
from schemas import headers
from tests.support.command import begin_module, end
from tests.support.history import History, history
from tests.support.own_region import own_region
from tests.support.sample_events import Sample, Samples
from tests.support.stack import RunningStack
from tests.support.wait import wait_until

KILLED = -signal.SIGKILL
ONLY_IN_LANDING = b"insert_deduplication_token="
"""What stands in the request of a landing statement, and in no other."""

_CONFIG = """
[clickhouse]
host = "127.0.0.1"
native_port = {native_port}
http_port = {http_port}
database = "{database}"
connect_seconds = 2
[registry]
url = "{registry_url}"
[landing]
group = "{group}"
"""


@dataclass
class LandingLab:
    """A home whose zone is one region; its topics, tables and group are nobody else's."""

    settings: Settings
    region: str
    publisher: str
    sent: dict[str, int] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """Folder of everything."""
        return self.settings.home

    @property
    def database(self) -> str:
        """Database of the tables."""
        return self.settings.clickhouse.database

    @property
    def zone(self) -> Zone:
        """The zone of the one region."""
        return zone(self.settings.zone_file)

    def topic(self, family: str = "enforcement") -> str:
        """The region's topic of a family."""
        return topic_of(family, self.region)

    def samples(self, seed: int = 1, **options: Any) -> Samples:
        """Events of this region's case system."""
        return Samples(seed, region=self.region, publisher=self.publisher, **options)

    def send(self, records: Iterable[Sample | Outgoing], family: str = "enforcement") -> list[int]:
        """Put events, or any bytes, into a topic; their offsets."""
        topic = self.topic(family)
        outgoing = [record if isinstance(record, Outgoing) else as_record(record) for record in records]
        with make_producer(self.settings) as producer:
            offsets: list[int] = producer.send_all(topic, outgoing)
        self.sent[topic] = offsets[-1] + 1
        return offsets

    def send_raw(self, records: Iterable[tuple[bytes | None, bytes | None]], family: str = "enforcement") -> list[int]:
        """Put any keys and values into a topic, absent ones too, as another system's client does; their offsets."""
        topic, offsets = self.topic(family), []
        producer = Producer({"bootstrap.servers": self.settings.kafka.bootstrap, "message.max.bytes": 4_000_000})

        def told(error: object, message: Any) -> None:
            if error is None:
                offsets.append(message.offset())

        for key, value in records:
            producer.produce(topic, value, key=key, on_delivery=told)
            producer.poll(0)
        producer.flush(30)
        self.sent[topic] = max(offsets) + 1
        return sorted(offsets)

    def send_in_transaction(self, records: Iterable[tuple[bytes, bytes]], family: str = "enforcement") -> None:
        """Put events into a topic as one transaction, whose marker takes an offset too."""
        producer = Producer(
            {"bootstrap.servers": self.settings.kafka.bootstrap, "transactional.id": f"lab-{self.region}"}
        )
        producer.init_transactions(30)
        producer.begin_transaction()
        for key, value in records:
            producer.produce(self.topic(family), value, key=key)
        producer.commit_transaction(30)

    def server(self, user: str = "auditor") -> ClickHouse:
        """A client of the tables' database."""
        return ClickHouse(self.settings, user)

    def rows(self, sql: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """Rows, as the auditor reads them."""
        with self.server() as server:
            return server.rows(sql, **parameters)

    def history(self, family: str = "enforcement") -> History:
        """What of a topic ended where."""
        return history(self.settings, self.topic(family), self.database)

    def covered(self, family: str = "enforcement") -> int:
        """The offset up to which a topic is stored or dead-lettered at its end (exclusive)."""
        topic = self.topic(family)
        sql = (
            "SELECT greatest((SELECT max(offset + 1) FROM events_{family} WHERE topic = {topic:String}),"
            " (SELECT max(offset + 1) FROM dead_letters WHERE topic = {topic:String}))"
        ).replace("{family}", family)
        end: int = self.rows(sql, topic=topic)[0][0]
        return end

    def wait_covered(self, family: str = "enforcement", seconds: float = 90.0) -> None:
        """Until everything sent to a topic is stored or a dead letter."""
        goal = self.sent[self.topic(family)]
        wait_until(
            lambda: self.covered(family) >= goal,
            seconds=seconds,
            every=0.2,
            what=f"{self.topic(family)} landed up to {goal}",
        )

    @contextmanager
    def worker(self, fault: str = "", **environ: str) -> Iterator[subprocess.Popen[bytes]]:
        """An ingest process; killed at the end unless it has gone before."""
        process = self.start_worker(fault, **environ)
        try:
            yield process
        finally:
            end(process)

    def start_worker(self, fault: str = "", **environ: str) -> subprocess.Popen[bytes]:
        """An ingest process; `end` it. Its lines go to `ingest.log` in the home."""
        settings = {f"LIANZHI_{name.upper()}": value for name, value in environ.items()}
        return begin_module(
            *("lianzhi.processes.ingest", "--home", str(self.home)),
            log=self.home / "ingest.log",
            fault=fault,
            environ=settings,
        )

    def log_text(self) -> str:
        """What the workers logged."""
        return (self.home / "ingest.log").read_text(encoding="utf-8")

    def committed(self, family: str = "enforcement") -> int | None:
        """What the group committed of a topic."""
        with make_consumer(self.settings, self.settings.landing.group) as consumer:
            return consumer.committed([self.topic(family)])[self.topic(family)]


def as_record(sample: Sample, key: bytes | None = None) -> Outgoing:
    """An event as the relay sends it."""
    meta = sample.datum["meta"]
    named = {
        headers.CONTENT_TYPE: headers.AVRO_CONFLUENT,
        headers.PUBLISHER: str(meta["publisher"]).encode(),
        headers.EPOCH: str(meta["epoch"]).encode(),
        headers.SEQUENCE: str(meta["sequence"]).encode(),
        headers.SCHEMA_SHA256: sample.schema.sha256.encode(),
    }
    return Outgoing(sample.key if key is None else key, sample.value, tuple(named.items()))


def make_lab(
    home: Path, stack: RunningStack, registry_url: str, *, landing: Mapping[str, object] | None = None
) -> LandingLab:
    """A region of its own with topics and tables.

    Args:
        landing: more settings of landing.
    """
    region = own_region(home, stack.settings.kafka.bootstrap)
    server, database = stack.settings.clickhouse, stack.database("land")
    lines = "".join(f"{name} = {value}\n" for name, value in (landing or {}).items())
    config = home / "lianzhi.toml"
    text = _CONFIG.format(
        native_port=server.native_port,
        http_port=server.http_port,
        database=database,
        registry_url=registry_url,
        group=stack.unique("landing"),
    )
    config.write_text(config.read_text(encoding="utf-8") + text + lines, encoding="utf-8")
    (home / "secrets").mkdir(mode=0o700, exist_ok=True)
    (home / "secrets" / "clickhouse").symlink_to(stack.home / "secrets" / "clickhouse")
    settings = load_settings(home, env={})
    ensure_event_tables(settings)
    return LandingLab(settings, region.code, region.publisher)


def land_here(lab: LandingLab, group: str = "", families: Sequence[str] = ("enforcement",)) -> None:
    """Land everything that was sent, with a worker in this process, of another group when `group` names one."""
    settings = lab.settings.with_values(landing__group=group or lab.settings.landing.group)
    goals = {lab.topic(family): lab.sent[lab.topic(family)] for family in families}

    with Worker(settings, lab.zone, topics=goals) as worker:

        def landed() -> bool:
            worker.step()
            reports = {report.topic: report.next for report in worker.reports()}
            return all(reports.get(topic, 0) >= goal for topic, goal in goals.items())

        wait_until(landed, seconds=120, every=0.0, what=f"landed: {goals}")
        worker.stop()


def drop_lab(lab: LandingLab) -> None:
    """Drop its tables; its topics are small and go with the broker."""
    with ClickHouse(lab.settings, "operator", database="") as server:
        server.command(f"DROP DATABASE IF EXISTS {lab.database} SYNC")
