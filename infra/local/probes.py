"""Whether a process is well: servers are asked over the network, workers show a heartbeat; no question waits long."""

from __future__ import annotations

import http.client
import socket
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version

from infra.errors import InvalidInput
from infra.local.home import Home
from infra.local.kafka_jars import KAFKA_VERSION
from infra.local.ports import HOST, Ports
from infra.local.roles import HEARTBEAT_SECONDS, MANAGER, Role
from infra.settings import Settings

_SECONDS = 2.0
_API_VERSIONS = 18


@dataclass(frozen=True, slots=True)
class Health:
    """Well or not, and if not, why (for people); `version` when the process itself told it."""

    ok: bool
    reason: str = ""
    version: str = ""


def health_of(role: Role, home: Home, settings: Settings, ports: Ports) -> Health:
    """Ask the process of a role how it is."""
    match role.name:
        case "kafka":
            return _kafka(ports)
        case "clickhouse":
            return _clickhouse(settings, ports)
        case "registry":
            beat = _heartbeat(role, home)
            return _http(ports.registry, "/subjects", {})[0] if beat.ok else beat
        case _:
            return _heartbeat(role, home)


def address_of(role: str, home: Home, ports: Ports) -> str:
    """Where the process of a role listens; empty when it does not."""
    match role:
        case "kafka":
            return ports.bootstrap
        case "clickhouse":
            return f"{HOST}:{ports.clickhouse_native} http://{HOST}:{ports.clickhouse_http}"
        case "registry":
            return f"http://{HOST}:{ports.registry}"
        case "tokeniser":
            return str(home.socket("tokeniser"))
        case "supervisor":
            return str(home.socket(MANAGER))
        case _:
            return ""


def version_of(role: str) -> str:
    """The version of the program that plays a role, as installed."""
    match role:
        case "kafka":
            return KAFKA_VERSION
        case "clickhouse":
            return _package_version("chdb-core")
        case "supervisor":
            return _package_version("supervisor")
        case _:
            return _package_version("lianzhi")


def _kafka(ports: Ports) -> Health:
    """A broker answers this question only once it has registered and taken up its work."""
    request = struct.pack(">hhih", _API_VERSIONS, 0, 1, -1)
    try:
        with socket.create_connection((HOST, ports.kafka), timeout=_SECONDS) as connection:
            connection.settimeout(_SECONDS)
            connection.sendall(struct.pack(">i", len(request)) + request)
            answer = connection.recv(10)
    except OSError as error:
        return Health(False, f"does not answer: {error}")
    if len(answer) < 10 or struct.unpack(">iih", answer)[1:] != (1, 0):
        return Health(False, "gave a strange answer")
    return Health(True)


def _clickhouse(settings: Settings, ports: Ports) -> Health:
    try:
        password = settings.clickhouse_password("auditor")
    except InvalidInput as error:
        return Health(False, error.message)
    headers = {"X-ClickHouse-User": "auditor", "X-ClickHouse-Key": password}
    native = _listens(ports.clickhouse_native)
    if not native.ok:
        return native
    health, text = _http(ports.clickhouse_http, "/?query=SELECT%20version()", headers)
    return replace(health, version=text) if health.ok else health


def _listens(port: int) -> Health:
    try:
        socket.create_connection((HOST, port), timeout=_SECONDS).close()
    except OSError as error:
        return Health(False, f"does not answer: {error}")
    return Health(True)


def _http(port: int, path: str, headers: Mapping[str, str]) -> tuple[Health, str]:
    connection = http.client.HTTPConnection(HOST, port, timeout=_SECONDS)
    try:
        connection.request("GET", path, headers=dict(headers))
        answer = connection.getresponse()
        text = answer.read(500).decode(errors="replace").strip()
    except (OSError, http.client.HTTPException) as error:
        return Health(False, f"does not answer: {error}"), ""
    finally:
        connection.close()
    if answer.status != http.client.OK:
        return Health(False, f"answers {answer.status}: {text[:200]}"), ""
    return Health(True), text


def _heartbeat(role: Role, home: Home) -> Health:
    try:
        age = time.time() - role.heartbeat(home).stat().st_mtime
    except FileNotFoundError:
        return Health(False, "no sign of life yet")
    if age > HEARTBEAT_SECONDS:
        return Health(False, f"last sign of life {age:.0f} s ago")
    return Health(True)


def _package_version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
