"""Whether a process is well: servers are asked over the network, workers show a heartbeat; no question waits long."""

from __future__ import annotations

import http.client
import json
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
    """How a process is.

    Attributes:
        alive: whether it does its work; `lianzhi up` waits for no more than that.
        reason: why not, for people.
        version: when the process itself told it.
        alarms: what it told that a person has to look at, though it is alive: a topic that is stopped, and the like.
    """

    alive: bool
    reason: str = ""
    version: str = ""
    alarms: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nobody has to look at it."""
        return self.alive and not self.alarms

    @property
    def trouble(self) -> str:
        """Why it is not well; empty: it is."""
        return "; ".join(filter(None, (self.reason, *self.alarms)))


def health_of(role: Role, home: Home, settings: Settings, ports: Ports) -> Health:
    """Ask the process of a role how it is."""
    match role.name:
        case "kafka":
            return _kafka(ports)
        case "clickhouse":
            return _clickhouse(settings, ports)
        case "registry":
            beat = _heartbeat(role, home)
            return _http(ports.registry, "/subjects", {})[0] if beat.alive else beat
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
    if not native.alive:
        return native
    health, text = _http(ports.clickhouse_http, "/?query=SELECT%20version()", headers)
    return replace(health, version=text) if health.alive else health


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


def silent_seconds(role: Role, home: Home) -> float | None:
    """For how long a worker has shown no sign of life, when that is longer than it may be; None: it has, or not yet."""
    try:
        age = time.time() - role.heartbeat(home).stat().st_mtime
    except FileNotFoundError:
        return None
    return age if age > HEARTBEAT_SECONDS else None


def _heartbeat(role: Role, home: Home) -> Health:
    try:
        told = role.heartbeat(home).read_bytes()
    except FileNotFoundError:
        return Health(False, "尚无心跳 | no sign of life yet")
    if age := silent_seconds(role, home):
        return Health(
            False,
            f"{age:.0f} 秒没有心跳，`lianzhi up` 重新启动它 | last sign of life {age:.0f} s ago; `lianzhi up` starts "
            "it again",
        )
    return Health(True, alarms=_alarms(told))


def _alarms(told: bytes) -> tuple[str, ...]:
    """Those of a heartbeat; a worker that never has any may leave its file empty."""
    try:
        report = json.loads(told or b"{}")
    except ValueError:
        return ()
    return tuple(map(str, report.get("alarms", ()))) if isinstance(report, dict) else ()


def _package_version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
