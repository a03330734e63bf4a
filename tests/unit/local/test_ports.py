"""Ports: chosen once, kept, and replaced only when somebody took them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.errors import FatalError
from infra.local.home import Home
from infra.local.ports import choose_ports, current_ports, unheeded, write_addresses
from infra.settings import Settings, load_settings


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home.of(tmp_path)
    home.make_folders()
    yield home
    home.remove_short_folder()


@pytest.fixture
def settings(home: Home) -> Settings:
    return load_settings(home.path, env={})


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as listener:
        yield listener


def take(listener: socket.socket, port: int) -> None:
    listener.bind(("127.0.0.1", port))
    listener.listen()


def test_nothing_is_chosen_at_first(home: Home) -> None:
    assert current_ports(home) is None


def test_ports_stay_the_same_and_differ_among_themselves(home: Home, settings: Settings) -> None:
    chosen = choose_ports(home, settings)
    assert choose_ports(home, settings) == chosen == current_ports(home)
    numbers = [chosen.kafka, chosen.kafka_controller, chosen.clickhouse_native, chosen.clickhouse_http, chosen.registry]
    assert len(set(numbers)) == len(numbers)
    assert all(20_000 <= number < 32_000 for number in numbers)


def test_only_a_port_that_somebody_took_is_replaced(home: Home, settings: Settings, listener: socket.socket) -> None:
    before = choose_ports(home, settings)
    take(listener, before.kafka)
    after = choose_ports(home, settings)
    assert after.kafka != before.kafka
    assert after.clickhouse_http == before.clickhouse_http


def test_a_port_that_our_own_process_holds_stays(home: Home, settings: Settings, listener: socket.socket) -> None:
    before = choose_ports(home, settings)
    take(listener, before.kafka)
    assert choose_ports(home, settings, in_use={"kafka"}) == before


def test_a_configured_port_is_used(home: Home) -> None:
    settings = load_settings(home.path, env={}, local={"kafka_port": 23_456})
    assert choose_ports(home, settings).kafka == 23_456


def test_a_configured_port_that_is_taken_is_named(home: Home, listener: socket.socket) -> None:
    take(listener, 0)
    port = listener.getsockname()[1]
    settings = load_settings(home.path, env={}, local={"clickhouse_http_port": port})
    with pytest.raises(FatalError, match=rf"{port} \(local.clickhouse_http_port\)"):
        choose_ports(home, settings)


def test_a_torn_file_is_chosen_anew(home: Home, settings: Settings) -> None:
    (home.run / "ports.toml").write_text("kafka = 2", encoding="utf-8")
    assert current_ports(home) is None
    (home.run / "ports.toml").write_text("kafka = [", encoding="utf-8")
    assert choose_ports(home, settings) == current_ports(home)


def test_later_commands_find_the_addresses(home: Home, settings: Settings) -> None:
    ports = choose_ports(home, settings)
    write_addresses(home, settings, ports)
    found = load_settings(home.path, env={})
    assert found.kafka.bootstrap == f"127.0.0.1:{ports.kafka}"
    assert found.clickhouse.native_port == ports.clickhouse_native
    assert found.clickhouse.http_port == ports.clickhouse_http
    assert found.registry.url == f"http://127.0.0.1:{ports.registry}"
    assert found.tokeniser.socket == home.socket("tokeniser")


def test_a_port_set_meanwhile_is_told_when_the_running_process_keeps_another(home: Home, settings: Settings) -> None:
    kept = choose_ports(home, settings)
    wished = settings.with_values(local__kafka_port=kept.kafka + 1, local__registry_port=kept.registry)
    assert unheeded(home, wished, {"kafka", "registry", "clickhouse_http"}) == (f"local.kafka_port = {kept.kafka + 1}",)
    assert unheeded(home, wished, {"registry"}) == ()  # Kafka does not run: its new port counts
    assert unheeded(home, settings, {"kafka", "registry"}) == ()
