"""The settings by group: every key with its unit, its meaning and its default.

A key is written `group.key`: in the file under `[group]`, in the environment as `LIANZHI_GROUP__KEY`.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

Port = Annotated[int, Field(ge=1, le=65535)]
PortOrFree = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Count = Annotated[int, Field(ge=1)]

MIB = 1024 * 1024


class Group(BaseModel):
    """Base of all groups: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SecurityProtocol(StrEnum):
    """How clients and brokers talk."""

    PLAINTEXT = "PLAINTEXT"
    SSL = "SSL"
    SASL_PLAINTEXT = "SASL_PLAINTEXT"
    SASL_SSL = "SASL_SSL"


class KafkaSettings(Group):
    """The log."""

    bootstrap: str = Field("127.0.0.1:9092", description="Brokers to ask first: host:port, several with commas.")
    security_protocol: SecurityProtocol = Field(
        SecurityProtocol.PLAINTEXT, description="PLAINTEXT (local only), SSL, SASL_PLAINTEXT or SASL_SSL."
    )
    sasl_mechanism: str = Field("SCRAM-SHA-512", description="SASL mechanism, when the protocol is one of SASL.")
    user: str = Field("", description="SASL user; its password is read from secrets/kafka/<user>.")
    ca_file: Path | None = Field(None, description="Certificates that the brokers' certificates must come from (PEM).")
    replication_factor: Count = Field(1, description="Copies of each topic; 3 in production.")
    min_insync_replicas: Count = Field(1, description="Copies that must have an event before it counts; 2 of 3 there.")
    connect_seconds: Seconds = Field(10.0, description="Longest wait for the first answer of a broker, seconds.")
    request_seconds: Seconds = Field(15.0, description="Longest wait for the answer to one request, seconds.")
    delivery_seconds: Seconds = Field(60.0, description="Longest time from handing over to acknowledgement, seconds.")
    session_timeout_seconds: Seconds = Field(
        15.0, description="A group member silent for so long loses its topics, seconds."
    )
    heartbeat_seconds: Seconds = Field(3.0, description="Pause between signs of life of a group member, seconds.")
    max_poll_interval_seconds: Seconds = Field(
        120.0, description="A member that does not poll for so long loses its topics, seconds."
    )
    join_seconds: Seconds = Field(5.0, description="Longest time that one poll spends on joining its group, seconds.")
    fetch_max_bytes: Count = Field(32 * MIB, description="Most bytes in one answer to a fetch, all topics together.")
    fetch_partition_bytes: Count = Field(8 * MIB, description="Most bytes of one topic in one answer to a fetch.")
    fetch_wait_seconds: Seconds = Field(0.1, description="Longest time the broker holds back an empty answer, seconds.")
    poll_batches: Count = Field(64, description="Most batches of the log (each up to max_message_bytes) in one poll.")
    batch_bytes: Count = Field(512 * 1024, description="A producer closes a batch of the log at so many bytes.")
    max_message_bytes: Count = Field(
        2 * MIB, description="Largest batch of records that an event topic takes, bytes; dead letter topics take twice."
    )


class ClickHouseSettings(Group):
    """The tables."""

    host: str = Field("127.0.0.1", description="Host of the server.")
    native_port: Port = Field(9000, description="Port of the native protocol.")
    http_port: Port = Field(8123, description="Port of HTTP (landing posts there).")
    database: str = Field(
        "lianzhi", pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$", description="Database that holds the tables and views."
    )
    secure: bool = Field(False, description="Whether to talk TLS (native and HTTP).")
    ca_file: Path | None = Field(None, description="Certificates that the server's certificate must come from (PEM).")
    connect_seconds: Seconds = Field(5.0, description="Longest wait for a connection, seconds.")
    send_seconds: Seconds = Field(30.0, description="Longest wait for the network to take data, seconds.")
    receive_seconds: Seconds = Field(300.0, description="Longest silence of the server while it works, seconds.")
    query_seconds: Seconds = Field(280.0, description="Longest run of one statement on the server, seconds.")


class RegistrySettings(Group):
    """The catalogue, served over the schema registry's REST shape."""

    host: str = Field("127.0.0.1", description="Host that the registry process listens on.")
    port: Port = Field(8081, description="Port that the registry process listens on.")
    url: str = Field(
        "",
        description="Address at which ClickHouse and clients reach it; empty: http://host:port.",
        validate_default=True,
    )

    @field_validator("url", mode="after")
    @classmethod
    def _from_host_and_port(cls, value: str, info: ValidationInfo) -> str:
        if value or "host" not in info.data or "port" not in info.data:
            return value.rstrip("/")
        return f"http://{info.data['host']}:{info.data['port']}"


class TokeniserSettings(Group):
    """The process that alone reads the zone's key and makes persons' tokens."""

    socket: Path = Field(Path("run/tokeniser.sock"), description="Unix socket; a relative path lies under the home.")
    requests_per_second: Annotated[float, Field(gt=0)] = Field(
        2_000.0, description="Tokens a second that one caller may ask for, over time."
    )
    burst: Count = Field(
        300_000, description="Tokens that a caller may ask for at once after a pause; a yearly file goes through whole."
    )
    timeout_seconds: Seconds = Field(5.0, description="Longest wait for an answer, seconds.")


class RelaySettings(Group):
    """From the outboxes to Kafka."""

    batch_rows: Count = Field(5_000, description="Events read from an outbox at once.")
    poll_seconds: Seconds = Field(0.05, description="Pause before an empty outbox is looked at again, seconds.")
    keep_hours: float = Field(24.0, ge=0, le=87_600, description="Sent events stay in the outbox for so long, hours.")
    backoff_min_seconds: Seconds = Field(0.2, description="First pause after a failure, seconds.")
    backoff_max_seconds: Seconds = Field(15.0, description="Longest pause after repeated failures, seconds.")


class LandingSettings(Group):
    """From Kafka into the event tables, exactly once."""

    group: str = Field("lianzhi-landing", description="Kafka group that shares out the topics.")
    batch_rows: Annotated[int, Field(ge=1, le=100_000)] = Field(
        100_000, description="A batch closes at so many events."
    )
    batch_bytes: Annotated[int, Field(ge=1024, le=64 * MIB)] = Field(
        32 * MIB, description="A batch closes at so many bytes."
    )
    batch_seconds: Seconds = Field(
        1.0,
        description="A batch closes when its first event has waited so long, half so long where landing is quick, s.",
    )
    value_bytes: Count = Field(1 * MIB, description="A larger value is a dead letter, bytes.")
    deadline_seconds: Seconds = Field(
        30.0, description="A landing statement refuses itself when it begins later than this, by the server's clock, s."
    )
    query_seconds: Seconds = Field(60.0, description="Longest run of one landing statement, seconds.")
    queue_batches: Count = Field(2, description="Batches read ahead of the one being landed.")
    stop_after_dead_letters: Count = Field(1_000, description="So many dead letters in a row stop a topic loudly.")
    stop_seconds: Seconds = Field(20.0, description="Time for everything done on a stop or a revocation, seconds.")
    commit_seconds: Seconds = Field(5.0, description="Longest wait for a commit (only watchers read commits), seconds.")
    backoff_min_seconds: Seconds = Field(0.5, description="First pause after a server is away or overloaded, seconds.")
    backoff_max_seconds: Seconds = Field(30.0, description="Longest pause after repeated failures, seconds.")


class ProjectorSettings(Group):
    """From the event tables into the projections."""

    tick_seconds: Seconds = Field(0.1, description="Pause between two looks for new events, seconds.")
    together_seconds: Seconds = Field(
        0.4, description="A tick waits so long at most while more is landing, to take it together, seconds."
    )
    threads: Annotated[int, Field(ge=1, le=64)] = Field(2, description="Projections that are folded at the same time.")
    max_touched_keys: Count = Field(100_000, description="A tick that touches more keys becomes a rebuild.")
    settle_rows: Annotated[int, Field(ge=0)] = Field(
        50_000, description="Folded rows are settled when more than so many, and one in twenty, are fresh."
    )
    settled_seconds: Seconds = Field(
        30.0, description="Folded rows that were settled stay so long for whoever began to read before, seconds."
    )
    rebuild_slices: Annotated[int, Field(ge=1, le=4096)] = Field(
        16, description="Slices of the key's hash that a rebuild goes through."
    )
    query_seconds: Seconds = Field(600.0, description="Longest run of one statement of a rebuild, seconds.")
    backoff_min_seconds: Seconds = Field(0.5, description="First pause after a failure, seconds.")
    backoff_max_seconds: Seconds = Field(30.0, description="Longest pause after repeated failures, seconds.")


class LocalSettings(Group):
    """The servers that `lianzhi up` starts on this machine; port 0 takes a free one, kept for the next start."""

    kafka_port: PortOrFree = Field(0, description="Port of the local broker; 0: a free one.")
    kafka_controller_port: PortOrFree = Field(0, description="Port of the local broker's controller; 0: a free one.")
    kafka_heap_mib: Annotated[int, Field(ge=128)] = Field(512, description="Heap of the local broker, MiB.")
    clickhouse_native_port: PortOrFree = Field(0, description="Native port of the local ClickHouse; 0: a free one.")
    clickhouse_http_port: PortOrFree = Field(0, description="HTTP port of the local ClickHouse; 0: a free one.")
    clickhouse_memory_mib: Annotated[int, Field(ge=512)] = Field(
        4_096, description="Most memory the local ClickHouse takes, MiB."
    )
    registry_port: PortOrFree = Field(0, description="Port of the registry process; 0: a free one.")
    start_seconds: Seconds = Field(120.0, description="Longest wait until every process is ready, seconds.")
    stop_seconds: Seconds = Field(60.0, description="Longest wait until every process has stopped, seconds.")


class LogFormat(StrEnum):
    """How log lines look."""

    AUTO = "auto"
    CONSOLE = "console"
    JSON = "json"


class LogLevel(StrEnum):
    """The least important lines that are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogSettings(Group):
    """Log lines; they go to stderr."""

    level: LogLevel = Field(LogLevel.INFO, description="debug, info, warning or error.")
    format: LogFormat = Field(LogFormat.AUTO, description="console, json, or auto: console on a terminal, else json.")
