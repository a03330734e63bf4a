"""TLS and passwords towards Kafka and ClickHouse: what is right works, what is wrong is told by the setting's name.

Kafka is a broker of its own with a SASL_SSL listener. The embedded ClickHouse can not listen with TLS, so a TLS proxy
stands before it.
"""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.clickhouse import ClickHouse
from infra.errors import FatalError, InvalidInput, LianzhiError, RetryableError
from infra.kafka import Outgoing, make_consumer, make_producer
from infra.kafka.admin import make_admin
from infra.settings import Settings, load_settings
from infra.topics import TopicSpec
from tests.support.certificates import Authority
from tests.support.secured_kafka import secured_kafka
from tests.support.stack import RunningStack
from tests.support.tls_proxy import tls_proxy

pytestmark = [pytest.mark.servers, pytest.mark.timeout(120)]

RIGHT, WRONG = "right-and-secret", "wrong-but-secret"


@dataclass(frozen=True)
class Certificates:
    """Files: the authority's own certificate, another authority's, and a server's."""

    authority: Path
    another: Path
    server: Path


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Made for this module."""
    folder = tmp_path_factory.mktemp("certificates")
    ours, another = Authority("ours"), Authority("another")
    return Certificates(
        ours.write(folder / "ca.pem"), another.write(folder / "another.pem"), ours.issue(folder / "server.pem")
    )


def secret(home: Path, server: str, user: str, password: str) -> None:
    file = home / "secrets" / server / user
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(password)
    file.chmod(0o600)


def told(call: Callable[[], object], kind: type[LianzhiError], *names: str) -> None:
    with pytest.raises(kind) as refused:
        call()
    text = f"{refused.value}{refused.value!r}{refused.value.hint}"
    assert [name for name in names if name not in text] == []
    assert RIGHT not in text
    assert WRONG not in text


@pytest.fixture(scope="module")
def kafka(certificates: Certificates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The settings of a client that may work with the secured broker."""
    folder, home = tmp_path_factory.mktemp("broker"), tmp_path_factory.mktemp("client")
    secret(home, "kafka", "ingest", RIGHT)
    secret(home, "kafka", "forgetful", WRONG)
    with secured_kafka(folder, certificates.server, "ingest", RIGHT) as port:
        yield load_settings(
            home,
            env={},
            kafka__bootstrap=f"127.0.0.1:{port}",
            kafka__security_protocol="SASL_SSL",
            kafka__user="ingest",
            kafka__ca_file=certificates.authority,
        )


def test_events_go_through_a_secured_broker_and_come_back(kafka: Settings) -> None:
    topic = "lianzhi.enforcement.330421"
    admin = make_admin(kafka)
    admin.create([TopicSpec(topic, 1, {})])
    admin.close()
    with make_producer(kafka) as producer:
        assert producer.send_all(topic, [Outgoing(b"k", b"%d" % number, ()) for number in range(100)]) == [*range(100)]
    with make_consumer(kafka, None) as consumer:
        consumer.assign([topic])
        consumer.start(topic, 0)
        values: list[bytes | None] = []
        while len(values) < 100:
            values += [value for run in consumer.poll(5) for value in run.values]
    assert values == [b"%d" % number for number in range(100)]


@pytest.mark.parametrize(
    ("values", "kind", "names"),
    [
        # The broker says no and hangs up; which of the two a client sees is a race, and both are told by these names.
        ({"user": "forgetful"}, LianzhiError, ("kafka.user", "secrets/kafka/forgetful", "kafka.sasl_mechanism")),
        # Here too, but it tries again as long as it may, and one answer that it sees is enough.
        ({"sasl_mechanism": "PLAIN", "connect_seconds": 8.0}, FatalError, ("kafka.sasl_mechanism",)),
        ({"security_protocol": "PLAINTEXT"}, FatalError, ("kafka.security_protocol",)),
        ({"security_protocol": "SASL_PLAINTEXT"}, FatalError, ("kafka.security_protocol",)),
        ({"security_protocol": "SSL"}, RetryableError, ("kafka.security_protocol",)),
    ],
)
def test_what_is_wrong_towards_kafka_is_named(
    kafka: Settings, values: dict[str, Any], kind: type[LianzhiError], names: tuple[str, ...]
) -> None:
    given = {"connect_seconds": 2.0} | values
    wrong = kafka.with_values(**{f"kafka__{key}": value for key, value in given.items()})
    told(lambda: make_producer(wrong), kind, *names)


def test_every_client_of_kafka_names_the_certificates_that_are_wrong(
    kafka: Settings, certificates: Certificates
) -> None:
    wrong = kafka.with_values(kafka__connect_seconds=1.0, kafka__ca_file=certificates.another)
    told(lambda: make_producer(wrong), FatalError, "kafka.ca_file")
    told(lambda: make_consumer(wrong, None), FatalError, "kafka.ca_file")
    told(lambda: make_admin(wrong), FatalError, "kafka.ca_file")
    absent = kafka.with_values(kafka__ca_file=certificates.another.with_name("absent.pem"))
    told(lambda: make_producer(absent), InvalidInput, "kafka.ca_file", "absent.pem")


def test_tls_towards_a_broker_without_it_is_named(stack: RunningStack, certificates: Certificates) -> None:
    wrong = stack.settings.with_values(
        kafka__security_protocol="SSL", kafka__ca_file=certificates.authority, kafka__connect_seconds=1.0
    )
    told(lambda: make_producer(wrong), LianzhiError, "kafka.security_protocol")


@pytest.fixture(scope="module")
def clickhouse(stack: RunningStack, certificates: Certificates) -> Iterator[Settings]:
    """The settings of a client of ClickHouse behind TLS."""
    server = stack.settings.clickhouse
    with (
        tls_proxy(server.native_port, certificates.server) as native,
        tls_proxy(server.http_port, certificates.server) as http,
    ):
        yield stack.settings.with_values(
            clickhouse__native_port=native,
            clickhouse__http_port=http,
            clickhouse__secure=True,
            clickhouse__ca_file=certificates.authority,
        )


def ask(settings: Settings, protocol: str) -> object:
    with ClickHouse(settings, "operator", database="") as server:
        return server.rows("SELECT 1") if protocol == "native" else server.post("SELECT 1", b"").body


@pytest.mark.parametrize("listener", ["HTTPS", "TCP SECURE"])
def test_the_embedded_server_can_not_listen_with_tls(stack: RunningStack, listener: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", stack.settings.clickhouse.http_port, timeout=10)
    connection.request("POST", "/", body=f"SYSTEM START LISTEN {listener}")
    assert "supports only TCP and HTTP listeners" in connection.getresponse().read().decode()
    connection.close()


@pytest.mark.parametrize("protocol", ["native", "http"])
def test_a_statement_goes_through_tls(clickhouse: Settings, protocol: str) -> None:
    assert ask(clickhouse, protocol) == ([(1,)] if protocol == "native" else b"1\n")


def test_rows_land_over_https(clickhouse: Settings, stack: RunningStack) -> None:
    table, body = stack.database("tls"), b"".join(b"%d\n" % number for number in range(200_000))
    with ClickHouse(clickhouse, "operator", database="") as server:
        server.command("CREATE DATABASE {name:Identifier}", name=table)
        server.command("CREATE TABLE {name:Identifier}.t (a UInt64) ENGINE = MergeTree ORDER BY a", name=table)
        sql = "INSERT INTO {name:Identifier}.t SELECT a FROM input('a UInt64') FORMAT TSV".replace(
            "{name:Identifier}", table
        )
    with ClickHouse(clickhouse, "operator", database=table) as server:
        assert server.post(sql, body).written_rows == 200_000
        assert server.rows("SELECT count(), sum(a) FROM t") == [(200_000, sum(range(200_000)))]
        server.command("DROP DATABASE {name:Identifier} SYNC", name=table)


@pytest.mark.parametrize("protocol", ["native", "http"])
def test_what_is_wrong_towards_clickhouse_is_named(
    clickhouse: Settings, stack: RunningStack, certificates: Certificates, tmp_path: Path, protocol: str
) -> None:
    plain = stack.settings.clickhouse
    secret(tmp_path, "clickhouse", "operator", WRONG)
    cases: list[tuple[dict[str, Any], type[LianzhiError], str]] = [
        ({"home": tmp_path}, InvalidInput, "secrets/clickhouse/<user>"),
        ({"clickhouse__ca_file": certificates.another}, FatalError, "clickhouse.ca_file"),
        ({"clickhouse__ca_file": tmp_path / "absent.pem"}, InvalidInput, "clickhouse.ca_file"),
        ({"clickhouse__host": "localhost"}, FatalError, "localhost"),
        ({"clickhouse__secure": False}, FatalError, "clickhouse.secure"),
        (
            {"clickhouse__native_port": plain.native_port, "clickhouse__http_port": plain.http_port},
            FatalError,
            "clickhouse.secure",
        ),
    ]
    for values, kind, name in cases:
        wrong = clickhouse.with_values(clickhouse__connect_seconds=2.0, **values)
        told(lambda wrong=wrong: ask(wrong, protocol), kind, name)  # type: ignore[misc]
