"""The ports of one local stack: configured, or free ones that are kept for the next start."""

from __future__ import annotations

import json
import secrets
import socket
import tomllib
from collections.abc import Collection
from dataclasses import asdict, dataclass, fields

from infra.errors import FatalError
from infra.files import write_private
from infra.local.home import Home
from infra.settings import Settings

HOST = "127.0.0.1"
"""The only address the local servers listen on."""

_BELOW_EPHEMERAL = range(20_000, 32_000)


@dataclass(frozen=True, slots=True)
class Ports:
    """Every TCP port of a local stack, on the loopback address."""

    kafka: int
    kafka_controller: int
    clickhouse_native: int
    clickhouse_http: int
    registry: int

    @property
    def bootstrap(self) -> str:
        """The broker's address for clients."""
        return f"{HOST}:{self.kafka}"


def choose_ports(home: Home, settings: Settings, in_use: Collection[str] = ()) -> Ports:
    """The ports to use now: those of the settings, else the remembered ones if still free, else free ones.

    Args:
        home: the stack's home; the choice is written to `run/ports.toml`.
        settings: `local.*_port`; 0 takes a free one.
        in_use: names of ports that this stack's own processes hold now; those stay as they are.

    Raises:
        FatalError: when a configured port is taken by somebody else.
    """
    remembered = _remembered(home)
    chosen: dict[str, int] = {}
    for field in fields(Ports):
        name = field.name
        if name in in_use and name in remembered:
            chosen[name] = remembered[name]
            continue
        wanted = getattr(settings.local, f"{name}_port")
        if wanted and not is_free(wanted):
            raise FatalError(
                f"port {wanted} (local.{name}_port) is taken by another program",
                zh=f"端口 {wanted}（local.{name}_port）已被占用",
                hint="stop that program, or set the port to 0 to take a free one",
            )
        kept = remembered.get(name, 0)
        chosen[name] = wanted or (kept if kept and is_free(kept) else _free_port(set(chosen.values())))
    ports = Ports(**chosen)
    write_private(home.run / "ports.toml", "".join(f"{name} = {port}\n" for name, port in asdict(ports).items()))
    return ports


def unheeded(home: Home, settings: Settings, in_use: Collection[str]) -> tuple[str, ...]:
    """Configured ports, as `local.kafka_port = 9092`, that differ from those which the running processes keep."""
    remembered = _remembered(home)
    wanted = {name: getattr(settings.local, f"{name}_port") for name in sorted(in_use) if name in remembered}
    return tuple(f"local.{name}_port = {port}" for name, port in wanted.items() if port and port != remembered[name])


def current_ports(home: Home) -> Ports | None:
    """The ports chosen last, or None when this home was never up."""
    remembered = _remembered(home)
    if any(field.name not in remembered for field in fields(Ports)):
        return None
    return Ports(**{field.name: remembered[field.name] for field in fields(Ports)})


def write_addresses(home: Home, settings: Settings, ports: Ports) -> None:
    """Write `run/stack.toml`, where settings of every later command find the servers."""
    text = "\n".join(
        [
            "# Written by `lianzhi up`: where this stack's servers listen.",
            "[kafka]",
            f"bootstrap = {_quoted(ports.bootstrap)}",
            "",
            "[clickhouse]",
            f"host = {_quoted(HOST)}",
            f"native_port = {ports.clickhouse_native}",
            f"http_port = {ports.clickhouse_http}",
            "",
            "[registry]",
            f"host = {_quoted(HOST)}",
            f"port = {ports.registry}",
            "",
            "[tokeniser]",
            f"socket = {_quoted(str(home.socket('tokeniser')))}",
            "",
        ]
    )
    write_private(settings.stack_file, text)


def is_free(port: int) -> bool:
    """Whether nobody listens on the loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _free_port(taken: set[int]) -> int:
    # Not the kernel's choice: its ephemeral range also serves outgoing connections, which could take the port
    # between two starts.
    for _ in range(1_000):
        port = secrets.choice(_BELOW_EPHEMERAL)
        if port not in taken and is_free(port):
            return port
    raise FatalError("no free port between 20000 and 32000", zh="20000–32000 之间没有空闲端口")


def _remembered(home: Home) -> dict[str, int]:
    file = home.run / "ports.toml"
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError:
        return {}
    return {name: port for name, port in found.items() if isinstance(port, int)}


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
