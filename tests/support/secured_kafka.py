"""A real broker that asks for TLS and a password (SASL_SSL, SCRAM-SHA-512), started as the local one is."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local import kafka_server
from infra.local.home import Home
from infra.local.kafka_jars import kafka_class_path
from infra.local.ports import Ports
from tests.support.registry_process import free_port
from tests.support.wait import wait_until

_SECURED = """
listeners=SASL_SSL://127.0.0.1:{port},INSIDE://127.0.0.1:{inside},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=SASL_SSL://127.0.0.1:{port},INSIDE://127.0.0.1:{inside}
inter.broker.listener.name=INSIDE
listener.security.protocol.map=SASL_SSL:SASL_SSL,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location={certificate}
"""


@contextmanager
def secured_kafka(folder: Path, certificate: Path, user: str, password: str) -> Iterator[int]:
    """The port of the broker's secured listener; it ends with the block.

    Args:
        folder: for its data and its logs.
        certificate: the broker's key and certificate (PEM).
    """
    home = Home.of(folder)
    for each in (home.run, home.logs, home.data):
        each.mkdir(parents=True, exist_ok=True)
    ports = Ports(*(free_port() for _ in range(5)))
    port, data = free_port(), home.data / "kafka"
    properties = kafka_server._write_properties(home, ports, data, "kafka.properties")
    text = _SECURED.format(port=port, inside=ports.kafka, controller=ports.kafka_controller, certificate=certificate)
    replaced = {line.partition("=")[0] for line in text.split()}
    kept = [line for line in properties.read_text().splitlines() if line.partition("=")[0] not in replaced]
    properties.write_text("\n".join(kept) + text)
    java = kafka_server._java(home, kafka_class_path(), heap_mib=256, record=False)
    how = ["--standalone", "-t", "c2VjdXJlZC1icm9rZXItMQ", "-c", str(properties)]
    subprocess.run(
        [*java, "kafka.tools.StorageTool", "format", *how, "-S", f"SCRAM-SHA-512=[name={user},password={password}]"],
        env=kafka_server._environment(),
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=60,
    )
    broker = subprocess.Popen([*java, "kafka.Kafka", str(properties)], env=kafka_server._environment())
    try:
        log = home.logs / "kafka.log"
        wait_until(lambda: "Kafka Server started" in log.read_text(), seconds=60, what="the secured broker")
        yield port
    finally:
        broker.kill()
        broker.wait(30)
