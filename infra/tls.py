"""TLS towards servers: the context a client uses, and why a connection did not come about.

Client libraries tell a wrong certificate, a port without TLS and a server that is away in one and the same way. So when
one of them gives up, the port itself is asked.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from infra.errors import FatalError, InvalidInput, LianzhiError, RetryableError

_MOST_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Door:
    """A server's port as the settings describe it; `ca_setting` and `tls_setting` are the settings that say so."""

    server: str
    host: str
    port: int
    tls: bool
    ca_file: Path | None
    ca_setting: str
    tls_setting: str


def client_context(ca_file: Path | None, setting: str) -> ssl.SSLContext:
    """Trust the certificates in `ca_file`, or those of the machine; names are checked.

    Raises:
        InvalidInput: the file can not be read, or holds no certificate.
    """
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:  # an SSLError too
        raise InvalidInput(
            f"{setting} = {ca_file} holds no certificates that can be read: {type(error).__name__}",
            zh=f"{setting}：无法从 {ca_file} 读取证书",
            hint="it must be a PEM file with the authority's certificate",
        ) from None


def why_closed(doors: Iterable[Door], seconds: float) -> LianzhiError | None:
    """What in the settings keeps these doors closed; None: nothing that can be seen, the server may be away."""
    return next((reason for door in doors if (reason := _why_closed(door, min(seconds, _MOST_SECONDS)))), None)


def _why_closed(door: Door, seconds: float) -> LianzhiError | None:
    where = f"{door.server} at {door.host}:{door.port}"
    if door.tls:
        return _why_tls_fails(door, where, seconds)
    if _talks_tls(door, seconds):
        return FatalError(
            f"{where} talks TLS and {door.tls_setting} says plain text",
            zh=f"{where} 使用 TLS，而 {door.tls_setting} 为明文",
            hint=f"see {door.tls_setting}, or the port",
        )
    return None


def _why_tls_fails(door: Door, where: str, seconds: float) -> LianzhiError | None:
    try:
        _shake_hands(door, client_context(door.ca_file, door.ca_setting), seconds)
    except ssl.SSLCertVerificationError as error:
        return FatalError(
            f"{where} shows a certificate that is not trusted: {error.verify_message}",
            zh=f"{where} 的证书不受信任",
            hint=f"see {door.ca_setting}, and whether the certificate names {door.host}",
        )
    except (ssl.SSLEOFError, ConnectionResetError):
        # A port without TLS does that, and so may one whose server is just going down.
        return RetryableError(
            f"{where} ends the connection while TLS is begun, which {door.tls_setting} asks for",
            zh=f"{where} 在 TLS 握手时断开，而 {door.tls_setting} 要求使用 TLS",
            hint=f"see {door.tls_setting}, or the port",
        )
    except ssl.SSLError:
        return FatalError(
            f"{where} does not talk TLS, which {door.tls_setting} asks for",
            zh=f"{where} 未使用 TLS，而 {door.tls_setting} 要求使用",
            hint=f"see {door.tls_setting}, or the port",
        )
    except OSError:
        return None
    return None


def _talks_tls(door: Door, seconds: float) -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # only whether it is TLS; nothing is sent
    try:
        _shake_hands(door, context, seconds)
    except OSError:
        return False
    return True


def _shake_hands(door: Door, context: ssl.SSLContext, seconds: float) -> None:
    with (
        _connected(door, seconds) as plain,
        context.wrap_socket(plain, server_hostname=door.host),
    ):
        pass


class _Away(OSError):
    """Nobody listens."""


def _connected(door: Door, seconds: float) -> socket.socket:
    try:
        return socket.create_connection((door.host, door.port), timeout=seconds)
    except OSError as error:
        raise _Away from error
