"""What every Kafka client of ours is made with, and the fast parts that it must not run without."""

from __future__ import annotations

import importlib.util
from importlib import import_module
from typing import Any

from infra.errors import FatalError
from infra.settings import Settings
from infra.settings_groups import KafkaSettings, SecurityProtocol
from infra.tls import client_context

OVER_TLS = {SecurityProtocol.SSL, SecurityProtocol.SASL_SSL}

_COMPILED = {
    "crc32c": ("crc32c._crc32c", "without it a checksum alone runs at 11 MB/s"),
    "fastavro": ("fastavro._read", "its pure Python is ten times slower"),
    "clickhouse-driver": ("clickhouse_driver.varint", "its pure Python is ten times slower"),
    "lz4": ("lz4.frame._frame", "topics and native blocks are compressed with it"),
}


def require_fast_parts() -> None:
    """Refuse to go on when a compiled part of a library is missing (a platform without wheels, a broken install).

    Raises:
        FatalError: naming every missing part.
    """
    missing = [f"{package} ({why})" for package, (module, why) in _COMPILED.items() if not _is_compiled(module)]
    if not missing:
        from kafka.record import util

        if util._crc32c is not util.crc32c_c:
            missing.append("kafka-python does not use the compiled crc32c")
    if missing:
        raise FatalError(
            f"compiled parts are missing: {'; '.join(missing)}",
            zh="缺少编译过的依赖",
            hint="install the packages from wheels for this platform and Python",
        )


require_fast_crc = require_fast_parts


def milliseconds(seconds: float) -> int:
    """Whole milliseconds, at least one."""
    return max(1, round(seconds * 1000))


def common_config(settings: Settings, client_id: str) -> dict[str, Any]:
    """Addresses, timeouts and security, the same for consumers, producers and administrators.

    Raises:
        InvalidInput: the password or the certificates of the settings can not be read.
    """
    kafka = settings.kafka
    return {
        "bootstrap_servers": [address.strip() for address in kafka.bootstrap.split(",") if address.strip()],
        "client_id": f"lianzhi-{client_id}",
        "bootstrap_timeout_ms": milliseconds(kafka.connect_seconds),
        "request_timeout_ms": milliseconds(kafka.request_seconds),
        "reconnect_backoff_ms": 50,
        "reconnect_backoff_max_ms": 2_000,
        "retry_backoff_ms": 100,
        "metadata_max_age_ms": 60_000,
        **_security(settings, kafka),
    }


def forbid_making_topics(client: Any) -> None:
    """Never let a metadata request make a topic.

    The library takes the option allow_auto_create_topics and does not pass it on (3.0.12); a broker that makes topics
    by itself, as brokers do unless told otherwise, would make one with its own settings for every misspelt name.
    """
    client.cluster.config["allow_auto_create_topics"] = False


def _security(settings: Settings, kafka: KafkaSettings) -> dict[str, Any]:
    config: dict[str, Any] = {"security_protocol": kafka.security_protocol.value}
    if kafka.security_protocol in OVER_TLS:
        config["ssl_context"] = client_context(kafka.ca_file, "kafka.ca_file")
    if kafka.security_protocol in {SecurityProtocol.SASL_PLAINTEXT, SecurityProtocol.SASL_SSL}:
        config |= {
            "sasl_mechanism": kafka.sasl_mechanism,
            "sasl_plain_username": kafka.user,
            "sasl_plain_password": settings.kafka_password(kafka.user),
        }
    return config


def _is_compiled(module: str) -> bool:
    package = module.partition(".")[0]
    if importlib.util.find_spec(package) is None:
        return False
    try:
        file = import_module(module).__file__ or ""
    except ImportError:
        return False
    return not file.endswith(".py")
