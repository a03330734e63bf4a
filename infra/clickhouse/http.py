"""Raw bytes over HTTP: how landing posts Kafka's values to the server as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ReadTimeoutError

from infra.clickhouse.errors import OutcomeUnknown, ServerBusy, no_connection, refusal
from infra.clickhouse.parameters import http_parameters
from infra.settings import Settings
from infra.tls import client_context

_BLOCK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class PostResult:
    """What the server says that it did; `rows` and `bytes` written by the statement, `seconds` spent on the server."""

    query_id: str
    written_rows: int
    written_bytes: int
    read_rows: int
    read_bytes: int
    seconds: float
    body: bytes


class _Bounded:
    """Connecting has one limit, each sending of bytes another; urllib3 knows only the first."""

    send_seconds = 30.0

    def request(self, *arguments: Any, **options: Any) -> None:
        if self.sock is None:  # type: ignore[attr-defined]
            self.connect()  # type: ignore[attr-defined]
        self.timeout = self.send_seconds
        super().request(*arguments, **options)  # type: ignore[misc]


class _Connection(_Bounded, HTTPConnection):  # type: ignore[misc]
    pass


class _SecureConnection(_Bounded, HTTPSConnection):  # type: ignore[misc]
    pass


class HttpSender:
    """One user's connections; safe to share among threads."""

    def __init__(self, settings: Settings, user: str, password: str, database: str) -> None:
        server = settings.clickhouse
        self._server = server
        self._connect_seconds = server.connect_seconds
        self._receive_seconds = server.receive_seconds
        self._database = database
        self._headers = {"X-ClickHouse-User": user, "X-ClickHouse-Key": password}
        options: dict[str, Any] = {"maxsize": 4, "block": False, "retries": False, "blocksize": _BLOCK_BYTES}
        if server.secure:
            context = client_context(server.ca_file, "clickhouse.ca_file")
            self._pool: urllib3.HTTPConnectionPool = urllib3.HTTPSConnectionPool(
                server.host, server.http_port, ssl_context=context, **options
            )
            kind: type[_Bounded] = _SecureConnection
        else:
            self._pool = urllib3.HTTPConnectionPool(server.host, server.http_port, **options)
            kind = _Connection
        self._pool.ConnectionCls = type(kind.__name__, (kind,), {"send_seconds": server.send_seconds})

    def post(
        self,
        sql: str,
        body: bytes,
        *,
        settings: Mapping[str, str | int | float],
        parameters: Mapping[str, Any],
        seconds: float | None,
        query_id: str,
    ) -> PostResult:
        """See `ClickHouse.post`."""
        fields = {"query": sql, "database": self._database, "wait_end_of_query": "1"}
        fields |= {name: str(value) for name, value in settings.items()} | http_parameters(parameters)
        if query_id:
            fields["query_id"] = query_id
        timeout = urllib3.Timeout(connect=self._connect_seconds, read=seconds or self._receive_seconds)
        try:
            answer = self._pool.urlopen(
                "POST",
                f"/?{urlencode(fields)}",
                body=body,
                headers=self._headers,
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=True,
            )
        except (NewConnectionError, ConnectTimeoutError) as error:
            raise ServerBusy(f"no connection to ClickHouse over HTTP: {_name(error)}") from None
        except (HTTPError, OSError) as error:
            unknown = OutcomeUnknown(f"ClickHouse did not answer over HTTP: {_name(error)}")
            if isinstance(error, ReadTimeoutError):
                raise unknown from None
            raise no_connection(self._server, self._server.http_port, unknown) from None
        return _result(answer)

    def close(self) -> None:
        """Let go of the connections."""
        self._pool.close()


def _result(answer: urllib3.BaseHTTPResponse) -> PostResult:
    code = answer.headers.get("X-ClickHouse-Exception-Code")
    if code is not None or answer.status != 200:
        text = answer.data.decode("utf-8", errors="replace")
        if code is None:
            raise OutcomeUnknown(f"HTTP status {answer.status} from what should be ClickHouse: {text[:200]}")
        raise refusal(int(code), text)
    summary = orjson.loads(answer.headers.get("X-ClickHouse-Summary", "{}"))
    return PostResult(
        query_id=answer.headers.get("X-ClickHouse-Query-Id", ""),
        written_rows=int(summary.get("written_rows", 0)),
        written_bytes=int(summary.get("written_bytes", 0)),
        read_rows=int(summary.get("read_rows", 0)),
        read_bytes=int(summary.get("read_bytes", 0)),
        seconds=int(summary.get("elapsed_ns", 0)) / 1e9,
        body=answer.data,
    )


def _name(error: Exception) -> str:
    """The kind of error and its cause, without the URL that holds the whole statement."""
    cause = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], Exception) else error.__cause__
    return type(error).__name__ + (f" ({type(cause).__name__}: {cause})" if cause else "")
